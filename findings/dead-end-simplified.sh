#!/usr/bin/env bash
# A courier who drives to the end of a dead end and back was never there (simplified lines, sixteen libraries in three languages).
#
# Guess: all libraries of Douglas and Peucker keep the far end of a dead end that is driven up and down in one line, as the
# distance that they compare is the one to the piece of line that stays; a round trip, which ends where it began, keeps its far point.
# Seen, a kilometre past home and back in the other lane (3 km driven, 10 m allowed): six of fifteen measure to the line without its
# ends, on which all of the street lies: rdp, fastrdp, gpxpy, gpxgo, simplify-geometry and simplify-geojson leave two points, 1 km.
# When both ways lie on one line, as after matching to a map, those by area of triangles (Visvalingam, four of four) lose the street
# too, for a turn back has no area; and shapely as it comes ("preserve topology") leaves out no point. A round trip is kept by all.
# So: cut a track where it turns back and at stops before it is simplified, ask how far the farthest point left out lies from what
# is left, and take no length and no visit from a simplified track.
#
# Needs: python3 with pip, npm, go. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python numpy==2.2.6 rdp==0.8 fastrdp==0.3.2 pybind11-rdp==0.1.6 simplification==2.0.0 geordpy==3.1 gpxpy==1.6.2 shapely==2.1.2 visvalingamwyatt==0.3.0 simplify-polyline==0.1.0 2>/dev/null
npm install --silent --no-save --ignore-scripts simplify-js@1.2.4 simplify-geometry@0.0.2 simplify-geojson@1.0.5 line-simplify-rdp@0.4.0 @mapbox/geosimplify-js@0.1.0 >/dev/null
cat > drives.py <<'P'
import json
out, back = [[x, 0] for x in range(0, 2001, 50)], range(2000, 999, -50)
print(json.dumps({'dead end': out + [[x, 4] for x in back], 'dead end on one line': out + [[x, 0] for x in back], 'round trip': [[0, 0], [500, 0], [1000, 0], [1000, 500], [500, 500], [0, 500], [0, 250], [0, 0]]}))
P
python3 drives.py > drives.json
cat > simple.py <<'P'
import json
import fastrdp, geordpy, gpxpy.gpx, numpy, pybind11_rdp, rdp, shapely, simplify_polyline, visvalingamwyatt
from simplification import cutil
metre = 1 / 111195
def arrays(line):
    xs, ys = fastrdp.rdp(*numpy.array(line, float).T.copy(), 10.0)
    return list(zip(xs, ys))
def gpx(line):
    segment = gpxpy.gpx.GPXTrackSegment([gpxpy.gpx.GPXTrackPoint(y * metre, x * metre) for x, y in line])
    segment.simplify(10)
    return [(point.longitude / metre, point.latitude / metre) for point in segment.points]
def geodetic(line): return [place for place, keeps in zip(line, geordpy.rdp_filter([(x * metre, y * metre) for x, y in line], threshold=10)) if keeps]
ways = {
    'rdp': lambda line: rdp.rdp(line, epsilon=10), 'fastrdp': arrays, 'gpxpy': gpx, 'geordpy': geodetic,
    'pybind11-rdp': lambda line: pybind11_rdp.rdp(numpy.array(line, float), epsilon=10),
    'simplification': lambda line: cutil.simplify_coords(numpy.array(line, float), 10.0),
    'simplify-polyline': lambda line: simplify_polyline.simplify(line, 10),
    'shapely, preserve_topology=False': lambda line: shapely.simplify(shapely.LineString(line), 10, preserve_topology=False).coords,
    'shapely': lambda line: shapely.simplify(shapely.LineString(line), 10).coords,
    'simplification, by area': lambda line: cutil.simplify_coords_vw(numpy.array(line, float), 500.0),
    'simplify-polyline, by area': lambda line: simplify_polyline.vw_simplify(line, 500),
    'visvalingamwyatt, by area': lambda line: visvalingamwyatt.Simplifier(line).simplify(threshold=500)}
for drive, line in json.load(open('drives.json')).items():
    for way, simplify in ways.items():
        points = [(float(x), float(y)) for x, y in simplify(line)]
        length = sum(((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5 for (ax, ay), (bx, by) in zip(points, points[1:]))
        print(f'{drive}, {way}: {len(points)} of {len(line)} points, {length:.0f} m')
P
cat > simple.cjs <<'P'
const metre = 1 / 111195
const pairs = (points) => points.map(({ x, y }) => [x, y])
const named = (line) => line.map(([x, y]) => ({ x, y }))
const degrees = (line) => line.map(([x, y]) => [x * metre, y * metre])
const metres = (line) => line.map(([x, y]) => [x / metre, y / metre])
const ways = {
  'simplify-js': (line) => pairs(require('simplify-js')(named(line), 10, true)),
  'simplify-geometry': (line) => require('simplify-geometry')(line, 10),
  'simplify-geojson': (line) => metres(require('simplify-geojson')({ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: degrees(line) } }, 10 * metre).geometry.coordinates),
  'line-simplify-rdp': (line) => pairs(require('line-simplify-rdp')(named(line), 10, false)),
  '@mapbox/geosimplify-js': (line) => metres(require('@mapbox/geosimplify-js')(degrees(line), 10, 0)),
}
for (const [drive, line] of Object.entries(JSON.parse(require('fs').readFileSync('drives.json', 'utf8'))))
  for (const [way, simplify] of Object.entries(ways)) {
    const points = simplify(line)
    const length = points.slice(1).reduce((sum, [x, y], at) => sum + Math.hypot(x - points[at][0], y - points[at][1]), 0)
    console.log(`${drive}, ${way}: ${points.length} of ${line.length} points, ${length.toFixed(0)} m`)
  }
P
mkdir go && cat > go/main.go <<'P'
package main

import ("encoding/json"; "fmt"; "math"; "os"; "github.com/paulmach/orb"; "github.com/paulmach/orb/simplify"; "github.com/tkrajina/gpxgo/gpx")

const metre = 1.0 / 111195

func tell(drive, way string, line orb.LineString, all int) {
	length := 0.0
	for at := 1; at < len(line); at++ { length += math.Hypot(line[at][0]-line[at-1][0], line[at][1]-line[at-1][1]) }
	fmt.Printf("%s, %s: %d of %d points, %.0f m\n", drive, way, len(line), all, length)
}

func main() {
	text, _ := os.ReadFile("../drives.json"); var drives map[string]orb.LineString; json.Unmarshal(text, &drives)
	for _, drive := range []string{"dead end", "dead end on one line", "round trip"} {
		line, segment, left := drives[drive], gpx.GPXTrackSegment{}, orb.LineString{}
		for _, place := range line { segment.Points = append(segment.Points, gpx.GPXPoint{Point: gpx.Point{Latitude: place[1] * metre, Longitude: place[0] * metre}}) }
		segment.SimplifyTracks(10)
		for _, point := range segment.Points { left = append(left, orb.Point{point.Longitude / metre, point.Latitude / metre}) }
		tell(drive, "gpxgo", left, len(line))
		tell(drive, "orb", simplify.DouglasPeucker(10).LineString(line.Clone()), len(line))
		tell(drive, "orb, by area", simplify.VisvalingamThreshold(500).LineString(line.Clone()), len(line))
	}
}
P
export GOPATH=$work/gopath GOFLAGS=-modcacherw
(cd go && go mod init read >/dev/null 2>&1 && go get github.com/paulmach/orb@v0.12.0 github.com/tkrajina/gpxgo@v1.4.0 >/dev/null 2>&1)
{ PYTHONPATH=python python3 simple.py; node simple.cjs; (cd go && go run .); } | tee seen
diff seen - <<'P'
dead end, rdp: 2 of 62 points, 1000 m
dead end, fastrdp: 2 of 62 points, 1000 m
dead end, gpxpy: 2 of 62 points, 1000 m
dead end, geordpy: 3 of 62 points, 3000 m
dead end, pybind11-rdp: 3 of 62 points, 3000 m
dead end, simplification: 3 of 62 points, 3000 m
dead end, simplify-polyline: 3 of 62 points, 3000 m
dead end, shapely, preserve_topology=False: 3 of 62 points, 3000 m
dead end, shapely: 3 of 62 points, 3000 m
dead end, simplification, by area: 4 of 62 points, 3004 m
dead end, simplify-polyline, by area: 4 of 62 points, 3004 m
dead end, visvalingamwyatt, by area: 4 of 62 points, 3004 m
dead end on one line, rdp: 2 of 62 points, 1000 m
dead end on one line, fastrdp: 2 of 62 points, 1000 m
dead end on one line, gpxpy: 2 of 62 points, 1000 m
dead end on one line, geordpy: 3 of 62 points, 3000 m
dead end on one line, pybind11-rdp: 3 of 62 points, 3000 m
dead end on one line, simplification: 3 of 62 points, 3000 m
dead end on one line, simplify-polyline: 3 of 62 points, 3000 m
dead end on one line, shapely, preserve_topology=False: 3 of 62 points, 3000 m
dead end on one line, shapely: 62 of 62 points, 3000 m
dead end on one line, simplification, by area: 2 of 62 points, 1000 m
dead end on one line, simplify-polyline, by area: 2 of 62 points, 1000 m
dead end on one line, visvalingamwyatt, by area: 2 of 62 points, 1000 m
round trip, rdp: 5 of 8 points, 3000 m
round trip, fastrdp: 5 of 8 points, 3000 m
round trip, gpxpy: 5 of 8 points, 3000 m
round trip, geordpy: 5 of 8 points, 3000 m
round trip, pybind11-rdp: 5 of 8 points, 3000 m
round trip, simplification: 5 of 8 points, 3000 m
round trip, simplify-polyline: 5 of 8 points, 3000 m
round trip, shapely, preserve_topology=False: 5 of 8 points, 3000 m
round trip, shapely: 5 of 8 points, 3000 m
round trip, simplification, by area: 5 of 8 points, 3000 m
round trip, simplify-polyline, by area: 5 of 8 points, 3000 m
round trip, visvalingamwyatt, by area: 5 of 8 points, 3000 m
dead end, simplify-js: 3 of 62 points, 3000 m
dead end, simplify-geometry: 2 of 62 points, 1000 m
dead end, simplify-geojson: 2 of 62 points, 1000 m
dead end, line-simplify-rdp: 4 of 62 points, 3004 m
dead end, @mapbox/geosimplify-js: 3 of 62 points, 3000 m
dead end on one line, simplify-js: 3 of 62 points, 3000 m
dead end on one line, simplify-geometry: 2 of 62 points, 1000 m
dead end on one line, simplify-geojson: 2 of 62 points, 1000 m
dead end on one line, line-simplify-rdp: 3 of 62 points, 3000 m
dead end on one line, @mapbox/geosimplify-js: 3 of 62 points, 3000 m
round trip, simplify-js: 5 of 8 points, 3000 m
round trip, simplify-geometry: 7 of 8 points, 3000 m
round trip, simplify-geojson: 7 of 8 points, 3000 m
round trip, line-simplify-rdp: 5 of 8 points, 3000 m
round trip, @mapbox/geosimplify-js: 5 of 8 points, 3000 m
dead end, gpxgo: 2 of 62 points, 1000 m
dead end, orb: 3 of 62 points, 3000 m
dead end, orb, by area: 4 of 62 points, 3004 m
dead end on one line, gpxgo: 2 of 62 points, 1000 m
dead end on one line, orb: 3 of 62 points, 3000 m
dead end on one line, orb, by area: 2 of 62 points, 1000 m
round trip, gpxgo: 8 of 8 points, 3000 m
round trip, orb: 5 of 8 points, 3000 m
round trip, orb, by area: 5 of 8 points, 3000 m
P
echo 'as before'
