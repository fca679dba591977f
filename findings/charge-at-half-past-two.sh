#!/usr/bin/env bash
# A car that is to charge at 02:30 begins at 01:30, 03:00, 03:30 or not at all, and twice in autumn (cron and calendar rules, eleven libraries).
#
# Guess: a rule "each day at 02:30, Europe/Berlin" (a cheap tariff, a departure timer) comes once in the night that has no 02:30, at 03:00 or
# 03:30, and once in the night that has it twice, in whatever zone the machine keeps.
# Seen, in Berlin's two nights of 2026, the machine in UTC: in March six begin, at 03:00 (croniter, croner, cron) or 03:30 (APScheduler,
# dateutil, cron-parser); rrule begins an hour before all, at 01:30; and in the four of servers, Spring, Quartz, robfig/cron and gronx,
# nothing comes at all, so the car is not charged in the morning. In October croniter, APScheduler, Spring and robfig/cron begin
# twice; of those that begin once Quartz, gronx and rrule take the second 02:30, which is an hour later than the others'. dateutil,
# cron-parser, croner and cron alone come once in both nights.
# So: test a timer in both nights; make the instants of a night in one place, with the zone, and give the car an instant, no rule; and
# begin again by what the car says of itself, so that a second begin is none.
#
# Needs: java 17, mvn, go, python3 with pip, npm. Takes about a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
python3 -m pip install -q --target python croniter==7.0.0 apscheduler==3.11.3 python-dateutil==2.9.0.post0 2>/dev/null
npm install --silent --no-save --ignore-scripts cron-parser@5.10.6 croner@11.0.1 cron@4.4.0 rrule@2.8.1 >/dev/null
mkdir java && cat > java/pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.springframework</groupId><artifactId>spring-context</artifactId><version>6.2.12</version></dependency>
<dependency><groupId>org.quartz-scheduler</groupId><artifactId>quartz</artifactId><version>2.5.0</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency></dependencies></project>
P
(cd java && mvn -q -B -ntp -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=libs >/dev/null)
cat > Read.java <<'P'
import java.time.*; import java.util.*; import org.quartz.CronExpression;
public class Read { public static void main(String[] noons) throws Exception {
  for (var text : noons) { var noon = ZonedDateTime.parse(text + "[Europe/Berlin]"); var end = noon.plusDays(1);
    var spring = org.springframework.scheduling.support.CronExpression.parse("0 30 2 * * *"); var told = new ArrayList<String>();
    for (var at = spring.next(noon); at.isBefore(end); at = spring.next(at)) told.add(at.toOffsetDateTime().toString());
    System.out.println("Spring: " + told);
    var quartz = new CronExpression("0 30 2 * * ?"); quartz.setTimeZone(TimeZone.getTimeZone("Europe/Berlin")); told.clear();
    for (var at = quartz.getNextValidTimeAfter(Date.from(noon.toInstant())); at.toInstant().isBefore(end.toInstant()); at = quartz.getNextValidTimeAfter(at)) told.add(at.toInstant().atZone(noon.getZone()).toOffsetDateTime().toString());
    System.out.println("Quartz: " + told); } } }
P
cat > read.py <<'P'
import datetime as dt, sys, warnings, zoneinfo
warnings.filterwarnings('ignore')
from apscheduler.triggers.cron import CronTrigger
from croniter import croniter
from dateutil.rrule import DAILY, rrule
berlin = zoneinfo.ZoneInfo('Europe/Berlin')
def tell(name, times): print(f'{name}:', [at.astimezone(dt.timezone.utc).astimezone(berlin).isoformat(timespec='minutes') for at in times])
for noon in map(dt.datetime.fromisoformat, sys.argv[1:]):
    noon = noon.astimezone(berlin)
    end = noon.astimezone(dt.timezone.utc) + dt.timedelta(days=1)
    def until(after):
        at, times = after(noon), []
        while at and at.astimezone(dt.timezone.utc) < end and len(times) < 5: times.append(at); at = after(at)
        return times
    walk = croniter('30 2 * * *', noon)
    tell('croniter', until(lambda at: walk.get_next(dt.datetime)))
    trigger = CronTrigger.from_crontab('30 2 * * *', timezone=berlin)
    tell('APScheduler', until(lambda at: trigger.get_next_fire_time(None if at is noon else at, at if at is noon else (at.astimezone(dt.timezone.utc) + dt.timedelta(seconds=1)).astimezone(berlin))))
    tell('dateutil', [at for at in rrule(DAILY, dtstart=noon.replace(hour=2, minute=30), count=3) if noon.astimezone(dt.timezone.utc) < at.astimezone(dt.timezone.utc) < end])
P
cat > read.cjs <<'P'
const { CronExpressionParser } = require('cron-parser')
const { Cron } = require('croner')
const { CronTime } = require('cron')
const { RRule } = require('rrule')
const zone = 'Europe/Berlin'
const local = (at) => { const text = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short', }).format(at); const offset = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(at).find(({ type }) => type === 'timeZoneName').value.slice(3); return text.replace(' ', 'T') + offset }
for (const text of process.argv.slice(2)) {
  const noon = new Date(text), end = new Date(+noon + 86400000)
  const until = (after) => { const times = []; for (let at = after(noon); at && at < end && times.length < 5; at = after(at)) times.push(local(at)); return JSON.stringify(times) }
  const parsed = CronExpressionParser.parse('30 2 * * *', { currentDate: noon, tz: zone })
  console.log('cron-parser:', until(() => parsed.next().toDate()))
  console.log('croner:', until((at) => new Cron('30 2 * * *', { timezone: zone, paused: true }).nextRun(at)))
  console.log('cron:', until((at) => new CronTime('30 2 * * *', zone).getNextDateFrom(at, zone).toJSDate()))
  const start = new Date(Date.UTC(noon.getUTCFullYear(), noon.getUTCMonth(), noon.getUTCDate(), 2, 30))
  const rule = new RRule({ freq: RRule.DAILY, dtstart: start, tzid: zone, count: 4 })
  console.log('rrule, the machine in UTC:', until((at) => rule.all().find((one) => one > at)))
}
P
mkdir go && cat > go/main.go <<'P'
package main

import ("fmt"; "os"; "time"; "github.com/robfig/cron/v3"; "github.com/adhocore/gronx")

func main() {
	berlin, _ := time.LoadLocation("Europe/Berlin")
	for _, text := range os.Args[1:] {
		noon, _ := time.Parse(time.RFC3339, text)
		noon = noon.In(berlin)
		rule, _ := cron.ParseStandard("30 2 * * *")
		robfig, gron := []string{}, []string{}
		for at := rule.Next(noon); at.Before(noon.Add(24 * time.Hour)); at = rule.Next(at) { robfig = append(robfig, at.Format("2006-01-02T15:04Z07:00")) }
		for at, _ := gronx.NextTickAfter("30 2 * * *", noon, false); at.Before(noon.Add(24 * time.Hour)) && len(gron) < 5; at, _ = gronx.NextTickAfter("30 2 * * *", at, false) { gron = append(gron, at.Format("2006-01-02T15:04Z07:00")) }
		fmt.Println("robfig/cron:", robfig)
		fmt.Println("gronx:", gron)
	}
}
P
export GOPATH=$work/gopath GOFLAGS=-modcacherw
(cd go && go mod init read >/dev/null 2>&1 && go get github.com/robfig/cron/v3@v3.0.1 github.com/adhocore/gronx@v1.19.6 >/dev/null 2>&1)
for noon in 2026-03-28T12:00:00+01:00 2026-10-24T12:00:00+02:00; do
  echo "the 24 hours after $noon"
  PYTHONPATH=python python3 -W ignore read.py "$noon"; node read.cjs "$noon"; java -cp 'java/libs/*' Read.java "$noon" 2>/dev/null; (cd go && go run . "$noon")
done | tee seen
diff seen - <<'P'
the 24 hours after 2026-03-28T12:00:00+01:00
croniter: ['2026-03-29T03:00+02:00']
APScheduler: ['2026-03-29T03:30+02:00']
dateutil: ['2026-03-29T03:30+02:00']
cron-parser: ["2026-03-29T03:30+02:00"]
croner: ["2026-03-29T03:00+02:00"]
cron: ["2026-03-29T03:00+02:00"]
rrule, the machine in UTC: ["2026-03-29T01:30+01:00"]
Spring: []
Quartz: []
robfig/cron: []
gronx: []
the 24 hours after 2026-10-24T12:00:00+02:00
croniter: ['2026-10-25T02:30+02:00', '2026-10-25T02:30+01:00']
APScheduler: ['2026-10-25T02:30+02:00', '2026-10-25T02:30+01:00']
dateutil: ['2026-10-25T02:30+02:00']
cron-parser: ["2026-10-25T02:30+02:00"]
croner: ["2026-10-25T02:30+02:00"]
cron: ["2026-10-25T02:30+02:00"]
rrule, the machine in UTC: ["2026-10-25T02:30+01:00"]
Spring: [2026-10-25T02:30+02:00, 2026-10-25T02:30+01:00]
Quartz: [2026-10-25T02:30+01:00]
robfig/cron: [2026-10-25T02:30+02:00 2026-10-25T02:30+01:00]
gronx: [2026-10-25T02:30+01:00]
P
echo 'as before'
