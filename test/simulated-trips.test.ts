// A city drives against the whole system, and each trip in the tables is held against the simulator's account of it, by kind of car:
// what the car says passes the gateway, the log, the jobs and the writers.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { silentLogger } from '../src/base/logger.ts'
import { openStorage } from '../src/compose.ts'
import { readConfig } from '../src/config.ts'
import type { Trip } from '../src/model/read-models.ts'
import { newCar } from '../src/sim/car.ts'
import type { Powertrain } from '../src/sim/car-model.ts'
import type { TripTruth, Truth } from '../src/sim/truth.ts'
import { allRows, readOut } from './support/read-out.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const seed = Number(process.env['SIM_SEED'] ?? 3)
const cars = 24
const kinds: readonly Powertrain[] = ['COMBUSTION', 'HYBRID', 'ELECTRIC']
/** Shorter than this a metre or a millilitre is a large share. */
const leastM = 1_500

test(`trips of each kind of car are those of the simulator's truth (seed ${seed})`, { timeout: 240_000 }, async (context) => {
  using folder = temporaryFolder()
  const truthFile = join(folder.path, 'truth.jsonl')
  const dataDir = join(folder.path, 'data')
  {
    await using system = await startSystem({ dataDir })
    const run = ['--cars', cars, '--seed', seed, '--for', '45m', '--speed', '200', '--truth', truthFile, '--url', system.mqttUrl]
    await promisify(execFile)(process.execPath, [main, 'simulate', ...run.map(String)], {
      env: { ...process.env, ROADSTREAM_DATA: dataDir, NODE_NO_WARNINGS: '1' },
    })
    assert.equal(await system.stop(), 0)
  }
  const config = readConfig({ ROADSTREAM_DATA: dataDir })
  assert.ok(config.ok)
  await using storage = await openStorage(config.value, silentLogger)
  await readOut(config.value, storage)
  const found = new Map(
    (await allRows((page) => storage.trips.list('demo', {}, page))).map((trip) => [`${trip.vehicle} ${trip.startAt}`, trip]),
  )
  const driven = readFileSync(truthFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Truth)
    .filter((truth): truth is TripTruth => truth.kind === 'trip' && truth.endAt !== null && truth.distanceM >= leastM)

  for (const kind of kinds)
    await context.test(kind, () => {
      const own = driven.filter(({ vehicle }) => newCar(seed, Number(vehicle.slice(-5)) - 1).model.powertrain === kind)
      assert.ok(own.length >= 3, `${own.length} trips of at least ${leastM} m`)
      for (const truth of own) compare(found.get(`${truth.vehicle} ${truth.startAt}`), truth)
    })
})

function compare(trip: Trip | undefined, truth: TripTruth): void {
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
  within('idleMs', trip.idleMs, truth.idleMs, 3_000)
  within('distanceM', trip.distanceM, truth.distanceM, 0.005 * truth.distanceM)
  within('fuelL', trip.fuelL, truth.fuelL, 0.01 * (truth.fuelL ?? 0))
  within('energyKwh', trip.energyKwh, truth.energyKwh, 0.01 * (truth.energyKwh ?? 0))
  assert.equal(trip.status, 'ended', name)
}
