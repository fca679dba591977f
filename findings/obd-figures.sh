#!/usr/bin/env bash
# An idling engine draws 770 g of air a second and a tank at half is no number (answers of OBD-II, seven libraries in three languages).
#
# Guess: libraries give one figure for the common PIDs of mode 01, signed ones too, and one trouble code; a PID that one does not know is
# missing, not wrong.
# Seen, by SAE J1979 (ISO 15031-5): mass air flow is one number of two bytes, 0.01 g/s each, so that 03 E8 are 10 g/s. serial-obd and
# obd2-over-serial divide the second byte alone: 770.32. What they have no formula for they read as if the hexadecimal digits were binary ones:
# a tank at 6 % is 2, at 50 % NaN, -10 degrees outside are 1, 14 V are NaN. bluetooth-obd, of the same origin, has mended these, not the
# barometer; the code of a hybrid's battery, P0A80, is P01080 in all three (P0a80 in obd). obd, the one of Python, takes each byte of the
# vapour pressure (PID 32: two bytes, two's complement, 0.25 Pa) for a signed one: -1 Pa is -65 and 60 Pa are -4. Full load is 102 % in
# obd-parser, and 8 degrees of ignition advance are 56.5 % in obd-java-api. Revolutions are right in all and the fuel trim in all that tell it,
# so a first look at the idling engine finds nothing; py-obdii alone is right in all that it tells.
# So: before a library is used, give it one line for each PID in which both bytes count, one below zero and one with the digits A to F.
#
# Needs: java 17, mvn, python3 with pip, npm. Takes about a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for package in obd==0.7.3 py-obdii==0.10.5b0; do python3 -m pip install -q --target python "$package" 2>/dev/null; done
npm install --silent --no-save --ignore-scripts --legacy-peer-deps serial-obd@0.2.2 obd2-over-serial@0.3.0 bluetooth-obd@0.2.5 obd-parser@0.3.0 >/dev/null 2>&1
mkdir java && cat > java/pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>com.github.pires</groupId><artifactId>obd-java-api</artifactId><version>1.0</version></dependency></dependencies></project>
P
(cd java && mvn -q -B -ntp -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=libs)
cat > lines.json <<'P'
[["load 100 %", "4104FF"], ["trim -4.7 %", "41067A"], ["750 rpm", "410C0BB8"], ["advance 8 degrees", "410E90"], ["air 10 g/s", "411003E8"], ["on for 272 s", "411F0110"], ["fuel 50.2 %", "412F80"],
 ["fuel 6.3 %", "412F10"], ["vapour -1 Pa", "4132FFFC"], ["vapour 60 Pa", "413200F0"], ["barometer 101 kPa", "413365"], ["battery 14 V", "414236B0"], ["outside -10 degrees", "41461E"], ["fault P0A80", "430A8000000000"]]
P
cat > read.cjs <<'P'
// The port that stands for the adapter: what it is told to, it says.
const { EventEmitter } = require('events')
const Module = require('module')
let port
class Port extends EventEmitter { constructor() { super(); port = this } write() {} connect(address, channel, done) { setImmediate(done) } isOpen() { return true } }
const load = Module._load
Module._load = (name, ...rest) => name === 'serialport' ? Object.assign(Port, { SerialPort: Port }) : name === 'bluetooth-serial-port' ? { BluetoothSerialPort: Port } : load(name, ...rest)
const lines = JSON.parse(require('fs').readFileSync('lines.json', 'utf8'))
const short = (value) => typeof value === 'number' ? String(Math.round(value * 100) / 100) : value === undefined || value === null ? 'nothing' : value
const turn = () => new Promise((resolve) => setTimeout(resolve, 20))
async function main() {
  const seen = {}
  for (const library of ['serial-obd', 'obd2-over-serial', 'bluetooth-obd']) {
    let value
    const reader = new (require(library))('port', {})
    reader.on('dataReceived', ({ value: told }) => { value = told?.errors?.[0] ?? told })
    reader.connect('port', 1)
    await turn()
    seen[library] = lines.map(([, line]) => { value = undefined; port.emit('data', Buffer.from(`${line}\r\r>`)); return short(value) })
  }
  const parser = require('obd-parser/lib/parser.js').getParser()
  let value
  parser.on('data', (reply) => { value = reply.value })
  seen['obd-parser'] = []
  for (const [, line] of lines) { value = undefined; parser.write(`${line}\r\r>`); await turn(); seen['obd-parser'].push(short(value)) }
  for (const [library, values] of Object.entries(seen)) console.log(`${library}: ${lines.map(([name], at) => `${name}: ${values[at]}`).join(', ')}`)
  process.exit()
}
main()
P
cat > read.py <<'P'
import json
import obd, obdii
from obd.protocols import ISO_15765_4_11bit_500k
from obdii.modes.mode_01 import Mode01
lines = json.load(open('lines.json'))
def short(value):
    if value is None or value is ...: return 'nothing'
    if isinstance(value, list): return value[0][0]
    value = getattr(value, 'magnitude', value)
    return f'{value:.2f}'.rstrip('0').rstrip('.')
def first(line):
    data = [line[at:at + 2] for at in range(0, len(line), 2)]
    if line.startswith('43'): data[1:] = ['01', *data[1:3]]
    bus = ISO_15765_4_11bit_500k(['7E8 06 41 00 FF FF FF FF'])
    command = obd.commands.GET_DTC if line.startswith('43') else next(command for command in obd.commands[1] if command.pid == int(line[2:4], 16))
    return short(command(bus([f'7E8 {len(data):02X} {" ".join(data)}'])).value)
def second(line):
    command = next((command for command in vars(Mode01).values() if line.startswith('41') and getattr(command, 'pid', None) == int(line[2:4], 16)), None)
    return short(command.resolver(list(bytes.fromhex(line)[2:])) if command and callable(command.resolver) else None)
for library, read in {'obd': first, 'py-obdii': second}.items(): print(f'{library}:', ', '.join(f'{name}: {read(line)}' for name, line in lines))
P
cat > java/Read.java <<'P'
import com.github.pires.obd.commands.ObdCommand;
import com.github.pires.obd.commands.control.*;
import com.github.pires.obd.commands.engine.*;
import com.github.pires.obd.commands.fuel.*;
import com.github.pires.obd.commands.pressure.*;
import com.github.pires.obd.commands.temperature.*;
import java.io.*;

class Read {
  static String say(String name, ObdCommand command, String line) throws Exception {
    command.run(new ByteArrayInputStream((line + "\r\r>").getBytes()), new ByteArrayOutputStream());
    return name + ": " + command.getFormattedResult().trim();
  }
  public static void main(String[] arguments) throws Exception {
    System.out.println("obd-java-api: " + String.join(", ", say("load 100 %", new LoadCommand(), "4104FF"), say("trim -4.7 %", new FuelTrimCommand(), "41067A"),
      say("750 rpm", new RPMCommand(), "410C0BB8"), say("advance 8 degrees", new TimingAdvanceCommand(), "410E90"), say("air 10 g/s", new MassAirFlowCommand(), "411003E8"),
      say("on for 272 s", new RuntimeCommand(), "411F0110"), say("fuel 50.2 %", new FuelLevelCommand(), "412F80"), say("fuel 6.3 %", new FuelLevelCommand(), "412F10"),
      say("barometer 101 kPa", new BarometricPressureCommand(), "413365"), say("battery 14 V", new ModuleVoltageCommand(), "414236B0"),
      say("outside -10 degrees", new AmbientAirTemperatureCommand(), "41461E"), say("fault P0A80", new TroubleCodesCommand(), "430A8000000000")));
  }
}
P
{ node read.cjs; PYTHONPATH=python python3 read.py; (cd java && java -cp 'libs/*' Read.java); } | tee seen
diff seen - <<'P'
serial-obd: load 100 %: 99.61, trim -4.7 %: -4.69, 750 rpm: 750, advance 8 degrees: 8, air 10 g/s: 770.32, on for 272 s: 1, fuel 50.2 %: NaN, fuel 6.3 %: 2, vapour -1 Pa: NaN, vapour 60 Pa: 0, barometer 101 kPa: NaN, battery 14 V: NaN, outside -10 degrees: 1, fault P0A80: P01080
obd2-over-serial: load 100 %: 99.61, trim -4.7 %: -4.69, 750 rpm: 750, advance 8 degrees: 8, air 10 g/s: 770.32, on for 272 s: 1, fuel 50.2 %: NaN, fuel 6.3 %: 2, vapour -1 Pa: NaN, vapour 60 Pa: 0, barometer 101 kPa: NaN, battery 14 V: NaN, outside -10 degrees: 1, fault P0A80: P01080
bluetooth-obd: load 100 %: 99.61, trim -4.7 %: -4.69, 750 rpm: 750, advance 8 degrees: 8, air 10 g/s: 10, on for 272 s: 272, fuel 50.2 %: 50.2, fuel 6.3 %: 6.27, vapour -1 Pa: NaN, vapour 60 Pa: 0, barometer 101 kPa: NaN, battery 14 V: 14, outside -10 degrees: -10, fault P0A80: P01080
obd-parser: load 100 %: 102, trim -4.7 %: nothing, 750 rpm: 750, advance 8 degrees: nothing, air 10 g/s: 10, on for 272 s: nothing, fuel 50.2 %: 50.2, fuel 6.3 %: 6.27, vapour -1 Pa: nothing, vapour 60 Pa: nothing, barometer 101 kPa: nothing, battery 14 V: nothing, outside -10 degrees: nothing, fault P0A80: nothing
obd: load 100 %: 100, trim -4.7 %: -4.69, 750 rpm: 750, advance 8 degrees: 8, air 10 g/s: 10, on for 272 s: 272, fuel 50.2 %: 50.2, fuel 6.3 %: 6.27, vapour -1 Pa: -65, vapour 60 Pa: -4, barometer 101 kPa: 101, battery 14 V: 14, outside -10 degrees: -10, fault P0A80: P0a80
py-obdii: load 100 %: 100, trim -4.7 %: -4.69, 750 rpm: 750, advance 8 degrees: 8, air 10 g/s: 10, on for 272 s: 272, fuel 50.2 %: 50.2, fuel 6.3 %: 6.27, vapour -1 Pa: nothing, vapour 60 Pa: nothing, barometer 101 kPa: 101, battery 14 V: 14, outside -10 degrees: -10, fault P0A80: nothing
obd-java-api: load 100 %: 100.0%, trim -4.7 %: -4.7%, 750 rpm: 750RPM, advance 8 degrees: 56.5%, air 10 g/s: 10.00g/s, on for 272 s: 00:04:32, fuel 50.2 %: 50.2%, fuel 6.3 %: 6.3%, barometer 101 kPa: 101kPa, battery 14 V: 14.0V, outside -10 degrees: -10C, fault P0A80: P0A80
P
echo 'as before'
