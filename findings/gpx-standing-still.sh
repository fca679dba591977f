#!/usr/bin/env bash
# A car that stands perfectly still takes no time (GPX libraries).
#
# Guess: of a drive of 10 minutes, 10 minutes at rest with a fix a second, and 10 minutes more, a library that tells moving from
# stopped time says 20 and 10 minutes; and 20 minutes and 3 hours when the rest is 3 hours without a fix in a garage.
# Seen: gpxpy 1.6.2 says 20 minutes moving and 0 stopped, both times: what lies between two fixes at the very same place counts as
# neither, so that moving and stopped are 20 minutes of 30, or of 200. Receivers that hold their position while they stand ("static
# hold") say just that; one that wanders by a tenth of a metre a second gives the 10 minutes, and one that wanders by a metre
# has no stop either, as that is 3.6 km/h. gpxgo 1.4.0, the same author's library in Go, says 10 minutes and 3 hours.
# So: take the time at rest as what is left of the duration, from speeds and not from places, and say what of it nobody saw.
#
# Needs: python3 with pip, go. Takes about a quarter of a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python gpxpy==1.6.2 2>/dev/null

# Columns: second, degrees east on the equator. 60 km/h.
cat > tracks.py <<'P'
METRES = 111_195.0
def drive(start, end, east):
    return [(t, east + 60 / 3.6 * (t - start) / METRES) for t in range(start, end + 1)]
first = drive(0, 600, 0)
east = first[-1][1]
def rest(wander):
    return first + [(t, east + t % 2 * wander / METRES) for t in range(601, 1200)] + drive(1200, 1800, east)
tracks = {'held': rest(0), 'wanders-0.1m': rest(0.1), 'wanders-1m': rest(1), 'garage': first + drive(11400, 12000, east)}
for name, track in tracks.items():
    open(f'{name}.txt', 'w').writelines(f'{second} {place:.9f}\n' for second, place in track)
P
python3 tracks.py
cat > read.py <<'P'
import datetime, sys
from gpxpy.gpx import GPXTrackPoint, GPXTrackSegment
start = datetime.datetime(2026, 5, 1, 8, tzinfo=datetime.timezone.utc)
for name in sys.argv[1:]:
    rows = [line.split() for line in open(f'{name}.txt')]
    points = [GPXTrackPoint(0, float(east), time=start + datetime.timedelta(seconds=int(second))) for second, east in rows]
    found = GPXTrackSegment(points).get_moving_data()
    print('gpxpy', name, 'moving', round(found.moving_time), 'stopped', round(found.stopped_time))
P
mkdir go && cd go && cat > main.go <<'P'
package main

import ("bufio"; "fmt"; "os"; "time"; "github.com/tkrajina/gpxgo/gpx")

func main() {
	start := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	for _, name := range os.Args[1:] {
		file, _ := os.Open("../" + name + ".txt")
		var segment gpx.GPXTrackSegment
		for lines := bufio.NewScanner(file); lines.Scan(); {
			var second int
			var east float64
			fmt.Sscan(lines.Text(), &second, &east)
			segment.Points = append(segment.Points, gpx.GPXPoint{Point: gpx.Point{Longitude: east}, Timestamp: start.Add(time.Duration(second) * time.Second)})
		}
		found := segment.MovingData()
		fmt.Printf("gpxgo %s moving %.0f stopped %.0f\n", name, found.MovingTime, found.StoppedTime)
	}
}
P
export GOPATH="$work/gopath" GOFLAGS=-mod=mod
go mod init found >/dev/null 2>&1
go get github.com/tkrajina/gpxgo@v1.4.0 >/dev/null 2>&1
cd ..
seen=$(PYTHONPATH=python python3 read.py held wanders-0.1m wanders-1m garage; cd go && go run . held wanders-0.1m wanders-1m garage)
expected='gpxpy held moving 1200 stopped 0
gpxpy wanders-0.1m moving 1200 stopped 600
gpxpy wanders-1m moving 1800 stopped 0
gpxpy garage moving 1200 stopped 0
gpxgo held moving 1200 stopped 600
gpxgo wanders-0.1m moving 1200 stopped 600
gpxgo wanders-1m moving 1800 stopped 0
gpxgo garage moving 1200 stopped 10800'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo 'This is not what was seen before:' >&2
  diff <(echo "$expected") <(echo "$seen") >&2
  exit 1
fi
echo 'as before'
