#!/usr/bin/env bash
# A car in London is 18 km further east, and one in Quito north of the equator: the minus of -0 degrees (coordinates as text, eleven libraries).
#
# Guess: a place told as text (an address field, a shared destination, a report) is read by each library that takes the form as the
# same place; a minus before 0 degrees, as all of London west of Greenwich has it, keeps its meaning.
# Seen: 0°07'40"W is read rightly by all that take it. -0°07'40" is east, and -0°13'12" north, in seven of eleven: geopy, geo-coordinates-parser,
# coordinate-parser, coord-parser, @mapbox/sexagesimal, dms-conversion and @openaip/coordinate-parser (a number has no minus zero once it is compared with 0, or
# the minus is looked for in the degrees alone). dms-conversion also adds the minutes of -78°30'42" upwards, 113 km away. And geopy takes
# "51 30 26 N, 0 7 40 W", a form that it does not know, for 7 degrees north and 40 west.
# parse-dms, geodesy, lat-lon-parser and pygeodesy keep the minus.
# So: take the sign from the text before the number is made; try a parser with -0°07', which no test in Europe's east finds.
#
# Needs: python3 with pip, npm. Takes about a quarter of a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python geopy==2.5.0 lat-lon-parser==1.3.1 pygeodesy==26.10.26 2>/dev/null
npm install --silent --no-save --ignore-scripts parse-dms@0.0.5 geo-coordinates-parser@1.7.4 coordinate-parser@1.0.7 coord-parser@1.0.0 @mapbox/sexagesimal@1.2.0 dms-conversion@3.1.4 @openaip/coordinate-parser@0.31.1 geodesy@2.4.0 >/dev/null
cat > places.json <<'P'
{"London": ["51°30'26\"N", "0°07'40\"W"], "London with a minus": ["51°30'26\"", "-0°07'40\""], "Quito with a minus": ["-0°13'12\"", "-78°30'42\""], "London in decimals": ["51.5073N", "0.1278W"], "London with blanks": ["51 30 26 N", "0 7 40 W"]}
P
cat > read.py <<'P'
import json
import geopy, lat_lon_parser, pygeodesy.dms
libraries = {'geopy': lambda pair: tuple(geopy.Point(', '.join(pair)))[:2], 'lat-lon-parser': lambda pair: map(lat_lon_parser.parse, pair), 'pygeodesy': lambda pair: pygeodesy.dms.parseDMS2(*pair)}
for library, read in libraries.items():
    for place, pair in json.load(open('places.json')).items():
        try: told = ' '.join(f'{number:.4f}' for number in read(pair))
        except Exception: told = 'refused'
        print(f'{library}, {place}: {told}')
P
cat > read.mjs <<'P'
import { readFileSync } from 'node:fs'
import sexagesimal from '@mapbox/sexagesimal'
import * as openaip from '@openaip/coordinate-parser'
import coordParser from 'coord-parser'
import CoordinateParser from 'coordinate-parser'
import * as dms from 'dms-conversion'
import * as geoCoordinates from 'geo-coordinates-parser'
import LatLon from 'geodesy/latlon-spherical.js'
import parseDms from 'parse-dms'
const Openaip = openaip.Parser ?? openaip.default?.Parser ?? openaip.default
const libraries = {
  'parse-dms': (pair) => { const { lat, lon } = parseDms(pair.join(' ')); return [lat, lon] },
  'geo-coordinates-parser': (pair) => { const { decimalLatitude, decimalLongitude } = geoCoordinates.convert(pair.join(', ')); return [decimalLatitude, decimalLongitude] },
  'coordinate-parser': (pair) => { const place = new CoordinateParser(pair.join(', ')); return [place.getLatitude(), place.getLongitude()] },
  'coord-parser': (pair) => { const { lat, lon } = (coordParser.default ?? coordParser)(pair.join(', ')); return [lat, lon] },
  '@mapbox/sexagesimal': (pair) => sexagesimal.pair(pair.join(' ')),
  'dms-conversion': (pair) => pair.map((part) => dms.parseDms(part)),
  '@openaip/coordinate-parser': (pair) => { const { latitude, longitude } = new Openaip().parse(pair.join(' ')); return [latitude, longitude] },
  geodesy: (pair) => { const { lat, lon } = LatLon.parse(...pair); return [lat, lon] },
}
for (const [library, read] of Object.entries(libraries)) for (const [place, pair] of Object.entries(JSON.parse(readFileSync('places.json', 'utf8')))) {
  let told
  try { told = read(pair).map((number) => number.toFixed(4)).join(' ') } catch { told = 'refused' }
  console.log(`${library}, ${place}: ${told}`)
}
P
{ PYTHONPATH=python python3 -W ignore read.py; node read.mjs; } | tee seen
diff seen - <<'P'
geopy, London: 51.5072 -0.1278
geopy, London with a minus: 51.5072 0.1278
geopy, Quito with a minus: 0.2200 -78.5117
geopy, London in decimals: 51.5073 -0.1278
geopy, London with blanks: 7.0000 -40.0000
lat-lon-parser, London: 51.5072 -0.1278
lat-lon-parser, London with a minus: 51.5072 -0.1278
lat-lon-parser, Quito with a minus: -0.2200 -78.5117
lat-lon-parser, London in decimals: 51.5073 -0.1278
lat-lon-parser, London with blanks: 51.5072 -0.1278
pygeodesy, London: 51.5072 -0.1278
pygeodesy, London with a minus: 51.5072 -0.1278
pygeodesy, Quito with a minus: -0.2200 -78.5117
pygeodesy, London in decimals: 51.5073 -0.1278
pygeodesy, London with blanks: 51.5072 -0.1278
parse-dms, London: 51.5072 -0.1278
parse-dms, London with a minus: 51.5072 -0.1278
parse-dms, Quito with a minus: -0.2200 -78.5117
parse-dms, London in decimals: 51.5073 -0.1278
parse-dms, London with blanks: 51.5072 -0.1278
geo-coordinates-parser, London: 51.5072 -0.1278
geo-coordinates-parser, London with a minus: 51.5072 0.1278
geo-coordinates-parser, Quito with a minus: 0.2200 -78.5117
geo-coordinates-parser, London in decimals: 51.5073 -0.1278
geo-coordinates-parser, London with blanks: 51.5072 -0.1278
coordinate-parser, London: 51.5072 -0.1278
coordinate-parser, London with a minus: 51.5072 0.1278
coordinate-parser, Quito with a minus: 0.2200 -78.5117
coordinate-parser, London in decimals: 51.5073 -0.1278
coordinate-parser, London with blanks: 51.5072 -0.1278
coord-parser, London: 51.5072 -0.1278
coord-parser, London with a minus: 51.5072 0.1278
coord-parser, Quito with a minus: 0.2200 -78.5117
coord-parser, London in decimals: 51.5073 -0.1278
coord-parser, London with blanks: refused
@mapbox/sexagesimal, London: 51.5072 -0.1278
@mapbox/sexagesimal, London with a minus: 51.5072 0.1278
@mapbox/sexagesimal, Quito with a minus: 0.2200 -78.5117
@mapbox/sexagesimal, London in decimals: 51.5073 -0.1278
@mapbox/sexagesimal, London with blanks: refused
dms-conversion, London: 51.5072 -0.1278
dms-conversion, London with a minus: 51.5072 0.1278
dms-conversion, Quito with a minus: 0.2200 -77.4883
dms-conversion, London in decimals: 51.5073 -0.1278
dms-conversion, London with blanks: 51.5072 -0.1278
@openaip/coordinate-parser, London: 51.5072 -0.1278
@openaip/coordinate-parser, London with a minus: 51.5072 0.1278
@openaip/coordinate-parser, Quito with a minus: 0.2200 -78.5117
@openaip/coordinate-parser, London in decimals: 51.5073 -0.1278
@openaip/coordinate-parser, London with blanks: refused
geodesy, London: 51.5072 -0.1278
geodesy, London with a minus: 51.5072 -0.1278
geodesy, Quito with a minus: -0.2200 -78.5117
geodesy, London in decimals: 51.5073 -0.1278
geodesy, London with blanks: 51.5072 -0.1278
P
echo 'as before'
