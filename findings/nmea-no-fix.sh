#!/usr/bin/env bash
# A receiver without a fix is in the Gulf of Guinea, and an old recording is of today (NMEA 0183 libraries).
#
# Guess: a sentence whose position fields are empty and whose status is "void" has no position in any library (null, NaN or
# an error); a GGA, which has a time of day and no date, has no instant.
# Seen: three of six give the place (0, 0): pynmea2 0.0, go-nmea 0, and nmea-simple -0 (an empty hemisphere counts as south and
# west), so that a test for `Object.is(lat, 0)` does not find it. go-nmea and nmea-simple also make the empty speed 0: a car that
# stands. `gps` sets the valid flag (it means the checksum) and dates a GGA with the computer's own day: one recording of 1998
# has RMC of 1998 and GGA of today, and around midnight the two are a day apart.
# So: take a position only with its status (RMC, GLL: A; GGA: quality above 0), and the date from an RMC of the same second.
#
# Needs: python3 with pip, npm, go. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python pynmea2==1.19.0 pynmeagps==1.1.8 2>/dev/null
npm install --silent --no-save --ignore-scripts nmea-simple@3.3.0 gps@0.9.0 @signalk/nmea0183-signalk@3.20.1 >/dev/null

cat > sentences <<'P'
$GPRMC,081836.00,V,,,,,,,130998,,,N*73
$GPGGA,081836.00,,,,,0,00,99.99,,,,,,*62
P
cat > read.py <<'P'
import pynmea2
from pynmeagps import NMEAReader
for line in open('sentences'):
    old, new = pynmea2.parse(line.strip()), NMEAReader.parse(line.strip())
    print('pynmea2', old.sentence_type, repr(old.latitude), repr(old.longitude), ' pynmeagps', repr(new.lat), repr(new.lon))
P
cat > read.cjs <<'P'
const { parseNmeaSentence } = require('nmea-simple')
const { GPS } = require('gps')
const SignalK = require('@signalk/nmea0183-signalk')
const show = (value) => (Object.is(value, -0) ? '-0' : String(value))
const day = (time) => (time === undefined ? 'none' : time.toISOString().slice(0, 10) === new Date().toISOString().slice(0, 10) ? 'today' : time.toISOString().slice(0, 10))
for (const line of require('fs').readFileSync('sentences', 'utf8').trim().split('\n')) {
  const simple = parseNmeaSentence(line)
  console.log('nmea-simple', simple.sentenceId, show(simple.latitude), show(simple.longitude), 'speed', show(simple.speedKnots))
  const gps = GPS.Parse(line)
  console.log('gps', gps.type, gps.lat, gps.lon, 'valid', gps.valid, 'day', day(gps.time))
  const position = new SignalK().parse(line)?.updates[0].values.find(({ path }) => path === 'navigation.position')
  console.log('signalk', position === undefined ? 'nothing' : JSON.stringify(position.value))
}
P
mkdir go && cd go && cat > main.go <<'P'
package main

import ("bufio"; "fmt"; "os"; nmea "github.com/adrianmo/go-nmea")

func main() {
	file, _ := os.Open("../sentences")
	for lines := bufio.NewScanner(file); lines.Scan(); {
		switch found, err := nmea.Parse(lines.Text()); m := found.(type) {
		case nmea.RMC: fmt.Println("go-nmea RMC", m.Latitude, m.Longitude, "speed", m.Speed, err)
		case nmea.GGA: fmt.Println("go-nmea GGA", m.Latitude, m.Longitude, err)
		}
	}
}
P
export GOPATH=$work/gopath GOFLAGS=-modcacherw
go mod init read >/dev/null 2>&1 && go get github.com/adrianmo/go-nmea@v1.10.0 >/dev/null 2>&1 && cd ..
{ PYTHONPATH=python python3 read.py; node read.cjs; (cd go && go run .); } | tee seen
diff seen - <<'P'
pynmea2 RMC 0.0 0.0  pynmeagps '' ''
pynmea2 GGA 0.0 0.0  pynmeagps '' ''
nmea-simple RMC -0 -0 speed 0
gps RMC null null valid true day 1998-09-13
signalk null
nmea-simple GGA -0 -0 speed undefined
gps GGA null null valid true day today
signalk nothing
go-nmea RMC 0 0 speed 0 <nil>
go-nmea GGA 0 0 <nil>
P
echo 'as before'
