// A city drives against the whole system, and each trip that the API gives is held against the
// simulator's account of it, by kind of car and of unit: what the car says passes the gateway, the
// log, the jobs, the writers and the tables.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Listing, Trip } from '../src/api/contract.ts'
import { newCar } from '../src/sim/car.ts'
import type { Powertrain } from '../src/sim/car-model.ts'
import type { TripTruth, Truth } from '../src/sim/truth.ts'
import type { UnitKind } from '../src/sim/unit.ts'
import { signIn, type ApiClient } from './support/api-client.ts'
import { allRows } from './support/read-out.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const seed = Number(process.env['SIM_SEED'] ?? 3)
const cars = 32
/** In turn. */
const units: readonly UnitKind[] = ['full', 'full', 'sparse', 'tracker']
/** Shorter than this a metre or a millilitre is a large share. */
const leastM = 1_500

type Kind = {
  readonly unit: UnitKind
  readonly powertrain: Powertrain | null
  /** Figures that such a car tells enough of; the rest are null. */
  readonly idle: boolean
  readonly fuelFrom: Trip['fuelFrom']
  readonly energyFrom: Trip['energyFrom']
}
const kinds: readonly Kind[] = [
  { unit: 'full', powertrain: 'COMBUSTION', idle: true, fuelFrom: 'counter', energyFrom: null },
  { unit: 'full', powertrain: 'HYBRID', idle: true, fuelFrom: 'counter', energyFrom: null },
  { unit: 'full', powertrain: 'ELECTRIC', idle: true, fuelFrom: null, energyFrom: 'counter' },
  { unit: 'sparse', powertrain: null, idle: true, fuelFrom: null, energyFrom: null },
  { unit: 'tracker', powertrain: null, idle: false, fuelFrom: null, energyFrom: null },
]

test(
  `trips of each kind of car are those of the simulator's truth (seed ${seed})`,
  { timeout: 240_000 },
  async (context) => {
    using folder = temporaryFolder()
    const truthFile = join(folder.path, 'truth.jsonl')
    const dataDir = join(folder.path, 'data')
    await using system = await startSystem({ dataDir })
    const run = [
      '--cars',
      cars,
      '--seed',
      seed,
      '--units',
      units.join(),
      '--for',
      '45m',
      '--speed',
      '200',
      '--truth',
      truthFile,
    ]
    await promisify(execFile)(process.execPath, [main, 'simulate', ...run.map(String), '--url', system.mqttUrl], {
      env: { ...process.env, ROADSTREAM_DATA: dataDir, NODE_NO_WARNINGS: '1' },
    })
    const api = await signIn(system.setupUrl!)
    await api.untilRead()
    const found = new Map((await allTrips(api)).map((trip) => [`${trip.vehicle} ${trip.startAt}`, trip]))
    const truths = readFileSync(truthFile, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Truth)
    const driven = truths
      .filter((truth) => truth.kind === 'trip')
      .filter(({ endAt, distanceM }) => endAt !== null && distanceM >= leastM)

    for (const kind of kinds)
      await context.test(`${kind.unit} unit, ${kind.powertrain ?? 'any powertrain'}`, () => {
        const own = driven.filter(
          (truth) => isOf(kind, truth) && (kind.unit !== 'tracker' || !wasHidden(truth, truths)),
        )
        assert.ok(own.length >= 3, `${own.length} trips of at least ${leastM} m`)
        for (const truth of own) compare(found.get(`${truth.vehicle} ${truth.startAt}`), truth, kind)
      })
  },
)

const allTrips = (api: ApiClient): Promise<Trip[]> =>
  allRows(({ after }) =>
    api.get<Listing<Trip>>(`/trips?limit=500${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`),
  )

function isOf({ unit, powertrain }: Kind, { vehicle }: TripTruth): boolean {
  const index = Number(vehicle.slice(-5)) - 1
  return (
    units[index % units.length] === unit && (powertrain === null || newCar(seed, index).model.powertrain === powertrain)
  )
}

/** Without sky a car that tells its positions tells nothing: the way through the tunnel is not
 *  known. */
const wasHidden = ({ vehicle, startAt, endAt }: TripTruth, truths: readonly Truth[]): boolean =>
  truths.some(
    (truth) =>
      truth.kind === 'tunnel' &&
      truth.vehicle === vehicle &&
      truth.startAt <= (endAt ?? 0) &&
      (truth.endAt ?? Infinity) >= startAt,
  )

function compare(trip: Trip | undefined, truth: TripTruth, kind: Kind): void {
  const name = `${truth.vehicle}, ${new Date(truth.startAt).toISOString()}, ${truth.distanceM} m`
  assert.ok(trip !== undefined, `${name} is not there`)
  const endAt = truth.endAt ?? NaN
  const within = (figure: string, value: number | null, right: number | null, most: number): void =>
    right === null
      ? assert.equal(value, null, `${figure} of ${name}`)
      : assert.ok(value !== null && Math.abs(value - right) <= most, `${figure} of ${name} is ${value}, not ${right}`)
  within('startAt', trip.startAt, truth.startAt, 3_000)
  within('endAt', trip.endAt, endAt, 3_000)
  within('durationMs', trip.durationMs, endAt - truth.startAt, 3_000)
  within('idleMs', trip.idleMs, kind.idle ? truth.idleMs : null, 3_000)
  within('maxSpeedKmh', trip.maxSpeedKmh, kind.idle ? truth.maxSpeedKmh : null, 0.1)
  within('distanceM', trip.distanceM, truth.distanceM, 0.005 * truth.distanceM)
  within('fuelL', trip.fuelL, kind.fuelFrom && truth.fuelL, 0.01 * (truth.fuelL ?? 0))
  within('energyKwh', trip.energyKwh, kind.energyFrom && truth.energyKwh, 0.01 * Math.abs(truth.energyKwh ?? 0))
  assert.deepEqual([trip.fuelFrom, trip.energyFrom, trip.status], [kind.fuelFrom, kind.energyFrom, 'ended'], name)
}
