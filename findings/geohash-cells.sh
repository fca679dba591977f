#!/usr/bin/env bash
# The same car is in another cell, by the library that made its geohash (nine libraries in three languages).
#
# Guess: a geohash is a dozen lines of arithmetic, so all agree on every ordinary place; the middle of a cell lies in that cell; at
# 180 degrees some go wrong.
# Seen, 300 random places: mzgeohash 1.1.0 gives another last letter for nearly all of them at every odd length (1, 3, 5, 7, 9), and
# for none at the even ones. geohash2's decode rounds so far, to a text, that the "middle" of a cell is in another cell for 240
# to 289 of the 300 (decode_exactly does not round). A place on a line between cells (45 N, or 0, 0) is in the cell before it
# for ngeohash and geohash2 and in the one behind for the others; exactly 180 degrees is east for seven and west for two. Across
# 180 degrees proximityhash leaves out 28 % of what lies in a circle, and ngeohash finds no cell at all in a box.
# So: one library for those that write the cells and those that look for them, held against a second one with places at each
# length; never a key by cell for a place that is at a round figure.
#
# Needs: python3 with pip, npm, go. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python mzgeohash==1.1.0 geohash2==1.1 pygeohash==3.5.1 libgeohash==0.1.1 geohashr==1.7.0 geolib==1.0.7 proximityhash==3.0.1 2>/dev/null
npm install --silent --no-save --ignore-scripts ngeohash@0.6.4 latlon-geohash@2.0.0 >/dev/null
cat > places.py <<'P'
import json, random
numbers = random.Random(7)
print(json.dumps([[round(numbers.uniform(-80, 80), 6), round(numbers.uniform(-179, 179), 6)] for _ in range(300)] + [[0, 0], [45, 11.25], [-17.8, 180]]))
P
python3 places.py > places.json
cat > cells.cjs <<'P'
const ngeohash = require('ngeohash')
const latlon = require('latlon-geohash').default ?? require('latlon-geohash')
const places = JSON.parse(require('fs').readFileSync('places.json', 'utf8'))
const cells = (encode) => places.map(([lat, lon]) => Array.from({ length: 9 }, (_, at) => encode(lat, lon, at + 1)))
console.log(JSON.stringify({ ngeohash: cells(ngeohash.encode), 'latlon-geohash': cells(latlon.encode) }))
console.error('ngeohash: cells of a box of 200 km that ends at 180 degrees, and of one across it', ngeohash.bboxes(-18, 178, -17.7, 180, 5).length, ngeohash.bboxes(-18, 179, -17.7, -179, 5).length)
P
mkdir go && cat > go/main.go <<'P'
package main

import ("encoding/json"; "fmt"; "os"; "github.com/mmcloughlin/geohash")

func main() {
	text, _ := os.ReadFile("../places.json"); var places [][2]float64; json.Unmarshal(text, &places)
	var all [][]string
	for _, place := range places { var cells []string; for length := uint(1); length <= 9; length++ { cells = append(cells, geohash.EncodeWithPrecision(place[0], place[1], length)) }; all = append(all, cells) }
	out, _ := json.Marshal(map[string]any{"mmcloughlin": all}); fmt.Println(string(out))
}
P
export GOPATH=$work/gopath GOFLAGS=-modcacherw
(cd go && go mod init read >/dev/null 2>&1 && go get github.com/mmcloughlin/geohash@v0.10.0 >/dev/null 2>&1)
cat > compare.py <<'P'
import json, math, sys
import geohash2, geohashr, libgeohash, mzgeohash, proximityhash, pygeohash
from geolib import geohash as geolib
places = json.load(open('places.json'))
encoders = {'pygeohash': pygeohash.encode, 'geohash2': geohash2.encode, 'libgeohash': libgeohash.encode, 'geohashr': geohashr.encode, 'geolib': geolib.encode, 'mzgeohash': lambda lat, lon, length: mzgeohash.encode((lon, lat), length)}
cells = {name: [[encode(lat, lon, length) for length in range(1, 10)] for lat, lon in places] for name, encode in encoders.items()}
for file in sys.argv[1:]: cells.update(json.load(open(file)))
right = cells['latlon-geohash']
for name, found in cells.items():
    other = [sum(mine[length] != theirs[length] for mine, theirs in zip(found[:300], right[:300])) for length in range(9)]
    print(f'{name}: of 300 places in another cell than latlon-geohash, by length', other, 'at 0, 0', found[300][4], 'at 45, 11.25', found[301][4], 'at 180', found[302][4])
moved = {length: sum(geohash2.encode(*map(float, geohash2.decode(cell[length - 1])), length) != cell[length - 1] for cell in right[:300]) for length in range(4, 10)}
print('geohash2: middles outside their cell, by length', moved)
for lat, lon in ((-34.9, -56.2), (-17.8, 179.999)):
    found, out = set(proximityhash.create_geohash(lat, lon, 500, 7).split(',')), 0
    for step in range(400):
        for metres in (100, 200, 300, 400):
            angle = math.tau * step / 400
            east = lon + metres * math.sin(angle) / (111195 * math.cos(math.radians(lat)))
            out += pygeohash.encode(lat + metres * math.cos(angle) / 111195, (east + 180) % 360 - 180, 7) not in found
    print(f'proximityhash, 500 m around {lat}, {lon}: of 1,600 places within 400 m not found', out)
P
{ node cells.cjs > node.json; } 2> box
(cd go && go run .) > go.json
{ cat box; PYTHONPATH=python python3 -W ignore compare.py node.json go.json; } | tee seen
diff seen - <<'P'
ngeohash: cells of a box of 200 km that ends at 180 degrees, and of one across it 368 0
pygeohash: of 300 places in another cell than latlon-geohash, by length [0, 0, 0, 0, 0, 0, 0, 0, 0] at 0, 0 s0000 at 45, 11.25 u2000 at 180 ruzfx
geohash2: of 300 places in another cell than latlon-geohash, by length [0, 0, 0, 0, 0, 0, 0, 0, 0] at 0, 0 7zzzz at 45, 11.25 spzzz at 180 ruzfx
libgeohash: of 300 places in another cell than latlon-geohash, by length [0, 0, 0, 0, 0, 0, 0, 0, 0] at 0, 0 s0000 at 45, 11.25 u2000 at 180 ruzfx
geohashr: of 300 places in another cell than latlon-geohash, by length [0, 0, 0, 0, 0, 0, 0, 0, 0] at 0, 0 s0000 at 45, 11.25 u2000 at 180 2hb48
geolib: of 300 places in another cell than latlon-geohash, by length [0, 0, 0, 0, 0, 0, 0, 0, 0] at 0, 0 s0000 at 45, 11.25 u2000 at 180 ruzfx
mzgeohash: of 300 places in another cell than latlon-geohash, by length [292, 0, 292, 0, 292, 0, 291, 0, 296] at 0, 0 s0000 at 45, 11.25 u2000 at 180 ruzff
ngeohash: of 300 places in another cell than latlon-geohash, by length [0, 0, 0, 0, 0, 0, 0, 0, 0] at 0, 0 7zzzz at 45, 11.25 spzzz at 180 ruzfx
latlon-geohash: of 300 places in another cell than latlon-geohash, by length [0, 0, 0, 0, 0, 0, 0, 0, 0] at 0, 0 s0000 at 45, 11.25 u2000 at 180 ruzfx
mmcloughlin: of 300 places in another cell than latlon-geohash, by length [0, 0, 0, 0, 0, 0, 0, 0, 0] at 0, 0 s0000 at 45, 11.25 u2000 at 180 2hb48
geohash2: middles outside their cell, by length {4: 284, 5: 240, 6: 287, 7: 289, 8: 285, 9: 244}
proximityhash, 500 m around -34.9, -56.2: of 1,600 places within 400 m not found 0
proximityhash, 500 m around -17.8, 179.999: of 1,600 places within 400 m not found 449
P
echo 'as before'
