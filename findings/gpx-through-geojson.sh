#!/usr/bin/env bash
# A drive that goes through GeoJSON and back loses its times, or gives them to other points (GPX, four libraries).
#
# Guess: GeoJSON has no place for the time of a point, but togeojson's custom (a list beside the coordinates) is read by those that
# write GPX again.
# Seen, a drive with a pause, so of two segments: @mapbox/togeojson names the list coordTimes, and its successor @tmcw/togeojson
# coordinateProperties.times. togpx knows the first name alone: with the second no point has a time. With the first, and two
# segments, every point has two times, which GPX forbids: the first point of each segment all those of the first segment, the
# second point all those of the second. gpxpy, which takes the first of them, reads 12:00, 12:05, 12:00, 12:05 for 12:00, 12:01, 12:05,
# 12:06. With one segment they are right. @dwayneparton/geojson-to-gpx, which looks for a fourth coordinate, writes none. No word.
# So: keep times out of GeoJSON or write GPX from what you had before it; count the points without a time, and times that
# go backwards, after each change of format.
#
# Needs: npm, python3 with pip. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python gpxpy==1.6.2 2>/dev/null
npm install --silent --no-save --ignore-scripts @tmcw/togeojson@7.1.3 @mapbox/togeojson@0.16.2 togpx@0.5.4 @dwayneparton/geojson-to-gpx@0.2.0 @xmldom/xmldom@0.9.10 >/dev/null
cat > convert.cjs <<'P'
const { writeFileSync } = require('fs')
const { DOMImplementation, DOMParser, XMLSerializer } = require('@xmldom/xmldom')
const togpx = require('togpx')
globalThis.document = { implementation: new DOMImplementation() }
const other = require('@dwayneparton/geojson-to-gpx').default
const point = (at) => `<trkpt lat="${-34.9 + at / 100}" lon="-56.2"><ele>43</ele><time>2026-07-01T12:0${at}:00Z</time></trkpt>`
const segments = { 'one segment': [[0, 1, 5, 6]], 'two segments': [[0, 1], [5, 6]] }
for (const [name, parts] of Object.entries(segments)) {
  const track = parts.map((part) => `<trkseg>${part.map(point).join('')}</trkseg>`).join('')
  const gpx = new DOMParser().parseFromString(`<gpx version="1.1" creator="car" xmlns="http://www.topografix.com/GPX/1/1"><trk><name>drive</name>${track}</trk></gpx>`, 'text/xml')
  for (const reader of ['@tmcw/togeojson', '@mapbox/togeojson']) {
    const geojson = require(reader).gpx(gpx)
    writeFileSync(`${name}, ${reader}, togpx.gpx`.replace('/', ':'), togpx(geojson))
    writeFileSync(`${name}, ${reader}, @dwayneparton:geojson-to-gpx.gpx`.replace('/', ':'), new XMLSerializer().serializeToString(other(geojson)))
  }
}
P
cat > read.py <<'P'
import glob, gpxpy, re
for path in sorted(glob.glob('*.gpx')):
    text = open(path).read()
    points = [point for track in gpxpy.parse(text).tracks for segment in track.segments for point in segment.points]
    print(path[:-4].replace(':', '/') + ':', len(points), 'points,', len(re.findall('<time>', text)), 'times, read as', [point.time.strftime('%H:%M') if point.time else None for point in points])
P
node convert.cjs && PYTHONPATH=python python3 read.py | tee seen
diff seen - <<'P'
one segment, @mapbox/togeojson, @dwayneparton/geojson-to-gpx: 4 points, 0 times, read as [None, None, None, None]
one segment, @mapbox/togeojson, togpx: 4 points, 4 times, read as ['12:00', '12:01', '12:05', '12:06']
one segment, @tmcw/togeojson, @dwayneparton/geojson-to-gpx: 4 points, 0 times, read as [None, None, None, None]
one segment, @tmcw/togeojson, togpx: 4 points, 0 times, read as [None, None, None, None]
two segments, @mapbox/togeojson, @dwayneparton/geojson-to-gpx: 4 points, 0 times, read as [None, None, None, None]
two segments, @mapbox/togeojson, togpx: 4 points, 8 times, read as ['12:00', '12:05', '12:00', '12:05']
two segments, @tmcw/togeojson, @dwayneparton/geojson-to-gpx: 4 points, 0 times, read as [None, None, None, None]
two segments, @tmcw/togeojson, togpx: 4 points, 0 times, read as [None, None, None, None]
P
echo 'as before'
