#!/usr/bin/env bash
# A CAN recording read back by the library that wrote it is another one, in five of six formats (python-can 4.6.1).
#
# Guess: what python-can writes it reads back; at most the time is relative in ASC, and TRC refuses CAN FD with an error.
# Seen: only BLF keeps five ordinary frames (received, FD with both flags, sent with 29 bits, remote, error). candump's log
# forgets the length of the remote frame, and which error the error frame told. CSV and SQLite make the FD frame a classic
# one with 12 bytes, which no bus can carry, and what was sent is received. TRC leaves three of the five out, says so in
# its own log only, and raises nothing. ASC gives times from 0, and its header dates the file by when it was written.
# So: record as BLF or candump's log; a frame of more than 8 bytes is FD whatever the file says; an ASC needs the line
# "Begin Triggerblock", not "date", for its instant.
#
# Needs: python3 with pip. Takes about ten seconds.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python python-can==4.6.1 2>/dev/null
cat > round.py <<'P'
import logging
import can
logging.disable(logging.CRITICAL)
began = 1_782_907_200.123456
kinds = {
    'received': dict(arbitration_id=0x123, data=[1, 2, 3], is_extended_id=False),
    'fd': dict(arbitration_id=0x123, data=[1] * 12, is_fd=True, bitrate_switch=True, error_state_indicator=True, is_extended_id=False),
    'sent': dict(arbitration_id=0x1ABCDEF0, data=[9], is_extended_id=True, is_rx=False),
    'remote': dict(arbitration_id=0x7FF, is_remote_frame=True, dlc=5, is_extended_id=False),
    'error': dict(arbitration_id=0x4, is_error_frame=True, is_extended_id=True, dlc=8, data=[0] * 8),
}
fields = ('arbitration_id', 'is_fd', 'bitrate_switch', 'error_state_indicator', 'is_remote_frame', 'is_error_frame', 'dlc', 'is_rx', 'data')
for kind in ('blf', 'log', 'csv', 'db', 'asc', 'trc'):
    given = [can.Message(timestamp=began + n, channel=0, **kind) for n, kind in enumerate(kinds.values())]
    with can.Logger('drive.' + kind) as writer:
        for message in given: writer(message)
    found = {round(m.timestamp % began if m.timestamp > 1e6 else m.timestamp): m for m in can.LogReader('drive.' + kind)}
    lost = []
    for n, (name, message) in enumerate(zip(kinds, given)):
        if n not in found: lost.append(name + ' is not there'); continue
        lost += [f'{name}.{f} {getattr(message, f)} -> {getattr(found[n], f)}' for f in fields if getattr(found[n], f) != getattr(message, f) and f != 'data']
    if abs(found[0].timestamp - began) > 1: lost.insert(0, f'times from {found[0].timestamp:.0f}')
    print(kind + ':', '; '.join(lost) or 'the same')
P
PYTHONPATH=python python3 round.py | tee seen
diff seen - <<'P'
blf: the same
log: remote.dlc 5 -> 0; error.arbitration_id 4 -> 0; error.dlc 8 -> 0
csv: fd.is_fd True -> False; fd.bitrate_switch True -> False; fd.error_state_indicator True -> False; sent.is_rx False -> True
db: fd.is_fd True -> False; fd.bitrate_switch True -> False; fd.error_state_indicator True -> False; sent.is_rx False -> True
asc: times from 0; error.arbitration_id 4 -> 0; error.dlc 8 -> 0
trc: fd is not there; remote is not there; error is not there
P
echo 'as before'
