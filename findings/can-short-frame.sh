#!/usr/bin/env bash
# A door stands open and the engine turns 8 times a minute, as a frame was too short to say (CAN, asammdf 8.8.28 beside two decoders).
#
# Guess: a frame that is shorter than its message in the database (3 of 8 bytes, as older software of a control unit sends) is refused, or the signals in
# it are read and those beyond are missing; nobody tells a figure that no byte holds. (Guessed
# before the first run: asammdf gives what cantools gives, of a short frame too.)
# Seen: cantools and canmatrix refuse it, and cantools with allow_truncated=True gives the one signal in it. asammdf, which
# takes signals from recorded buses, fills the missing bytes with zeros: the door is "open", the torque 0 Nm and the air, whose offset is
# -40, at -40 degrees, without an invalid mark among its samples; and of a signal that is half there it makes half a figure: 5,000 rpm are 8. With
# the frames before and after, one such frame of a variant in the fleet is a door that opened for an instant at 100 km/h.
# The length of each frame stands in the file.
# So: before taking signals out with asammdf, drop the frames whose DataLength is less than the database's.
#
# Needs: python3 with pip. Takes about a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target asam asammdf==8.8.28 python-can==4.6.1 cantools==45.1.0 lxml==6.1.3 2>/dev/null
python3 -m pip install -q --target matrix canmatrix==1.3.3 2>/dev/null
cat > cars.dbc <<'P'
VERSION ""

BU_: ECU GW

BO_ 256 Body: 8 ECU
 SG_ Speed : 0|16@1+ (0.01,0) [0|655.35] "km/h" GW
 SG_ Engine : 16|16@1+ (0.5,0) [0|32767.5] "rpm" GW
 SG_ Torque : 32|12@1+ (0.5,0) [0|2047.5] "Nm" GW
 SG_ Outside : 44|8@1+ (1,-40) [-40|215] "degC" GW
 SG_ Door : 56|2@1+ (1,0) [0|3] "" GW

VAL_ 256 Door 0 "open" 1 "closed" 3 "not available" ;
P
cat > record.py <<'P'
import warnings; warnings.filterwarnings('ignore')
import can, cantools
from asammdf import MDF
full = (10000 | 10000 << 16 | 300 << 32 | 60 << 44 | 1 << 56).to_bytes(8, 'little')
with can.Logger('bus.mf4') as log:
    for at, data in ((0, full), (1, full[:3]), (2, full)): log.on_message_received(can.Message(timestamp=1782907200 + at, arbitration_id=256, is_extended_id=False, data=data, channel=0))
database = cantools.database.load_file('cars.dbc')
for options in ({}, {'allow_truncated': True}):
    try: print('cantools', options, 'of 3 bytes:', database.decode_message(256, full[:3], **options))
    except Exception as error: print('cantools', options, 'of 3 bytes:', type(error).__name__, error)
print('cantools of 8 bytes:', database.decode_message(256, full))
with MDF('bus.mf4') as bus:
    print('asammdf, lengths in the file:', bus.get('CAN_DataFrame.DataLength').samples.tolist())
    with bus.extract_bus_logging({'CAN': [('cars.dbc', 0)]}) as cars:
        for signal in cars.iter_channels(): print('asammdf', signal.name, [text.decode() if isinstance(text, bytes) else text for text in signal.samples.tolist()], 'invalid', signal.invalidation_bits.tolist() if signal.invalidation_bits is not None else 'none')
P
cat > matrix.py <<'P'
import logging
import canmatrix.formats
logging.disable(logging.CRITICAL)
frame = canmatrix.formats.loadp_flat('cars.dbc').frame_by_id(canmatrix.ArbitrationId(256))
try: print('canmatrix of 3 bytes:', frame.decode(bytes.fromhex('102710')))
except Exception as error: print('canmatrix of 3 bytes:', type(error).__name__, error)
P
{ PYTHONPATH=asam python3 -W ignore record.py 2>/dev/null; PYTHONPATH=matrix python3 -W ignore matrix.py; } | tee seen
diff seen - <<'P'
cantools {} of 3 bytes: DecodeError Wrong data size: 3 instead of 8 bytes
cantools {'allow_truncated': True} of 3 bytes: {'Speed': 100.0}
cantools of 8 bytes: {'Speed': 100.0, 'Engine': 5000.0, 'Torque': 150.0, 'Outside': 20, 'Door': 'closed'}
asammdf, lengths in the file: [8, 3, 8]
asammdf Speed [100.0, 100.0, 100.0] invalid none
asammdf Engine [5000.0, 8.0, 5000.0] invalid none
asammdf Torque [150.0, 0.0, 150.0] invalid none
asammdf Outside [20.0, -40.0, 20.0] invalid none
asammdf Door ['closed', 'open', 'closed'] invalid none
canmatrix of 3 bytes: DecodingFrameLength Received message 0x00000100 with length 3, expected 8 (wrong data size)
P
echo 'as before'
