import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { TwinPatch } from '../../model/twin.ts'
import type { SamplesMessage } from '../../model/message.ts'
import { byInstant } from '../../model/record-order.ts'
import { driveJobs, recordsOf } from '../../engine/job-driver.ts'
import { twin } from './twin.ts'

const at = 1_700_000_000_000
const message = (seq: number, samples: SamplesMessage['samples'], boot = '00000000000000aa'): SamplesMessage => ({
  boot,
  seq,
  samples,
})

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
        carClock: { boot: '00000000000000aa', offsetMs: 0, state: 'right' },
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

test('what others told late of a car is in the order of its instants, in whatever order it comes', () => {
  const late = fc.uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(late, fc.nat(1000), (instants, live) => {
      const driver = driveJobs([twin], { reload: true })
      const odometer = (ms: number) => [{ at: at + ms, signals: { 'Vehicle.TraveledDistance': ms } }]
      driver.feed(recordsOf([message(0, odometer(live))]))
      const told = instants.filter((ms) => ms !== live)
      for (const [seq, ms] of told.entries())
        driver.feed(
          recordsOf([message(seq, odometer(ms))], 'demo/car-1', 'snapshot', at + 2000).map((record) => ({
            ...record,
            headers: byInstant,
          })),
        )
      const newest = Math.max(live, ...told)
      assert.deepEqual((driver.results().get('twin demo/car-1') as TwinPatch).signals, {
        'Vehicle.TraveledDistance': { value: newest, at: at + newest },
      })
    }),
  )
})

test('unavailable and invalid are values too', () => {
  const driver = driveJobs([twin])
  driver.feed(recordsOf([message(0, [{ at, signals: { 'Vehicle.Speed': 20, 'Vehicle.IsMoving': true } }])]))
  driver.feed(
    recordsOf([
      message(1, [{ at: at + 1, signals: { 'Vehicle.Speed': null, 'Vehicle.IsMoving': { invalid: 'type' } } }]),
    ]),
  )
  assert.deepEqual((driver.results().get('twin demo/car-1') as TwinPatch).signals, {
    'Vehicle.IsMoving': { value: { invalid: 'type' }, at: at + 1 },
    'Vehicle.Speed': { value: null, at: at + 1 },
  })
})

test('a car of which only instants of a clock that is not set were heard is as old as its receipt', () => {
  const driver = driveJobs([twin])
  const heardAt = at + 3000
  const [record] = recordsOf(
    [{ boot: '00000000000000aa', seq: 0, event: 'trouble-code', at: 9000, data: {} }],
    'demo/car-1',
    'event',
    heardAt,
  )
  const [output] = driver.feed([{ ...record!, at: heardAt }])
  const patch = output!.value as TwinPatch
  assert.deepEqual([output!.at, patch.at, patch.carClock], [heardAt, heardAt, null])
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

test('a number that no unit can have counted up to does not have the last word', () => {
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
  ]) {
    const driver = driveJobs([twin], { reload: true })
    const messages = [0, Number.MAX_SAFE_INTEGER, 1].map((seq, second) => speedAt(seq, at + second * 1000))
    for (const place of order) driver.feed(heardAt(messages[place]!, at + 5000))
    assert.deepEqual(twinOf(driver).signals['Vehicle.Speed'], { value: 1, at: at + 2000 })
  }
})

test('of different messages under one number the one measured later counts, in any order', () => {
  const first = message(2, [{ at, signals: { 'Vehicle.Speed': 90, 'Vehicle.Custom.Seat': 'a' } }])
  const again = message(2, [{ at: at + 1_000_000, signals: { 'Vehicle.Speed': 22 } }])
  const same = message(2, [{ at, signals: { 'Vehicle.Custom.Seat': 'b' } }])
  for (const order of [
    [first, again, same],
    [same, again, first],
    [again, first, same, again],
  ]) {
    const driver = driveJobs([twin], { reload: true })
    for (const each of order) driver.feed(recordsOf([each]))
    const { signals } = driver.results().get('twin demo/car-1') as TwinPatch
    assert.deepEqual(
      [signals['Vehicle.Speed'], signals['Vehicle.Custom.Seat']?.value],
      [{ value: 22, at: at + 1_000_000 }, 'b'],
    )
  }
})

test('a clock that runs more than a day ahead does not hold the twin for ever', () => {
  const driver = driveJobs([twin])
  const ahead = message(0, [{ at: at + 30 * 86_400_000, signals: { 'Vehicle.Speed': 1 } }])
  driver.feed(recordsOf([ahead], 'demo/car-1', 'telemetry', at))
  driver.feed(recordsOf([message(1, [{ at: at + 1000, signals: { 'Vehicle.Speed': 2 } }])]))
  assert.deepEqual((driver.results().get('twin demo/car-1') as TwinPatch).signals['Vehicle.Speed'], {
    value: 2,
    at: at + 1000,
  })
})

const speedAt = (seq: number, when: number, boot?: string) =>
  message(seq, [{ at: when, signals: { 'Vehicle.Speed': seq } }], boot)
const twinOf = (driver: ReturnType<typeof driveJobs>) => driver.results().get('twin demo/car-1') as TwinPatch

test('a value measured after its receipt is marked, and does not move the time of the car', () => {
  const driver = driveJobs([twin], { reload: true })
  const hourMs = 3_600_000
  driver.feed(recordsOf([speedAt(0, at + hourMs)], 'demo/car-1', 'telemetry', at))
  assert.deepEqual(twinOf(driver).signals['Vehicle.Speed'], { value: 0, at: at + hourMs, clockDoubt: 'ahead' })
  assert.equal(twinOf(driver).at, at + hourMs, 'all are marked')
  const patch = driver.feed(recordsOf([speedAt(1, at + 1000)], 'demo/car-1', 'telemetry', at + 2000))[0]!
    .value as TwinPatch
  assert.deepEqual([patch.at, patch.receivedAt], [at + 1000, at + 2000])
  assert.deepEqual(patch.carClock, { boot: '00000000000000aa', offsetMs: -1000, state: 'jumps' })
})

test('what the clock is off by is that of the boot heard last, and the greatest of it', () => {
  const driver = driveJobs([twin], { reload: true })
  const heard = (samples: SamplesMessage, receivedAt: number) =>
    driver.feed(recordsOf([samples], 'demo/car-1', 'telemetry', receivedAt))
  heard(speedAt(0, at, 'ff'.repeat(8)), at + 500_000)
  heard(speedAt(0, at + 600_000, 'aa'.repeat(8)), at + 700_000)
  heard(speedAt(1, at + 790_000, 'aa'.repeat(8)), at + 800_000)
  heard(speedAt(2, at + 800_000, 'aa'.repeat(8)), at + 900_000)
  heard(speedAt(1, at + 1, 'ff'.repeat(8)), at + 800_000)
  assert.deepEqual(twinOf(driver).carClock, { boot: 'aa'.repeat(8), offsetMs: -10_000, state: 'right' })
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

const heardAt = (samples: SamplesMessage, receivedAt: number, topic = 'telemetry') =>
  recordsOf([samples], 'demo/car-1', topic, receivedAt)

test('within a boot what was said later is decided by seq, whatever the clock said', () => {
  const driver = driveJobs([twin], { reload: true })
  driver.feed(heardAt(speedAt(4, at + 90_000), at))
  driver.feed(heardAt(speedAt(6, at + 2000), at + 2000))
  driver.feed(heardAt(speedAt(5, at + 80_000), at + 3000))
  assert.deepEqual(twinOf(driver).signals['Vehicle.Speed'], { value: 6, at: at + 2000 })
})

test('boots are in the order of their ends as far as these are believed: not one that was ahead, nor one that counts weeks anew', () => {
  const [first, second, third] = ['ff', 'aa', 'bb'].map((digits) => digits.repeat(8))
  const driver = driveJobs([twin], { reload: true })
  driver.feed(heardAt(speedAt(1, at + 30 * 86_400_000, first), at))
  driver.feed(heardAt(speedAt(2, at + 1000, second), at + 1000))
  assert.equal(twinOf(driver).signals['Vehicle.Speed']!.value, 2)
  const rolledOver = at + 2000 - 1024 * 7 * 86_400_000
  driver.feed(heardAt(speedAt(3, rolledOver, third), at + 2000))
  assert.deepEqual(twinOf(driver).signals['Vehicle.Speed'], { value: 3, at: rolledOver })
  assert.deepEqual(twinOf(driver).carClock, { boot: third, offsetMs: -1024 * 7 * 86_400_000, state: 'behind' })
})

test('a boot that turns out to have ended later has the last word on every signal it ever named', () => {
  const [late, early] = ['aa', 'bb'].map((digits) => digits.repeat(8))
  const driver = driveJobs([twin], { reload: true })
  const seat = message(0, [{ at: at + 1000, signals: { 'Vehicle.Custom.Seat': 'late' } }], late)
  driver.feed(heardAt(seat, at + 9000))
  driver.feed(heardAt(message(0, [{ at: at + 2000, signals: { 'Vehicle.Custom.Seat': 'early' } }], early), at + 9000))
  assert.equal(twinOf(driver).signals['Vehicle.Custom.Seat']!.value, 'early')
  const patch = driver.feed(heardAt(speedAt(1, at + 3000, late), at + 9000))[0]!.value as TwinPatch
  assert.deepEqual(patch.signals, {
    'Vehicle.Speed': { value: 1, at: at + 3000 },
    'Vehicle.Custom.Seat': { value: 'late', at: at + 1000 },
  })
})

test('an instant that jumps ahead alone does not make the clock one that is ahead; it is told that it jumps', () => {
  const driver = driveJobs([twin], { reload: true })
  const clockAfter = (seq: number, when: number) => {
    driver.feed(heardAt(speedAt(seq, when), at + seq * 1000))
    return twinOf(driver).carClock!
  }
  assert.equal(clockAfter(0, at).state, 'right')
  assert.deepEqual(clockAfter(1, at + 7_200_000), { boot: '00000000000000aa', offsetMs: 0, state: 'jumps' })
  assert.deepEqual(clockAfter(2, at + 2000), { boot: '00000000000000aa', offsetMs: 0, state: 'jumps' })
  assert.equal(clockAfter(3, at + 7_203_000).state, 'jumps')
  assert.equal(clockAfter(4, at + 7_204_000).state, 'ahead', 'two that follow each other are no lone jumps')
})

test('a unit that wakes five minutes ahead for one message has a clock that jumped, not one that is ahead', () => {
  const charging = (seq: number, when: number, is: boolean): SamplesMessage =>
    message(seq, [{ at: when, signals: { 'Vehicle.Powertrain.TractionBattery.Charging.IsCharging': is } }])
  const heard = [
    heardAt(charging(0, at + 300_000, false), at),
    heardAt(charging(1, at, true), at + 100),
    heardAt(charging(2, at + 1000, true), at + 1100),
  ]
  for (const order of [heard, heard.toReversed()]) {
    const driver = driveJobs([twin], { reload: true })
    for (const records of order) driver.feed(records)
    const { carClock, at: lastAt, signals } = twinOf(driver)
    assert.deepEqual([carClock, lastAt], [{ boot: '00000000000000aa', offsetMs: -100, state: 'jumps' }, at + 1000])
    assert.deepEqual(signals['Vehicle.Powertrain.TractionBattery.Charging.IsCharging'], { value: true, at: at + 1000 })
  }
})

test('streams count apart: between them the later instant has the last word', () => {
  const driver = driveJobs([twin], { reload: true })
  driver.feed(heardAt(speedAt(400, at + 1000), at + 1000))
  driver.feed(heardAt(speedAt(2, at + 2000), at + 2000, 'snapshot'))
  assert.equal(twinOf(driver).signals['Vehicle.Speed']!.value, 2)
  driver.feed(heardAt(speedAt(401, at + 1500), at + 2500))
  assert.equal(twinOf(driver).signals['Vehicle.Speed']!.value, 2)
  driver.feed(heardAt(speedAt(402, at + 3000), at + 3000))
  assert.equal(twinOf(driver).signals['Vehicle.Speed']!.value, 402)
})

test('a place at 0, 0 or without a fix is kept and doubted, and the next one is not', () => {
  const driver = driveJobs([twin], { reload: true })
  const said = (seq: number, signals: SamplesMessage['samples'][number]['signals']) => {
    driver.feed(recordsOf([message(seq, [{ at: at + seq, signals }])]))
    return Object.fromEntries(
      Object.entries(twinOf(driver).signals).map(([path, { value, doubt }]) => [
        path.split('.').at(-1),
        [value, doubt],
      ]),
    )
  }
  const place = (lat: number, lon: number) => ({
    'Vehicle.CurrentLocation.Latitude': lat,
    'Vehicle.CurrentLocation.Longitude': lon,
  })
  assert.deepEqual(said(0, place(52.5, 13.4)), { Latitude: [52.5, undefined], Longitude: [13.4, undefined] })
  assert.deepEqual(said(1, place(0, 0)), { Latitude: [0, 'null-island'], Longitude: [0, 'null-island'] })
  assert.deepEqual(said(2, { ...place(52.6, 13.4), 'Vehicle.CurrentLocation.GNSSReceiver.FixType': 'NONE' }), {
    Latitude: [52.6, 'no-fix'],
    Longitude: [13.4, 'no-fix'],
    FixType: ['NONE', undefined],
  })
  assert.deepEqual(said(3, place(52.7, 13.4)), {
    Latitude: [52.7, undefined],
    Longitude: [13.4, undefined],
    FixType: ['NONE', undefined],
  })
})
