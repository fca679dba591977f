#!/usr/bin/env bash
# A caravan comes out of the winter 49.7 days early, and what a tunnel held back is gone (small stores of time series, three languages).
#
# Guess (of late points written down only after the run): what packs instants as differences of differences ("Gorilla") gives back every instant that it took, or refuses it; an
# embedded store that says it takes late points tells of each whether it did.
# Seen: compression-gorilla 2.1.1 (Java), milliseconds, after a gap over 24.8 days (2^31 ms): all later instants come back 49.7 days
# early, without an error, so that after 40 days the series goes on before its own beginning. gorillacompression 1.0.2 (Python)
# takes seconds alone: of a drive in milliseconds nothing comes back, and a late point is left out, both with a warning only.
# tstorage 0.3.6 (Go), whose documentation says that it basically does not discard late points: one that is older than the
# first since the start is taken without an error and gone, be it five minutes late or a day; one within that span is not
# found by a query until the store has been closed.
# So: before such a store, split a series at gaps of weeks, and keep late points where they can be counted; after each
# insert of a test, ask for it.
#
# Needs: java 17, mvn, go, python3 with pip. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python gorillacompression==1.0.2 bitarray==3.12.3 2>/dev/null
mkdir java go && cat > java/pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>fi.iki.yak</groupId><artifactId>compression-gorilla</artifactId><version>2.1.1</version></dependency></dependencies></project>
P
(cd java && mvn -q -B -ntp -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=libs)
cat > java/Pack.java <<'P'
import fi.iki.yak.ts.compression.gorilla.*; import java.util.*;
public class Pack { public static void main(String[] none) {
  for (long days : new long[] {20, 40, 60}) {
    long start = 1_782_907_200_000L; var told = new long[] {0, 10, 20, days * 86_400 + 20, days * 86_400 + 30}; var out = new LongArrayOutput(); var packer = new GorillaCompressor(start, out);
    for (long second : told) packer.addValue(start + second * 1000, 13.5);
    packer.close();
    var reader = new GorillaDecompressor(new LongArrayInput(out.getLongArray())); var found = new ArrayList<Long>();
    for (Pair pair = reader.readPair(); pair != null; pair = reader.readPair()) found.add((pair.getTimestamp() - start) / 1000);
    System.out.println("compression-gorilla, " + days + " days parked: seconds " + Arrays.toString(told) + " come back as " + found); } } }
P
cat > pack.py <<'P'
import gorillacompression
start = 1782907200
for name, instants in {'seconds': [start, start + 10, start + 20], 'milliseconds': [start * 1000, start * 1000 + 10000, start * 1000 + 20000], 'seconds, one late': [start, start + 10, start + 5, start + 20]}.items():
    packed = gorillacompression.PairsEncoder.encode_all([(instant, 13.5) for instant in instants])
    print(f'gorillacompression, {name}: {len(instants)} points come back as', len(gorillacompression.PairsDecoder.decode_all(packed)))
P
cat > go/main.go <<'P'
package main

import ("fmt"; "os"; "time"; "github.com/nakabonne/tstorage")

func main() {
	for _, late := range []int64{0, 65, 300, 86400} {
		folder, _ := os.MkdirTemp("", "store"); defer os.RemoveAll(folder)
		open := func() tstorage.Storage { store, _ := tstorage.NewStorage(tstorage.WithTimestampPrecision(tstorage.Seconds), tstorage.WithDataPath(folder)); return store }
		store, now := open(), time.Now().Unix()
		insert := func(at int64) error { return store.InsertRows([]tstorage.Row{{Metric: "speed", DataPoint: tstorage.DataPoint{Timestamp: at, Value: 13.5}}}) }
		for second := int64(-100); second < 0; second += 10 { insert(now + second) }
		err := insert(now - late)
		count := func() int { points, _ := store.Select("speed", nil, now-100000, now+100); return len(points) }
		open1 := count(); store.Close(); store = open()
		fmt.Println("tstorage, ten points of 100 s and one", late, "s late: error", err, "found", open1, "after a restart", count()); store.Close()
	}
}
P
export GOPATH=$work/gopath GOFLAGS=-modcacherw
(cd go && go mod init read >/dev/null 2>&1 && go get github.com/nakabonne/tstorage@v0.3.6 >/dev/null 2>&1)
{ java -cp 'java/libs/*' java/Pack.java; PYTHONPATH=python python3 -W ignore pack.py; (cd go && go run . 2>/dev/null); } | tee seen
diff seen - <<'P'
compression-gorilla, 20 days parked: seconds [0, 10, 20, 1728020, 1728030] come back as [0, 10, 20, 1728020, 1728030]
compression-gorilla, 40 days parked: seconds [0, 10, 20, 3456020, 3456030] come back as [0, 10, 20, -838947, -838937]
compression-gorilla, 60 days parked: seconds [0, 10, 20, 5184020, 5184030] come back as [0, 10, 20, 889052, 889062]
gorillacompression, seconds: 3 points come back as 3
gorillacompression, milliseconds: 3 points come back as 0
gorillacompression, seconds, one late: 4 points come back as 3
tstorage, ten points of 100 s and one 0 s late: error <nil> found 11 after a restart 11
tstorage, ten points of 100 s and one 65 s late: error <nil> found 10 after a restart 11
tstorage, ten points of 100 s and one 300 s late: error <nil> found 10 after a restart 10
tstorage, ten points of 100 s and one 86400 s late: error <nil> found 10 after a restart 10
P
echo 'as before'
