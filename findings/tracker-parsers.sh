#!/usr/bin/env bash
# Three positions held back in a tunnel are the last one three times, and a car at -12 m is 65 km up (tracker protocols, three npm libraries).
#
# Guess: parsers of Teltonika and GT06 read a car in Montevideo with the right signs, and a height below the sea and a temperature
# below zero as well. (Of several messages in one read, and of other fields, nothing was guessed before the code was looked at.)
# Seen: the signs of places are right in all. complete-teltonika-parser has -12 m as 65,524 (its values are raw: -10.5 degrees are
# 65,431); teltonika-parser takes all of two bytes and more as signed, so that cell 40,000 is -25,536, and eight bytes, a driver's
# key, as a floating-point number, -2.4e239. gt06 cuts a read into its messages and puts one and the same object into its list for
# each: three positions that a car held back and sends together are the last one three times. When login and first position come
# in one read, the login is gone and the car has no IMEI from then on. An IMEI is a number there, so one that begins with 0 loses it.
# So: give such a parser one message at a time and copy each answer; take width and sign of each value from the maker's list.
#
# Needs: npm. Takes about ten seconds.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-save --ignore-scripts teltonika-parser@0.0.15 complete-teltonika-parser@0.3.4 gt06@1.0.12 >/dev/null
cat > read.cjs <<'P'
const Teltonika = require('teltonika-parser')
const { ProtocolParser } = require('complete-teltonika-parser')
const Gt06 = require('gt06')

const bytes = (...fields) => Buffer.concat(fields.map(([value, width]) => { const into = Buffer.alloc(width); for (let at = width - 1, rest = BigInt.asUintN(width * 8, BigInt(value)); at >= 0; at--, rest >>= 8n) into[at] = Number(rest & 255n); return into }))
// Teltonika, codec 8: one record with a height of -12 m, cell 40000 (205), -10.5 degrees (72) and a driver's key (78)
const record = bytes([1782907200000, 8], [1, 1], [-562000000, 4], [-349000000, 4], [-12, 2], [359, 2], [14, 1], [88, 2], [0, 1], [4, 1], [0, 1], [2, 1], [205, 1], [40000, 2], [72, 1], [-105, 2], [1, 1], [16, 1], [123456789, 4], [1, 1], [78, 1], [0xf1a2b3c4d5e6f708n, 8])
const body = Buffer.concat([bytes([8, 1], [1, 1]), record, bytes([1, 1])])
let crc = 0
for (const byte of body) { crc ^= byte; for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1 }
const packet = Buffer.concat([bytes([0, 4], [body.length, 4]), body, bytes([crc, 4])])
const { gps, ioElements } = new Teltonika(packet).getAvl().records[0]
console.log('teltonika-parser', gps.latitude, gps.longitude, gps.altitude, 'm', ioElements.map(({ id, value }) => `${id}: ${value}`).join(', '))
const { GPSelement: place, IOelement } = new ProtocolParser(packet.toString('hex')).Content.AVL_Datas[0]
console.log('complete-teltonika-parser', place.Latitude, place.Longitude, place.Altitude, 'm', Object.entries(IOelement.Elements).map(([id, value]) => `${id}: ${value}`).join(', '))

// GT06: south is bit 10 not set, west bit 11; positioned bit 12
const position = (minute, serial) => bytes([0x7878, 2], [0x1f, 1], [0x12, 1], [26, 1], [7, 1], [1, 1], [12, 1], [minute, 1], [0, 1], [0xcc, 1], [Math.round((34.9 + minute / 100) * 1800000), 4], [Math.round(56.2 * 1800000), 4], [60, 1], [0x1800 + 90, 2], [748, 2], [1, 1], [17, 2], [4711, 3], [serial, 2], [0, 2], [0x0d0a, 2])
const login = Buffer.concat([bytes([0x7878, 2], [0x0d, 1], [0x01, 1]), Buffer.from('0012345678901234', 'hex'), bytes([1, 2], [0, 2], [0x0d0a, 2])])
const read = (...reads) => { const car = new Gt06(); for (const one of reads) car.parse(one); return `IMEI ${car.imei} ` + car.msgBuffer.map(({ event, fixTime, lat, lon }) => `${event.string} ${fixTime?.slice(11, 16)} ${lat} ${lon}`).join(', ') }
console.log('gt06, one message a read:', read(login, position(1, 2), position(2, 3)))
console.log('gt06, three positions in one read:', read(login, Buffer.concat([position(1, 2), position(2, 3), position(3, 4)])))
console.log('gt06, login and position in one read:', read(Buffer.concat([login, position(1, 2)]), position(2, 3)))
P
node read.cjs | tee seen
diff seen - <<'P'
teltonika-parser -34.9 -56.2 -12 m 205: -25536, 72: -105, 16: 123456789, 78: -2.4356774942323834e+239
complete-teltonika-parser -34.9 -56.2 65524 m 16: 123456789, 72: 65431, 78: 17411676767351404296, 205: 40000
gt06, one message a read: IMEI 12345678901234 login undefined undefined undefined, location 12:01 -34.91 -56.2, location 12:02 -34.92 -56.2
gt06, three positions in one read: IMEI 12345678901234 login undefined undefined undefined, location 12:03 -34.93 -56.2, location 12:03 -34.93 -56.2, location 12:03 -34.93 -56.2
gt06, login and position in one read: IMEI null location 12:01 -34.91 -56.2, location 12:01 -34.91 -56.2, location 12:02 -34.92 -56.2
P
echo 'as before'
