#!/usr/bin/env bash
# The second car of a message drives under the name of the first (SenML, RFC 8428, four libraries).
#
# Guess: SenML is a list of records in which a base name, time, unit and value hold until the next one; a library resolves that to
# whole records; the oldest may forget the base value.
# Seen, one message of a gateway with two cars and four records: senml 0.1.0 takes the base of the first record for all, so the
# second car's speed is the first one's, an hour early, and an odometer of 100,250 m is 250. kpn-senml 1.0.1 and its successor
# from Arduino, micropython-senml 0.1.1, read neither time nor unit (None in every record), nor the base value of a later record.
# Leshan 2.0.0-M14 has names and times right; the base value it passes over, as LwM2M, for which it is, has none.
# So: resolve the list in code of your own (a dozen lines: bn + n, bt + t, bv + v, u or bu), or have senders write whole records.
#
# Needs: java 17, mvn, python3 with pip. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for package in senml==0.1.0 kpn-senml==1.0.1 micropython-senml==0.1.1; do python3 -m pip install -q --target "${package%%=*}" "$package" 2>/dev/null; done
cat > message.json <<'P'
[{"bn": "/3424/7/", "bt": 1782907200, "bu": "m", "n": "speed", "u": "m/s", "v": 13.5},
 {"n": "speed", "t": 5, "u": "m/s", "v": 14},
 {"bn": "/3424/8/", "bt": 1782910800, "n": "speed", "u": "m/s", "v": 20},
 {"n": "odometer", "t": 10, "bv": 100000, "v": 250}]
P
cat > resolve.py <<'P'
import json, sys
library, message = sys.argv[1], json.load(open('message.json'))
if library == 'right':
    base = {'bn': '', 'bt': 0, 'bv': 0}
    for record in message:
        base.update({key: record[key] for key in record if key.startswith('b')})
        print(library, base['bn'] + record.get('n', ''), base['bt'] + record.get('t', 0), record.get('u', base['bu']), base['bv'] + record['v'])
elif library == 'senml':
    from senml import SenMLDocument
    document = SenMLDocument.from_json(message)
    for record in document.measurements:
        whole = record.to_absolute(document.base)
        print(library, whole.name, int(whole.time), whole.unit, whole.value)
else:
    if library == 'kpn-senml': from kpn_senml import SenmlPack
    else: from senml import SenmlPack
    told = lambda record, device: print(library, device.name if device else '', record.name, record.time, record.unit, record.value)
    SenmlPack('gateway', told).from_json(json.dumps(message))
P
mkdir java && cat > java/pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.eclipse.leshan</groupId><artifactId>leshan-core</artifactId><version>2.0.0-M14</version></dependency></dependencies></project>
P
(cd java && mvn -q -B -ntp dependency:copy-dependencies -DoutputDirectory=libs)
cat > java/Resolve.java <<'P'
import java.math.BigDecimal; import java.nio.file.*; import org.eclipse.leshan.senml.*; import org.eclipse.leshan.senml.json.jackson.*;
public class Resolve { public static void main(String[] none) throws Exception {
  var resolver = new SenMLResolver<ResolvedSenMLRecord>() {
    protected ResolvedSenMLRecord createResolvedRecord(SenMLRecord record, String name, BigDecimal time) { return new ResolvedSenMLRecord(record, name, time); } };
  for (var record : new SenMLJsonJacksonEncoderDecoder().fromSenML(Files.readAllBytes(Path.of("message.json"))).getRecords()) {
    var whole = resolver.resolve(record); System.out.println("Leshan " + whole.getName() + " " + whole.getTimeStamp() + " " + record.getNumberValue()); } } }
P
{ python3 resolve.py right; for library in senml kpn-senml micropython-senml; do PYTHONPATH=$library python3 resolve.py $library; done; java -cp 'java/libs/*' java/Resolve.java 2>/dev/null; } | tee seen
diff seen - <<'P'
right /3424/7/speed 1782907200 m/s 13.5
right /3424/7/speed 1782907205 m/s 14
right /3424/8/speed 1782910800 m/s 20
right /3424/8/odometer 1782910810 m 100250
senml /3424/7/speed 1782907200 m/s 13.5
senml /3424/7/speed 1782907205 m/s 14.0
senml /3424/7/speed 1782907200 m/s 20.0
senml /3424/7/odometer 1782907210 m 250.0
kpn-senml /3424/7/ speed None None 13.5
kpn-senml /3424/7/ speed None None 14
kpn-senml /3424/8/ speed None None 20
kpn-senml /3424/8/ odometer None None 250
micropython-senml /3424/7/ speed None None 13.5
micropython-senml /3424/7/ speed None None 14
micropython-senml /3424/8/ speed None None 20
micropython-senml /3424/8/ odometer None None 250
Leshan /3424/7/speed 1782907200 13.5
Leshan /3424/7/speed 1782907205 14
Leshan /3424/8/speed 1782910800 20
Leshan /3424/8/odometer 1782910810 250
P
echo 'as before'
