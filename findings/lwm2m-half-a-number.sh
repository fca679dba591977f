#!/usr/bin/env bash
# A car in Montevideo is in the Gulf of Guinea, as only half of each number is read (LwM2M TLV, lwm2m-codec 0.1.1 and Leshan 2.0.0-M14).
#
# Guess: TLV is the first form of LwM2M: negative numbers, a place (object 6) and a time are read by the one as the other wrote them.
# Seen: a Float has 4 bytes or 8, as its length says (LwM2M 1.0, 6.4.3). Leshan writes 8 always; lwm2m-codec reads the first 4 of them
# and passes over the rest without a word: -34.9011, -56.1645 is -3.02, -3.19, a height of 43.5 m is 3.1 and 12.5 m/s are 2.6, all of
# them plausible. The time, a whole number, is right. What lwm2m-codec writes has 4 bytes, which it reads itself, and Leshan too. A
# resource with two instances (voltages of two supplies) it writes as texts in TLV, and of its own JSON it reads only the first.
# So: look at the length before the bytes; try a new peer with a place whose answer is known, both ways, before its first car.
#
# Needs: java 17, mvn, npm. Takes about a quarter of a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-save --ignore-scripts lwm2m-codec@0.1.1 >/dev/null
mkdir java && cat > java/pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.eclipse.leshan</groupId><artifactId>leshan-core</artifactId><version>2.0.0-M14</version></dependency></dependencies></project>
P
(cd java && mvn -q -B -ntp -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=libs)
cat > java/Place.java <<'P'
import java.nio.ByteBuffer; import java.nio.file.*; import java.util.*; import org.eclipse.leshan.core.tlv.*;
public class Place { public static void main(String[] mode) throws Exception {
  if (mode[0].equals("write")) {
    var told = Map.of(0, -34.9011, 1, -56.1645, 2, 43.5, 6, 12.5); var fields = new ArrayList<Tlv>();
    for (var id : new TreeSet<>(told.keySet())) fields.add(new Tlv(Tlv.TlvType.RESOURCE_VALUE, null, TlvEncoder.encodeFloat(told.get(id)), id));
    fields.add(new Tlv(Tlv.TlvType.RESOURCE_VALUE, null, TlvEncoder.encodeDate(new Date(1_782_907_200_000L)), 5));
    var bytes = TlvEncoder.encode(fields.toArray(new Tlv[0])); var out = new byte[bytes.remaining()]; bytes.get(out); Files.write(Path.of("leshan.tlv"), out); return; }
  for (var file : new String[] {"leshan.tlv", "lwm2m-codec.tlv"}) { var told = new TreeMap<Integer, String>();
    var fields = TlvDecoder.decode(ByteBuffer.wrap(Files.readAllBytes(Path.of(file)))); if (fields[0].getType() == Tlv.TlvType.OBJECT_INSTANCE) fields = fields[0].getChildren();
    for (var field : fields) told.put(field.getIdentifier(), field.getValue().length + " bytes " + (field.getIdentifier() == 5 ? TlvDecoder.decodeDate(field.getValue()).toInstant() : TlvDecoder.decodeFloat(field.getValue())));
    System.out.println("Leshan reads " + file + ": " + told); } } }
P
cat > place.cjs <<'P'
const { readFileSync, writeFileSync } = require('fs')
const codec = require('lwm2m-codec')
if (process.argv[2] === 'write') writeFileSync('lwm2m-codec.tlv', codec.encode('tlv', '/6/0', { 0: -34.9011, 1: -56.1645, 2: 43.5, 6: 12.5, 5: 1782907200 }))
else {
  for (const file of ['leshan.tlv', 'lwm2m-codec.tlv']) console.log(`lwm2m-codec reads ${file}:`, JSON.stringify(codec.decode('tlv', '/6/0', readFileSync(file))))
  const supplies = { 7: { 0: 13800, 1: 24100 } }
  for (const form of ['tlv', 'json']) { const bytes = codec.encode(form, '/3/0', supplies); console.log(`two supplies as ${form}:`, form === 'json' ? bytes.toString() : bytes.toString('hex'), 'read as', JSON.stringify(codec.decode(form, '/3/0', bytes))) }
}
P
java -cp 'java/libs/*' java/Place.java write 2>/dev/null
node place.cjs write
{ java -cp 'java/libs/*' java/Place.java read 2>/dev/null; node place.cjs read; } | tee seen
diff seen - <<'P'
Leshan reads leshan.tlv: {0=8 bytes -34.9011, 1=8 bytes -56.1645, 2=8 bytes 43.5, 5=4 bytes 2026-07-01T12:00:00Z, 6=8 bytes 12.5}
Leshan reads lwm2m-codec.tlv: {0=4 bytes -34.9011, 1=4 bytes -56.1645, 2=4 bytes 43.5, 5=4 bytes 2026-07-01T12:00:00Z, 6=4 bytes 12.5}
lwm2m-codec reads leshan.tlv: {"lat":-3.022664785385132,"lon":-3.1887850761413574,"alt":3.08984375,"speed":2.640625,"timestamp":1782907200}
lwm2m-codec reads lwm2m-codec.tlv: {"lat":-34.901100158691406,"lon":-56.16450119018555,"alt":43.5,"timestamp":1782907200,"speed":12.5}
two supplies as tlv: 08001188070e4500313338303045013234313030 read as {"pwrSrcVoltage":{"0":"13800","1":"24100"}}
two supplies as json: {"bn":"/3/0","e":[{"n":"7/0","v":13800},{"n":"7/1","v":24100}]} read as {"pwrSrcVoltage":{"0":13800}}
P
echo 'as before'
