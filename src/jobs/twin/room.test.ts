// The room of signals beyond the catalogue: what is kept, what is told of what is not, and how
// large the twin and its state become whatever a car sends.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { driveJobs, recordsOf } from '../../engine/job-driver.ts'
import { createCatalogue } from '../../model/catalogue.ts'
import type { SamplesMessage, SignalValue } from '../../model/message.ts'
import type { TwinPatch } from '../../model/twin.ts'
import type { Anomaly } from '../../read-models/anomalies/anomalies.ts'
import { twinBootsMax } from './twin-state.ts'
import { twin, twinBy } from './twin.ts'
import { twinRoomChars } from './room.ts'

const at = 1_700_000_000_000
const boot = '00000000000000aa'
const message = (seq: number, signals: Record<string, SignalValue>, of = boot): SamplesMessage => ({
  boot: of,
  seq,
  samples: [{ at: at + seq * 1000, signals }],
})
const long = 'x'.repeat(1900)
const name = (number: number): string => `Vehicle.MadeUp.N${String(number).padStart(6, '0')}`
const many = (from: number, count: number, value: SignalValue = long): Record<string, SignalValue> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [name(from + index), value]))

type Driver = ReturnType<typeof driveJobs>
const twinOf = (driver: Driver) => driver.results().get('twin demo/car-1') as TwinPatch
const excessOf = (driver: Driver) => driver.results().get('anomaly demo/car-1/excess') as Anomaly | undefined

test('the first by name are kept as far as they fit, the others leave the twin, and the vehicle has an anomaly', () => {
  const driver = driveJobs([twin], { reload: true })
  driver.feed(recordsOf([message(0, { 'Vehicle.Speed': 50, ...many(100, 20) })]))
  assert.equal(excessOf(driver), undefined)
  const [patch] = driver.feed(recordsOf([message(1, { 'Vehicle.Speed': 51, ...many(0, 30) })]))
  const { gone = [], signals } = patch!.value as TwinPatch
  assert.ok(gone.length > 10)
  assert.deepEqual(
    gone,
    Object.keys(many(120 - gone.length, gone.length)),
    'those that come last by name, and none of the catalogue',
  )
  assert.deepEqual(Object.keys(signals).sort(), [...Object.keys(many(0, 30)), 'Vehicle.Speed'])
  const kept = Object.keys(twinOf(driver).signals)
  assert.deepEqual(
    kept.filter((path) => gone.includes(path)),
    [],
  )
  driver.pass(at + 3_600_000)
  assert.deepEqual(excessOf(driver), {
    tenant: 'demo',
    vehicle: 'car-1',
    kind: 'excess',
    count: 1,
    parts: [{ subject: gone[0], reason: 'twin-room', count: 1 }],
    lastReceivedAt: at + 1000,
  })
  const said = driver.feed(recordsOf([message(2, many(119, 1, 7))]))
  assert.deepEqual((said[0]!.value as TwinPatch).signals, {}, 'what is left out once is left out from then on')
})

test('a signal that left the twin does not come back by a boot that has the last word later', () => {
  const driver = driveJobs([twin], { reload: true })
  const other = 'bb'.repeat(8)
  driver.feed(recordsOf([message(5, many(100, 20)), message(1, many(110, 5, 'short'), other)]))
  driver.feed(recordsOf([message(6, many(0, 32))]))
  driver.feed(recordsOf([message(9, { 'Vehicle.Speed': 3 }, other)]))
  const { gone: _, signals } = twinOf(driver)
  assert.equal(signals['Vehicle.Speed']?.value, 3)
  assert.equal(signals[name(119)], undefined)
  assert.ok(Object.keys(signals).length < 40)
})

test('signals of an overlay are of the catalogue, and have no room to share', () => {
  const own = Object.keys(many(0, 80)).map((path) => ({
    path,
    type: 'sensor' as const,
    datatype: 'string' as const,
    group: 'Own',
  }))
  const driver = driveJobs([twinBy(() => createCatalogue(own))], { reload: true })
  driver.feed(recordsOf([message(0, many(0, 80))]))
  assert.equal(Object.keys(twinOf(driver).signals).length, 80)
  driver.pass(at + 3_600_000)
  assert.equal(excessOf(driver), undefined)
})

test('whatever a car sends, its twin and the state of it have a size that is known', () => {
  const driver = driveJobs([twin], { reload: true })
  const lists = (round: number): SignalValue => Array<string>(60).fill(`${round} "quoted"\n`)
  for (let round = 0; round < 2 * twinBootsMax; round += 1) {
    const of = round.toString(16).padStart(16, '0')
    const names = many(100_000 - round * 100, 90, round % 2 === 0 ? long : lists(round))
    for (const topic of ['telemetry', 'snapshot', 'critical'])
      driver.feed(recordsOf([message(round, names, of)], 'demo/car-1', topic))
  }
  driver.save()
  const { gone: _, ...row } = twinOf(driver)
  assert.ok(JSON.stringify(row).length < 1.3 * twinRoomChars, `the twin has ${JSON.stringify(row).length} characters`)
  const bytes = driver.stateBytes()
  assert.ok(bytes < twinBootsMax * 1.3 * twinRoomChars, `the state has ${bytes} bytes`)
})
