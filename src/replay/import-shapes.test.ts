// Promise: each export of another platform, played through the gateway into the jobs, gives the
// trips and values that are in it, and the same export once more, or after a kill, changes nothing
// but the count of duplicates.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { vehiclePassword } from '../model/vehicle-credential.ts'
import type { LedgerEntry } from '../read-models/ledger/ledger.ts'
import type { Trip } from '../read-models/trips/trips.ts'
import { fleetKey } from './fleet-gateway.testing.ts'
import { openServer } from './import-server.testing.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-shapes-'))
after(() => rmSync(scratch, { recursive: true, force: true }))
const write = (name: string, text: string): string => {
  writeFileSync(join(scratch, name), text)
  return join(scratch, name)
}
const table = (name: string, header: string, rows: readonly string[]): string =>
  write(name, `${header}\n${rows.join('\n')}\n`)
const cars = write('cars.json', '{"7": "golf"}')
const words = (file: string, mapping: string): string[] => [
  file,
  '--mapping',
  mapping,
  '--vehicles',
  cars,
  '--speed',
  'max',
]

const startAt = Date.UTC(2026, 2, 1, 8)
const utc = (s: number): string => new Date(startAt + s * 1000).toISOString().slice(0, 19).replace('T', ' ')
const seconds = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step)

/** A drive of ten minutes at 72 km/h to the north, twelve kilometres. */
const drive = seconds(0, 600, 5)
const lat = (s: number): string => (52 + (s * 20) / 111_253).toFixed(6)
const teslaPositions = table(
  'positions.csv',
  'id,date,latitude,longitude,speed,power,odometer,battery_level,car_id,drive_id',
  drive.map((s) => `${s},${utc(s)},${lat(s)},13.4,72,14,${10_000 + s * 0.02},${80 - Math.floor(s / 200)},7,31`),
)
const teslaCharges = table(
  'charges.csv',
  'id,date,battery_level,charger_power,rated_battery_range_km,outside_temp,charging_process_id,car_id,is_charging',
  seconds(3600, 7200, 20).map(
    (s) => `${s},${utc(s)},${77 + Math.floor(s / 3600)},11,250.5,-3.5,9,7,${s === 7200 ? 'f' : 't'}`,
  ),
)
const traccarTable = table(
  'tc_positions.csv',
  'id,protocol,deviceid,servertime,devicetime,fixtime,valid,latitude,longitude,altitude,speed,course,address,attributes,accuracy,network,outdated',
  [...drive, 640].map((s) => {
    const isOutdated = s > 600
    const fix = Math.min(s, 600)
    const attributes = `{""ignition"":${!isOutdated},""odometer"":${5_000_000 + fix * 20},""totalDistance"":1.5,""batteryLevel"":97}`
    return `${s},teltonika,7,${utc(s)},${utc(s)},${utc(fix)},t,${lat(fix)},13.4,40,38.876889848812,0,"Street 3, Berlin","${attributes}",0,,${isOutdated ? 't' : 'f'}`
  }),
)
const traccarExport = table(
  'traccar.csv',
  'id,deviceId,protocol,serverTime,deviceTime,fixTime,valid,latitude,longitude,altitude,speed,course,address,accuracy,odometer,ignition',
  drive.map(
    (s) =>
      `${s},7,osmand,${utc(s)},${utc(s)},${utc(s)},true,${lat(s)},13.4,40.0,38.876889848812,90.0,Street 3,0.0,${5_000_000 + s * 20},true`,
  ),
)

type Server = Awaited<ReturnType<typeof openServer>>
const tripsOf = (derived: ReadonlyMap<string, object>): Trip[] =>
  [...derived].flatMap(([name, value]) => (name.startsWith('trip ') ? [value as Trip] : []))
/** The counts of the ledger are apart: it counts records, and duplicates are. */
const withoutCounts = (derived: ReadonlyMap<string, object>): Map<string, object> =>
  new Map([...derived].filter(([name]) => !name.startsWith('ledger ')))
const countOf = (derived: ReadonlyMap<string, object>): LedgerEntry => {
  const [entry] = [...derived].flatMap(([name, value]) => (name.startsWith('ledger ') ? [value as LedgerEntry] : []))
  assert.ok(entry !== undefined)
  return entry
}
const valuesOf = (derived: ReadonlyMap<string, object>): Readonly<Record<string, unknown>> => {
  const twins = [...derived].flatMap(([name, value]) =>
    name.startsWith('twin ') ? [value as { readonly signals: Record<string, { value: unknown }> }] : [],
  )
  return Object.fromEntries(
    twins.flatMap(({ signals }) => Object.entries(signals).map(([path, { value }]) => [path, value])),
  )
}

/** Plays it dry, then twice; gives what the jobs derive. */
async function playTwice(server: Server, call: readonly string[]): Promise<Map<string, object>> {
  const before = await server.messages()
  const dry = await server.say([...call, '--dry-run'])
  assert.equal(dry.code, 0, dry.err)
  assert.match(dry.out, /cars {6}1 \(golf\), 1 segment\n/)
  assert.deepEqual(await server.messages(), before)
  assert.equal((await server.say(call)).code, 0)
  const first = await server.derived()
  assert.equal((await server.say(call)).code, 0)
  const second = await server.derived()
  assert.deepEqual(withoutCounts(second), withoutCounts(first))
  const [once, twice] = [countOf(first), countOf(second)]
  assert.deepEqual(twice, { ...once, received: twice.received, duplicate: twice.duplicate })
  assert.equal(twice.duplicate - once.duplicate, twice.received - once.received)
  assert.ok(twice.received > once.received)
  assert.equal(once.missing + once.refused, 0)
  assert.deepEqual(
    [...second.keys()].filter((name) => name.startsWith('anomaly ')),
    [],
  )
  return second
}

for (const { name, file, mapping } of [
  { name: 'positions of TeslaMate', file: teslaPositions, mapping: 'teslamate-positions' },
  { name: 'the table of Traccar', file: traccarTable, mapping: 'traccar-positions' },
  { name: "Traccar's own export", file: traccarExport, mapping: 'traccar-positions' },
])
  test(`${name}: one trip as far as it went, also when it is played again`, async () => {
    await using server = await openServer()
    const [trip, ...more] = tripsOf(await playTwice(server, words(file, mapping)))
    assert.ok(trip !== undefined)
    assert.equal(more.length, 0)
    assert.equal(trip.startAt, startAt)
    assert.ok(Math.abs(trip.distanceM - 12_000) < 120, String(trip.distanceM))
  })

test('the table of Traccar: what has no fix switches the ignition off at its own instant, and its place is unknown', async () => {
  await using server = await openServer()
  const values = valuesOf(await playTwice(server, words(traccarTable, 'traccar-positions')))
  assert.equal(values['Vehicle.LowVoltageSystemState'], 'OFF')
  assert.equal(values['Vehicle.TraveledDistance'], 5_012_000)
  assert.deepEqual([values['Vehicle.CurrentLocation.Latitude'], values['Vehicle.Speed']], [null, null])
})

test('charges of TeslaMate, after the positions: what the battery did is known, and no trip is another', async () => {
  await using server = await openServer()
  const trips = tripsOf(await playTwice(server, words(teslaPositions, 'teslamate-positions')))
  const after = await playTwice(server, words(teslaCharges, 'teslamate-charges'))
  assert.deepEqual(tripsOf(after), trips)
  const values = valuesOf(after)
  const battery = 'Vehicle.Powertrain.TractionBattery'
  assert.deepEqual(
    [
      `${battery}.Charging.IsCharging`,
      `${battery}.Charging.AveragePower`,
      `${battery}.Range`,
      `${battery}.StateOfCharge.Displayed`,
    ].map((path) => values[path]),
    [false, 11, 250_500, 79],
  )
})

test('drives of TeslaMate are held against the positions, in a dry run and in a run', async () => {
  await using server = await openServer()
  const drives = table('drives.csv', 'id,start_date,end_date,distance,car_id', [
    `31,${utc(0)},${utc(600)},12,7`,
    `32,${utc(900)},${utc(1500)},3.5,7`,
    `33,${utc(0)},${utc(600)},9,8`,
    `34,${utc(9000)},,,7`,
    ...seconds(35, 41, 1).map((id) => `${id},${utc(9000)},${utc(9600)},"1,5",7`),
  ])
  const call = [...words(teslaPositions, 'teslamate-positions'), '--drives', drives]
  const dry = await server.say([...call, '--dry-run'])
  assert.match(
    dry.out,
    /drives {4}1 of 2 are as told; 1 of cars that are not played; 1 without an end; 7 that cannot be read\n/,
  )
  assert.match(
    dry.out,
    /unread {4}drive 35: "distance" is "1,5", no number such as 12\.5\n(unread .*\n){4}unread {4}and 2 more\n/,
  )
  assert.match(
    dry.out,
    /differs {3}drive 32 of car 7, 2026-03-01 08:15:00 UTC to 2026-03-01 08:25:00 UTC: no position of it is in the recording\n/,
  )
  const { out, code } = await server.say([...call, '--json'])
  assert.equal(code, 0)
  const { held, differing } = (JSON.parse(out) as { drives: { held: number; differing: { drive: string }[] } }).drives
  assert.deepEqual([held, differing.map(({ drive }) => drive)], [2, ['32']])
  const gpx = await server.say([teslaPositions, '--mapping', 'drive-cycles', '--drives', drives])
  assert.equal(gpx.code, 2)
  assert.match(gpx.err, /--drives: the recordings of drive-cycles have no cars to tell apart/)
})

test('what was killed in the middle and is played again is what would have come without it', async () => {
  // More messages than are sent unacknowledged, so that some are still to be sent.
  const rows = seconds(0, 30_000, 5).map((s) => `${utc(s)},80,11,7,t`)
  const call = words(
    table('long-charge.csv', 'date,battery_level,charger_power,car_id,is_charging', rows),
    'teslamate-charges',
  )
  await using whole = await openServer()
  assert.equal((await whole.say(call)).code, 0)
  await using server = await openServer()
  const begun = server.log.appended(['telemetry'], new AbortController().signal, 60_000)
  const password = write('password', vehiclePassword(fleetKey, { tenant: 'acme', vehicle: 'golf' }))
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    [main, 'replay', ...call, '--url', server.url, '--tenant', 'acme', '--password-file', password],
    {
      env: { ...process.env, ROADSTREAM_DATA: scratch, NODE_NO_WARNINGS: '1' },
      stdio: 'ignore',
    },
  )
  const ended = once(child, 'exit')
  await begun
  child.kill('SIGKILL')
  assert.deepEqual(await ended, [null, 'SIGKILL'])
  const killed = new Set(await server.messages())
  const all = new Set(await whole.messages())
  assert.ok(killed.size < all.size, 'it was killed too late')
  assert.equal((await server.say(call)).code, 0)
  assert.deepEqual(new Set(await server.messages()), all)
  assert.deepEqual(withoutCounts(await server.derived()), withoutCounts(await whole.derived()))
})
