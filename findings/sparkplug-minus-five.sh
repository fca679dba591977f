#!/usr/bin/env bash
# Five degrees below zero are 251, 65,531 or 4,294,967,291 degrees, and an odometer is 0 (Sparkplug B, five libraries).
#
# Guess: a metric of -5 (Int8 to Int64) that one library writes is -5 for the others, as the specification says two's complement; a
# number without a sign and a metric that is null are read alike; the oldest library may lose the null.
# Seen: a short negative number is written in two ways: in its own width (251 for an Int8: pysparkplug and both with the Python code
# of Tahu) or widened to 32 bits (sparkplug-payload and Tahu in Java). Who writes in one way reads the other wrong:
# sparkplug-payload gives 251 and 65,531, and pysparkplug raises an error for the whole message. tahutils 0.1.11 reads
# no negative number at all, not even its own. An UInt32 stands in int_value with the three of Python and in long_value with the two
# others: 123,456 km are nothing to sparkplug-payload and 0 to tahutils, without an error. mqtt-spb-wrapper and Tahu in Java read all.
# So: take the datatype of the birth, look in both fields, and bring either width to the sign; ask a new peer for -5 and an UInt32.
#
# Needs: java 17, mvn, python3 with pip, npm. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for package in pysparkplug==0.6.1 tahutils==0.1.11 mqtt-spb-wrapper==2.1.2; do python3 -m pip install -q --target "${package%%=*}" "$package" 2>/dev/null; done
npm install --silent --no-save --ignore-scripts sparkplug-payload@1.0.3 >/dev/null
mkdir java && cat > java/pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.eclipse.tahu</groupId><artifactId>tahu-core</artifactId><version>1.0.14</version></dependency></dependencies></project>
P
(cd java && mvn -q -B -ntp -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=libs)
cat > spark.py <<'P'
import glob, sys
library, mode = sys.argv[1:]
told = [('Int8', -5), ('Int16', -5), ('Int32', -5), ('Int64', -5), ('UInt32', 123456), ('UInt64', 123456)]
if library == 'tahutils':
    from tahutils import parse
    from tahutils.tahu import sparkplug_b as tahu
elif library == 'mqtt-spb-wrapper':
    from mqtt_spb_wrapper.spb_base import SpbPayloadParser
    from mqtt_spb_wrapper.spb_protobuf import sparkplug_b as tahu
else: import pysparkplug
def write():
    if library == 'pysparkplug':
        metrics = [pysparkplug.Metric(timestamp=0, name=name, datatype=getattr(pysparkplug.DataType, name.upper()), value=value) for name, value in told]
        return pysparkplug.NData(timestamp=0, seq=1, metrics=tuple(metrics)).encode(include_dtypes=True)
    payload = tahu.Payload(); payload.timestamp = 1; payload.seq = 1
    for name, value in told: tahu.addMetric(payload, name, None, getattr(tahu.MetricDataType, name), value, 1)
    return payload.SerializeToString()
def read(raw):
    if library == 'pysparkplug': return [metric.value for metric in pysparkplug.NData.decode(raw).metrics]
    if library == 'tahutils': return [metric.value for metric in parse.parse_payload_to_metric_list(parse.payload_from_string(raw))]
    return [metric['value'] for metric in SpbPayloadParser(raw).payload['metrics']]
if mode == 'write': open(library + '.bin', 'wb').write(write())
else:
    for path in sorted(glob.glob('*.bin')):
        try: values = read(open(path, 'rb').read())
        except OverflowError as error: values = f'error: {error}'
        print(f'{library} reads {path[:-4]}:', values)
P
cat > spark.cjs <<'P'
const { readFileSync, readdirSync, writeFileSync } = require('fs')
const sparkplug = require('sparkplug-payload').get('spBv1.0')
const told = { Int8: -5, Int16: -5, Int32: -5, Int64: -5, UInt32: 123456, UInt64: 123456 }
const metrics = Object.entries(told).map(([name, value]) => ({ name, timestamp: 1, type: name, value }))
if (process.argv[2] === 'write') writeFileSync('sparkplug-payload.bin', sparkplug.encodePayload({ timestamp: 1, seq: 1, metrics }))
else for (const path of readdirSync('.').filter((name) => name.endsWith('.bin')).sort())
  console.log(`sparkplug-payload reads ${path.slice(0, -4)}:`, sparkplug.decodePayload(readFileSync(path)).metrics.map(({ value }) => `${value}`).join(', '))
P
cat > java/Spark.java <<'P'
import java.math.BigInteger; import java.nio.file.*; import java.util.*; import org.eclipse.tahu.message.*; import org.eclipse.tahu.message.model.*;
public class Spark { public static void main(String[] mode) throws Exception {
  if (mode[0].equals("write")) {
    var told = new Object[] {(byte) -5, (short) -5, -5, -5L, 123456L, BigInteger.valueOf(123456)}; var builder = new SparkplugBPayload.SparkplugBPayloadBuilder(1L).setTimestamp(new Date(1));
    var types = List.of(MetricDataType.Int8, MetricDataType.Int16, MetricDataType.Int32, MetricDataType.Int64, MetricDataType.UInt32, MetricDataType.UInt64);
    for (int at = 0; at < told.length; at++) builder.addMetric(new Metric.MetricBuilder(types.get(at).toString(), types.get(at), told[at]).timestamp(new Date(1)).createMetric());
    Files.write(Path.of("tahu-core.bin"), new SparkplugBPayloadEncoder().getBytes(builder.createPayload(), false)); return; }
  var paths = new ArrayList<Path>(); try (var all = Files.newDirectoryStream(Path.of("."), "*.bin")) { all.forEach(paths::add); } Collections.sort(paths);
  for (var path : paths) { var values = new ArrayList<Object>();
    for (var metric : new SparkplugBPayloadDecoder().buildFromByteArray(Files.readAllBytes(path), null).getMetrics()) values.add(metric.getValue());
    System.out.println("tahu-core reads " + path.getFileName().toString().replace(".bin", "") + ": " + values); } } }
P
run() {
  for library in pysparkplug tahutils mqtt-spb-wrapper; do PYTHONPATH=$library python3 spark.py $library "$1"; done
  node spark.cjs "$1"
  java -Dlogback.statusListenerClass=ch.qos.logback.core.status.NopStatusListener -cp 'java/libs/*' java/Spark.java "$1" | { grep reads || true; }
}
run write
run read | tee seen
diff seen - <<'P'
pysparkplug reads mqtt-spb-wrapper: [-5, -5, -5, -5, 123456, 123456]
pysparkplug reads pysparkplug: [-5, -5, -5, -5, 123456, 123456]
pysparkplug reads sparkplug-payload: error: Int8 overflow with value 4294967291
pysparkplug reads tahu-core: error: Int8 overflow with value 4294967291
pysparkplug reads tahutils: [-5, -5, -5, -5, 123456, 123456]
tahutils reads mqtt-spb-wrapper: [251, 65531, 4294967291, 18446744073709551611, 123456, 123456]
tahutils reads pysparkplug: [251, 65531, 4294967291, 18446744073709551611, 123456, 123456]
tahutils reads sparkplug-payload: [4294967291, 4294967291, 4294967291, 18446744073709551611, 0, 123456]
tahutils reads tahu-core: [4294967291, 4294967291, 4294967291, 18446744073709551611, 0, 123456]
tahutils reads tahutils: [251, 65531, 4294967291, 18446744073709551611, 123456, 123456]
mqtt-spb-wrapper reads mqtt-spb-wrapper: [-5, -5, -5, -5, 123456, 123456]
mqtt-spb-wrapper reads pysparkplug: [-5, -5, -5, -5, 123456, 123456]
mqtt-spb-wrapper reads sparkplug-payload: [-5, -5, -5, -5, 123456, 123456]
mqtt-spb-wrapper reads tahu-core: [-5, -5, -5, -5, 123456, 123456]
mqtt-spb-wrapper reads tahutils: [-5, -5, -5, -5, 123456, 123456]
sparkplug-payload reads mqtt-spb-wrapper: 251, 65531, -5, -5, null, 123456
sparkplug-payload reads pysparkplug: 251, 65531, -5, -5, null, 123456
sparkplug-payload reads sparkplug-payload: -5, -5, -5, -5, 123456, 123456
sparkplug-payload reads tahu-core: -5, -5, -5, -5, 123456, 123456
sparkplug-payload reads tahutils: 251, 65531, -5, -5, null, 123456
tahu-core reads mqtt-spb-wrapper: [-5, -5, -5, -5, 123456, 123456]
tahu-core reads pysparkplug: [-5, -5, -5, -5, 123456, 123456]
tahu-core reads sparkplug-payload: [-5, -5, -5, -5, 123456, 123456]
tahu-core reads tahu-core: [-5, -5, -5, -5, 123456, 123456]
tahu-core reads tahutils: [-5, -5, -5, -5, 123456, 123456]
P
echo 'as before'
