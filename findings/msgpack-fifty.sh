#!/usr/bin/env bash
# A car at exactly 50 km/h cannot be read, and at 50.5 it can; or its time cannot, at any speed (MessagePack, four libraries that write and eight that read).
#
# Guess: what a library of JavaScript writes, a library with types reads into an integer and two doubles; a number without a fraction may come
# as an integer, which a reader takes where a double is asked for; and an instant in milliseconds comes as an integer of 64 bits.
# Seen, {at: 1782907200123, speed: 50 or 50.5}: msgpackr and msgpack-lite write the instant as a float, as it has more than 32 bits;
# @msgpack/msgpack and msgpack5 as an integer. All four write 50.0 as an integer. So msgspec (Python) and vmihailenco (Go) refuse every message
# of the first two; msgpack-core (Java) and tinylib/msgp (Go) refuse all of those as well, and of the others each in which a speed has no
# fraction: a car that stands, or drives 50, is missing, one at 50.5 is there. jackson, shamaton, ugorji and msgpack (Python, a float) read all.
# So: read with a library that converts, or ask for the type before the value; give msgpackr BigInt(at) for instants; and test with a car that stands.
#
# Needs: java 17, mvn, go, python3 with pip, npm. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-save --ignore-scripts @msgpack/msgpack@3.1.3 msgpackr@2.1.4 msgpack-lite@0.2.2 msgpack5@6.1.0 >/dev/null
python3 -m pip install -q --target python msgpack==1.2.4 msgspec==0.23.0 2>/dev/null
mkdir java && cat > java/pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.msgpack</groupId><artifactId>jackson-dataformat-msgpack</artifactId><version>0.9.10</version></dependency></dependencies></project>
P
(cd java && mvn -q -B -ntp -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=libs)
cat > write.mjs <<'P'
import { writeFileSync } from 'node:fs'
import { encode } from '@msgpack/msgpack'
import msgpack5 from 'msgpack5'
import lite from 'msgpack-lite'
import { pack } from 'msgpackr'
const writers = { '@msgpack': encode, msgpackr: pack, 'msgpack-lite': lite.encode, msgpack5: (car) => msgpack5().encode(car).slice() }
for (const [name, write] of Object.entries(writers)) for (const speed of [50, 50.5]) for (const [at, when] of [[1782907200123, 'ms'], ...(name === 'msgpackr' ? [[1782907200123n, 'BigInt']] : [])]) {
  const bytes = Buffer.from(write({ at, speed }))
  writeFileSync(`${name}-${when}-${speed}`, bytes)
}
P
cat > read.py <<'P'
import sys
import msgpack, msgspec
class Car(msgspec.Struct): at: int; speed: float
for name, read in {'msgspec': lambda data: msgspec.msgpack.decode(data, type=Car), 'msgpack of Python': msgpack.unpackb}.items():
    for file in sys.argv[1:]:
        try: told = read(open(file, 'rb').read()); told = f'{told.at} {told.speed}' if isinstance(told, Car) else f'{told["at"]} {told["speed"]}'
        except Exception: told = 'refused'
        print(f'{name}, {file}: {told}')
P
mkdir go && cat > go/main.go <<'P'
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/shamaton/msgpack/v2"
	"github.com/tinylib/msgp/msgp"
	"github.com/ugorji/go/codec"
	vm "github.com/vmihailenco/msgpack/v5"
)

type Car struct {
	At    int64   `msgpack:"at" codec:"at"`
	Speed float64 `msgpack:"speed" codec:"speed"`
}

func typed(data []byte, car *Car) error {
	reader := msgp.NewReader(bytes.NewReader(data))
	fields, err := reader.ReadMapHeader()
	for ; fields > 0 && err == nil; fields-- {
		var name string
		if name, err = reader.ReadString(); name == "at" { car.At, err = reader.ReadInt64() } else if name == "speed" { car.Speed, err = reader.ReadFloat64() }
	}
	return err
}

func main() {
	readers := []struct { name string; read func([]byte, *Car) error }{
		{"vmihailenco", func(data []byte, car *Car) error { return vm.Unmarshal(data, car) }}, {"tinylib/msgp", typed},
		{"shamaton", func(data []byte, car *Car) error { return msgpack.Unmarshal(data, car) }}, {"ugorji", func(data []byte, car *Car) error { return codec.NewDecoderBytes(data, &codec.MsgpackHandle{}).Decode(car) }},
	}
	for _, reader := range readers {
		for _, file := range os.Args[1:] {
			data, _ := os.ReadFile(file)
			var car Car
			if err := reader.read(data, &car); err != nil { fmt.Printf("%s, %s: refused\n", reader.name, file) } else { fmt.Printf("%s, %s: %d %v\n", reader.name, file, car.At, car.Speed) }
		}
	}
}
P
export GOPATH=$work/gopath GOFLAGS=-modcacherw
(cd go && go mod init x && go get github.com/shamaton/msgpack/v2@v2.4.0 github.com/tinylib/msgp@v1.6.5 github.com/ugorji/go/codec@v1.3.2 github.com/vmihailenco/msgpack/v5@v5.4.1 && go build -o ../read .) >log 2>&1 || { cat log; exit 1; }
cat > Read.java <<'P'
import java.nio.file.*; import com.fasterxml.jackson.databind.ObjectMapper; import org.msgpack.core.MessagePack; import org.msgpack.jackson.dataformat.MessagePackFactory;
public class Read {
  public static class Car { public long at; public double speed; }
  interface Reader { Car of(byte[] data) throws Exception; }
  static void tell(String name, String[] files, Reader reader) throws Exception { for (var file : files) { String told; try { var car = reader.of(Files.readAllBytes(Path.of(file))); told = car.at + " " + car.speed; } catch (Exception error) { told = "refused"; } System.out.println(name + ", " + file + ": " + told); } }
  public static void main(String[] files) throws Exception {
    tell("msgpack-core", files, (data) -> { var car = new Car(); try (var unpacker = MessagePack.newDefaultUnpacker(data)) { for (var fields = unpacker.unpackMapHeader(); fields > 0; fields--) if (unpacker.unpackString().equals("at")) car.at = unpacker.unpackLong(); else car.speed = unpacker.unpackDouble(); } return car; });
    var mapper = new ObjectMapper(new MessagePackFactory());
    tell("jackson", files, (data) -> mapper.readValue(data, Car.class)); } }
P
node write.mjs
files=$(ls -- *-ms-* *-BigInt-* | sort)
{ PYTHONPATH=python python3 read.py $files; java -cp 'java/libs/*' Read.java $files; ./read $files; } 2>err | tee seen
diff seen - <<'P'
msgspec, @msgpack-ms-50: 1782907200123 50.0
msgspec, @msgpack-ms-50.5: 1782907200123 50.5
msgspec, msgpack-lite-ms-50: refused
msgspec, msgpack-lite-ms-50.5: refused
msgspec, msgpack5-ms-50: 1782907200123 50.0
msgspec, msgpack5-ms-50.5: 1782907200123 50.5
msgspec, msgpackr-BigInt-50: 1782907200123 50.0
msgspec, msgpackr-BigInt-50.5: 1782907200123 50.5
msgspec, msgpackr-ms-50: refused
msgspec, msgpackr-ms-50.5: refused
msgpack of Python, @msgpack-ms-50: 1782907200123 50
msgpack of Python, @msgpack-ms-50.5: 1782907200123 50.5
msgpack of Python, msgpack-lite-ms-50: 1782907200123.0 50
msgpack of Python, msgpack-lite-ms-50.5: 1782907200123.0 50.5
msgpack of Python, msgpack5-ms-50: 1782907200123 50
msgpack of Python, msgpack5-ms-50.5: 1782907200123 50.5
msgpack of Python, msgpackr-BigInt-50: 1782907200123 50
msgpack of Python, msgpackr-BigInt-50.5: 1782907200123 50.5
msgpack of Python, msgpackr-ms-50: 1782907200123.0 50
msgpack of Python, msgpackr-ms-50.5: 1782907200123.0 50.5
msgpack-core, @msgpack-ms-50: refused
msgpack-core, @msgpack-ms-50.5: 1782907200123 50.5
msgpack-core, msgpack-lite-ms-50: refused
msgpack-core, msgpack-lite-ms-50.5: refused
msgpack-core, msgpack5-ms-50: refused
msgpack-core, msgpack5-ms-50.5: 1782907200123 50.5
msgpack-core, msgpackr-BigInt-50: refused
msgpack-core, msgpackr-BigInt-50.5: 1782907200123 50.5
msgpack-core, msgpackr-ms-50: refused
msgpack-core, msgpackr-ms-50.5: refused
jackson, @msgpack-ms-50: 1782907200123 50.0
jackson, @msgpack-ms-50.5: 1782907200123 50.5
jackson, msgpack-lite-ms-50: 1782907200123 50.0
jackson, msgpack-lite-ms-50.5: 1782907200123 50.5
jackson, msgpack5-ms-50: 1782907200123 50.0
jackson, msgpack5-ms-50.5: 1782907200123 50.5
jackson, msgpackr-BigInt-50: 1782907200123 50.0
jackson, msgpackr-BigInt-50.5: 1782907200123 50.5
jackson, msgpackr-ms-50: 1782907200123 50.0
jackson, msgpackr-ms-50.5: 1782907200123 50.5
vmihailenco, @msgpack-ms-50: 1782907200123 50
vmihailenco, @msgpack-ms-50.5: 1782907200123 50.5
vmihailenco, msgpack-lite-ms-50: refused
vmihailenco, msgpack-lite-ms-50.5: refused
vmihailenco, msgpack5-ms-50: 1782907200123 50
vmihailenco, msgpack5-ms-50.5: 1782907200123 50.5
vmihailenco, msgpackr-BigInt-50: 1782907200123 50
vmihailenco, msgpackr-BigInt-50.5: 1782907200123 50.5
vmihailenco, msgpackr-ms-50: refused
vmihailenco, msgpackr-ms-50.5: refused
tinylib/msgp, @msgpack-ms-50: refused
tinylib/msgp, @msgpack-ms-50.5: 1782907200123 50.5
tinylib/msgp, msgpack-lite-ms-50: refused
tinylib/msgp, msgpack-lite-ms-50.5: refused
tinylib/msgp, msgpack5-ms-50: refused
tinylib/msgp, msgpack5-ms-50.5: 1782907200123 50.5
tinylib/msgp, msgpackr-BigInt-50: refused
tinylib/msgp, msgpackr-BigInt-50.5: 1782907200123 50.5
tinylib/msgp, msgpackr-ms-50: refused
tinylib/msgp, msgpackr-ms-50.5: refused
shamaton, @msgpack-ms-50: 1782907200123 50
shamaton, @msgpack-ms-50.5: 1782907200123 50.5
shamaton, msgpack-lite-ms-50: 1782907200123 50
shamaton, msgpack-lite-ms-50.5: 1782907200123 50.5
shamaton, msgpack5-ms-50: 1782907200123 50
shamaton, msgpack5-ms-50.5: 1782907200123 50.5
shamaton, msgpackr-BigInt-50: 1782907200123 50
shamaton, msgpackr-BigInt-50.5: 1782907200123 50.5
shamaton, msgpackr-ms-50: 1782907200123 50
shamaton, msgpackr-ms-50.5: 1782907200123 50.5
ugorji, @msgpack-ms-50: 1782907200123 50
ugorji, @msgpack-ms-50.5: 1782907200123 50.5
ugorji, msgpack-lite-ms-50: 1782907200123 50
ugorji, msgpack-lite-ms-50.5: 1782907200123 50.5
ugorji, msgpack5-ms-50: 1782907200123 50
ugorji, msgpack5-ms-50.5: 1782907200123 50.5
ugorji, msgpackr-BigInt-50: 1782907200123 50
ugorji, msgpackr-BigInt-50.5: 1782907200123 50.5
ugorji, msgpackr-ms-50: 1782907200123 50
ugorji, msgpackr-ms-50.5: 1782907200123 50.5
P
echo 'as before'
