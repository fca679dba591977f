#!/usr/bin/env bash
# A car whose sensor is silent drives on at 120 km/h, or at 255, in each file made of its measurement (ASAM MDF 4, invalidation bits).
#
# Guess: a sample that the file marks as invalid is in no table and no file that asammdf makes of it; mdfreader leaves it out too.
# Seen, a sensor that is invalid for 20 to 40 s while the car stops from 120 km/h: get() leaves the samples out. A data frame, CSV, parquet, MAT
# and HDF5 fill them: whole numbers with the last valid one (120 km/h three times more), others with a straight line (91 to 55
# degrees). Only use_interpolation=False says nan there, which export() does not take. Converted to MDF 3, which
# has no such bits, the invalid bytes are valid: 255 km/h, -40 degrees. mdfreader 4.3 reads them as values from the MDF 4 itself, as
# the bits come as a channel of another name (invalid_bytes and a number). No word in any case.
# So: make tables from get() of each channel, or with use_interpolation=False, and count what is missing; no way over MDF 3.
#
# Needs: python3 with pip. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target asam asammdf==8.8.28 pandas==3.0.0 pyarrow==22.0.0 scipy==1.17.0 h5py==3.15.1 2>/dev/null
python3 -m pip install -q --target other mdfreader==4.3 2>/dev/null
cat > write.py <<'P'
import h5py, numpy, pandas, scipy.io
from asammdf import MDF, Signal
times, invalid = numpy.arange(0, 70, 10.0), numpy.array([0, 0, 1, 1, 1, 0, 0], bool)
speed = Signal(numpy.array([118, 120, 255, 255, 255, 0, 0], 'u1'), times, name='speed', unit='km/h', invalidation_bits=invalid)
coolant = Signal(numpy.array([90.0, 91, -40, -40, -40, 55, 54]), times, name='coolant', invalidation_bits=invalid)
with MDF(version='4.10') as file:
    file.append([speed, coolant]); file.save('drive.mf4')
def tell(way, names): print(f'{way}:', *(f'{name} {[round(float(value), 1) for value in numpy.ravel(names[name])]}' for name in ('speed', 'coolant')))
with MDF('drive.mf4') as file:
    tell('get()', {name: file.get(name).samples for name in ('speed', 'coolant')})
    tell('to_dataframe()', file.to_dataframe())
    tell('to_dataframe(use_interpolation=False)', file.to_dataframe(use_interpolation=False))
    for form in ('csv', 'parquet', 'mat', 'hdf5'): file.export(form, filename='drive', single_time_base=True)
    tell('CSV', pandas.read_csv('drive.csv'))
    tell('parquet', pandas.read_parquet('drive.parquet'))
    tell('MAT', scipy.io.loadmat('drive.mat'))
    with h5py.File('drive.hdf') as hdf: tell('HDF5', {name: hdf[f'drive.hdf/{name}'][()] for name in ('speed', 'coolant')})
    with file.convert('3.30') as older: tell('converted to MDF 3.30, get()', {name: older.get(name).samples for name in ('speed', 'coolant')})
    for name, signal in (('filter', file.filter(['speed'])), ('cut', file.cut(5, 65)), ('resample', file.resample(10.0))): print(f'{name}, get(): speed', signal.get('speed').samples.tolist())
P
cat > read.py <<'P'
import mdfreader
file = mdfreader.Mdf('drive.mf4')
print('mdfreader:', *(f'{name} {file.get_channel_data(name).tolist()}' for name in ('speed', 'coolant')))
P
{ PYTHONPATH=asam python3 -W ignore write.py; PYTHONPATH=other python3 -W ignore read.py; } | tee seen
diff seen - <<'P'
get(): speed [118.0, 120.0, 0.0, 0.0] coolant [90.0, 91.0, 55.0, 54.0]
to_dataframe(): speed [118.0, 120.0, 120.0, 120.0, 120.0, 0.0, 0.0] coolant [90.0, 91.0, 82.0, 73.0, 64.0, 55.0, 54.0]
to_dataframe(use_interpolation=False): speed [118.0, 120.0, nan, nan, nan, 0.0, 0.0] coolant [90.0, 91.0, nan, nan, nan, 55.0, 54.0]
CSV: speed [118.0, 120.0, 120.0, 120.0, 120.0, 0.0, 0.0] coolant [90.0, 91.0, 82.0, 73.0, 64.0, 55.0, 54.0]
parquet: speed [118.0, 120.0, 120.0, 120.0, 120.0, 0.0, 0.0] coolant [90.0, 91.0, 82.0, 73.0, 64.0, 55.0, 54.0]
MAT: speed [118.0, 120.0, 120.0, 120.0, 120.0, 0.0, 0.0] coolant [90.0, 91.0, 82.0, 73.0, 64.0, 55.0, 54.0]
HDF5: speed [118.0, 120.0, 120.0, 120.0, 120.0, 0.0, 0.0] coolant [90.0, 91.0, 82.0, 73.0, 64.0, 55.0, 54.0]
converted to MDF 3.30, get(): speed [118.0, 120.0, 255.0, 255.0, 255.0, 0.0, 0.0] coolant [90.0, 91.0, -40.0, -40.0, -40.0, 55.0, 54.0]
filter, get(): speed [118, 120, 0, 0]
cut, get(): speed [118, 120, 0, 0]
resample, get(): speed [118, 120, 0, 0]
mdfreader: speed [118, 120, 255, 255, 255, 0, 0] coolant [90.0, 91.0, -40.0, -40.0, -40.0, 55.0, 54.0]
P
echo 'as before'
