#!/usr/bin/env bash
# No car of a fleet has a speed, or each has it as a text, by which car comes first (FlatGeobuf of JavaScript, flatgeobuf 4.5.0).
#
# Guess (in this wording after the first run): a format with columns takes their types from all rows, or, where from the first, refuses a later value that does not fit; a
# value that the first car does not tell is missing there, and is there for the others.
# Seen, two cars, the first of which does not know its speed: with speed null in the first the column is one of texts, and 50.5 of
# the second is "50.5"; where the first has no such property, no car has it in the file. A switch that is false in the first makes
# a 2 of the second true. No error in any case. apache-arrow 21.2.0 and json2csv 5.0.7 (but for the 2, which Arrow takes for true as well) keep all,
# and so does GDAL, which writes the same format (pyogrio 0.13.0); of text tables PapaParse 5.7.1 drops the column that the first row lacks.
# So: before serialize(), give the first feature every property with a value of its type, or sort one that has them all to the front.
#
# Needs: python3 with pip, npm. Takes about a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python pyogrio==0.13.0 geopandas==1.2.0 pandas==3.1.1 2>/dev/null
npm install --silent --no-save --ignore-scripts --legacy-peer-deps flatgeobuf@4.5.0 apache-arrow@21.2.0 json2csv@5.0.7 papaparse@5.7.1 >/dev/null
cat > fleets.json <<'P'
{"first is null": [{"car": "a", "speed": null}, {"car": "b", "speed": 50.5}], "first lacks it": [{"car": "a"}, {"car": "b", "speed": 50.5}], "whole number first": [{"car": "a", "speed": 50}, {"car": "b", "speed": 50.5}], "false first": [{"car": "a", "moving": false}, {"car": "b", "moving": 2}]}
P
cat > write.mjs <<'P'
import { readFileSync } from 'node:fs'
import * as arrow from 'apache-arrow'
import { geojson } from 'flatgeobuf'
import json2csv from 'json2csv'
import papa from 'papaparse'
const flatgeobuf = async (cars) => {
  const bytes = geojson.serialize({ type: 'FeatureCollection', features: cars.map((properties) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [-56.2, -34.9] }, properties })) })
  const back = []
  for await (const { properties } of geojson.deserialize(bytes)) back.push(properties)
  return back
}
const libraries = { flatgeobuf, 'apache-arrow': (cars) => arrow.tableFromIPC(arrow.tableToIPC(arrow.tableFromJSON(cars))).toArray().map((row) => row.toJSON()), json2csv: (cars) => json2csv.parse(cars), PapaParse: (cars) => papa.unparse(cars) }
for (const [library, write] of Object.entries(libraries)) for (const [fleet, cars] of Object.entries(JSON.parse(readFileSync('fleets.json', 'utf8')))) console.log(`${library}, ${fleet}:`, JSON.stringify(await write(cars)))
P
cat > write.py <<'P'
import json
import geopandas
for fleet, cars in json.load(open('fleets.json')).items():
    if fleet == 'false first': continue
    features = [{'type': 'Feature', 'geometry': {'type': 'Point', 'coordinates': [-56.2, -34.9]}, 'properties': car} for car in cars]
    geopandas.GeoDataFrame.from_features(features, crs=4326).to_file('cars.fgb', driver='FlatGeobuf', engine='pyogrio', SPATIAL_INDEX='NO')
    print(f'GDAL, {fleet}:', geopandas.read_file('cars.fgb', engine='pyogrio')[['car', 'speed']].to_dict('records'))
P
{ node write.mjs; PYTHONPATH=python python3 -W ignore write.py; } | tee seen
diff seen - <<'P'
flatgeobuf, first is null: [{"car":"a"},{"car":"b","speed":"50.5"}]
flatgeobuf, first lacks it: [{"car":"a"},{"car":"b"}]
flatgeobuf, whole number first: [{"car":"a","speed":50},{"car":"b","speed":50.5}]
flatgeobuf, false first: [{"car":"a","moving":false},{"car":"b","moving":true}]
apache-arrow, first is null: [{"car":"a","speed":null},{"car":"b","speed":50.5}]
apache-arrow, first lacks it: [{"car":"a","speed":null},{"car":"b","speed":50.5}]
apache-arrow, whole number first: [{"car":"a","speed":50},{"car":"b","speed":50.5}]
apache-arrow, false first: [{"car":"a","moving":false},{"car":"b","moving":true}]
json2csv, first is null: "\"car\",\"speed\"\n\"a\",\n\"b\",50.5"
json2csv, first lacks it: "\"car\",\"speed\"\n\"a\",\n\"b\",50.5"
json2csv, whole number first: "\"car\",\"speed\"\n\"a\",50\n\"b\",50.5"
json2csv, false first: "\"car\",\"moving\"\n\"a\",false\n\"b\",2"
PapaParse, first is null: "car,speed\r\na,\r\nb,50.5"
PapaParse, first lacks it: "car\r\na\r\nb"
PapaParse, whole number first: "car,speed\r\na,50\r\nb,50.5"
PapaParse, false first: "car,moving\r\na,false\r\nb,2"
GDAL, first is null: [{'car': 'a', 'speed': nan}, {'car': 'b', 'speed': 50.5}]
GDAL, first lacks it: [{'car': 'a', 'speed': nan}, {'car': 'b', 'speed': 50.5}]
GDAL, whole number first: [{'car': 'a', 'speed': 50.0}, {'car': 'b', 'speed': 50.5}]
P
echo 'as before'
