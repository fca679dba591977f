#!/usr/bin/env bash
# A recording of an hour lasts as long as its longest pause (ASC of CANoe and CANalyzer, python-can 4.6.1).
#
# Guess: an ASC says in its header whether each time is since the start or since the line before ("timestamps relative"), and who reads
# ASC looks there.
# Seen, four frames a tenth of a second apart, in both forms: asc2log of can-utils (Debian 12: 2020.11.0) gives the same four times for
# both. python-can reads the second form with the first one's meaning: all four frames within one instant, in their order, without a
# word, though it reads the word: `timestamps_format` is "relative". Its own option relative_timestamp is of something else, the date in
# the header. A speed by the difference of two times is a division by zero then, and a drive of an hour a tenth of a second.
# So: look at that line before reading an ASC with python-can, and add the times up where it says relative.
#
# Needs: python3 with pip, asc2log (Debian 12: can-utils 2020.11.0). Takes about ten seconds.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python python-can==4.6.1 2>/dev/null
record() {
  echo 'date Wed Jul 1 12:00:00.000 pm 2026'
  echo "base hex  timestamps $1"
  echo 'internal events logged'
  echo 'Begin Triggerblock Wed Jul 1 12:00:00.000 pm 2026'
  shift
  for time; do printf '%11s 1  100             Rx   d 2 10 20\n' "$time"; done
  echo 'End TriggerBlock'
}
record absolute 0.100000 0.200000 0.300000 0.400000 > absolute.asc
record relative 0.100000 0.100000 0.100000 0.100000 > relative.asc
cat > read.py <<'P'
import sys
import can
for form in ('absolute', 'relative'):
    with can.ASCReader(f'{form}.asc') as reader:
        times = [round(frame.timestamp, 3) for frame in reader]
        print(f'python-can, {form}: times {times}, read from the header: {reader.timestamps_format}')
    with can.ASCReader(f'{form}.asc', relative_timestamp=False) as reader:
        times = [frame.timestamp for frame in reader]
        print(f'python-can, {form}, relative_timestamp=False: after the first {[round(time - times[0], 3) for time in times]}')
P
{
  for form in absolute relative; do
    echo "asc2log, $form: after the first $(LC_ALL=C asc2log -I $form.asc 2>/dev/null | tr -d '()' | awk 'NR == 1 { first = $1 } { printf "%.3f ", $1 - first }')"
  done
  PYTHONPATH=python python3 -W ignore read.py
} | sed 's/ *$//' | tee seen
diff seen - <<'P'
asc2log, absolute: after the first 0.000 0.100 0.200 0.300
asc2log, relative: after the first 0.000 0.100 0.200 0.300
python-can, absolute: times [0.1, 0.2, 0.3, 0.4], read from the header: absolute
python-can, absolute, relative_timestamp=False: after the first [0.0, 0.1, 0.2, 0.3]
python-can, relative: times [0.1, 0.1, 0.1, 0.1], read from the header: relative
python-can, relative, relative_timestamp=False: after the first [0.0, 0.0, 0.0, 0.0]
P
echo 'as before'
