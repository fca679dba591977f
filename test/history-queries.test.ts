// The queries that docs/history.md gives run on tables like those of TeslaMate and Traccar, and
// what PostgreSQL writes for them as CSV is read by the mappings.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { silentLogger } from '../src/base/logger.ts'
import { devicesCommand } from '../src/replay/devices/devices-command.ts'
import { readDrives } from '../src/replay/drives/told-drives.ts'
import { geofencesCommand } from '../src/replay/geofences/geofences-command.ts'
import { shippedMapping } from '../src/replay/mapping-catalogue.ts'
import { readRecording, type RecordedSample } from '../src/replay/recording.ts'
import { bringPglite, loadPglite } from '../src/storage/postgres/pglite-package.ts'
import type { Pglite } from '../src/storage/postgres/pglite.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-history-'))
let db: Pglite
before(async () => {
  const { PGlite } = await loadPglite(await bringPglite({ logger: silentLogger }))
  db = await PGlite.create()
  // A session elsewhere in the world: columns without a zone are written as they are.
  await db.exec(`SET TIME ZONE 'America/Montevideo'`)
})
after(async () => {
  await db.close()
  rmSync(scratch, { recursive: true, force: true })
})

const page = readFileSync(new URL('../docs/history.md', import.meta.url), 'utf8')
const queries = [...page.matchAll(/```sql\n([^]*?)```/g)].map(([, sql = '']) => sql)
const queryOf = (table: string): string => {
  const found = queries.filter((sql) => sql.includes(`FROM ${table} `))
  assert.equal(found.length, 1, table)
  return found[0] ?? ''
}

/** As `psql --csv` writes it. */
async function exported(table: string): Promise<string> {
  const { blob } = await db.query(`COPY (${queryOf(table)}) TO '/dev/blob' WITH (FORMAT csv, HEADER)`)
  assert.ok(blob !== undefined)
  const file = join(scratch, `${table}.csv`)
  writeFileSync(file, Buffer.from(await blob.arrayBuffer()))
  return file
}

async function samplesOf(table: string, mapping: string): Promise<RecordedSample[]> {
  const samples: RecordedSample[] = []
  for await (const sample of readRecording(await exported(table), shippedMapping(mapping))) samples.push(sample)
  return samples
}
const texts = (samples: readonly RecordedSample[], ...paths: readonly string[]): string[] =>
  samples.map(({ segment, at, signals }) =>
    [segment, new Date(at).toISOString(), ...paths.map((path) => JSON.stringify(signals[`Vehicle.${path}`]))].join(' '),
  )

test('TeslaMate: positions, charges and drives', async () => {
  await db.exec(`
    CREATE TABLE positions (id int, date timestamp, latitude numeric(8,6), longitude numeric(9,6), elevation smallint, speed smallint, power smallint,
      odometer float, battery_level smallint, usable_battery_level smallint, battery_heater boolean, outside_temp numeric(4,1), car_id smallint, drive_id int);
    CREATE TABLE charges (id int, date timestamp, battery_level smallint, usable_battery_level smallint, charge_energy_added numeric(8,2), charger_phases smallint,
      charger_power smallint, fast_charger_brand varchar, rated_battery_range_km numeric(6,2), outside_temp numeric(4,1), charging_process_id int);
    CREATE TABLE charging_processes (id int, start_date timestamp, end_date timestamp, car_id smallint, battery_level smallint);
    CREATE TABLE drives (id int, start_date timestamp, end_date timestamp, distance float, car_id smallint);
    INSERT INTO positions VALUES
      (2, '2026-03-01 08:00:05', 52.5, 13.4, NULL, 63, 12, 87654.5, 61, NULL, NULL, 4.5, 7, 31),
      (1, '2026-03-01 08:00:00.123456', 52.49, 13.4, 40, NULL, NULL, 87654.321, 61, 60, false, -4.5, 7, 31);
    INSERT INTO charging_processes VALUES (9, '2026-03-01 18:00:00', '2026-03-01 20:00:00.5', 7), (10, '2026-03-02 18:00:00', NULL, 7);
    INSERT INTO charges VALUES
      (41, '2026-03-01 18:00:00', 61, 60, 0, 2, 11, '<invalid>', 248.31, 4.5, 9), (42, '2026-03-01 20:00:00.5', 80, NULL, 14.2, NULL, 0, NULL, NULL, NULL, 9),
      (43, '2026-03-02 18:00:00', 79, 79, 0, 1, 2, 'a "b", c', 320, -3, 10);
    INSERT INTO drives VALUES (31, '2026-03-01 08:00:00.123456', '2026-03-01 08:00:05', 12.25, 7), (32, '2026-03-01 09:00:00', NULL, NULL, 7);
  `)
  const battery = 'Powertrain.TractionBattery'
  assert.deepEqual(
    texts(await samplesOf('positions', 'teslamate-positions'), 'Speed', 'TraveledDistance', 'Exterior.AirTemperature'),
    ['7 2026-03-01T08:00:00.123Z null 87654321 -4.5', '7 2026-03-01T08:00:05.000Z 63 87654500 4.5'],
  )
  assert.deepEqual(
    texts(
      await samplesOf('charges', 'teslamate-charges'),
      `${battery}.Charging.IsCharging`,
      `${battery}.Charging.AveragePower`,
      `${battery}.Range`,
    ),
    [
      '7 2026-03-01T18:00:00.000Z true 11 248310',
      '7 2026-03-01T20:00:00.500Z false null ',
      '7 2026-03-02T18:00:00.000Z null 2 320000',
    ],
  )
  assert.deepEqual(await readDrives(await exported('drives')), {
    drives: [
      {
        id: '31',
        car: '7',
        startAt: Date.UTC(2026, 2, 1, 8, 0, 0, 123),
        endAt: Date.UTC(2026, 2, 1, 8, 0, 5),
        distanceM: 12_250,
      },
    ],
    endless: 1,
    unreadable: 0,
    unreadableTexts: [],
  })
})

test('Traccar: positions, those without a fix as of their own instant, and devices', async () => {
  await db.exec(`
    CREATE TABLE tc_positions (id int, protocol varchar, deviceid int, servertime timestamp, devicetime timestamp, fixtime timestamp, valid boolean, latitude float8,
      longitude float8, altitude float8, speed float8, course float8, address varchar, attributes varchar, accuracy float8, network varchar);
    CREATE TABLE tc_devices (id int, name varchar, uniqueid varchar, category varchar, attributes varchar);
    INSERT INTO tc_devices VALUES (3, 'Van, blue', '861230000000007', 'van', '{"x":"y"}'), (4, 'Golf', '861230000000008', NULL, NULL);
  `)
  const add = (id: number, device: number, at: string, fix: string, attributes: object | null): Promise<unknown> =>
    db.query(
      `INSERT INTO tc_positions VALUES ($1, 'osmand', $2, now(), $3, $4, true, -34.9, -56.2, 12, 34, 270, 'Street 3, "here"', $5, 0, NULL)`,
      [
        id,
        device,
        `2026-03-01 ${at}`,
        fix.includes(' ') ? fix : `2026-03-01 ${fix}`,
        attributes === null ? null : JSON.stringify(attributes),
      ],
    )
  // A tracker that has had no fix yet; what was buffered and comes late; and what repeats the
  // newest fix, not the one that came last.
  await add(1, 3, '07:59:00', '1980-01-06 00:00:00', { ignition: true })
  await add(2, 3, '08:00:00', '08:00:00', { ignition: true, odometer: 1234567, name: 'a "b"' })
  await add(3, 3, '07:59:30', '07:59:30', null)
  await add(4, 3, '08:05:00', '08:00:00', { ignition: false })
  await add(5, 3, '08:06:02', '08:06:00', {})
  await add(6, 4, '08:00:00', '08:00:00', { ignition: false })
  const samples = await samplesOf('tc_positions', 'traccar-positions')
  assert.deepEqual(texts(samples, 'CurrentLocation.Latitude', 'Speed', 'LowVoltageSystemState', 'TraveledDistance'), [
    '3 2026-03-01T07:59:00.000Z null null "ON" ',
    '3 2026-03-01T07:59:30.000Z -34.9 62.968  ',
    '3 2026-03-01T08:00:00.000Z -34.9 62.968 "ON" 1234567',
    '3 2026-03-01T08:05:00.000Z null null "OFF" ',
    '3 2026-03-01T08:06:00.000Z -34.9 62.968  ',
    '4 2026-03-01T08:00:00.000Z -34.9 62.968 "OFF" ',
  ])
  let out = ''
  const said = { print: (text: string) => void (out += text), complain: () => {} }
  assert.equal(await devicesCommand([await exported('tc_devices'), '--devices'], said), 0)
  assert.deepEqual((JSON.parse(out) as Record<string, unknown>)['table.json'], { 3: 'Van-blue', 4: 'Golf' })
})

test('Traccar: geofences', async () => {
  await db.exec(`
    CREATE TABLE tc_geofences (id int, name varchar(128), description varchar(128), area varchar(4096), attributes varchar(4000), calendarid int);
    INSERT INTO tc_geofences VALUES
      (9, 'Yard "east", 2', NULL, 'POLYGON ((52.5 13.4, 52.5 13.5, 52.75 13.5, 52.5 13.4))', '{"color":"#f00","floor":12.5}', 4),
      (2, 'Road', 'to the yard', 'LINESTRING (52.5 13.4, 52.75 13.5)', '{"polylineDistance":40}', NULL), (3, 'Depot', '', 'CIRCLE (52.5 13.4, 250.5)', NULL, NULL);
  `)
  let [out, err] = ['', '']
  const said = { print: (text: string) => void (out += text), complain: (text: string) => void (err += text) }
  assert.equal(await geofencesCommand([await exported('tc_geofences'), '--geofences'], said), 0)
  const { features } = JSON.parse(out) as { features: readonly { id: string; properties: object }[] }
  assert.deepEqual(
    features.map(({ id, properties }) => [id, properties]),
    [
      ['traccar:2', { name: 'Road', description: 'to the yard', halfWidthM: 40 }],
      ['traccar:3', { name: 'Depot', radiusM: 250.5 }],
      ['traccar:9', { name: 'Yard "east", 2', floorM: 12.5 }],
    ],
  )
  assert.match(err, /the calendars of the geofences 9\./)
})
