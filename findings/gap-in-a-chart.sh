#!/usr/bin/env bash
# A tunnel of 100 s: the speed after it is nothing, or it falls to 0 in the tunnel, or there was no tunnel (downsampling for charts, six libraries).
#
# Guess: libraries that thin out a series for a chart keep a gap (NaN) as a gap, or refuse it; all keep the first, the last and the
# highest value. (What null does was not guessed.)
# Seen, 600 s of a speed around 20 with one of 180 after the tunnel. NaN: the moving average (SMA) and ASAP of downsample have no
# number from the tunnel to the end of the drive, as a running sum never gets over it, and its LTTB raises TypeError; downsample-lttb
# and downsample-lttb-ts leave the gap out, so that a line goes across, and give the last point before it twelve times. null, which
# NaN becomes in JSON: SMA and ASAP tell numbers within the tunnel, down to 0; the three LTTB keep the gap. In Python lttb
# refuses NaN with an error that says so; pylttb and tsdownsample keep gap and peak.
# So: cut a series at its gaps and thin out each piece; look at a chart of a drive through a tunnel before trusting it.
#
# Needs: python3 with pip, npm. Takes about a quarter of a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python numpy==1.26.4 lttb==0.3.2 pylttb==0.1.9 tsdownsample==0.1.5.1 2>/dev/null
npm install --silent --no-save --ignore-scripts downsample@1.4.0 downsample-lttb@0.0.1 downsample-lttb-ts@0.0.6 >/dev/null
cat > thin.cjs <<'P'
const { ASAP, LTTB, SMA } = require('downsample')
const ways = { 'downsample, LTTB': (series) => LTTB(series, 60), 'downsample, SMA': (series) => SMA(series, 10), 'downsample, ASAP': (series) => ASAP(series, 60), 'downsample-lttb': (series) => require('downsample-lttb').processData(series, 60), 'downsample-lttb-ts': (series) => require('downsample-lttb-ts').downsample({ series, threshold: 60 }) }
for (const gap of [NaN, null]) for (const [way, thin] of Object.entries(ways)) {
  const series = Array.from({ length: 600 }, (_, second) => [second, second === 450 ? 180 : second >= 200 && second < 300 ? gap : 20 + Math.sin(second / 20) * 5])
  try {
    const points = thin(series).map((point) => Array.isArray(point) ? point : [point.x, point.y])
    const known = points.filter(([, speed]) => Number.isFinite(speed))
    const within = known.filter(([second]) => second >= 205 && second < 295).map(([, speed]) => speed)
    const most = Math.max(...points.map((one) => points.filter((other) => other[0] === one[0]).length))
    console.log(`${way}, ${gap}: ${known.length} numbers of ${points.length} points, ${known.filter(([second]) => second >= 310).length} after the tunnel; ${points.length - known.length} without one; in the tunnel ${within.length}${within.length ? `, the least ${Math.min(...within).toFixed(1)}` : ''}; one point ${most} times`)
  } catch (error) { console.log(`${way}, ${gap}: ${error.name}`) }
}
P
cat > thin.py <<'P'
import lttb, numpy, pylttb, tsdownsample
seconds = numpy.arange(600.0)
speeds = 20 + numpy.sin(seconds / 20) * 5
speeds[200:300], speeds[450] = numpy.nan, 180
def picked(name): return lambda: (lambda at: (seconds[at], speeds[at]))(getattr(tsdownsample, name)().downsample(seconds, speeds, n_out=60))
ways = {'lttb': lambda: lttb.downsample(numpy.array([seconds, speeds]).T, 60).T, 'pylttb': lambda: pylttb.lttb(seconds, speeds, 60), 'tsdownsample, LTTB': picked('MinMaxLTTBDownsampler')}
for way, thin in ways.items():
    try:
        xs, ys = (numpy.asarray(one) for one in thin())
        known = ~numpy.isnan(ys)
        print(f'{way} (PyPI), nan: {known.sum()} numbers of {len(ys)} points, {(known & (xs >= 310)).sum()} after the tunnel; peak {bool((ys == 180).any())}')
    except ValueError as error: print(f'{way} (PyPI), nan: error: {error}')
P
{ node thin.cjs; PYTHONPATH=python python3 -W ignore thin.py; } | tee seen
diff seen - <<'P'
downsample, LTTB, NaN: TypeError
downsample, SMA, NaN: 191 numbers of 591 points, 0 after the tunnel; 400 without one; in the tunnel 0; one point 1 times
downsample, ASAP, NaN: 20 numbers of 60 points, 0 after the tunnel; 40 without one; in the tunnel 0; one point 1 times
downsample-lttb, NaN: 60 numbers of 60 points, 29 after the tunnel; 0 without one; in the tunnel 0; one point 12 times
downsample-lttb-ts, NaN: 60 numbers of 60 points, 29 after the tunnel; 0 without one; in the tunnel 0; one point 12 times
downsample, LTTB, null: 50 numbers of 60 points, 29 after the tunnel; 10 without one; in the tunnel 0; one point 1 times
downsample, SMA, null: 591 numbers of 591 points, 285 after the tunnel; 0 without one; in the tunnel 90, the least 0.0; one point 1 times
downsample, ASAP, null: 55 numbers of 55 points, 26 after the tunnel; 0 without one; in the tunnel 9, the least 0.0; one point 1 times
downsample-lttb, null: 50 numbers of 60 points, 29 after the tunnel; 10 without one; in the tunnel 0; one point 1 times
downsample-lttb-ts, null: 50 numbers of 60 points, 29 after the tunnel; 10 without one; in the tunnel 0; one point 1 times
lttb (PyPI), nan: error: data contains NaN values
pylttb (PyPI), nan: 51 numbers of 60 points, 29 after the tunnel; peak True
tsdownsample, LTTB (PyPI), nan: 51 numbers of 60 points, 29 after the tunnel; peak True
P
echo 'as before'
