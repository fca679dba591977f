#!/usr/bin/env bash
# A drive through a tunnel goes by way of the Gulf of Guinea, or is not read at all (KML tracks, eight readers).
#
# Guess: an instant of a gx:Track without a place (an empty gx:coord, as a phone's recorder writes it in a tunnel) is left out, and each
# place keeps its own time. By KML's reference an empty one says
# that there is no such value at that instant, and that it may be had from the two beside it.
# Seen, four instants of which the second has no place: only OpenLayers and GPSBabel leave it out. GDAL's LIBKML (in pyogrio, and so in
# geopandas) puts the car at longitude 0, latitude 0, height 0: a drive of 29 km is 13,980 km long. Both togeojson and, with the code of
# the first, loaders.gl write [null] for a position, which is no GeoJSON (RFC 7946: "There MUST be two or more elements"), and say nothing;
# shapely refuses the whole line, turf gives no length. fastkml and kml2geojson raise an error, so that nothing of the file is read.
# So: before such a reader, take each empty gx:coord out, and with it the when of the same number in its list (the two lists go in pairs).
#
# Needs: gpsbabel (Debian 12: 1.8.0), python3 with pip, npm. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for package in fastkml==1.4.0 kml2geojson==6.0.0 pyogrio==0.13.0 shapely==2.1.2; do python3 -m pip install -q --target python "$package" 2>/dev/null; done
npm install --silent --no-save --ignore-scripts --legacy-peer-deps @tmcw/togeojson@7.1.3 @mapbox/togeojson@0.16.2 @loaders.gl/kml@4.5.2 ol@10.11.0 jsdom@29.1.1 @xmldom/xmldom@0.9.12 @turf/length@7.2.0 >/dev/null
cat > drive.kml <<'P'
<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><Placemark><name>drive</name><gx:Track>
<when>2026-07-01T10:00:00Z</when><when>2026-07-01T10:10:00Z</when><when>2026-07-01T10:20:00Z</when><when>2026-07-01T10:30:00Z</when>
<gx:coord>-56.2 -34.9 20</gx:coord><gx:coord/><gx:coord>-56.1 -34.8 22</gx:coord><gx:coord>-56 -34.7 23</gx:coord>
</gx:Track></Placemark></Document></kml>
P
cat > read.mjs <<'P'
import { readFileSync, writeFileSync } from 'node:fs'
import { JSDOM } from 'jsdom'
import { DOMParser } from '@xmldom/xmldom'
import { length } from '@turf/length'
const text = readFileSync('drive.kml', 'utf8')
const { window } = new JSDOM('')
for (const name of ['DOMParser', 'Node', 'Document', 'Element', 'XMLSerializer']) globalThis[name] = window[name]
const { default: KML } = await import('ol/format/KML.js')
const { KMLLoader } = await import('@loaders.gl/kml')
const tmcw = await import('@tmcw/togeojson')
const { default: mapbox } = await import('@mapbox/togeojson')
const far = (line) => { try { return length(line) } catch (error) { return error.message } }
const document = () => new DOMParser().parseFromString(text, 'text/xml')
const [line] = new KML({ extractStyles: false }).readFeatures(text)
console.log('ol:', JSON.stringify(line.getGeometry().getCoordinates().map(([x, y, z, at]) => [x, y, z, new Date(at).toISOString().slice(11, 16)])))
const readers = { '@tmcw/togeojson': tmcw.kml, '@mapbox/togeojson': mapbox.kml, '@loaders.gl/kml': () => KMLLoader.parseTextSync(text, { kml: { shape: 'geojson-table' } }) }
for (const [reader, read] of Object.entries(readers)) {
  const [feature] = read(document()).features
  const times = feature.properties.coordTimes ?? feature.properties.coordinateProperties.times
  console.log(`${reader}:`, JSON.stringify(feature.geometry.coordinates), times.map((at) => at.slice(11, 16)).join(' '), '| turf:', far(feature))
  writeFileSync('drive.geojson', JSON.stringify(feature.geometry))
}
P
cat > read.py <<'P'
import math, struct, warnings
warnings.simplefilter('ignore')
import fastkml, kml2geojson, pyogrio.raw, shapely
from fastkml import kml
def attempt(reader, read):
    try: print(f'{reader}:', read())
    except Exception as error: print(f'{reader}: {type(error).__name__}: {str(error)[:70]}')
def gdal():
    points = [point for point in shapely.get_coordinates(shapely.from_wkb(pyogrio.raw.read('drive.kml')[2][0]), include_z=True).tolist()]
    def apart(a, b):
        (ax, ay), (bx, by) = [[math.radians(degrees) for degrees in point[:2]] for point in (a, b)]
        return 6371 * 2 * math.asin(math.sqrt(math.sin((by - ay) / 2) ** 2 + math.cos(ay) * math.cos(by) * math.sin((bx - ax) / 2) ** 2))
    return f'{points}, {sum(map(apart, points, points[1:])):.0f} km'
attempt('pyogrio', gdal)
attempt('shapely of the GeoJSON', lambda: shapely.from_geojson(open('drive.geojson').read()))
attempt('fastkml', lambda: kml.KML.parse('drive.kml').features[0].features[0].geometry)
attempt('kml2geojson', lambda: kml2geojson.convert('drive.kml'))
P
{
  node read.mjs; PYTHONPATH=python python3 read.py
  echo "gpsbabel: $(gpsbabel -t -i kml -f drive.kml -o unicsv,utc=0 -F - | tail -n +2 | cut -d, -f2-6 | tr -d '"\r' | tr '\n' ' ')"
} | tee seen
diff seen - <<'P'
ol: [[-56.2,-34.9,20,"10:00"],[-56.1,-34.8,22,"10:20"],[-56,-34.7,23,"10:30"]]
@tmcw/togeojson: [[-56.2,-34.9,20],[null],[-56.1,-34.8,22],[-56,-34.7,23]] 10:00 10:10 10:20 10:30 | turf: coord must be GeoJSON Point or an Array of numbers
@mapbox/togeojson: [[-56.2,-34.9,20],[null],[-56.1,-34.8,22],[-56,-34.7,23]] 10:00 10:10 10:20 10:30 | turf: coord must be GeoJSON Point or an Array of numbers
@loaders.gl/kml: [[-56.2,-34.9,20],[null],[-56.1,-34.8,22],[-56,-34.7,23]] 10:00 10:10 10:20 10:30 | turf: coord must be GeoJSON Point or an Array of numbers
pyogrio: [[-56.2, -34.9, 20.0], [0.0, 0.0, 0.0], [-56.1, -34.8, 22.0], [-56.0, -34.7, 23.0]], 13980 km
shapely of the GeoJSON: GEOSException: ParseException: Error parsing JSON: '[json.exception.type_error.302] t
fastkml: TypeError: Point.__init__() missing 2 required positional arguments: 'x' and 'y'
kml2geojson: ValueError: could not convert string to float: ''
gpsbabel: -34.900000,-56.200000,20.0,2026/07/01,10:00:00 -34.800000,-56.100000,22.0,2026/07/01,10:20:00 -34.700000,-56.000000,23.0,2026/07/01,10:30:00 
P
echo 'as before'
