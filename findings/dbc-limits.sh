#!/usr/bin/env bash
# An engine of 4,000 revolutions turns once a minute and never brakes, by the limits that a CAN database states (einride can-go 0.17.0 beside three decoders).
#
# Guess: the smallest and largest value of a signal in a DBC file ([0|1], what an editor leaves in; [0|500]) say what is usual. Decoders give what
# the bytes say, all alike; who packs a frame may refuse a value that is outside.
# Seen, one frame, limits as they stand in files of every day: cantools, canmatrix and asammdf say 4,000 rpm, 214 degrees (the raw value
# 254, "error" by the habit of lorries), -20 Nm (the engine brakes). can-go cuts each to its limits: 1 rpm, 210 degrees, 0 Nm, by the code that it makes
# of the file and by its descriptors, without an error; [0|0] alone means "no limits". A fault is a plausible 210 degrees then, and no test
# with [0|0] finds it. Packing: can-go cuts there too, cantools refuses.
# So: with can-go set every limit to [0|0] in a copy of the file, or read the raw values (RawTorque) and scale them.
#
# Needs: go, python3 with pip. Takes about a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
export GOPATH=$work/gopath GOFLAGS=-modcacherw
python3 -m pip install -q --target asam asammdf==8.8.28 python-can==4.6.1 cantools==45.1.0 lxml==6.1.3 2>/dev/null
python3 -m pip install -q --target matrix canmatrix==1.3.3 2>/dev/null
mkdir -p go/dbc && cat > go/dbc/car.dbc <<'P'
VERSION ""

BS_:

BU_: Car Display

BO_ 256 Engine: 8 Car
 SG_ Revolutions : 0|16@1+ (0.25,0) [0|1] "rpm"  Display
 SG_ CoolantTemperature : 16|8@1+ (1,-40) [-40|210] "degC"  Display
 SG_ Torque : 24|16@1- (0.5,0) [0|500] "Nm"  Display
 SG_ OilTemperature : 40|8@1+ (1,-40) [0|0] "degC"  Display
P
cat > go/main.go <<'P'
package main

import (
	"fmt"

	"go.einride.tech/can"
	car "x/out"
)

func main() {
	frame := can.Frame{ID: 256, Length: 8, Data: can.Data{0x80, 0x3e, 0xfe, 0xd8, 0xff, 0xff, 0, 0}}
	engine := car.NewEngine()
	fmt.Println("can-go:", engine.UnmarshalFrame(frame), engine.Revolutions(), engine.CoolantTemperature(), engine.Torque(), engine.OilTemperature())
	fmt.Print("can-go, by descriptors:")
	for _, signal := range engine.Descriptor().Signals {
		fmt.Print(" ", signal.UnmarshalPhysical(frame.Data))
	}
	fmt.Println("\ncan-go packs -20 Nm as raw", car.NewEngine().SetTorque(-20).RawTorque(), "and has raw", engine.RawTorque())
}
P
(cd go && go mod init x && go get go.einride.tech/can@v0.17.0 go.einride.tech/can/cmd/cantool@v0.17.0 && go run go.einride.tech/can/cmd/cantool generate dbc out && go mod tidy && go build -o ../engine .) >log 2>&1 || { cat log; exit 1; }
cat > decode.py <<'P'
import can, cantools
from asammdf import MDF
frame, file, names = bytes.fromhex('803efed8ffff0000'), 'go/dbc/car.dbc', ['Revolutions', 'CoolantTemperature', 'Torque', 'OilTemperature']
database = cantools.database.load_file(file)
told = database.decode_message(256, frame)
print('cantools:', *(float(told[name]) for name in names))
try: database.encode_message(256, dict(zip(names, [0, 20, -20, 20])))
except Exception as error: print('cantools refuses to pack -20 Nm:', type(error).__name__)
with can.Logger('bus.mf4') as log: log.on_message_received(can.Message(timestamp=1782907200, arbitration_id=256, is_extended_id=False, data=frame, channel=0))
with MDF('bus.mf4') as bus, bus.extract_bus_logging({'CAN': [(file, 0)]}) as cars: print('asammdf:', *(float(cars.get(name).samples[0]) for name in names))
P
cat > matrix.py <<'P'
import logging
import canmatrix.formats
logging.disable(logging.CRITICAL)
names = ['Revolutions', 'CoolantTemperature', 'Torque', 'OilTemperature']
message = canmatrix.formats.loadp_flat('go/dbc/car.dbc').frame_by_id(canmatrix.ArbitrationId(256))
told = message.decode(bytes.fromhex('803efed8ffff0000'))
print('canmatrix:', *(float(told[name].phys_value) for name in names))
P
{ PYTHONPATH=asam python3 -W ignore decode.py; PYTHONPATH=matrix python3 -W ignore matrix.py; ./engine; } 2>err | tee seen
diff seen - <<'P'
cantools: 4000.0 214.0 -20.0 215.0
cantools refuses to pack -20 Nm: EncodeError
asammdf: 4000.0 214.0 -20.0 215.0
canmatrix: 4000.0 214.0 -20.0 215.0
can-go: <nil> 1 210 0 215
can-go, by descriptors: 1 210 0 215
can-go packs -20 Nm as raw 0 and has raw -40
P
echo 'as before'
