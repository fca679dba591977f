#!/usr/bin/env bash
# A CAN database converted by its own library says other figures, and mostly without a word (canmatrix 1.3.3).
#
# Guess: canmatrix turns a DBC into each of its formats and back with the same frames and signals; extended multiplexing may be
# lost, and cantools reads what it writes.
# Seen, five ordinary messages, 30 frames each: only DBC itself comes back whole. ARXML reads a figure by another signal's scale
# (620.34 km/h is 62,034; 5,193.125 revolutions are 4,154.5) and no multiplexed message; the old Excel form loses offsets, signs
# and floats (-2 degrees is 38, 237 V is 1,131,239,748); SYM reads a float as a whole number and drops the multiplexer;
# JSON and YAML forget which signal belongs to which page, and JSON the names of values unless asked for all. KCD loses nested
# multiplexing alone. Of the three that cantools can read it takes only KCD; canmatrix does not read its own xlsx and dbf.
# All else goes without a word.
# So: keep the DBC as the source and decode some frames with both files before trusting a converted one.
#
# Needs: python3 with pip. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python cantools==45.1.0 canmatrix==1.3.3 lxml==6.1.3 openpyxl==3.1.5 xlwt==1.3.0 xlrd==2.0.1 pyyaml==6.0.4 2>/dev/null
cat > cars.dbc <<'P'
VERSION ""

BU_: ECU GW

BO_ 256 Plain: 8 ECU
 SG_ Speed : 0|16@1+ (0.01,0) [0|655.35] "km/h" GW
 SG_ Temperature : 16|8@1- (1,-40) [-168|87] "degC" GW
 SG_ Torque : 31|12@0+ (0.5,0) [0|2047.5] "Nm" GW

BO_ 257 Float: 8 ECU
 SG_ Voltage : 0|32@1- (1,0) [0|0] "V" GW

BO_ 258 Mux: 8 ECU
 SG_ Page M : 0|8@1+ (1,0) [0|0] "" GW
 SG_ Charge m0 : 8|16@1+ (0.1,0) [0|0] "%" GW
 SG_ Current m1 : 8|16@1- (0.1,0) [0|0] "A" GW

BO_ 259 Nested: 8 ECU
 SG_ Page M : 0|4@1+ (1,0) [0|0] "" GW
 SG_ Cell m1M : 4|4@1+ (1,0) [0|0] "" GW
 SG_ Low m2 : 8|8@1+ (1,0) [0|0] "" GW
 SG_ High m3 : 16|8@1+ (1,0) [0|0] "" GW

BO_ 2566844926 Lorry: 8 ECU
 SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|8031.875] "rpm" GW
 SG_ Gear : 40|8@1+ (1,-125) [-125|125] "" GW

VAL_ 2566844926 Gear 124 "Reverse" 125 "Neutral" ;
SIG_VALTYPE_ 257 Voltage : 1;
SG_MUL_VAL_ 259 Cell Page 1-1;
SG_MUL_VAL_ 259 Low Cell 2-2;
SG_MUL_VAL_ 259 High Cell 3-5;
P
cat > round.py <<'P'
import logging, random, struct
import cantools, canmatrix.formats
logging.disable(logging.CRITICAL)
given, numbers, frames = cantools.database.load_file('cars.dbc'), random.Random(7), []
for message in given.messages:
    for _ in range(30):
        data = bytearray(numbers.getrandbits(8) for _ in range(8))
        if message.name == 'Mux': data[0] = numbers.randint(0, 1)
        if message.name == 'Nested': data[0] = 1 | numbers.randint(2, 5) << 4
        if message.name == 'Float': data[:4] = struct.pack('<f', numbers.uniform(200, 800))
        frames.append((message.name, message.frame_id, bytes(data)))
def figures(database, frame, data): return {k: round(float(v), 6) for k, v in database.decode_message(frame, data, decode_choices=False).items()}
def compare(name, database):
    kinds, first = {}, {}
    for message, frame, data in frames:
        right, tally = figures(given, frame, data), kinds.setdefault(message, {})
        try: read = figures(database, frame, data)
        except Exception as error: what = 'refused'
        else:
            lost, other = [k for k in right if k not in read], [k for k in right if k in read and read[k] != right[k]]
            for k in other: first.setdefault(message, f'{k} {right[k]} is {read[k]}')
            what = 'right' if read == right else 'other figure' if other else 'signal missing' if lost else 'signal too many'
        tally[what] = tally.get(what, 0) + 1
    try: gear = bool(database.get_message_by_name('Lorry').get_signal_by_name('Gear').choices)
    except KeyError: gear = 'no such message'
    bad = {message: tally for message, tally in kinds.items() if list(tally) != ['right']}
    print('; '.join([f"{name}: {bad or 'all right'}", *first.values(), *([] if gear is True else [f'names of gears: {gear}'])]))
matrix = canmatrix.formats.loadp_flat('cars.dbc')
for kind in ('dbc', 'kcd', 'sym', 'arxml', 'json', 'json with all', 'yaml', 'xls', 'xlsx', 'dbf'):
    kind, _, rest = kind.partition(' ')
    canmatrix.formats.dumpp({'': matrix}, f'out.{kind}', jsonExportAll=bool(rest))
    try:
        back = [m for m in canmatrix.formats.loadp(f'out.{kind}').values() if m.frames][0]
        canmatrix.formats.dumpp({'': back}, f'back.dbc')
        compare(f'{kind}{rest and ", all of it,"} read by canmatrix', cantools.database.load_file('back.dbc', strict=False))
    except Exception as error: print(f'{kind} read by canmatrix: {type(error).__name__} {str(error)[:80]}')
    if kind in ('kcd', 'sym', 'arxml'):
        try: compare(f'{kind} read by cantools', cantools.database.load_file(f'out.{kind}', strict=False))
        except Exception as error: print(f'{kind} read by cantools: {type(error).__name__} {str(error)[:80]}')
P
PYTHONPATH=python python3 -W ignore round.py 2>&1 | tee seen
diff seen - <<'P'
dbc read by canmatrix: all right
kcd read by canmatrix: {'Nested': {'signal missing': 17, 'refused': 13}}
kcd read by cantools: {'Nested': {'signal missing': 17, 'refused': 13}}
sym read by canmatrix: {'Float': {'other figure': 30}, 'Mux': {'signal missing': 30}, 'Nested': {'signal missing': 17, 'refused': 13}}; Voltage 237.348694 is 1131239748.0
sym read by cantools: UnsupportedDatabaseFormatError SYM: "Only SYM version 6.0 is supported."
arxml read by canmatrix: {'Plain': {'other figure': 30}, 'Mux': {'refused': 30}, 'Nested': {'refused': 30}, 'Lorry': {'other figure': 30}}; Speed 620.34 is 62034.0; EngineSpeed 5193.125 is 4154.5; names of gears: no such message
arxml read by cantools: UnsupportedDatabaseFormatError ARXML: "BASE-TYPE-ENCODING in base type "uint16" does not exist."
json read by canmatrix: {'Mux': {'refused': 30}, 'Nested': {'signal too many': 30}}; names of gears: False
json, all of it, read by canmatrix: {'Mux': {'refused': 30}, 'Nested': {'signal too many': 30}}
yaml read by canmatrix: {'Mux': {'refused': 30}, 'Nested': {'signal too many': 30}}; names of gears: False
xls read by canmatrix: {'Plain': {'other figure': 30}, 'Float': {'other figure': 30}, 'Mux': {'right': 16, 'other figure': 14}, 'Nested': {'refused': 30}, 'Lorry': {'other figure': 30}}; Temperature -2.0 is 38.0; Voltage 237.348694 is 1131239748.0; Current -2551.7 is 4001.9; Gear 114.0 is 239.0
xlsx read by canmatrix: ValueError not enough values to unpack (expected 2, got 1)
dbf read by canmatrix: ArbitrationIdOutOfRange ID out of range
P
echo 'as before'
