#!/usr/bin/env bash
# The time of a drive becomes its height, or the next position (WKT and WKB with a measure, twelve libraries).
#
# Guess: LINESTRING M (longitude, latitude, time), what PostGIS and MobilityDB call a trajectory, is kept or refused; GeoJSON
# has no place for a measure, so that who writes GeoJSON leaves it out; nobody takes it for a height.
# Seen, one line of two points with epoch seconds, as text and in both binary forms: only wkx, simplefeatures and betterknown
# leave the time out of GeoJSON. Six write it where the height stands, 1,782,907,200 m up, without a word: shapely,
# JTS, go-geom, OpenLayers, @terraformer/wkt and pygeoif (jsts says z already when it reads). geomet puts a height of 0 before it.
# orb takes both binary forms for two numbers a point: the second "position" is the first one's time and the second one's longitude,
# and no error. With height and time (ZM) jsts makes every coordinate NaN.
# So: before GeoJSON, strip the measure (force to two dimensions) and carry the times beside the line; of a height ask
# that a car could have it.
#
# Needs: java 17, mvn, go, python3 with pip, npm. Takes about a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python shapely==2.1.2 pygeoif==1.6.0 geomet==1.1.0 2>/dev/null
npm install --silent --no-save --ignore-scripts wkx@0.5.0 @terraformer/wkt@2.2.2 betterknown@1.2.0 ol@10.11.0 jsts@2.12.1 >/dev/null
cat > forms.py <<'P'
import struct
points = (-56.2, -34.9, 1782907200.0, -56.1, -34.8, 1782907260.0)
print('text', 'LINESTRING M (-56.2 -34.9 1782907200, -56.1 -34.8 1782907260)', sep='\t')
for name, kind in (('WKB', 2002), ('EWKB', 0x40000002)): print(name, struct.pack('<BII6d', 1, kind, 2, *points).hex(), sep='\t')
P
python3 forms.py > forms
cat > read.py <<'P'
import json
import geomet.wkb, geomet.wkt, pygeoif, shapely
from shapely.geometry import mapping
readers = {'shapely': (lambda form: mapping((shapely.from_wkt if isinstance(form, str) else shapely.from_wkb)(form))),
           'geomet': (lambda form: (geomet.wkt if isinstance(form, str) else geomet.wkb).loads(form)),
           'pygeoif': (lambda form: pygeoif.from_wkt(form).__geo_interface__ if isinstance(form, str) else None)}
for library, read in readers.items():
    for name, form in (line.rstrip('\n').split('\t') for line in open('forms')):
        try: print(library, name, json.dumps((read(form if name == 'text' else bytes.fromhex(form)) or {}).get('coordinates', 'not offered')))
        except ValueError as error: print(library, name, 'refused')
P
cat > read.mjs <<'P'
import { readFileSync } from 'node:fs'
import wkx from 'wkx'
import { wktToGeoJSON as terraformer } from '@terraformer/wkt'
import { wktToGeoJSON as betterknown } from 'betterknown'
import Wkt from 'ol/format/WKT.js'
import Wkb from 'ol/format/WKB.js'
import GeoJson from 'ol/format/GeoJSON.js'
import JstsReader from 'jsts/org/locationtech/jts/io/WKTReader.js'
const jsts = (text) => new JstsReader().read(text).getCoordinates().map(({ x, y, z }) => ({ x, y, z }))
const readers = { wkx: (form) => wkx.Geometry.parse(form).toGeoJSON(), '@terraformer/wkt': terraformer, betterknown,
  OpenLayers: (form) => new GeoJson().writeGeometryObject((typeof form === 'string' ? new Wkt() : new Wkb()).readGeometry(form)), jsts: (form) => ({ coordinates: jsts(form) }) }
for (const [library, read] of Object.entries(readers))
  for (const [name, form] of readFileSync('forms', 'utf8').trim().split('\n').map((line) => line.split('\t')))
    if (name === 'text' || library === 'wkx' || library === 'OpenLayers') console.log(library, name, JSON.stringify(read(name === 'text' ? form : Buffer.from(form, 'hex')).coordinates))
console.log('jsts ZM', jsts('LINESTRING ZM (-56.2 -34.9 43 1782907200, -56.1 -34.8 44 1782907260)'))
P
mkdir go java && cat > go/main.go <<'P'
package main

import ("bufio"; "encoding/hex"; "encoding/json"; "fmt"; "os"; "strings"
	"github.com/paulmach/orb"; oewkb "github.com/paulmach/orb/encoding/ewkb"; owkb "github.com/paulmach/orb/encoding/wkb"; owkt "github.com/paulmach/orb/encoding/wkt"; "github.com/paulmach/orb/geojson"
	"github.com/peterstace/simplefeatures/geom"
	geomtype "github.com/twpayne/go-geom"; gewkb "github.com/twpayne/go-geom/encoding/ewkb"; gjson "github.com/twpayne/go-geom/encoding/geojson"; gwkb "github.com/twpayne/go-geom/encoding/wkb"; gwkt "github.com/twpayne/go-geom/encoding/wkt")

func main() {
	file, _ := os.Open("../forms")
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, form, _ := strings.Cut(lines.Text(), "\t")
		bytes, _ := hex.DecodeString(form)
		show := func(library string, text []byte, err error) { if err != nil { text = []byte("refused") }; fmt.Println(library, name, string(text)) }
		var line geomtype.T; var drive orb.Geometry; var track geom.Geometry; var e1, e2, e3 error
		switch name {
		case "text": line, e1 = gwkt.Unmarshal(form); drive, e2 = owkt.Unmarshal(form); track, e3 = geom.UnmarshalWKT(form)
		case "WKB": line, e1 = gwkb.Unmarshal(bytes); drive, e2 = owkb.Unmarshal(bytes); track, e3 = geom.UnmarshalWKB(bytes)
		case "EWKB": line, e1 = gewkb.Unmarshal(bytes); drive, _, e2 = oewkb.Unmarshal(bytes); track, e3 = geom.UnmarshalWKB(bytes)
		}
		var text []byte
		if e1 == nil { text, e1 = gjson.Marshal(line) }; show("go-geom", text, e1)
		if e2 == nil { text, e2 = json.Marshal(geojson.NewGeometry(drive)) }; show("orb", text, e2)
		if e3 == nil { text, e3 = json.Marshal(track) }; show("simplefeatures", text, e3)
	}
}
P
export GOPATH=$work/gopath GOFLAGS=-modcacherw
(cd go && go mod init read >/dev/null 2>&1 && go get github.com/twpayne/go-geom@v1.7.0 github.com/paulmach/orb/geojson@v0.14.0 github.com/peterstace/simplefeatures@v0.50.0 >/dev/null 2>&1)
cat > java/pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.locationtech.jts</groupId><artifactId>jts-core</artifactId><version>1.20.0</version></dependency>
<dependency><groupId>org.locationtech.jts.io</groupId><artifactId>jts-io-common</artifactId><version>1.20.0</version></dependency></dependencies></project>
P
(cd java && mvn -q -B -ntp -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=libs)
cat > java/Read.java <<'P'
import java.nio.file.*; import org.locationtech.jts.io.*; import org.locationtech.jts.io.geojson.GeoJsonWriter;
public class Read { public static void main(String[] none) throws Exception {
  var writer = new GeoJsonWriter(); writer.setEncodeCRS(false);
  for (var line : Files.readAllLines(Path.of("forms"))) { var parts = line.split("\t");
    var drive = parts[0].equals("text") ? new WKTReader().read(parts[1]) : new WKBReader().read(WKBReader.hexToBytes(parts[1]));
    System.out.println("JTS " + parts[0] + " z " + drive.getCoordinate().getZ() + " in Java, GeoJSON " + writer.write(drive)); } } }
P
{ node read.mjs; PYTHONPATH=python python3 read.py; (cd go && go run .); java -cp 'java/libs/*' java/Read.java; } | tee seen
diff seen - <<'P'
wkx text [[-56.2,-34.9],[-56.1,-34.8]]
wkx WKB [[-56.2,-34.9],[-56.1,-34.8]]
wkx EWKB [[-56.2,-34.9],[-56.1,-34.8]]
@terraformer/wkt text [[-56.2,-34.9,1782907200],[-56.1,-34.8,1782907260]]
betterknown text [[-56.2,-34.9],[-56.1,-34.8]]
OpenLayers text [[-56.2,-34.9,1782907200],[-56.1,-34.8,1782907260]]
OpenLayers WKB [[-56.2,-34.9,1782907200],[-56.1,-34.8,1782907260]]
OpenLayers EWKB [[-56.2,-34.9,1782907200],[-56.1,-34.8,1782907260]]
jsts text [{"x":-56.2,"y":-34.9,"z":1782907200},{"x":-56.1,"y":-34.8,"z":1782907260}]
jsts ZM [ { x: null, y: null, z: null }, { x: null, y: null, z: null } ]
shapely text [[-56.2, -34.9, 1782907200.0], [-56.1, -34.8, 1782907260.0]]
shapely WKB [[-56.2, -34.9, 1782907200.0], [-56.1, -34.8, 1782907260.0]]
shapely EWKB [[-56.2, -34.9, 1782907200.0], [-56.1, -34.8, 1782907260.0]]
geomet text refused
geomet WKB [[-56.2, -34.9, 0.0, 1782907200.0], [-56.1, -34.8, 0.0, 1782907260.0]]
geomet EWKB refused
pygeoif text [[-56.2, -34.9, 1782907200], [-56.1, -34.8, 1782907260]]
pygeoif WKB "not offered"
pygeoif EWKB "not offered"
go-geom text {"type":"LineString","coordinates":[[-56.2,-34.9,1782907200],[-56.1,-34.8,1782907260]]}
orb text refused
simplefeatures text {"type":"LineString","coordinates":[[-56.2,-34.9],[-56.1,-34.8]]}
go-geom WKB {"type":"LineString","coordinates":[[-56.2,-34.9,1782907200],[-56.1,-34.8,1782907260]]}
orb WKB {"type":"LineString","coordinates":[[-56.2,-34.9],[1782907200,-56.1]]}
simplefeatures WKB {"type":"LineString","coordinates":[[-56.2,-34.9],[-56.1,-34.8]]}
go-geom EWKB {"type":"LineString","coordinates":[[-56.2,-34.9,1782907200],[-56.1,-34.8,1782907260]]}
orb EWKB {"type":"LineString","coordinates":[[-56.2,-34.9],[1782907200,-56.1]]}
simplefeatures EWKB refused
JTS text z NaN in Java, GeoJSON {"type":"LineString","coordinates":[[-56.2,-34.9,1.7829072E9],[-56.1,-34.8,1.78290726E9]]}
JTS WKB z NaN in Java, GeoJSON {"type":"LineString","coordinates":[[-56.2,-34.9,1.7829072E9],[-56.1,-34.8,1.78290726E9]]}
JTS EWKB z NaN in Java, GeoJSON {"type":"LineString","coordinates":[[-56.2,-34.9,1.7829072E9],[-56.1,-34.8,1.78290726E9]]}
P
echo 'as before'
