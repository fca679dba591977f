#!/usr/bin/env bash
# A trip that began at 15:00 in Istanbul began at 09:00 (an offset as time zone, +03:00, in PostgreSQL 15 and PGlite beside five others).
#
# Guess: a car, a phone or a log tells its local time by an offset, +03:00, three hours east of Greenwich (ISO 8601); SQL and libraries that
# take it as a zone show 12:00 UTC as 15:00, or refuse it.
# Seen: H2, Polars, SQLite and Java say 15:00, DuckDB refuses. PostgreSQL, as a server and in Node (PGlite), reads an offset in at time zone '+03:00' by the sign
# of POSIX, west of Greenwich: 09:00, six hours off, without a word, and so does set time zone '+03:00'; but set time zone '+03' and set time zone 3 are
# east, and '+03:00' within a timestamptz is east too: in one statement the same six signs mean both: noon of +03:00 is shown at +03:00 as 06:00. interval '+03:00' is
# right. java.util.TimeZone makes UTC of +03:00. In a test at offset 0, or by the names of zones, all agree.
# So: keep the name of a zone beside an instant; where there is an offset only, write at time zone interval '+03:00', or '+03:00'::interval of a column.
#
# Needs: postgresql-15 (Debian 12), java 17, mvn, python3 with pip, npm, a loopback port. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
chmod 755 "$work"
bin=/usr/lib/postgresql/15/bin
as() { (cd / && if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi); }
trap 'as $bin/pg_ctl -D "$work/pg/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python duckdb==2.0.1 polars==2.1.0 pytz==2026.6 tzdata==2026.6 2>/dev/null
npm install --silent --no-save --ignore-scripts @electric-sql/pglite@0.5.17 pg@8.23.1 >/dev/null
mkdir java && cat > java/pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>com.h2database</groupId><artifactId>h2</artifactId><version>2.4.240</version></dependency></dependencies></project>
P
(cd java && mvn -q -B -ntp -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=libs)
cat > ask.py <<'P'
import datetime as dt, sqlite3
import duckdb, polars
noon, duck = '2026-07-01 12:00:00', duckdb.connect()
engines = {'DuckDB': lambda zone: duck.execute(f"select (timestamptz '{noon}+00' at time zone '{zone}')::varchar").fetchall()[0][0], 'SQLite': lambda zone: sqlite3.connect(':memory:').execute(f"select datetime('{noon}', '{zone}')").fetchone()[0],
    'Polars': lambda zone: polars.Series([noon]).str.to_datetime(time_zone='UTC').dt.convert_time_zone(zone)[0]}
for engine, ask in engines.items():
    for zone in ('+03:00', 'Europe/Istanbul'):
        try: told = str(ask(zone) or '')[11:16]
        except Exception: told = ''
        print(f'{engine}, {zone}:', told or 'refused')
P
cat > ask.mjs <<'P'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
const server = new pg.Client({ host: '127.0.0.1', port: +process.argv[2], user: 'owner', database: 'postgres' })
await server.connect()
for (const [engine, ask] of Object.entries({ PGlite: new PGlite(), PostgreSQL: server })) {
  const told = async (sql) => (await ask.query(`select to_char(${sql}, 'HH24:MI') as told`)).rows[0].told
  for (const zone of ["'+03:00'", "'+03'", "interval '+03:00'", "'+03:00'::interval", "'Europe/Istanbul'"]) console.log(`${engine}, at time zone ${zone}:`, await told(`timestamptz '2026-07-01 12:00:00+00' at time zone ${zone}`))
  for (const zone of ["'+03:00'", "'+03'", '3', "interval '+03:00' hour to minute"]) { await ask.query(`set time zone ${zone}`); console.log(`${engine}, set time zone ${zone}:`, await told("timestamptz '2026-07-01 12:00:00+00'")) }
  await ask.query("set time zone 'UTC'")
  console.log(`${engine}, noon of +03:00 at time zone +03:00:`, await told("timestamptz '2026-07-01 12:00:00+03:00' at time zone '+03:00'"))
}
await server.end()
P
cat > Ask.java <<'P'
import java.sql.DriverManager; import java.time.*; import java.util.TimeZone;
public class Ask { public static void main(String[] none) throws Exception {
  try (var connection = DriverManager.getConnection("jdbc:h2:mem:cars"); var statement = connection.createStatement()) {
    for (var zone : new String[] {"+03:00", "Europe/Istanbul"}) { var row = statement.executeQuery("select cast(timestamp with time zone '2026-07-01 12:00:00+00:00' at time zone '" + zone + "' as varchar)"); row.next(); System.out.println("H2, " + zone + ": " + row.getString(1).substring(11, 16)); } }
  var noon = Instant.parse("2026-07-01T12:00:00Z");
  for (var zone : new String[] {"+03:00", "Europe/Istanbul"}) System.out.println("java.time, " + zone + ": " + noon.atZone(ZoneId.of(zone)).toLocalTime() + ", java.util.TimeZone: " + noon.atZone(TimeZone.getTimeZone(zone).toZoneId()).toLocalTime()); } }
P
port=$(python3 -c 'import random, socket
while True:
    port = random.randint(22000, 32000)
    with socket.socket() as one:
        if one.connect_ex(("127.0.0.1", port)): print(port); break')
mkdir pg
[ "$(id -u)" != 0 ] || chown postgres pg
as $bin/initdb -D "$work/pg/data" -U owner --auth=trust --no-sync >/dev/null
as $bin/pg_ctl -D "$work/pg/data" -w -l "$work/pg/log" -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=''" start >/dev/null
{ PYTHONPATH=python python3 ask.py; java -cp 'java/libs/*' Ask.java; node ask.mjs "$port"; } | tee seen
diff seen - <<'P'
DuckDB, +03:00: refused
DuckDB, Europe/Istanbul: 15:00
SQLite, +03:00: 15:00
SQLite, Europe/Istanbul: refused
Polars, +03:00: 15:00
Polars, Europe/Istanbul: 15:00
H2, +03:00: 15:00
H2, Europe/Istanbul: 15:00
java.time, +03:00: 15:00, java.util.TimeZone: 12:00
java.time, Europe/Istanbul: 15:00, java.util.TimeZone: 15:00
PGlite, at time zone '+03:00': 09:00
PGlite, at time zone '+03': 09:00
PGlite, at time zone interval '+03:00': 15:00
PGlite, at time zone '+03:00'::interval: 15:00
PGlite, at time zone 'Europe/Istanbul': 15:00
PGlite, set time zone '+03:00': 09:00
PGlite, set time zone '+03': 15:00
PGlite, set time zone 3: 15:00
PGlite, set time zone interval '+03:00' hour to minute: 15:00
PGlite, noon of +03:00 at time zone +03:00: 06:00
PostgreSQL, at time zone '+03:00': 09:00
PostgreSQL, at time zone '+03': 09:00
PostgreSQL, at time zone interval '+03:00': 15:00
PostgreSQL, at time zone '+03:00'::interval: 15:00
PostgreSQL, at time zone 'Europe/Istanbul': 15:00
PostgreSQL, set time zone '+03:00': 09:00
PostgreSQL, set time zone '+03': 15:00
PostgreSQL, set time zone 3: 15:00
PostgreSQL, set time zone interval '+03:00' hour to minute: 15:00
PostgreSQL, noon of +03:00 at time zone +03:00: 06:00
P
echo 'as before'
