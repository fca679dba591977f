#!/usr/bin/env bash
# A drive in Montevideo is at -34,901,112 degrees, and a point without a height is at 0 m (Geobuf, JavaScript 4.0.0 and Python 2.0.1).
#
# Guess: the two libraries of one maker read each other's files; places come back to the sixth decimal, properties and heights as
# they went in, also where one car has a height and the next has none.
# Seen: a file of JavaScript leaves out its precision where that is the schema's default, six decimals; Python takes the missing number
# for none, and each degree and metre is a million, without an error. The other way all is right, as Python always writes it. In
# a collection, JavaScript fills a point of two numbers up to the longest: a car without a height is at 0 m, at sea. Python cuts
# what it was not told of: heights are gone by default (dim=2), but for single points, which keep theirs. A property that is null Python
# writes, and leaves out when it reads.
# So: after reading, ask that latitudes are within 90; give precision and dim yourself; write no mixed heights.
#
# Needs: python3 with pip, npm. Takes about ten seconds.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python geobuf==2.0.1 2>/dev/null
npm install --silent --no-save --ignore-scripts geobuf@4.0.0 pbf@4.0.2 >/dev/null
cat > cars.json <<'P'
{"type": "FeatureCollection", "features": [
  {"type": "Feature", "id": "drive", "geometry": {"type": "LineString", "coordinates": [[-56.1645123456, -34.9011123456, 43.5], [-56.165, -34.902, 44]]}, "properties": {"driver": null, "outside": -5, "speed": 50.5, "odometer": 1099511627776}},
  {"type": "Feature", "id": "with a height", "geometry": {"type": "Point", "coordinates": [-56.2, -34.9, 43.5]}, "properties": {}},
  {"type": "Feature", "id": "without", "geometry": {"type": "Point", "coordinates": [-56.2, -34.9]}, "properties": {}}]}
P
cat > cars.mjs <<'P'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import * as geobuf from 'geobuf'
import Pbf from 'pbf'
const tell = (name, bytes) => { for (const { id, geometry, properties } of geobuf.decode(new Pbf(new Uint8Array(bytes))).features) console.log(name, id, JSON.stringify(geometry.coordinates), JSON.stringify(properties ?? {})) }
if (existsSync('python.pbf')) tell('Python to JavaScript:', readFileSync('python.pbf'))
else {
  writeFileSync('javascript.pbf', geobuf.encode(JSON.parse(readFileSync('cars.json', 'utf8')), new Pbf()))
  tell('JavaScript alone:', readFileSync('javascript.pbf'))
}
P
cat > cars.py <<'P'
import json
import geobuf
def tell(name, data):
    for car in geobuf.decode(data)['features']: print(name, car['id'], json.dumps(car['geometry']['coordinates']), json.dumps(car.get('properties') or {}))
cars = json.load(open('cars.json'))
tell('JavaScript to Python:', open('javascript.pbf', 'rb').read())
tell('Python alone:', geobuf.encode(cars))
tell('Python alone, dim=3:', geobuf.encode(cars, 6, 3))
open('python.pbf', 'wb').write(geobuf.encode(cars, 6, 3))
P
{ node cars.mjs; PYTHONPATH=python python3 -W ignore cars.py; node cars.mjs; } | tee seen
diff seen - <<'P'
JavaScript alone: drive [[-56.164512,-34.901112,43.5],[-56.165,-34.902,44]] {"driver":null,"outside":-5,"speed":50.5,"odometer":1099511627776}
JavaScript alone: with a height [-56.2,-34.9,43.5] {}
JavaScript alone: without [-56.2,-34.9,0] {}
JavaScript to Python: drive [[-56164512.0, -34901112.0, 43500000.0], [-56165000.0, -34902000.0, 44000000.0]] {"outside": -5, "speed": 50.5, "odometer": 1099511627776}
JavaScript to Python: with a height [-56200000.0, -34900000.0, 43500000.0] {}
JavaScript to Python: without [-56200000.0, -34900000.0, 0.0] {}
Python alone: drive [[-56.164512, -34.901112], [-56.165, -34.902]] {"outside": -5, "speed": 50.5, "odometer": 1099511627776}
Python alone: with a height [-56.2, -34.9, 43.5] {}
Python alone: without [-56.2, -34.9] {}
Python alone, dim=3: drive [[-56.164512, -34.901112, 43.5], [-56.165, -34.902, 44.0]] {"outside": -5, "speed": 50.5, "odometer": 1099511627776}
Python alone, dim=3: with a height [-56.2, -34.9, 43.5] {}
Python alone, dim=3: without [-56.2, -34.9] {}
Python to JavaScript: drive [[-56.164512,-34.901112,43.5],[-56.165,-34.902,44]] {"driver":null,"outside":-5,"speed":50.5,"odometer":1099511627776}
Python to JavaScript: with a height [-56.2,-34.9,43.5] {}
Python to JavaScript: without [-56.2,-34.9] {}
P
echo 'as before'
