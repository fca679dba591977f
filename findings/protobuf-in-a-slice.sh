#!/usr/bin/env bash
# A latitude of -34.9 is 0 and an instant 1,856,058,750,773,051,400 when a message is a part of a larger buffer (npm pbf 4.0.0 to 5.1.0).
#
# Guess: what one protobuf library wrote, another reads alike; whether the bytes stand alone or are a part of a larger buffer is
# nothing that a caller has to know. (Of the slice nothing was guessed before the first run, in which a file came back so.)
# Seen, one message of a car: protobufjs, google-protobuf and pbf 3.3.0 read it alike from its own array and from a slice. pbf 4.0.0
# to 5.1.0 reads doubles, floats and all fixed numbers as many bytes too early as the slice begins late, without an error:
# 50.5 km/h are 2.5e-265, -34.9 degrees 0. Varints and texts are right, so a test with whole numbers finds nothing. 5.1.2 is right
# again; geobuf 4.0.0 is used with a pbf of its caller's. Slices are what Node hands out: small Buffers are parts of one array, and
# a client of MQTT or Kafka gives payloads as parts of what came.
# So: take pbf 5.1.2, or give an older one a copy (new Uint8Array(payload)); test every decoder with a slice that begins late.
#
# Needs: npm. Takes about ten seconds.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-save --ignore-scripts three@npm:pbf@3.3.0 four@npm:pbf@4.0.0 late@npm:pbf@4.0.2 five@npm:pbf@5.1.0 now@npm:pbf@5.1.2 pbf@4.0.2 geobuf@4.0.0 protobufjs@7.5.4 google-protobuf@3.21.4 >/dev/null
cat > read.mjs <<'P'
import google from 'google-protobuf'
import protobufjs from 'protobufjs'
import * as geobuf from 'geobuf'
import Pbf from 'pbf'
import * as four from 'four'
import * as late from 'late'
import * as five from 'five'
import * as now from 'now'
import three from 'three'

const { root } = protobufjs.parse('syntax = "proto3"; message Car { double speed = 1; float latitude = 2; fixed64 at = 3; uint32 seats = 4; string name = 5; }')
const Car = root.lookupType('Car')
const alone = new Uint8Array(Car.encode({ speed: 50.5, latitude: -34.9, at: 1782907200123, seats: 5, name: 'A car' }).finish())
const slice = Buffer.concat([Buffer.from('cars/17/up'), alone]).subarray(10)

const byPbf = (Reader) => (bytes) => new Reader(bytes).readFields((tag, car, from) => {
  if (tag === 1) car.speed = from.readDouble()
  else if (tag === 2) car.latitude = from.readFloat()
  else if (tag === 3) car.at = from.readFixed64()
  else if (tag === 4) car.seats = from.readVarint()
  else car.name = from.readString()
}, {})
const byGoogle = (bytes) => {
  const from = new google.BinaryReader(bytes)
  const car = {}
  while (from.nextField()) {
    const tag = from.getFieldNumber()
    if (tag === 1) car.speed = from.readDouble()
    else if (tag === 2) car.latitude = from.readFloat()
    else if (tag === 3) car.at = from.readFixed64()
    else if (tag === 4) car.seats = from.readUint32()
    else car.name = from.readString()
  }
  return car
}
const short = (car) => `speed ${Number(car.speed).toPrecision(3)} latitude ${Number(car.latitude).toPrecision(3)} at ${Number(car.at)} seats ${car.seats} ${car.name}`
const libraries = { protobufjs: (bytes) => Car.decode(bytes), 'google-protobuf': byGoogle, 'pbf 3.3.0': byPbf(three), 'pbf 4.0.0': byPbf(four.default), 'pbf 4.0.2': byPbf(late.default), 'pbf 5.1.0': byPbf(five.PbfReader), 'pbf 5.1.2': byPbf(now.PbfReader) }
for (const [library, read] of Object.entries(libraries)) console.log(`${library}, alone: ${short(read(alone))}\n  a slice: ${short(read(slice))}; a copy of it is ${short(read(new Uint8Array(slice))) === short(read(alone)) ? 'the same' : 'another'}`)

const told = new Uint8Array(geobuf.encode({ type: 'Feature', geometry: { type: 'Point', coordinates: [-56.2, -34.9] }, properties: { speed: 50.5 } }, new Pbf()))
const part = Buffer.concat([Buffer.from('cars/17/up'), told]).subarray(10)
console.log('geobuf with pbf 4.0.2, alone:', geobuf.decode(new Pbf(told)).properties.speed, 'a slice:', geobuf.decode(new Pbf(part)).properties.speed.toPrecision(3))
console.log('a small Buffer begins late:', Buffer.from('cars').byteOffset + Buffer.from(alone).byteOffset > 0)
P
node read.mjs | tee seen
diff seen - <<'P'
protobufjs, alone: speed 50.5 latitude -34.9 at 1782907200123 seats 5 A car
  a slice: speed 50.5 latitude -34.9 at 1782907200123 seats 5 A car; a copy of it is the same
google-protobuf, alone: speed 50.5 latitude -34.9 at 1782907200123 seats 5 A car
  a slice: speed 50.5 latitude -34.9 at 1782907200123 seats 5 A car; a copy of it is the same
pbf 3.3.0, alone: speed 50.5 latitude -34.9 at 1782907200123 seats 5 A car
  a slice: speed 50.5 latitude -34.9 at 1782907200123 seats 5 A car; a copy of it is the same
pbf 4.0.0, alone: speed 50.5 latitude -34.9 at 1782907200123 seats 5 A car
  a slice: speed 2.48e-265 latitude 0.00 at 1856058750773051400 seats 5 A car; a copy of it is the same
pbf 4.0.2, alone: speed 50.5 latitude -34.9 at 1782907200123 seats 5 A car
  a slice: speed 2.48e-265 latitude 0.00 at 1856058750773051400 seats 5 A car; a copy of it is the same
pbf 5.1.0, alone: speed 50.5 latitude -34.9 at 1782907200123 seats 5 A car
  a slice: speed 2.48e-265 latitude 0.00 at 1856058750773051400 seats 5 A car; a copy of it is the same
pbf 5.1.2, alone: speed 50.5 latitude -34.9 at 1782907200123 seats 5 A car
  a slice: speed 50.5 latitude -34.9 at 1782907200123 seats 5 A car; a copy of it is the same
geobuf with pbf 4.0.2, alone: 50.5 a slice: 1.49e-154
a small Buffer begins late: true
P
echo 'as before'
