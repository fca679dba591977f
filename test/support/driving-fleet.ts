// Cars that drive against a system under test, and what must hold of it afterwards: every message
// that was acknowledged is in the log, and its effect is in the tables once.
import { setTimeout as wait } from 'node:timers/promises'
import type { AnyModel } from '../../src/read-models/read-model.ts'
import { readModels, type ReadModelName } from '../../src/read-models/read-models.ts'
import type { Twin } from '../../src/model/twin.ts'
import type { StoreOf } from '../../src/storage/table-store.ts'
import assert from 'node:assert/strict'
import { silentLogger } from '../../src/base/logger.ts'
import { openStorage } from '../../src/compose/adapters.ts'
import type { Config } from '../../src/config/config.ts'
import { openSecrets } from '../../src/config/secrets.ts'
import { resultsIn } from '../../src/engine/runner.testing.ts'
import type { EventLog } from '../../src/eventlog/event-log.ts'
import { openMemoryLog } from '../../src/eventlog/memory/memory-log.ts'
import { derivedTopics, type DerivedTopic } from '../../src/eventlog/topics.ts'
import { jobs } from '../../src/jobs/jobs.ts'
import { vehiclePassword } from '../../src/model/vehicle-credential.ts'
import { vehicleKey, type VehicleRef } from '../../src/model/vehicle-id.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { openVehicle, type Vehicle, type VehicleLimits } from '../../src/vehicle/vehicle.ts'
import { recordsOf } from './log-records.ts'
import { allRows, messagesOf, openHoursLater, readOutOf, runJobsToEnd } from './read-out.ts'
import { wholeReach } from '../../src/storage/reach.ts'

const everyMs = 50
/** Of a car that drives, unless the fleet is told another rate. */
export const messagesPerSecond = 1000 / everyMs

const carRef = (index: number): VehicleRef => ({ tenant: 'demo', vehicle: `car-${index}` })

export type DrivingFleet = AsyncDisposable & {
  readonly cars: readonly Vehicle[]
  drive(): void
  park(): void
  /** Resolves when so many messages of each car are acknowledged as it had sent at the call; fails
   *  when that takes longer than four minutes. */
  heard(): Promise<void>
  /** Resolves when every message is acknowledged; fails when that takes longer than a minute. */
  flush(): Promise<void>
}

export type FleetOptions = {
  readonly limits?: Partial<VehicleLimits>
  /** Of all cars together, which take turns. */
  readonly messagesPerS?: number
}

/** Longer than a batch is tried for (`deliveryMs` of the log on Kafka), and a start after that. */
const heardWithinMs = 240_000

/** Cars that publish a sample each few milliseconds while they drive, and park with the ignition
 *  off. */
export function openDrivingFleet(
  dataDir: string,
  mqttPort: number,
  cars: number,
  { limits = {}, messagesPerS = cars * messagesPerSecond }: FleetOptions = {},
): DrivingFleet {
  const fleetKey = openSecrets(dataDir).fleetKey('demo')
  const units: Vehicle[] = Array.from({ length: cars }, (_, index) =>
    openVehicle({
      url: `mqtt://127.0.0.1:${mqttPort}`,
      ref: carRef(index),
      password: vehiclePassword(fleetKey, carRef(index)),
      limits,
    }),
  )
  let timer: NodeJS.Timeout | undefined
  let samples = 0
  const turns = Math.max(1, Math.round((cars * messagesPerSecond) / messagesPerS))
  const say = (index: number, ignition: 'ON' | 'OFF'): void =>
    void units[index]!.send('telemetry', {
      samples: [
        {
          at: Date.now(),
          signals: {
            'Vehicle.LowVoltageSystemState': ignition,
            'Vehicle.Speed': 20 + ((samples + index) % 50),
            'Vehicle.CurrentLocation.Latitude': -34.9 + samples * 1e-5,
            'Vehicle.CurrentLocation.Longitude': -56.1 - index * 1e-3,
            ...(index % 8 === 0 && { 'Vehicle.Powertrain.Transmission.CurrentGear': 300 }),
          },
        },
      ],
    })
  const sayAll = (ignition: 'ON' | 'OFF', isMeant: (index: number) => boolean): void => {
    samples++
    for (const index of units.keys()) if (isMeant(index)) say(index, ignition)
  }
  return {
    cars: units,
    drive: () => void (timer ??= setInterval(() => sayAll('ON', (index) => (index + samples) % turns === 0), everyMs)),
    park: () => {
      clearInterval(timer)
      timer = undefined
      sayAll('OFF', () => true)
    },
    async heard() {
      const wanted = units.map(({ stats }) => stats.sent)
      const until = performance.now() + heardWithinMs
      for (const [index, car] of units.entries())
        while (car.stats.acknowledged + car.stats.refused < wanted[index]!) {
          assert.ok(performance.now() < until, `${vehicleKey(carRef(index))}: ${JSON.stringify(car.stats)}`)
          await wait(everyMs)
        }
    },
    async flush() {
      for (const car of units) assert.ok(await car.flush(60_000), `messages are left: ${JSON.stringify(car.stats)}`)
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await Promise.all(units.map((car) => car[Symbol.asyncDispose]()))
    },
  }
}

/** Reads a stopped system to its end and holds its log and tables against the fleet and against a
 *  fresh run of the jobs over that log. Gives the number of records. */
export async function assertWhole(config: Config, { cars }: DrivingFleet): Promise<number> {
  await using storage = await openStorage(config, silentLogger)
  await using logs = await openHoursLater(config)
  await readOutOf(config, storage, logs)
  const records = Map.groupBy(await recordsOf(logs.uplink, ['telemetry']), ({ key }) => key)
  const messages = messagesOf(config, logs.uplink, storage)
  let stored = 0
  for (const [index, car] of cars.entries()) {
    const ref = carRef(index)
    const own = records.get(vehicleKey(ref)) ?? []
    const seqs = new Set(own.map(({ value }) => (JSON.parse(Buffer.from(value).toString()) as { seq: number }).seq))
    assert.equal(car.stats.dropped + car.stats.refused, 0)
    assert.equal(car.stats.acknowledged, car.stats.sent)
    assert.equal(seqs.size, car.stats.sent, `${vehicleKey(ref)}: acknowledged messages are missing from the log`)
    const [ledger] = (await storage.ledger.list(wholeReach(ref.tenant), { vehicle: ref.vehicle }, { limit: 10 })).rows
    assert.deepEqual(
      [ledger?.sent, ledger?.stored, ledger?.missing, ledger?.received, ledger?.duplicate],
      [car.stats.sent, car.stats.sent, 0, own.length, own.length - car.stats.sent],
    )
    const documents = await allRows((page) => messages.list(ref, { stream: 'telemetry' }, page))
    assert.equal(documents.length, car.stats.sent, 'each message is one document')
    stored += own.length
  }
  assert.deepEqual(await tablesOf(storage), await derivedAnew(logs.later))
  return stored
}

type Derived = Readonly<Record<DerivedTopic, unknown[]>>
const sorted = (rows: readonly object[]): unknown[] =>
  rows.map((row) => canonical(row)).sort((a, b) => (a < b ? -1 : 1))
/** One text for one value, whatever the order of its keys. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

/** By topic the rows of its table. */
export async function tablesOf(storage: Storage): Promise<Derived> {
  const vehicles = await allRows((page) => storage.twins.list(wholeReach('demo'), {}, page))
  const twins: Twin[] = []
  for (const vehicle of vehicles) twins.push((await storage.twins.get(vehicle)) ?? vehicle)
  const derived: Partial<Record<DerivedTopic, unknown[]>> = { twin: sorted(twins) }
  for (const { name, topic } of Object.values<AnyModel>(readModels)) {
    const table: Pick<StoreOf<AnyModel>, 'list'> = storage[name as ReadModelName]
    derived[topic] = sorted(await allRows((page) => table.list(wholeReach('demo'), {}, page)))
  }
  return derived as Derived
}

/** The results of the jobs from the log from its first record on, in one go and in memory. */
async function derivedAnew(uplink: EventLog): Promise<Derived> {
  await using fresh = openMemoryLog({ partitions: uplink.partitions })
  await runJobsToEnd(uplink, fresh)
  return await resultsByTopic(fresh.log)
}

/** Results in the topics of what jobs derive, as `tablesOf` has rows. */
export async function resultsByTopic(log: EventLog): Promise<Derived> {
  const results = [...(await resultsIn(log, jobs))]
  const derived: Record<string, unknown[]> = {}
  for (const topic of derivedTopics)
    derived[topic] = sorted(results.filter(([id]) => id.startsWith(`${topic} `)).map(([, row]) => row))
  return derived as unknown as Derived
}
