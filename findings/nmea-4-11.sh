#!/usr/bin/env bash
# A receiver of today never has a valid fix, and one satellite too many (NMEA 4.10 and later, six libraries).
#
# Guess (written down only after the run): the fields that NMEA 4.10 added at the end of sentences (navigational status in RMC, signal in GSV) are read or passed
# over; a car that stands, whose receiver leaves the course empty, has no course.
# Seen: an RMC with a perfect fix may end in A,V, where V is "no navigational status told" and no doubt about the fix: so does the
# maker's own example for the ZED-F9P (u-blox, UBX-18010854, RMC). pynmea2's is_valid is False for it, and for
# dead reckoning in a tunnel too; the older RMC without that field is valid in both, and a GGA for satellites (quality 1) and not for
# dead reckoning (6). In a GSV of two satellites the signal number is a third satellite, number 1, which exists, in pynmea2 and
# nmea-simple. The empty course is 0, north, in nmea-simple and go-nmea. pynmeagps and gps keep all apart; gps words V
# as "not valid" beside "active".
# So: take the fix from the status (A) and the mode (not N), never from a flag that a library makes of all fields; count the
# satellites by the number in the sentence; with an empty course keep the last one.
#
# Needs: python3 with pip, npm, go. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python pynmea2==1.19.0 pynmeagps==1.1.8 2>/dev/null
npm install --silent --no-save --ignore-scripts nmea-simple@3.3.0 gps@0.9.0 @signalk/nmea0183-signalk@3.20.1 >/dev/null
cat > write.py <<'P'
from functools import reduce
for body in ('GNRMC,081836.00,A,3454.00,S,05612.00,W,0.02,,010726,,,A,V', 'GNRMC,081836.00,A,3454.00,S,05612.00,W,0.02,,010726,,,E,V', 'GNRMC,081836.00,A,3454.00,S,05612.00,W,0.02,,010726,,,E',
             'GNGGA,081836.00,3454.00,S,05612.00,W,1,09,0.90,43.2,M,17.0,M,,', 'GNGGA,081836.00,3454.00,S,05612.00,W,6,00,9.90,43.2,M,17.0,M,,', 'GPGSV,1,1,02,05,45,120,38,12,30,210,35,1'):
    print(f'${body}*{reduce(lambda sum, letter: sum ^ ord(letter), body, 0):02X}')
P
python3 write.py > sentences
cat > read.py <<'P'
import pynmea2
from pynmeagps import NMEAReader
for line in open('sentences'):
    old, new = pynmea2.parse(line.strip()), NMEAReader.parse(line.strip())
    if old.sentence_type == 'GSV': print('GSV pynmea2 satellites', [int(number) for number in old.data[3::4]], '(by name', old.sv_prn_num_3 + ')', ' pynmeagps', [new.svid_01, new.svid_02, getattr(new, 'svid_03', None)], 'signal', new.signalID)
    elif old.sentence_type == 'RMC': print('RMC pynmea2 mode', old.mode_indicator, 'valid', old.is_valid, 'course', old.true_course, ' pynmeagps status', new.status, 'mode', new.posMode, 'course', repr(new.cog))
    else: print('GGA pynmea2 quality', old.gps_qual, 'valid', old.is_valid, ' pynmeagps quality', new.quality)
P
cat > read.cjs <<'P'
const { parseNmeaSentence } = require('nmea-simple')
const { GPS } = require('gps')
const SignalK = require('@signalk/nmea0183-signalk')
for (const line of require('fs').readFileSync('sentences', 'utf8').trim().split('\n')) {
  const [simple, gps] = [parseNmeaSentence(line), GPS.Parse(line)]
  const course = new SignalK().parse(line)?.updates[0].values.find(({ path }) => path === 'navigation.courseOverGroundTrue')
  if (gps.type === 'RMC') console.log('RMC nmea-simple', simple.status, simple.faaMode, 'course', simple.trackTrue, ' gps', gps.status, gps.faa, gps.navStatus, 'course', gps.track, ' signalk course', course?.value ?? 'none')
  if (gps.type === 'GSV') console.log('GSV nmea-simple', simple.satellites.map(({ prnNumber }) => prnNumber).join(), 'of', simple.satellitesInView, ' gps', gps.satellites.map(({ prn }) => prn).join(), 'signal', gps.signalId)
}
P
mkdir go && cat > go/main.go <<'P'
package main

import ("bufio"; "fmt"; "os"; nmea "github.com/adrianmo/go-nmea")

func main() {
	file, _ := os.Open("../sentences")
	for lines := bufio.NewScanner(file); lines.Scan(); {
		switch found, err := nmea.Parse(lines.Text()); m := found.(type) {
		case nmea.RMC: fmt.Println("RMC go-nmea", m.Validity, m.FFAMode, "status", m.NavStatus, "course", m.Course, err)
		case nmea.GSV: fmt.Print("GSV go-nmea"); for _, satellite := range m.Info { fmt.Print(" ", satellite.SVPRNNumber) }; fmt.Println(" signal", m.SystemID, err)
		}
	}
}
P
export GOPATH=$work/gopath GOFLAGS=-modcacherw
(cd go && go mod init read >/dev/null 2>&1 && go get github.com/adrianmo/go-nmea@v1.10.0 >/dev/null 2>&1)
{ PYTHONPATH=python python3 read.py; node read.cjs; (cd go && go run .); } | tee seen
diff seen - <<'P'
RMC pynmea2 mode A valid False course None  pynmeagps status A mode A course ''
RMC pynmea2 mode E valid False course None  pynmeagps status A mode E course ''
RMC pynmea2 mode E valid True course None  pynmeagps status A mode E course ''
GGA pynmea2 quality 1 valid True  pynmeagps quality 1
GGA pynmea2 quality 6 valid False  pynmeagps quality 6
GSV pynmea2 satellites [5, 12, 1] (by name 1)  pynmeagps [5, 12, None] signal 1
RMC nmea-simple valid A course 0  gps active autonomous not valid course null  signalk course none
RMC nmea-simple valid E course 0  gps active estimated not valid course null  signalk course none
RMC nmea-simple valid E course 0  gps active estimated null course null  signalk course none
GSV nmea-simple 5,12,1 of 2  gps 5,12 signal 1
RMC go-nmea A A status V course 0 <nil>
RMC go-nmea A E status V course 0 <nil>
RMC go-nmea A E status  course 0 <nil>
GSV go-nmea 5 12 signal 1 <nil>
P
echo 'as before'
