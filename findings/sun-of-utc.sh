#!/usr/bin/env bash
# On a server that keeps UTC the sun never shines on a car in Los Angeles or Sydney (sunrise and sunset, eight libraries).
#
# Guess: libraries agree on sunrise and sunset within two minutes; the pair that they give for an instant is that of the local day,
# in Auckland and Honolulu too, so that an instant between the two is day.
# Seen, each half hour of 1 July 2026 asked by its instant in UTC: only suncalc (npm and PyPI) and Java's lib-sunrise-sunset give the two
# of one day everywhere. The others take the date in UTC: astral and sunrise-sunset-js give a sunset that is before the sunrise, so
# that not one of 29 half hours in Los Angeles, nor any in Honolulu, Sydney and Auckland, is day; suncalc3, suntime and go-sunrise give
# the next or the last day's for hours, and half of the day is night. In Berlin and Montevideo all are right, so a test there finds
# nothing. In Tromso, where it is day all the time, suncalc gives null or fails, astral raises ValueError and only
# suntime names the midnight sun; suncalc3 has a sunrise and a sunset there, and counts 45 of 48.
# So: whether it is dark is told by the height of the sun at that instant and place, not by two times; or ask with the local date and zone.
#
# Needs: java 17, mvn, go, python3 with pip, npm. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
for package in astral==3.2 suntime==1.4.0 suncalc==0.1.3; do python3 -m pip install -q --target "${package%%=*}" "$package" 2>/dev/null; done
npm install --silent --no-save --ignore-scripts suncalc@2.0.2 suncalc3@2.0.5 sunrise-sunset-js@3.2.1 >/dev/null
mkdir java go && cat > java/pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>ca.rmen</groupId><artifactId>lib-sunrise-sunset</artifactId><version>1.1.1</version></dependency></dependencies></project>
P
(cd java && mvn -q -B -ntp -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=libs)
cat > day.cjs <<'P'
const { writeFileSync } = require('fs')
const suncalc = require('suncalc')
const suncalc3 = require('suncalc3')
const sun = require('sunrise-sunset-js')
const places = { Berlin: [52.5, 13.4], Montevideo: [-34.9, -56.2], 'Los Angeles': [34.1, -118.2], Honolulu: [21.3, -157.9], Sydney: [-33.9, 151.2], Auckland: [-36.8, 174.8], Tromso: [69.65, 18.96] }
const instants = Array.from({ length: 48 }, (_, at) => new Date(Date.UTC(2026, 6, 1, 0, 20 + at * 30)))
const pairs = {
  suncalc: (at, lat, lon) => { const { sunrise, sunset } = suncalc.getTimes(at, lat, lon); return [sunrise, sunset] },
  suncalc3: (at, lat, lon) => { const { sunriseStart, sunsetEnd } = suncalc3.getSunTimes(at, lat, lon); return [sunriseStart.value, sunsetEnd.value] },
  'sunrise-sunset-js': (at, lat, lon) => [sun.getSunrise(lat, lon, at), sun.getSunset(lat, lon, at)],
}
const count = (isDay) => Object.entries(places).map(([name, [lat, lon]]) => `${name} ${instants.filter((at) => isDay(at, lat, lon)).length}`).join(', ')
console.log('by the height of the sun:', count((at, lat, lon) => suncalc.getPosition(at, lat, lon).altitude > -0.27))
for (const [library, pair] of Object.entries(pairs)) console.log(`${library}:`, count((at, lat, lon) => { const [from, to] = pair(at, lat, lon); return from && to && from <= at && at <= to }))
console.log('suncalc, 12:00 in Los Angeles:', pairs.suncalc(new Date('2026-07-01T19:00Z'), 34.1, -118.2).map((at) => at.toISOString().slice(0, 16)).join(' to '))
console.log('sunrise-sunset-js, the same:', pairs['sunrise-sunset-js'](new Date('2026-07-01T19:00Z'), 34.1, -118.2).map((at) => at.toISOString().slice(0, 16)).join(' to '))
writeFileSync('places.txt', Object.entries(places).map(([name, place]) => `${name.replace(' ', '_')} ${place.join(' ')}\n`).join(''))
P
cat > day.py <<'P'
import sys
from datetime import datetime, timedelta, timezone
library = sys.argv[1]
if library == 'astral':
    from astral import Observer, sun
    def pair(at, lat, lon): return sun.sunrise(Observer(lat, lon), at.date()), sun.sunset(Observer(lat, lon), at.date())
elif library == 'suntime':
    from suntime import Sun
    def pair(at, lat, lon): return Sun(lat, lon).get_sunrise_time(at), Sun(lat, lon).get_sunset_time(at)
else:
    from suncalc import get_times
    def pair(at, lat, lon): return [get_times(at.replace(tzinfo=None), lon, lat)[name].replace(tzinfo=timezone.utc) for name in ('sunrise', 'sunset')]
def is_day(at, lat, lon):
    start, end = pair(at, lat, lon)
    return start <= at <= end
def count(lat, lon):
    try: return sum(is_day(datetime(2026, 7, 1, 0, 20, tzinfo=timezone.utc) + timedelta(minutes=30 * half), lat, lon) for half in range(48))
    except Exception as error: return type(error).__name__
places = [line.split() for line in open('places.txt')]
print(f'{library} (PyPI):', ', '.join(f'{name.replace("_", " ")} {count(float(lat), float(lon))}' for name, lat, lon in places))
P
cat > go/main.go <<'P'
package main

import ("bufio"; "fmt"; "os"; "strings"; "time"; sunrise "github.com/nathan-osman/go-sunrise")

func main() {
	file, _ := os.Open("../places.txt"); var told []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var name string; var lat, lon float64; fmt.Sscan(lines.Text(), &name, &lat, &lon); days := 0
		for half := 0; half < 48; half++ {
			at := time.Date(2026, 7, 1, 0, 20+30*half, 0, 0, time.UTC)
			if from, to := sunrise.SunriseSunset(lat, lon, at.Year(), at.Month(), at.Day()); !at.Before(from) && !at.After(to) { days++ }
		}
		told = append(told, fmt.Sprint(strings.ReplaceAll(name, "_", " "), " ", days))
	}
	fmt.Println("go-sunrise:", strings.Join(told, ", "))
}
P
cat > java/Day.java <<'P'
import ca.rmen.sunrisesunset.SunriseSunset; import java.nio.file.*; import java.util.*;
public class Day { public static void main(String[] none) throws Exception { var told = new StringJoiner(", ");
  for (String line : Files.readAllLines(Path.of("places.txt"))) { var parts = line.split(" "); int days = 0;
    for (int half = 0; half < 48; half++) { var at = new GregorianCalendar(TimeZone.getTimeZone("UTC")); at.clear(); at.set(2026, 6, 1, 0, 20 + 30 * half);
      var pair = SunriseSunset.getSunriseSunset(at, Double.parseDouble(parts[1]), Double.parseDouble(parts[2]));
      if (pair != null && !at.before(pair[0]) && !at.after(pair[1])) days++; }
    told.add(parts[0].replace('_', ' ') + " " + days); }
  System.out.println("lib-sunrise-sunset: " + told); } }
P
export GOPATH=$work/gopath GOFLAGS=-modcacherw
(cd go && go mod init read >/dev/null 2>&1 && go get github.com/nathan-osman/go-sunrise@v1.1.0 >/dev/null 2>&1)
{ node day.cjs; for library in astral suntime suncalc; do PYTHONPATH=$library python3 -W ignore day.py $library; done; (cd go && go run .); java -cp 'java/libs/*' java/Day.java; } | tee seen
diff seen - <<'P'
by the height of the sun: Berlin 34, Montevideo 19, Los Angeles 29, Honolulu 26, Sydney 20, Auckland 19, Tromso 48
suncalc: Berlin 34, Montevideo 19, Los Angeles 29, Honolulu 26, Sydney 20, Auckland 19, Tromso 0
suncalc3: Berlin 34, Montevideo 19, Los Angeles 23, Honolulu 16, Sydney 14, Auckland 10, Tromso 45
sunrise-sunset-js: Berlin 34, Montevideo 19, Los Angeles 0, Honolulu 0, Sydney 0, Auckland 0, Tromso 0
suncalc, 12:00 in Los Angeles: 2026-07-01T12:45 to 2026-07-02T03:08
sunrise-sunset-js, the same: 2026-07-01T12:45 to 2026-07-01T03:08
astral (PyPI): Berlin 34, Montevideo 19, Los Angeles 0, Honolulu 0, Sydney 0, Auckland 0, Tromso ValueError
suntime (PyPI): Berlin 34, Montevideo 19, Los Angeles 23, Honolulu 16, Sydney 14, Auckland 10, Tromso MidnightSunException
suncalc (PyPI): Berlin 34, Montevideo 19, Los Angeles 29, Honolulu 26, Sydney 20, Auckland 19, Tromso AttributeError
go-sunrise: Berlin 34, Montevideo 19, Los Angeles 23, Honolulu 16, Sydney 14, Auckland 10, Tromso 0
lib-sunrise-sunset: Berlin 34, Montevideo 19, Los Angeles 29, Honolulu 26, Sydney 20, Auckland 19, Tromso 0
P
echo 'as before'
