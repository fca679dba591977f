#!/usr/bin/env bash
# One car 400 m off the street, or silent since yesterday, and the query fails for all of them (PostgreSQL 15 and PGlite beside four engines).
#
# Guess: a weight that fades, exp(-d²/2s²) of a distance or power(0.5, age / half-life), is 0 in SQL once it is too small for a double,
# as in every language; so a far car or an old value counts for nothing.
# Seen, three cars at 12, 40 and 400 m and s = 10 m: DuckDB, SQLite, Polars and H2 add the weights up, 0 among them. PostgreSQL, as a server
# and within Node (PGlite), ends the statement with 22003 "value out of range: underflow" from 386 m on (39 s), so no car has a weight; a
# speed that halves each minute fails 18 hours after the last message. It holds for power, for a product of two small numbers, for radians(5e-324)
# and for a cast of 1e-50 to real as well; of numeric, exp is 0. Test data, close together, finds nothing: the first parked car does.
# So: in PostgreSQL bound the exponent, exp(greatest(-700, …)), or leave far cars out with where before the weight is taken.
#
# Needs: postgresql-15 (Debian 12), java 17, mvn, python3 with pip, npm, a loopback port. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
chmod 755 "$work"
bin=/usr/lib/postgresql/15/bin
as() { (cd / && if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi); }
trap 'as $bin/pg_ctl -D "$work/pg/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python duckdb==2.0.1 apsw==3.54.1.0 polars==2.1.0 2>/dev/null
npm install --silent --no-save --ignore-scripts @electric-sql/pglite@0.5.17 pg@8.23.1 >/dev/null
mkdir java && cat > java/pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>com.h2database</groupId><artifactId>h2</artifactId><version>2.4.240</version></dependency></dependencies></project>
P
(cd java && mvn -q -B -ntp -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=libs)
cat > queries.json <<'P'
{"weights": "select sum(exp(-d * d / 200)) from (select cast(12 as double precision) as d union all select 40 union all select 400) as cars",
 "bounded": "select sum(exp(greatest(-d * d / 200, -700))) from (select cast(12 as double precision) as d union all select 40 union all select 400) as cars",
 "halved": "select 50 * power(cast(0.5 as double precision), cast(64800 as double precision) / 60)"}
P
cat > ask.py <<'P'
import json
import apsw, duckdb, polars
sqlite, duck = apsw.Connection(':memory:'), duckdb.connect()
engines = {'DuckDB': lambda sql: duck.execute(sql).fetchall()[0][0], 'SQLite': lambda sql: sqlite.execute(sql.replace('greatest', 'max').replace('double precision', 'real')).fetchone()[0],
    'Polars': lambda sql: polars.SQLContext().execute(sql.replace('double precision', 'double'), eager=True).item()}
for engine, ask in engines.items():
    for name, sql in json.load(open('queries.json')).items():
        try: print(f'{engine}, {name}: {ask(sql):.6f}')
        except Exception as error: print(f'{engine}, {name}: {type(error).__name__} {str(error)[:90]}')
P
cat > ask.mjs <<'P'
import { readFileSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
const server = new pg.Client({ host: '127.0.0.1', port: +process.argv[2], user: 'owner', database: 'postgres' })
await server.connect()
const queries = { ...JSON.parse(readFileSync('queries.json', 'utf8')), 'two small': 'select 1e-200::float8 * 1e-200::float8', radians: 'select radians(5e-324::float8)', real: 'select (1e-50::float8)::real' }
for (const [engine, ask] of Object.entries({ PGlite: new PGlite(), PostgreSQL: server })) for (const [name, sql] of Object.entries(queries)) {
  try { const { rows } = await ask.query(sql); console.log(`${engine}, ${name}: ${Object.values(rows[0])[0].toFixed(6)}`) } catch (error) { console.log(`${engine}, ${name}: ${error.code} ${error.message}`) }
}
await server.end()
P
cat > Ask.java <<'P'
import java.nio.file.*; import java.sql.DriverManager; import java.util.Locale; import java.util.regex.Pattern;
public class Ask { public static void main(String[] none) throws Exception {
  try (var connection = DriverManager.getConnection("jdbc:h2:mem:cars"); var statement = connection.createStatement()) {
    for (var query = Pattern.compile("\"(\\w+)\": \"([^\"]+)\"").matcher(Files.readString(Path.of("queries.json"))); query.find();) { var row = statement.executeQuery(query.group(2)); row.next(); System.out.printf(Locale.ROOT, "H2, %s: %.6f%n", query.group(1), row.getDouble(1)); } } } }
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
DuckDB, weights: 0.487088
DuckDB, bounded: 0.487088
DuckDB, halved: 0.000000
SQLite, weights: 0.487088
SQLite, bounded: 0.487088
SQLite, halved: 0.000000
Polars, weights: 0.487088
Polars, bounded: 0.487088
Polars, halved: 0.000000
H2, weights: 0.487088
H2, bounded: 0.487088
H2, halved: 0.000000
PGlite, weights: 22003 value out of range: underflow
PGlite, bounded: 0.487088
PGlite, halved: 22003 value out of range: underflow
PGlite, two small: 22003 value out of range: underflow
PGlite, radians: 22003 value out of range: underflow
PGlite, real: 22003 value out of range: underflow
PostgreSQL, weights: 22003 value out of range: underflow
PostgreSQL, bounded: 0.487088
PostgreSQL, halved: 22003 value out of range: underflow
PostgreSQL, two small: 22003 value out of range: underflow
PostgreSQL, radians: 22003 value out of range: underflow
PostgreSQL, real: 22003 value out of range: underflow
P
echo 'as before'
