#!/usr/bin/env bash
# A bus that is two minutes early is two minutes late (negative durations of ISO 8601 and XML Schema, eighteen libraries).
#
# Guess: a library reads the minus of an XML Schema duration (-PT2M, as SIRI tells a delay of a vehicle that is early) or refuses it,
# and what one writes for minus 90 s the others read as that.
# Seen, four durations: iso8601-duration, Day.js and date-duration drop the minus without a word, so early is late, and -P1DT2H is 26 h
# ahead. pendulum, aniso8601, timedelta-isoformat, iso8601-js-period and @musement/iso-duration refuse it. Right are isodate, pydantic,
# luxon, moment, tinyduration, duration-fns, Temporal, Java and, but for fractions (-PT0.5S is an error in its sum, and PT90.5S 91 s), isoduration.
# For minus 90 s java.time and luxon write PT-1M-30S, which is no XML Schema duration: javax.xml of the same Java refuses its own
# neighbour's text, and so do isodate, pydantic, pendulum, aniso8601 and Temporal.
# So: try -PT2M before a library comes into use; write the minus once, in front, or send whole seconds as a number.
#
# Needs: java 17, python3 with pip, npm. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python isodate==0.7.2 isoduration==20.11.0 pendulum==3.3.0 aniso8601==10.0.1 pydantic==2.14.4 timedelta-isoformat==0.7.0 2>/dev/null
npm install --silent --no-save --ignore-scripts iso8601-duration@2.1.4 dayjs@1.11.23 date-duration@2.0.0 iso8601-js-period@0.2.1 @musement/iso-duration@1.0.0 luxon@3.7.2 moment@2.31.0 tinyduration@3.4.1 duration-fns@3.0.2 temporal-polyfill@1.0.8 >/dev/null
echo '["-PT2M", "-P1DT2H", "-PT0.5S", "PT90.5S", "PT-1M-30S"]' > durations.json
cat > read.py <<'P'
import datetime as dt, json
import aniso8601, isodate, isoduration, pendulum, pydantic, timedelta_isoformat
noon = dt.datetime(2026, 7, 1, 12)
libraries = {'isodate': isodate.parse_duration, 'pydantic': pydantic.TypeAdapter(dt.timedelta).validate_python, 'isoduration': lambda text: noon + isoduration.parse_duration(text) - noon,
    'pendulum': pendulum.parse, 'aniso8601': aniso8601.parse_duration, 'timedelta-isoformat': timedelta_isoformat.timedelta.fromisoformat}
for name, read in libraries.items():
    def seconds(text):
        try: return read(text).total_seconds()
        except Exception: return 'refused'
    print(f'{name}:', *(f'{text} {seconds(text)}' for text in json.load(open('durations.json'))))
before = dt.timedelta(seconds=-90)
print('-90 s written by isodate', isodate.duration_isoformat(before), 'by pydantic', pydantic.TypeAdapter(dt.timedelta).dump_json(before).decode())
P
cat > read.mjs <<'P'
import { readFileSync } from 'node:fs'
import { isoDuration } from '@musement/iso-duration'
import dateDuration from 'date-duration'
import dayjs from 'dayjs'
import dayjsDuration from 'dayjs/plugin/duration.js'
import * as fns from 'duration-fns'
import * as iso from 'iso8601-duration'
import period from 'iso8601-js-period'
import { Duration } from 'luxon'
import moment from 'moment'
import { Temporal } from 'temporal-polyfill'
import * as tiny from 'tinyduration'
dayjs.extend(dayjsDuration)
const sum = ({ days = 0, hours = 0, minutes = 0, seconds = 0, negative }) => (negative ? -1 : 1) * (((days * 24 + hours) * 60 + minutes) * 60 + seconds)
const noon = new Date('2026-07-01T12:00:00Z')
const libraries = {
  'iso8601-duration': (text) => iso.toSeconds(iso.parse(text)), 'Day.js': (text) => dayjs.duration(text).asSeconds(), 'date-duration': (text) => (dateDuration(text).addTo(noon) - noon) / 1000,
  'iso8601-js-period': (text) => period.Period.parseToTotalSeconds(text), '@musement/iso-duration': (text) => sum(isoDuration(text).parse()), luxon: (text) => Duration.fromISO(text).as('seconds'),
  moment: (text) => moment.duration(text).asSeconds(), tinyduration: (text) => sum(tiny.parse(text)), 'duration-fns': (text) => fns.toSeconds(fns.parse(text)), Temporal: (text) => Temporal.Duration.from(text).total('seconds'),
}
const seconds = (read, text) => { try { return read(text) } catch { return 'refused' } }
for (const [name, read] of Object.entries(libraries)) console.log(`${name}:`, JSON.parse(readFileSync('durations.json', 'utf8')).map((text) => `${text} ${seconds(read, text)}`).join(' '))
console.log('-90 s written by luxon', Duration.fromObject({ minutes: -1, seconds: -30 }).toISO(), 'by Day.js', dayjs.duration(-90000).toISOString(), 'by moment', moment.duration(-90000).toISOString(),
  'by tinyduration', tiny.serialize({ negative: true, minutes: 1, seconds: 30 }), 'by Temporal', Temporal.Duration.from({ minutes: -1, seconds: -30 }).toString())
P
cat > Read.java <<'P'
import java.time.Duration; import java.util.function.*; import javax.xml.datatype.DatatypeFactory;
public class Read {
  public static void main(String[] durations) throws Exception {
    var xml = DatatypeFactory.newInstance(); var noon = new java.util.Date(1_782_907_200_000L);
    tell("java.time", durations, (text) -> Duration.parse(text).toMillis() / 1000.0);
    tell("javax.xml", durations, (text) -> xml.newDuration(text).getTimeInMillis(noon) / 1000.0);
    System.out.println("-90 s written by java.time " + Duration.ofSeconds(-90) + " by javax.xml " + xml.newDurationDayTime(-90_000));
  }
  static void tell(String name, String[] durations, ToDoubleFunction<String> read) {
    var line = new StringBuilder(name + ":");
    for (var text : durations) { Object told; try { told = read.applyAsDouble(text); } catch (RuntimeException error) { told = "refused"; } line.append(" " + text + " " + told); }
    System.out.println(line);
  }
}
P
{ PYTHONPATH=python python3 -W ignore read.py; node read.mjs; java Read.java -PT2M -P1DT2H -PT0.5S PT90.5S PT-1M-30S; } | tee seen
diff seen - <<'P'
isodate: -PT2M -120.0 -P1DT2H -93600.0 -PT0.5S -0.5 PT90.5S 90.5 PT-1M-30S refused
pydantic: -PT2M -120.0 -P1DT2H -93600.0 -PT0.5S -0.5 PT90.5S 90.5 PT-1M-30S refused
isoduration: -PT2M -120.0 -P1DT2H -93600.0 -PT0.5S refused PT90.5S 91.0 PT-1M-30S -90.0
pendulum: -PT2M refused -P1DT2H refused -PT0.5S refused PT90.5S 90.5 PT-1M-30S refused
aniso8601: -PT2M refused -P1DT2H refused -PT0.5S refused PT90.5S 90.5 PT-1M-30S refused
timedelta-isoformat: -PT2M refused -P1DT2H refused -PT0.5S refused PT90.5S 90.5 PT-1M-30S refused
-90 s written by isodate -PT1M30S by pydantic "-PT1M30S"
iso8601-duration: -PT2M 120 -P1DT2H 93600 -PT0.5S 0.5 PT90.5S 90.5 PT-1M-30S refused
Day.js: -PT2M 120 -P1DT2H 93600 -PT0.5S 0.5 PT90.5S 90.5 PT-1M-30S -90
date-duration: -PT2M 120 -P1DT2H 93600 -PT0.5S refused PT90.5S refused PT-1M-30S refused
iso8601-js-period: -PT2M refused -P1DT2H refused -PT0.5S refused PT90.5S refused PT-1M-30S refused
@musement/iso-duration: -PT2M refused -P1DT2H refused -PT0.5S refused PT90.5S 90.5 PT-1M-30S refused
luxon: -PT2M -120 -P1DT2H -93600 -PT0.5S -0.5 PT90.5S 90.5 PT-1M-30S -90
moment: -PT2M -120 -P1DT2H -93600 -PT0.5S -0.5 PT90.5S 90.5 PT-1M-30S -90
tinyduration: -PT2M -120 -P1DT2H -93600 -PT0.5S -0.5 PT90.5S 90.5 PT-1M-30S -90
duration-fns: -PT2M -120 -P1DT2H -93600 -PT0.5S -0.5 PT90.5S 90.5 PT-1M-30S -90
Temporal: -PT2M -120 -P1DT2H -93600 -PT0.5S -0.5 PT90.5S 90.5 PT-1M-30S refused
-90 s written by luxon PT-1M-30S by Day.js -PT1M30S by moment -PT1M30S by tinyduration -PT1M30S by Temporal -PT1M30S
java.time: -PT2M -120.0 -P1DT2H -93600.0 -PT0.5S -0.5 PT90.5S 90.5 PT-1M-30S -90.0
javax.xml: -PT2M -120.0 -P1DT2H -93600.0 -PT0.5S -0.5 PT90.5S 90.5 PT-1M-30S refused
-90 s written by java.time PT-1M-30S by javax.xml -P0DT0H1M30.000S
P
echo 'as before'
