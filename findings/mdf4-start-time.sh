#!/usr/bin/env bash
# When a measurement file began depends on who reads it, and may be 1970 (ASAM MDF 4, two Python libraries).
#
# Guess: asammdf writes the instant of the start, a naive datetime as UTC or as local time, and mdfreader reads the same
# instant, wherever the machine stands.
# Seen, with asammdf 8.8.28 writing and mdfreader 4.3 reading: an instant with a zone comes back from mdfreader as the offset
# alone: 0 for UTC, 10800 for +03:00, which are the first hours of 1970. A naive start is written with the flag "local time"
# and no zone: mdfreader gives it as if it were UTC, and asammdf gives it back naive, so its epoch is another on a machine in another
# zone (three hours in Montevideo). The file itself holds the right nanoseconds each time.
# So: read `hd_start_time_ns` with its time flags; where the flag says local time, ask the user for the zone.
#
# Needs: python3 with pip. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python asammdf==8.8.28 mdfreader==4.3 numpy==2.4.6 2>/dev/null
cat > read.py <<'P'
import datetime as dt
import numpy as np
from asammdf import MDF, Signal
from mdfreader import Mdf
noon = dt.datetime(2026, 7, 1, 12)
zones = {'naive': None, 'UTC': dt.timezone.utc, '+03:00': dt.timezone(dt.timedelta(hours=3))}
for name, zone in zones.items():
    with MDF(version='4.10') as file:
        file.start_time = noon.replace(tzinfo=zone)
        file.append([Signal(np.array([1.0, 2.0]), np.array([0.0, 1.0]), name='Speed', unit='km/h')])
        file.save('drive.mf4', overwrite=True)
    with MDF('drive.mf4') as file:
        print(name, 'stored', file.header.abs_time // 10**9, 'flags', file.header.time_flags, 'asammdf', int(file.start_time.timestamp()), end=' ')
    print('mdfreader', int(Mdf('drive.mf4').fileMetadata['time']))
P
for zone in UTC America/Montevideo; do echo "in $zone"; TZ=$zone PYTHONPATH=python python3 -W ignore read.py; done | tee seen
diff seen - <<'P'
in UTC
naive stored 1782907200 flags 1 asammdf 1782907200 mdfreader 1782907200
UTC stored 1782907200 flags 2 asammdf 1782907200 mdfreader 0
+03:00 stored 1782896400 flags 2 asammdf 1782896400 mdfreader 10800
in America/Montevideo
naive stored 1782907200 flags 1 asammdf 1782918000 mdfreader 1782907200
UTC stored 1782907200 flags 2 asammdf 1782907200 mdfreader 0
+03:00 stored 1782896400 flags 2 asammdf 1782896400 mdfreader 10800
P
echo 'as before'
