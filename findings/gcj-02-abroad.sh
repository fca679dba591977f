#!/usr/bin/env bash
# A car in Seoul is moved half a kilometre for a Chinese map (six libraries for GCJ-02).
#
# Guess: the shift that maps of mainland China ask for is applied inside China alone; abroad a position comes back as it was.
# Seen: "inside China" is a box, and what lies in it is moved: Seoul by 459 m, Hanoi 441, Delhi 481, Ulan Bator 451,
# Vladivostok 618, by five of the six; Hong Kong and Taipei too. There are two boxes: gcoord, eviltransform and coord-convert
# move Osaka and Singapore, the two called coordtransform do not. pygcj has no bound in this direction, only in the other: it moves
# Montevideo by 292 m and does not move it back.
# So: ask a border of your own before the library, convert only for a map that wants it, and never store what came out.
#
# Needs: python3 with pip, npm. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python eviltransform==0.1.1 coord-convert==0.2.1 coordtransform==0.2.1 pygcj==0.0.2 2>/dev/null
npm install --silent --no-save --ignore-scripts gcoord@1.0.7 coordtransform@2.1.2 >/dev/null
cat > places <<'P'
Beijing 39.9042 116.4074
Hong-Kong 22.30 114.17
Taipei 25.04 121.56
Seoul 37.5665 126.978
Hanoi 21.03 105.85
Delhi 28.61 77.20
Ulan-Bator 47.92 106.92
Vladivostok 43.10 131.90
Osaka 34.69 135.50
Singapore 1.35 103.80
Montevideo -34.90 -56.20
P
cat > move.py <<'P'
import math
import coordTransform, eviltransform
from coord_convert import transform as coord_convert
from pygcj.pygcj import GCJProj
def metres(a, b, c, d): return round(math.hypot(a - c, (b - d) * math.cos(math.radians(a))) * 111_195)
exact = GCJProj()
for line in open('places'):
    name, lat, lon = line.split()[0], *map(float, line.split()[1:])
    moved = exact.wgs_to_gcj(lat, lon)
    print(name, 'eviltransform', metres(lat, lon, *eviltransform.wgs2gcj(lat, lon)), 'coord-convert', metres(lat, lon, *reversed(coord_convert.wgs2gcj(lon, lat))),
          'coordtransform', metres(lat, lon, *reversed(coordTransform.wgs84_to_gcj02(lon, lat))), 'pygcj', metres(lat, lon, *moved), 'and back', metres(lat, lon, *exact.gcj_to_wgs(*moved)))
P
cat > move.cjs <<'P'
const gcoord = require('gcoord')
const { wgs84togcj02 } = require('coordtransform')
const metres = (a, b, [d, c]) => Math.round(Math.hypot(a - c, (b - d) * Math.cos(a * Math.PI / 180)) * 111_195)
for (const line of require('fs').readFileSync('places', 'utf8').trim().split('\n')) {
  const [name, lat, lon] = line.split(' ').map((part, at) => (at ? Number(part) : part))
  console.log(name, 'gcoord', metres(lat, lon, gcoord.transform([lon, lat], gcoord.WGS84, gcoord.GCJ02)), 'coordtransform', metres(lat, lon, wgs84togcj02(lon, lat)))
}
P
{ PYTHONPATH=python python3 -W ignore move.py; node move.cjs; } | tee seen
diff seen - <<'P'
Beijing eviltransform 555 coord-convert 555 coordtransform 555 pygcj 555 and back 1
Hong-Kong eviltransform 595 coord-convert 595 coordtransform 595 pygcj 595 and back 0
Taipei eviltransform 501 coord-convert 501 coordtransform 501 pygcj 501 and back 0
Seoul eviltransform 459 coord-convert 459 coordtransform 459 pygcj 15 and back 0
Hanoi eviltransform 441 coord-convert 441 coordtransform 441 pygcj 25 and back 1
Delhi eviltransform 481 coord-convert 481 coordtransform 481 pygcj 12 and back 0
Ulan-Bator eviltransform 451 coord-convert 451 coordtransform 451 pygcj 36 and back 3
Vladivostok eviltransform 618 coord-convert 618 coordtransform 618 pygcj 17 and back 0
Osaka eviltransform 542 coord-convert 542 coordtransform 0 pygcj 23 and back 1
Singapore eviltransform 172 coord-convert 172 coordtransform 0 pygcj 38 and back 1
Montevideo eviltransform 0 coord-convert 0 coordtransform 0 pygcj 292 and back 292
Beijing gcoord 555 coordtransform 555
Hong-Kong gcoord 595 coordtransform 595
Taipei gcoord 501 coordtransform 501
Seoul gcoord 459 coordtransform 459
Hanoi gcoord 441 coordtransform 441
Delhi gcoord 481 coordtransform 481
Ulan-Bator gcoord 451 coordtransform 451
Vladivostok gcoord 618 coordtransform 618
Osaka gcoord 542 coordtransform 0
Singapore gcoord 172 coordtransform 0
Montevideo gcoord 0 coordtransform 0
P
echo 'as before'
