#!/usr/bin/env bash
# The maker's own reader ends a drive at the first compressed time stamp (FIT files, six libraries).
#
# Guess: FIT, the format of sport watches and many loggers, is read alike by all: "invalid" values are nothing, speeds and degrees
# agree; the oldest library may be off in the newest fields.
# Seen, one valid file of seven records, four of them with the compressed time stamp of the specification: Garmin's own kits for
# Python and JavaScript give the two records before and put "not currently supported" in a list of errors beside them, so who does
# not look has a drive of two seconds. easy-fit gives the same two without any error, reads -5 degrees as 251, and the values that
# stand for "none" as a height of 12,607 m at 236 km/h. fit-file-parser, its successor, fitdecode, fitparse and Go's
# muktihari/fit have all seven; fitparse's time has no zone, and in Go no temperature is 127 degrees.
# So: look at the list of errors, count the records against another reader, and ask for a speed that no car can have.
#
# Needs: python3 with pip, npm, go. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python fitdecode==0.11.0 fitparse==1.2.0 garmin-fit-sdk==21.218.0 2>/dev/null
npm install --silent --no-save --ignore-scripts fit-file-parser@6.1.2 easy-fit@0.0.8 @garmin/fitsdk@21.217.0 >/dev/null
cat > write.py <<'P'
import struct
NIBBLES = [0, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401, 0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400]
def crc(data):
    value = 0
    for byte in data:
        for part in (byte & 15, byte >> 4): value = value >> 4 ^ NIBBLES[value & 15] ^ NIBBLES[part]
    return value
def define(local, message, fields): return struct.pack('<BBBHB', 0x40 | local, 0, 0, message, len(fields)) + b''.join(map(bytes, fields))
noon = 1_782_907_200 - 631_065_600
place = [round(degrees * 2**31 / 180) for degrees in (-34.9, -56.2)]
values = [(0, 4, 0x85), (1, 4, 0x85), (2, 2, 0x84), (6, 2, 0x84), (13, 1, 0x01)]
driving = struct.pack('<iiHHb', *place, 2700, 13889, -5)
nothing = struct.pack('<iiHHb', 0x7FFFFFFF, 0x7FFFFFFF, 0xFFFF, 0xFFFF, 0x7F)
body = define(0, 0, [(0, 1, 0), (4, 4, 0x86)]) + struct.pack('<BBI', 0, 4, noon)
body += define(1, 20, [(253, 4, 0x86), *values]) + struct.pack('<BI', 1, noon) + driving + struct.pack('<BI', 1, noon + 1) + nothing
body += define(2, 20, values)
for second in (2, 5, 31, 33): body += struct.pack('<B', 0x80 | 2 << 5 | noon + second & 31) + driving
body += struct.pack('<BI', 1, noon + 40) + driving
head = struct.pack('<BBHI4s', 14, 0x20, 2140, len(body), b'.FIT')
file = head + struct.pack('<H', crc(head)) + body
open('drive.fit', 'wb').write(file + struct.pack('<H', crc(file)))
P
cat > read.py <<'P'
import fitdecode, fitparse
from garmin_fit_sdk import Decoder, Stream
def show(name, records, *more):
    last = records[-1]
    print(f'{name}: {len(records)} records, speeds', [r.get('speed') for r in records], 'temperatures', [r.get('temperature') for r in records], 'last at', last['timestamp'].isoformat(), *more)
with fitdecode.FitReader('drive.fit') as frames:
    show('fitdecode', [{f.name: f.value for f in m.fields} for m in frames if isinstance(m, fitdecode.FitDataMessage) and m.name == 'record'])
show('fitparse', [m.get_values() for m in fitparse.FitFile('drive.fit').get_messages('record')])
messages, errors = Decoder(Stream.from_file('drive.fit')).read()
show('garmin-fit-sdk', messages['record_mesgs'], 'errors', [str(error)[31:] for error in errors])
P
cat > read.mjs <<'P'
import { readFileSync } from 'node:fs'
import { Decoder, Stream } from '@garmin/fitsdk'
import easy from 'easy-fit'
import successor from 'fit-file-parser'
const file = readFileSync('drive.fit')
const show = (name, records, ...more) => console.log(`${name}: ${records.length} records, speeds`, JSON.stringify(records.map((r) => r.speed ?? null)), 'temperatures', JSON.stringify(records.map((r) => r.temperature ?? null)), 'last at', records.at(-1).timestamp.toISOString(), ...more)
for (const [name, Parser] of [['easy-fit', easy.default ?? easy], ['fit-file-parser', successor.default ?? successor]])
  new Parser({ force: false, mode: 'list', speedUnit: 'km/h', lengthUnit: 'm' }).parse(file, (error, data) => show(name, data.records, 'heights', JSON.stringify(data.records.map((r) => r.altitude ?? null)), 'error', error ?? null))
const { messages, errors } = new Decoder(Stream.fromBuffer(file)).read()
show('@garmin/fitsdk', messages.recordMesgs, 'errors', errors.map(({ message }) => message.slice(30)))
P
mkdir go && cat > go/main.go <<'P'
package main

import ("fmt"; "os"; "github.com/muktihari/fit/decoder"; "github.com/muktihari/fit/profile/filedef")

func main() {
	file, _ := os.Open("../drive.fit")
	listener := filedef.NewListener(); defer listener.Close()
	_, err := decoder.New(file, decoder.WithMesgListener(listener), decoder.WithBroadcastOnly()).Decode()
	records := listener.File().(*filedef.Activity).Records
	fmt.Printf("muktihari/fit: %d records, speeds", len(records))
	for _, record := range records { fmt.Print(" ", record.SpeedScaled()) }
	fmt.Print(" temperatures")
	for _, record := range records { fmt.Print(" ", record.Temperature) }
	fmt.Println(" last at", records[len(records)-1].Timestamp.Format("2006-01-02T15:04:05Z07:00"), err)
}
P
export GOPATH=$work/gopath GOFLAGS=-modcacherw
(cd go && go mod init read >/dev/null 2>&1 && go get github.com/muktihari/fit@v0.26.1 >/dev/null 2>&1)
python3 write.py
{ PYTHONPATH=python python3 read.py; node read.mjs; (cd go && go run .); } | tee seen
diff seen - <<'P'
fitdecode: 7 records, speeds [13.889, None, 13.889, 13.889, 13.889, 13.889, 13.889] temperatures [-5, None, -5, -5, -5, -5, -5] last at 2026-07-01T12:00:40+00:00
fitparse: 7 records, speeds [13.889, None, 13.889, 13.889, 13.889, 13.889, 13.889] temperatures [-5, None, -5, -5, -5, -5, -5] last at 2026-07-01T12:00:40
garmin-fit-sdk: 2 records, speeds [13.889, None] temperatures [-5, None] last at 2026-07-01T12:00:01+00:00 errors ['Compressed timestamp messages are not currently supported']
easy-fit: 2 records, speeds [50.0004,235.926] temperatures [251,null] last at 2026-07-01T12:00:01.000Z heights [40,12607] error null
fit-file-parser: 7 records, speeds [50.0004,null,50.0004,50.0004,50.0004,50.0004,50.0004] temperatures [-5,null,-5,-5,-5,-5,-5] last at 2026-07-01T12:00:40.000Z heights [40,null,40,40,40,40,40] error null
@garmin/fitsdk: 2 records, speeds [13.889,null] temperatures [-5,null] last at 2026-07-01T12:00:01.000Z errors [ 'compressed timestamp messages are not currently supported' ]
muktihari/fit: 7 records, speeds 13.889 NaN 13.889 13.889 13.889 13.889 13.889 temperatures -5 127 -5 -5 -5 -5 -5 last at 2026-07-01T12:00:40Z <nil>
P
echo 'as before'
