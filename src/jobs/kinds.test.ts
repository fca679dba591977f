// Changes of each kind of vehicle, row by row of kind-rules.ts: the same records are told once as
// of a car and once as of the kind.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { driveJobs, messagesOf, recordsOf } from '../engine/job-driver.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import type { StoredRecord } from '../eventlog/event-log.ts'
import { clockAt, newRecord, resultsIn, runToEnd } from '../engine/runner.testing.ts'
import type { Message, Sample } from '../model/message.ts'
import type { Alert } from '../read-models/alerts/alerts.ts'
import type { Trip } from '../read-models/trips/trips.ts'
import { vehicleKinds, type VehicleKind } from '../model/vehicle-kind.ts'
import { createVehicles } from '../model/vehicles.ts'
import { messagesOfCrash, usualCrash } from './crash/played-crash.testing.ts'
import { usualThresholds } from './crash/thresholds.ts'
import { jobs, jobsBy } from './jobs.ts'
import { kindRules, rulesOf } from './kind-rules.ts'
import { randomLife } from './random-life.contract.ts'
import { at, sample, straight } from './trips/drives.testing.ts'
import { silenceMs, walkingKmh, wanderM } from './trips/trip-rules.ts'

/** More with FC_RUNS. */
const runs = Number(process.env['FC_RUNS'] ?? 40)
const seed = Number(process.env['FC_SEED'] ?? 1)

/** The jobs where one vehicle is said to be of the kind. */
const jobsOf = (kind: VehicleKind) =>
  jobsBy({ crash: usualThresholds, vehicles: createVehicles([{ vehicle: 'car-1', kind }]) })

function resultsOf(
  kind: VehicleKind | undefined,
  records: readonly StoredRecord[],
  reload = false,
): Map<string, object> {
  const driver = driveJobs(kind === undefined ? jobs : jobsOf(kind), { reload })
  driver.feed(records)
  driver.pass(1_800_000_000_000)
  return driver.results()
}

const rows = <Row>(results: ReadonlyMap<string, object>, topic: string): Row[] =>
  [...results].flatMap(([id, row]) => (id.startsWith(`${topic} `) ? [row as Row] : []))

const tripsOf = (kind: VehicleKind, samples: readonly Sample[]): Trip[] =>
  rows<Trip>(resultsOf(kind, recordsOf(messagesOf(samples))), 'trip').sort((a, b) => a.startAt - b.startAt)

const statusesOf = (kind: VehicleKind, messages: readonly Message[]): string[] =>
  rows<Alert>(resultsOf(kind, recordsOf(messages)), 'alert').map(({ status }) => status)

const airbag: Message = { boot: '00000000000000ab', seq: 0, event: 'airbag-deployed', at: at + 30_000, data: {} }

test('a fixed sender has a twin and counts, and never a trip, a track, a crash or a doubted place, whatever it says', () => {
  const moved = straight(0, 600, { kmh: 80, more: { LowVoltageSystemState: 'ON' } })
  const far = sample(700, { 'CurrentLocation.Latitude': 0, 'CurrentLocation.Longitude': 0 })
  const messages = [...messagesOf([...moved, far]), ...messagesOfCrash(usualCrash), airbag]
  const said = (kind: VehicleKind) =>
    new Set(
      [...resultsOf(kind, recordsOf(messages)).keys()].map((id) => (id.startsWith('anomaly ') ? id : id.split(' ')[0])),
    )
  const doubted = 'anomaly demo/car-1/doubted'
  for (const each of ['twin', 'ledger', 'trip', 'track', 'alert', doubted]) assert.ok(said('car').has(each), each)
  for (const each of ['twin', 'ledger']) assert.ok(said('fixed').has(each), each)
  for (const each of ['trip', 'track', 'alert', doubted]) assert.ok(!said('fixed').has(each), each)
})

test('a machine has crashed by its airbag, and by no pulse', () => {
  const crashed = messagesOfCrash(usualCrash)
  assert.deepEqual(statusesOf('car', crashed), ['confirmed'])
  assert.deepEqual(statusesOf('machine', crashed), [])
  assert.deepEqual(statusesOf('machine', messagesOfCrash({ ...usualCrash, tellsAcceleration: false })), [])
  assert.deepEqual(statusesOf('machine', [airbag]), ['confirmed'])
  const deployed = sample(30, { 'Cabin.Seat.Row1.DriverSide.Airbag.IsDeployed': true })
  assert.deepEqual(statusesOf('machine', messagesOf([deployed])), ['confirmed'])
})

test('a trailer has its trips by places and odometer, whatever a unit on it calls ignition', () => {
  const telling = { 'CurrentLocation.GNSSReceiver.FixType': 'THREE_D' }
  const places = straight(0, 900, { kmh: 60, stepS: 30, more: telling }).map(({ at: instant, signals }, index) => {
    const { 'Vehicle.Speed': _, ...told } = signals
    return {
      at: instant,
      signals: {
        ...told,
        'Vehicle.TraveledDistance': 80_000_000 + index * 500,
        'Vehicle.LowVoltageSystemState': 'OFF',
      },
    }
  })
  assert.deepEqual(tripsOf('car', places), [])
  const [trip, ...others] = tripsOf('trailer', places)
  assert.deepEqual(others, [])
  assert.ok(trip !== undefined && Math.abs(trip.distanceM - 15_000) < 150, `${trip?.distanceM} m`)
  assert.equal(trip.endedBy, 'silence')
})

test('a trailer that is uncoupled and coupled on its way is on one trip, where a car has two', () => {
  const drive = straight(0, 600, { kmh: 36 })
  const off = sample(299.5, { LowVoltageSystemState: 'OFF', Speed: 0 })
  const on = sample(300.5, { LowVoltageSystemState: 'ON', Speed: 0 })
  const stopped = [...drive.filter((each) => each.at !== at + 300_000), off, on].sort((a, b) => a.at - b.at)
  const standing = stopped.map((each) =>
    Math.abs(each.at - at - 300_000) < 20_000 ? { ...each, signals: { ...each.signals, 'Vehicle.Speed': 0 } } : each,
  )
  assert.equal(tripsOf('car', standing).length, 2)
  assert.deepEqual(
    tripsOf('trailer', standing).map(({ endedBy, switchedOn }: Trip & { switchedOn?: unknown }) => [
      endedBy,
      switchedOn,
    ]),
    [['silence', undefined]],
  )
})

test('words of the ignition alone are nothing that is kept of a trailer', () => {
  const words = ['ON', 'OFF', 'ON', 'OFF'].map((word, index) => sample(index * 60, { LowVoltageSystemState: word }))
  const event: Message = { boot: '00000000000000ab', seq: 0, event: 'ignition-on', at, data: {} }
  const results = resultsOf('trailer', recordsOf([...messagesOf(words), event]), true)
  assert.deepEqual(rows(results, 'trip'), [])
})

/** Places every ten minutes of what goes at 3 km/h with its engine running. */
const slow = straight(0, 3_000, { kmh: 3, stepS: 600, more: { LowVoltageSystemState: 'ON' } })

test('a machine that is heard every ten minutes at 3 km/h is on one trip, by places or by its odometer; a car that comes along so slowly is not driven', () => {
  assert.deepEqual(tripsOf('car', slow.map(withoutSpeed)), [])
  const [byPlaces, ...others] = tripsOf('machine', slow.map(withoutSpeed))
  assert.deepEqual(others, [])
  assert.ok(byPlaces !== undefined && Math.abs(byPlaces.distanceM - 2_500) < 25, `${byPlaces?.distanceM} m`)
  const counted = Array.from({ length: 6 }, (_, index) =>
    sample(index * 600, { TraveledDistance: 5_000_000 + index * 500, LowVoltageSystemState: 'ON' }),
  )
  assert.deepEqual(tripsOf('car', counted), [])
  assert.equal(tripsOf('machine', counted)[0]?.distanceM, 2_500)
})

test('a machine whose receiver jumps no further than receivers do in a silence did not drive', () => {
  const jumps = (metres: number): Sample[] =>
    [0, 1, 2, 3].map((index) =>
      sample(index * 301, {
        'CurrentLocation.Latitude': 52.5 + ((index % 2) * metres) / 111_250,
        'CurrentLocation.Longitude': 13.4,
        LowVoltageSystemState: 'ON',
      }),
    )
  assert.deepEqual(tripsOf('machine', jumps(wanderM - 10)), [])
  assert.ok(tripsOf('machine', jumps(wanderM + 50)).length > 0)
})

test('the least that a car comes along in a silence is further than receivers wander: the bound changes nothing of cars', () => {
  assert.ok((walkingKmh / 3600) * silenceMs > wanderM)
})

function withoutSpeed({ at: instant, signals }: Sample): Sample {
  const { 'Vehicle.Speed': _, ...told } = signals
  return { at: instant, signals: told }
}

for (const [kind, within, beyond] of [
  ['car', 79, 81],
  ['truck', 132, 134],
  ['machine', 674, 676],
] as const)
  test(`the engine of a ${kind} may burn ${within} L/h, and not ${beyond}`, () => {
    const fuel = (rate: number) =>
      tripsOf(kind, straight(0, 600, { kmh: 40, more: { 'OBD.FuelRate': rate } }))[0]?.fuelL
    assert.ok(Math.abs((fuel(within) ?? 0) - within / 6) < 0.001, String(fuel(within)))
    assert.equal(fuel(beyond), null)
    const counter = (rate: number) =>
      straight(0, 600, { kmh: 40 }).map((each, second) => ({
        ...each,
        signals: {
          ...each.signals,
          'Vehicle.Powertrain.FuelSystem.ConsumptionSinceStart': second % 60 === 0 ? (second / 3600) * rate : null,
        },
      }))
    assert.ok(Math.abs((tripsOf(kind, counter(within))[0]?.fuelL ?? 0) - within / 6) < 0.001)
    assert.equal(tripsOf(kind, counter(4 * beyond))[0]?.fuelL, null)
  })

const jsonOf = (results: ReadonlyMap<string, object>): string =>
  JSON.stringify([...results].sort(([a], [b]) => (a < b ? -1 : 1)))

test(`what has no row of its own is as a car, and so is a vehicle of which nothing is said, byte for byte (seed ${seed})`, () => {
  const same = vehicleKinds.filter(
    (kind) => kindRules[kind].crashes === kindRules.car.crashes && kindRules[kind].trips === kindRules.car.trips,
  )
  assert.deepEqual(same, ['car', 'van', 'bus', 'two-wheeler'])
  assert.equal(rulesOf(null), kindRules.car)
  fc.assert(
    fc.property(randomLife, (records) => {
      const wanted = jsonOf(resultsOf(undefined, records))
      for (const kind of same) assert.equal(jsonOf(resultsOf(kind, records)), wanted)
    }),
    { numRuns: Math.ceil(runs / 8), seed, endOnFailure: true },
  )
})

test(`of every kind the same records in another order, some twice, give the same results, and each only what it may have (seed ${seed})`, () => {
  const changed = vehicleKinds.filter((kind) => kindRules[kind].trips !== kindRules.car.trips)
  assert.deepEqual(changed, ['truck', 'trailer', 'machine', 'fixed'])
  let trips = 0
  fc.assert(
    fc.property(fc.constantFrom(...changed), randomLife, fc.nat(), (kind, records, turn) => {
      const wanted = resultsOf(kind, records)
      const doubled = [...records, ...records.filter((_, index) => index % 9 === turn % 9)]
      const turned = doubled.map((_, index) => doubled[(index * 7 + turn) % doubled.length]!)
      const isWhole = doubled.length % 7 !== 0
      assert.equal(
        signalsSorted(resultsOf(kind, isWhole ? turned : doubled.toReversed(), true)),
        signalsSorted(resultsOf(kind, doubled)),
      )
      const topics = new Set([...wanted.keys()].map((id) => id.split(' ')[0]))
      if (kind === 'fixed') assert.ok(!['trip', 'track', 'alert'].some((topic) => topics.has(topic)))
      else trips += rows(wanted, 'trip').length
    }),
    { numRuns: runs, seed, endOnFailure: true },
  )
  assert.ok(trips > 5, `only ${trips} trips`)
})

/** Twins are patches, in which signals stand in the order in which they were said. */
const signalsSorted = (results: ReadonlyMap<string, object>): string =>
  JSON.stringify(
    [...results].sort(([a], [b]) => (a < b ? -1 : 1)),
    (name, value: object) =>
      name === 'signals' ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  )

test('a vehicle that turns out to be fixed loses the trips and alerts that could still change when it is heard next, and may drive again', async () => {
  await using memory = openMemoryLog({ partitions: 1, clock: clockAt(at) })
  const say = (messages: readonly Message[]) => memory.log.append(recordsOf(messages).map(newRecord))
  const topics = async () => new Set([...(await resultsIn(memory.log, jobs)).keys()].map((id) => id.split(' ')[0]))
  await say([...messagesOf(straight(0, 600, { kmh: 80 })), ...messagesOfCrash(usualCrash), airbag])
  await runToEnd(jobs, memory.log, memory)
  assert.deepEqual(await topics(), new Set(['twin', 'ledger', 'trip', 'track', 'alert']))
  await runToEnd(jobsOf('fixed'), memory.log, memory)
  assert.ok((await topics()).has('trip'), 'it was not heard since')
  await say(messagesOf([sample(700, { Speed: 0 })], '00000000000000ac'))
  await runToEnd(jobsOf('fixed'), memory.log, memory)
  assert.deepEqual(await topics(), new Set(['twin', 'ledger']))
  const parts = memory.state
    .tasks()
    .flatMap((task) => (task.startsWith('trips@') ? [...memory.state.range(task, 'part/demo/car-1')] : []))
  assert.deepEqual(
    parts.map(([key]) => key),
    ['part/demo/car-1/#clock'],
  )
  await say(messagesOf(straight(800, 1_400, { kmh: 80 }), '00000000000000ad'))
  await runToEnd(jobs, memory.log, memory)
  assert.ok((await topics()).has('trip'))
})

test('docs/vehicles.md shows the table as it is', () => {
  const text = readFileSync(new URL('../../docs/vehicles.md', import.meta.url), 'utf8')
  const listed = [...text.matchAll(/^\| `([\w-]+)` \| (.+?) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$/gm)].map((row) =>
    row.slice(1, 7),
  )
  const crashes = { pulses: 'pulse or airbag', airbags: 'airbag alone', never: 'none' } as const
  assert.deepEqual(
    listed,
    vehicleKinds.map((kind) => {
      const { categories, crashes: by, trips } = kindRules[kind]
      const figures =
        trips === null
          ? ['none', '–', '–']
          : [trips.hasIgnition ? 'heard' : 'not heard', `${trips.silentPaceKmh} km/h`, `${trips.burnLhMost} L/h`]
      return [kind, categories, crashes[by], ...figures]
    }),
  )
})
