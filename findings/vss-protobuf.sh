#!/usr/bin/env bash
# The protobuf schema of a vehicle catalogue is another one in each release (COVESA VSS, vss-tools 6.1.0).
#
# Guess: `vspec export protobuf` numbers the fields so that a later release reads an older message, or refuses to go on; what was
# not told is empty; and the other exports keep the range of a signal.
# Seen: a field's number is its place among its neighbours in the file. With one signal put in between, as releases do, the next
# schema reads the 2,100 kg of a car as "is moving", its empty weight as its weight now and its gear as 4,294,967,295 kg, and
# nothing fails; one signal deleted by an overlay shifts all after it. Where values are listed, the first of the list is 0: a car
# that tells nothing of its lock is LOCKED. `--add-optional` mends that alone. The DDS export makes int8 and uint8 the same octet, so the reverse gear, -1, is 255.
# (Between VSS 5.0 and 6.0 this moved 158 of the 1,008 fields that both have; 43 of them fall on a field of the same
# type: power becomes torque, the time remaining becomes the range.)
# So: keep a list of numbers of your own, or send the path with the value; `--add-optional` always; DDS gears by hand.
#
# Needs: python3 with pip. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python vss-tools==6.1.0 grpcio-tools==1.76.0 2>/dev/null
export PYTHONPATH=python COLUMNS=200
cat > units.yaml <<'P'
kg: {definition: Mass, unit: kilogram, quantity: mass, allowed-datatypes: ['numeric']}
P
echo 'mass: {definition: Mass}' > quantities.yaml
cat > write.py <<'P'
signals = {'IsBrokenDown': 'boolean', 'IsMoving': 'boolean', 'CurrentOverallWeight': 'uint16', 'CurbWeight': 'uint16', 'CurrentGear': 'int8'}
def write(file, names):
    lines = ['Vehicle:', '  type: branch', '  description: A car.']
    for name in names:
        lines += [f'Vehicle.{name}:', '  type: sensor', f'  datatype: {signals[name]}', '  description: One signal.']
        if 'Weight' in name: lines += ['  unit: kg']
    lines += ['Vehicle.LockState:', '  type: sensor', '  datatype: string', "  allowed: ['LOCKED', 'UNLOCKED']", '  description: One signal.']
    open(file, 'w').write('\n'.join(lines) + '\n')
write('first.vspec', [name for name in signals if name != 'IsMoving'])
write('next.vspec', signals)
open('overlay.vspec', 'w').write('Vehicle.IsBrokenDown:\n  type: sensor\n  datatype: boolean\n  delete: true\n')
P
python3 write.py
export_as() { python3 python/bin/vspec export "$1" -u units.yaml -q quantities.yaml "${@:2}" >log 2>&1; }
export_as protobuf -s first.vspec -o first.proto
export_as protobuf -s next.vspec -o next.proto
export_as protobuf -s first.vspec -l overlay.vspec -o smaller.proto
export_as protobuf -s first.vspec --add-optional -o optional.proto
export_as ddsidl -s first.vspec -o first.idl
for each in first next smaller optional; do sed -i "s/^syntax.*/&\npackage $each;/" $each.proto; done
python3 -m grpc_tools.protoc -I. --python_out=. first.proto next.proto smaller.proto optional.proto
cat > read.py <<'P'
import first_pb2, next_pb2, smaller_pb2, optional_pb2
told = first_pb2.Vehicle(IsBrokenDown=False, CurrentOverallWeight=2100, CurbWeight=1500, CurrentGear=-1)
bytes_of = told.SerializeToString()
for name, schema in (('same', first_pb2), ('next', next_pb2), ('smaller', smaller_pb2)):
    read = schema.Vehicle.FromString(bytes_of)
    print(name, {field.name: getattr(read, field.name) for field in read.DESCRIPTOR.fields if field.name not in ('LockState', 'IsBrokenDown')})
silent = first_pb2.Vehicle()
print('nothing told: the lock is', first_pb2.Vehicle.LockStateEnum.Name(silent.LockState))
print('with --add-optional: told', optional_pb2.Vehicle().HasField('LockState'))
P
{
  python3 read.py
  for each in first next smaller optional; do echo $each $(grep -o 'CurrentOverallWeight = [0-9]*' $each.proto); done
  echo 'DDS gear' $(grep -A2 'struct CurrentGear' first.idl | grep -o '[a-z]* value')
} | tee seen
diff seen - <<'P'
same {'CurrentOverallWeight': 2100, 'CurbWeight': 1500, 'CurrentGear': -1}
next {'IsMoving': True, 'CurrentOverallWeight': 1500, 'CurbWeight': 4294967295, 'CurrentGear': 0}
smaller {'CurrentOverallWeight': 0, 'CurbWeight': 2100, 'CurrentGear': 1500}
nothing told: the lock is LOCKED
with --add-optional: told False
first CurrentOverallWeight = 2
next CurrentOverallWeight = 3
smaller CurrentOverallWeight = 1
optional CurrentOverallWeight = 2
DDS gear octet value
P
echo 'as before'
