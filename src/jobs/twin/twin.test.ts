import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TwinPatch } from '../../model/read-models.ts'
import type { SamplesMessage } from '../../model/message.ts'
import { driveJobs, recordsOf } from '../../engine/job-driver.ts'
import { twin } from './twin.ts'

const at = 1_700_000_000_000
const message = (seq: number, samples: SamplesMessage['samples'], boot = '00000000000000aa'): SamplesMessage => ({ boot, seq, samples })

test('one batch gives one patch for a vehicle, with the signals that advanced and when they were measured', () => {
  const outputs = driveJobs([twin]).feed(
    recordsOf([
      message(0, [{ at, signals: { 'Vehicle.Speed': 10, 'Vehicle.IsMoving': true } }]),
      message(1, [{ at: at + 1000, signals: { 'Vehicle.Speed': 20 } }]),
    ]),
  )
  assert.deepEqual(outputs, [
    {
      topic: 'twin',
      id: 'demo/car-1',
      key: 'demo/car-1',
      at: at + 1000,
      value: {
        tenant: 'demo',
        vehicle: 'car-1',
        at: at + 1000,
        receivedAt: at + 1000,
        clock: { boot: '00000000000000aa', offsetMs: 0, state: 'right' },
        signals: { 'Vehicle.Speed': { value: 20, at: at + 1000 }, 'Vehicle.IsMoving': { value: true, at } },
      },
    },
  ])
})

test('a late message changes only what is not known newer, and a repeated one nothing', () => {
  const driver = driveJobs([twin], { reload: true })
  const [first, late] = recordsOf([
    message(1, [{ at: at + 5000, signals: { 'Vehicle.Speed': 20 } }]),
    message(0, [{ at, signals: { 'Vehicle.Speed': 10, 'Vehicle.IsMoving': true } }]),
  ])
  driver.feed([first!])
  const patch = driver.feed([late!])[0]!.value as TwinPatch
  assert.deepEqual(patch.signals, { 'Vehicle.IsMoving': { value: true, at } })
  assert.deepEqual(driver.feed([first!, late!]), [])
})

test('unavailable and invalid are values too', () => {
  const driver = driveJobs([twin])
  driver.feed(recordsOf([message(0, [{ at, signals: { 'Vehicle.Speed': 20, 'Vehicle.IsMoving': true } }])]))
  driver.feed(recordsOf([message(1, [{ at: at + 1, signals: { 'Vehicle.Speed': null, 'Vehicle.IsMoving': { invalid: 'type' } } }])]))
  assert.deepEqual((driver.results().get('twin demo/car-1') as TwinPatch).signals, {
    'Vehicle.IsMoving': { value: { invalid: 'type' }, at: at + 1 },
    'Vehicle.Speed': { value: null, at: at + 1 },
  })
})

test('of one instant the later message counts, and in one message the later sample', () => {
  const driver = driveJobs([twin])
  const twice = message(4, [
    { at, signals: { 'Vehicle.Speed': 1 } },
    { at, signals: { 'Vehicle.Speed': 2 } },
  ])
  driver.feed(recordsOf([twice, message(3, [{ at, signals: { 'Vehicle.Speed': 3 } }]), twice]))
  assert.equal((driver.results().get('twin demo/car-1') as TwinPatch).signals['Vehicle.Speed']!.value, 2)
})

test('a clock that runs more than a day ahead does not hold the twin for ever', () => {
  const driver = driveJobs([twin])
  const ahead = message(0, [{ at: at + 30 * 86_400_000, signals: { 'Vehicle.Speed': 1 } }])
  driver.feed(recordsOf([ahead], 'demo/car-1', 'telemetry', at))
  driver.feed(recordsOf([message(1, [{ at: at + 1000, signals: { 'Vehicle.Speed': 2 } }])]))
  assert.deepEqual((driver.results().get('twin demo/car-1') as TwinPatch).signals['Vehicle.Speed'], { value: 2, at: at + 1000 })
})

const speedAt = (seq: number, when: number, boot?: string) => message(seq, [{ at: when, signals: { 'Vehicle.Speed': seq } }], boot)
const twinOf = (driver: ReturnType<typeof driveJobs>) => driver.results().get('twin demo/car-1') as TwinPatch

test('a value measured after its receipt is marked, and does not move the time of the car', () => {
  const driver = driveJobs([twin], { reload: true })
  const hourMs = 3_600_000
  driver.feed(recordsOf([speedAt(0, at + hourMs)], 'demo/car-1', 'telemetry', at))
  assert.deepEqual(twinOf(driver).signals['Vehicle.Speed'], { value: 0, at: at + hourMs, clock: 'ahead' })
  assert.equal(twinOf(driver).at, at + hourMs, 'all are marked')
  const patch = driver.feed(recordsOf([speedAt(1, at + 1000)], 'demo/car-1', 'telemetry', at + 2000))[0]!.value as TwinPatch
  assert.deepEqual([patch.at, patch.receivedAt], [at + 1000, at + 2000])
  assert.deepEqual(patch.clock, { boot: '00000000000000aa', offsetMs: hourMs, state: 'ahead' })
})

test('what the clock is off by is that of the boot heard last, and the greatest of it', () => {
  const driver = driveJobs([twin], { reload: true })
  const heard = (samples: SamplesMessage, receivedAt: number) => driver.feed(recordsOf([samples], 'demo/car-1', 'telemetry', receivedAt))
  heard(speedAt(0, at, 'ff'.repeat(8)), at + 500_000)
  heard(speedAt(0, at + 600_000, 'aa'.repeat(8)), at + 700_000)
  heard(speedAt(1, at + 790_000, 'aa'.repeat(8)), at + 800_000)
  heard(speedAt(2, at + 800_000, 'aa'.repeat(8)), at + 900_000)
  heard(speedAt(1, at + 1, 'ff'.repeat(8)), at + 800_000)
  assert.deepEqual(twinOf(driver).clock, { boot: 'aa'.repeat(8), offsetMs: -10_000, state: 'right' })
  assert.equal(twinOf(driver).receivedAt, at + 900_000)
})

test('a car that says nothing new was heard all the same', () => {
  const driver = driveJobs([twin], { reload: true })
  driver.feed(recordsOf([speedAt(0, at)], 'demo/car-1', 'telemetry', at + 100))
  const [said] = driver.feed(recordsOf([speedAt(0, at)], 'demo/car-1', 'telemetry', at + 5000))
  assert.deepEqual([(said!.value as TwinPatch).receivedAt, (said!.value as TwinPatch).signals], [at + 5000, {}])
  const event = { boot: '00000000000000aa', seq: 0, event: 'ignition-on', at: at + 6000, data: {} }
  driver.feed(recordsOf([event], 'demo/car-1', 'event', at + 7000))
  assert.deepEqual([twinOf(driver).at, twinOf(driver).receivedAt], [at + 6000, at + 7000])
})
