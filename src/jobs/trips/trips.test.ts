import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Sample } from '../../model/message.ts'
import type { Track, Trip } from '../../model/read-models.ts'
import { driveJobs, messagesOf, recordsOf, type JobDriver } from '../../engine/job-driver.ts'
import { latenessMs } from '../../engine/lateness.ts'
import { mergeSamples, sameSample, type DriveSample } from './drive-sample.ts'
import { minuteCodec, type Minute } from './minute.ts'
import { trips } from './trips.ts'

/** A whole minute. */
const at = 1_700_000_040_000

const driving = (fromS: number, seconds: number, kmh = 36, more: Sample['signals'] = {}): Sample[] =>
  Array.from({ length: seconds }, (_, second) => ({ at: at + (fromS + second) * 1000, signals: { 'Vehicle.Speed': kmh, ...more } }))
const ignition = (atS: number, state: string): Sample => ({ at: at + atS * 1000, signals: { 'Vehicle.LowVoltageSystemState': state } })

const rowsIn = <Row>(driver: JobDriver, topic: string): Row[] =>
  [...driver.results()].filter(([id]) => id.startsWith(`${topic} `)).map(([, row]) => row as Row)
const tripsIn = (driver: JobDriver): Trip[] => rowsIn<Trip>(driver, 'trip').sort((a, b) => a.startAt - b.startAt)

function driverOf(...batches: readonly (readonly Sample[])[]): JobDriver {
  const driver = driveJobs([trips], { reload: true })
  for (const [index, samples] of batches.entries()) driver.feed(recordsOf(messagesOf(samples, String(index).padStart(16, '0'))))
  return driver
}

/** All that the samples amount to, once event time has passed. */
function settled(...batches: readonly (readonly Sample[])[]): Trip[] {
  const driver = driverOf(...batches)
  driver.pass(Number.MAX_SAFE_INTEGER)
  return tripsIn(driver)
}

const seconds = (trip: Trip): readonly [number, number] => [(trip.startAt - at) / 1000, (trip.endAt - at) / 1000]

test('a trip is told when it starts, and ends with the ignition', () => {
  const driver = driverOf([ignition(0, 'ON'), ...driving(5, 30)])
  const [open] = tripsIn(driver)
  assert.deepEqual([open!.status, open!.endedBy, ...seconds(open!)], ['open', null, 0, 34])
  driver.feed(recordsOf(messagesOf([ignition(40, 'OFF')], 'ff'.repeat(8))))
  const [ended] = tripsIn(driver)
  assert.deepEqual([ended!.id, ended!.status, ended!.endedBy, ...seconds(ended!)], [open!.id, 'ended', 'ignition', 0, 40])
})

test('the ignition may be told by events', () => {
  const driver = driveJobs([trips])
  const event = (name: string, atS: number) => ({ boot: '00000000000000ee', seq: atS, event: name, at: at + atS * 1000, data: {} })
  driver.feed(recordsOf([event('ignition-on', 0)], 'demo/car-1', 'event'))
  driver.feed(recordsOf(messagesOf(driving(10, 60))))
  driver.feed(recordsOf([event('ignition-off', 75)], 'demo/car-1', 'event'))
  assert.deepEqual(tripsIn(driver).map(seconds), [[0, 75]])
})

test('300 s of silence do not end a trip, one millisecond more does', () => {
  const pause = (ms: number): Sample[] => driving(0, 61).map((sample) => ({ ...sample, at: sample.at + 60_000 + ms }))
  assert.deepEqual(settled(driving(0, 61), pause(300_000)).map(seconds), [[0, 420]])
  const two = settled(driving(0, 61), pause(300_001))
  assert.deepEqual(
    two.map(({ endedBy }) => endedBy),
    ['silence', 'silence'],
  )
})

test('standing before driving is no part of a trip unless the ignition is known to be on', () => {
  const waiting = driving(0, 120, 0)
  assert.deepEqual(settled(waiting, driving(120, 60)).map(seconds), [[119, 179]])
  const [trip] = settled([ignition(0, 'ON'), ...waiting], driving(120, 60))
  assert.deepEqual([...seconds(trip!), trip!.idleMs], [0, 179, 119_000])
})

test('the ignition switched on and off without driving is no trip, nor is rolling a few metres', () => {
  assert.deepEqual(settled([ignition(0, 'ON'), ...driving(1, 60, 0), ignition(70, 'OFF')]), [])
  assert.deepEqual(settled([ignition(0, 'ON'), ...driving(1, 8, 10), ignition(70, 'OFF')]), [])
})

test('a car that goes on reporting zero speed without a word of its ignition is parked after half an hour', () => {
  const parked = Array.from({ length: 200 }, (_, minute) => driving(60 + minute * 60, 1, 0)).flat()
  const [first, second, ...others] = settled(driving(0, 60), parked, driving(12_060, 60))
  assert.deepEqual(others, [])
  assert.deepEqual([...seconds(first!), first!.idleMs, first!.samples, first!.endedBy], [0, 60, 0, 61, 'silence'])
  assert.deepEqual(seconds(second!), [12_000, 12_119])
  const silentAfter = settled(driving(0, 60), parked, driving(20_000, 60))
  assert.deepEqual(silentAfter.map(seconds), [
    [0, 60],
    [20_000, 20_059],
  ])
  const [waiting, ...rest] = settled([ignition(0, 'ON')], driving(1, 60), parked, driving(12_060, 60))
  assert.deepEqual([rest.length, ...seconds(waiting!)], [0, 0, 12_119], 'with the ignition on it waits')
})

test('a late sample corrects the trip and keeps its id', () => {
  const driver = driverOf(driving(0, 60), driving(60, 60, 72))
  driver.pass(at + 3_600_000)
  const [before] = tripsIn(driver)
  driver.feed(recordsOf(messagesOf([{ at: at + 90_500, signals: { 'Vehicle.Speed': 180 } }], 'ff'.repeat(8))))
  driver.pass(at + 4_000_000)
  const [after] = tripsIn(driver)
  assert.equal(tripsIn(driver).length, 1)
  assert.deepEqual([after!.id, after!.maxSpeedKmh, after!.samples], [before!.id, 180, before!.samples + 1])
  assert.equal(after!.distanceM - before!.distanceM, 15)
})

test('a sample that moves the start of a trip deletes the old one; one that bridges a gap makes two trips one', () => {
  const driver = driverOf(driving(0, 60), driving(500, 60))
  driver.pass(at + 3_600_000)
  const [first, second] = tripsIn(driver)
  driver.feed(recordsOf(messagesOf(driving(-10, 5), 'ff'.repeat(8))))
  const moved = driver.pass(at + 4_000_000).filter(({ topic }) => topic === 'trip')
  assert.deepEqual(
    moved.map(({ id, value }) => [id === first!.id, value === null]),
    [
      [true, true],
      [false, false],
    ],
  )
  driver.feed(recordsOf(messagesOf(driving(300, 1), 'ee'.repeat(8))))
  driver.pass(at + 5_000_000)
  assert.deepEqual(tripsIn(driver).map(seconds), [[-10, 559]])
  assert.ok(!driver.results().has(`trip ${second!.id}`))
})

test('a sample further behind than the lateness bound changes nothing', () => {
  const driver = driverOf(driving(0, 60), driving(latenessMs / 1000 + 3600, 60))
  driver.pass(Number.MAX_SAFE_INTEGER)
  const before = JSON.stringify(tripsIn(driver))
  driver.feed(recordsOf(messagesOf(driving(60, 60), 'ff'.repeat(8))))
  driver.pass(Number.MAX_SAFE_INTEGER)
  assert.equal(JSON.stringify(tripsIn(driver)), before)
})

test('a trip longer than the lateness window is one trip with all of its distance', () => {
  const driver = driveJobs([trips], { reload: true })
  const hours = 15
  for (let minute = 0; minute < hours * 60; minute += 1) {
    const samples = [0, 10, 20, 30, 40, 50].flatMap((second) => driving(minute * 60 + second, 1))
    driver.feed(recordsOf(messagesOf(samples)), at + minute * 60_000)
  }
  driver.pass(Number.MAX_SAFE_INTEGER)
  const [trip, ...others] = tripsIn(driver)
  assert.deepEqual(others, [])
  // 10 m/s, and half an interval of a second at each end.
  assert.equal(trip!.distanceM, (hours * 3600 - 10) * 10 + 10)
})

test('the track of a trip has each minute with its samples in order of time, and goes when the trip goes', () => {
  const place = { 'Vehicle.CurrentLocation.Latitude': -34.9, 'Vehicle.CurrentLocation.Longitude': -56.1 }
  const driver = driverOf(driving(62, 30, 36, place), driving(0, 62))
  driver.pass(at + 3_600_000)
  const tracks = rowsIn<Track>(driver, 'track').sort((a, b) => a.minuteAt - b.minuteAt)
  assert.deepEqual(
    tracks.map(({ minuteAt, at: times }) => [minuteAt, times.length]),
    [
      [at, 60],
      [at + 60_000, 32],
    ],
  )
  assert.deepEqual(tracks[1]!.lat.slice(0, 3), [null, null, -34.9])
  assert.deepEqual(
    tracks[1]!.at,
    tracks[1]!.at.toSorted((a, b) => a - b),
  )
  // What was taken for driving turns out to have been the ignition switched off all along.
  driver.feed(
    recordsOf(
      messagesOf(
        Array.from({ length: 92 }, (_, second) => ignition(second, 'OFF')),
        'ff'.repeat(8),
      ),
    ),
  )
  driver.pass(at + 7_200_000)
  assert.deepEqual([...driver.results()], [])
})

test('fuel is by the counter of the engine, else by the tank; energy by the counter of the battery, else by its power', () => {
  const signal = (path: string, values: readonly number[]): Sample[] =>
    values.map((value, index) => ({ at: at + index * 10_000, signals: { 'Vehicle.Speed': 50, [`Vehicle.Powertrain.${path}`]: value } }))
  const used = (path: string, values: readonly number[]) =>
    settled(signal(path, values)).map(({ fuelL, energyKwh }) => [fuelL, energyKwh])[0]
  assert.deepEqual(used('FuelSystem.ConsumptionSinceStart', [0.1, 0.2, 0.35]), [0.25, null])
  assert.deepEqual(used('FuelSystem.ConsumptionSinceStart', [0.1, 0.2, 0.05]), [0.15, null], 'the counter was started anew')
  assert.deepEqual(used('FuelSystem.AbsoluteLevel', [40, 39.9, 39.7]), [0.3, null])
  assert.deepEqual(used('FuelSystem.AbsoluteLevel', [4, 3.9, 39.7]), [null, null], 'it was filled up')
  assert.deepEqual(used('TractionBattery.AccumulatedConsumedEnergy', [100, 100.5, 101.25]), [null, 1.25])
  assert.deepEqual(
    used('TractionBattery.AccumulatedConsumedEnergy', [4700, 4700.5, 4699.9, 4700.15, 12, 12.5]),
    [null, 0.65],
    'energy comes back downhill; another counter says nothing',
  )
  assert.deepEqual(used('TractionBattery.CurrentPower', [-36_000, -36_000, -36_000]), [null, null], 'power changes within ten seconds')
  const power = driving(0, 21).map((sample) => ({
    ...sample,
    signals: { ...sample.signals, 'Vehicle.Powertrain.TractionBattery.CurrentPower': -36_000 },
  }))
  assert.deepEqual([settled(power)[0]?.fuelL, settled(power)[0]?.energyKwh], [null, 0.2])
})

test('what was read once, or for a part of the trip only, tells no fuel and no energy, and never 0', () => {
  const paths = [
    'FuelSystem.ConsumptionSinceStart',
    'FuelSystem.AbsoluteLevel',
    'TractionBattery.AccumulatedConsumedEnergy',
    'TractionBattery.CurrentPower',
  ]
  const readAt = (path: string, seconds: readonly number[], samples: readonly Sample[]) =>
    samples.map((sample, second) =>
      seconds.includes(second) ? { ...sample, signals: { ...sample.signals, [`Vehicle.Powertrain.${path}`]: 5 } } : sample,
    )
  for (const path of paths)
    for (const seconds of [[0], [30], [60], [0, 50], [10, 60]]) {
      const [trip] = settled(readAt(path, seconds, driving(0, 61)))
      assert.deepEqual([trip?.fuelL, trip?.energyKwh], [null, null], `${path} read at ${seconds.join(', ')} s of 60`)
    }
  const [whole] = settled(readAt('FuelSystem.AbsoluteLevel', [0, 60], driving(0, 61)))
  assert.equal(whole?.fuelL, 0, 'read at both ends it is known, and 0 when nothing was used')
})

test('what is known of fuel and energy says from what, and of how much of the trip', () => {
  const told = (path: string, samples: readonly Sample[], value: (index: number) => number): Trip | undefined =>
    settled(
      samples.map((sample, index) => ({ ...sample, signals: { ...sample.signals, [`Vehicle.Powertrain.${path}`]: value(index) } })),
    )[0]
  const fuelOf = (trip: Trip | undefined) => [trip?.fuelL, trip?.fuelFrom, trip?.fuelCovered]
  const energyOf = (trip: Trip | undefined) => [trip?.energyKwh, trip?.energyFrom, trip?.energyCovered]
  const drive = driving(0, 101)
  const level = (index: number): number => (index < 96 ? 5 - index / 1000 : NaN)
  assert.deepEqual(fuelOf(told('FuelSystem.ConsumptionSinceStart', drive, (index) => index / 1000)), [0.1, 'counter', 1])
  assert.deepEqual(fuelOf(told('FuelSystem.AbsoluteLevel', drive, level)), [0.095, 'tank', 0.95])
  assert.deepEqual(energyOf(told('TractionBattery.AccumulatedConsumedEnergy', drive, (index) => index / 100)), [1, 'counter', 1])
  assert.deepEqual(energyOf(told('TractionBattery.CurrentPower', drive, () => -36_000)), [1, 'power', 1])
  assert.deepEqual([...fuelOf(drive[0] && settled(drive)[0]), ...energyOf(settled(drive)[0])], Array(6).fill(null))
  // 8 L/100 km over a kilometre. At rest a use by distance says nothing, whatever is told.
  const rate = 'FuelSystem.InstantConsumption'
  assert.deepEqual(fuelOf(told(rate, drive, () => 8)), [0.08, 'rate', 1])
  assert.deepEqual(fuelOf(told(rate, [...drive, ...driving(101, 9, 0)], () => 8)), [0.08, 'rate', 0.92])
  assert.deepEqual(fuelOf(told(rate, [...drive, ...driving(101, 60, 0)], () => 8)), [null, null, null])
})

test('readings from before the trip are no part of what covers it', () => {
  const level = (sample: Sample): Sample => ({
    ...sample,
    signals: { ...sample.signals, 'Vehicle.Powertrain.FuelSystem.AbsoluteLevel': 9 - sample.at / 1e13 },
  })
  const samples = [...driving(0, 600, 0), ...driving(600, 61)]
  assert.equal(settled(samples.map((sample, index) => (index < 610 ? level(sample) : sample)))[0]?.fuelL, null)
})

test('idle time and the greatest speed are not known of a car that tells no speed, nor idle time of one that seldom does', () => {
  const figures = (samples: readonly Sample[]) => settled(samples).map(({ idleMs, maxSpeedKmh }) => [idleMs, maxSpeedKmh])
  const drive = [...driving(0, 60), ...driving(60, 30, 0), ...driving(90, 30)]
  assert.deepEqual(figures(drive), [[29_000, 36]])
  const placed = drive.map(({ at }, index) => ({
    at,
    signals: { 'Vehicle.CurrentLocation.Latitude': -34.9 + index / 10_000, 'Vehicle.CurrentLocation.Longitude': -56.1 },
  }))
  assert.deepEqual(figures(placed), [[null, null]])
  assert.deepEqual(figures(drive.filter((_, index) => index % 30 === 0)), [[null, 36]])
  const standing = [...driving(-900, 900, 0), ...drive.filter((_, index) => index % 30 === 0)]
  assert.deepEqual(figures(standing), [[null, 36]], 'what was told before the trip is no part of it')
})

test('a counter since the start, told once when the ignition goes off, is the fuel of the trip', () => {
  const last = { at: at + 61_000, signals: { ...ignition(61, 'OFF').signals, 'Vehicle.Powertrain.FuelSystem.ConsumptionSinceStart': 0.42 } }
  assert.equal(settled([ignition(0, 'ON')], driving(1, 60), [last])[0]?.fuelL, 0.42)
  assert.equal(settled(driving(1, 60), [last])[0]?.fuelL, null, 'nobody knows since when it counts')
})

test('a car that sends positions and no speed has trips too', () => {
  const walk = (fromS: number, count: number, step: number): Sample[] =>
    Array.from({ length: count }, (_, index) => ({
      at: at + (fromS + index * 5) * 1000,
      signals: { 'Vehicle.CurrentLocation.Latitude': -34.9 + index * step, 'Vehicle.CurrentLocation.Longitude': -56.1 },
    }))
  const [trip] = settled(walk(0, 60, 0.001))
  assert.ok(Math.abs(trip!.distanceM - 59 * 111.2) < 10, `${trip!.distanceM} m`)
  assert.deepEqual(settled(walk(0, 60, 0.000_002)), [], 'noise is no trip')
})

test('the way of a car without speeds goes round corners, through the turn of each minute, and to where it stopped', () => {
  const metre = 1 / 111_195.08
  const place = (second: number, northM: number, eastM: number): Sample => ({
    at: at + second * 1000,
    signals: {
      'Vehicle.CurrentLocation.Latitude': northM * metre,
      'Vehicle.CurrentLocation.Longitude': eastM * metre,
    },
  })
  // A block of 100 m a side at 5 m/s, three times round, on the equator; then 12 m more, and a rest with a wandering position.
  const side = (second: number): Sample => {
    const [edge, along] = [Math.floor(second / 20) % 4, (second % 20) * 5]
    return place(second, [along, 100, 100 - along, 0][edge]!, [0, along, 100, 100 - along][edge]!)
  }
  const round = Array.from({ length: 240 }, (_, second) => side(second))
  const on = [240, 241, 242, 243].map((second) => place(second, (second - 240) * 4, 0))
  const rest = (radiusM: number): Sample[] =>
    Array.from({ length: 600 }, (_, index) => place(244 + index, 12 + radiusM * Math.cos(index), radiusM * Math.sin(index)))
  const distanceM = (radiusM: number): number => settled([...round, ...on, ...rest(radiusM)])[0]!.distanceM
  assert.ok(Math.abs(distanceM(1) - 1212) <= 5, `${distanceM(1)} m`)
  assert.ok(Math.abs(distanceM(4) - 1212) <= 30, `${distanceM(4)} m: ten minutes of wandering add no more than the way to an anchor`)
})

test('samples of one instant are one, the same in any order', () => {
  const names = ['lat', 'lon', 'speedKmh', 'usedL', 'tankL', 'fuelLh', 'usedKwh', 'powerW'] as const
  const value = fc.constantFrom(NaN, -1, 0, 0.5, 2)
  const sample = fc
    .tuple(fc.record(Object.fromEntries(names.map((name) => [name, value]))), fc.boolean(), fc.constantFrom(0, 1, 2), fc.nat(3))
    .map(([values, placed, ignition, receivedAt]) => ({
      ...values,
      ...(placed ? { lat: values['lat'] || 0, lon: 1 } : { lat: NaN, lon: NaN }),
      at,
      receivedAt,
      ignition,
    })) as fc.Arbitrary<DriveSample>
  fc.assert(
    fc.property(sample, sample, sample, (a, b, c) => {
      assert.deepEqual(mergeSamples(a, b), mergeSamples(b, a))
      assert.deepEqual(mergeSamples(mergeSamples(a, b), c), mergeSamples(a, mergeSamples(b, c)))
      assert.ok(sameSample(mergeSamples(a, a), a))
    }),
  )
})

test('a minute survives being stored, whatever its values', () => {
  const value = fc.oneof(fc.constant(NaN), fc.double({ noNaN: true, noDefaultInfinity: true }))
  const sample = fc.record({
    at: fc.integer({ min: at, max: at + 59_999 }),
    receivedAt: fc.integer({ min: at - 1e11, max: at + 1e11 }),
    ignition: fc.constantFrom(0, 1, 2),
    place: fc.option(fc.record({ lat: fc.integer({ min: -9e8, max: 9e8 }), lon: fc.integer({ min: -18e8, max: 18e8 }) })),
    speedKmh: fc.option(fc.integer({ min: 0, max: 60_000 })),
    usedL: value,
    tankL: value,
    fuelLh: value,
    usedKwh: value,
    powerW: value,
  })
  fc.assert(
    fc.property(fc.array(sample), (rows) => {
      const minute = rows.map(({ place, speedKmh, ...rest }) => ({
        at: rest.at,
        receivedAt: rest.receivedAt,
        ignition: rest.ignition,
        lat: place === null ? NaN : place.lat / 1e7,
        lon: place === null ? NaN : place.lon / 1e7,
        speedKmh: speedKmh === null ? NaN : speedKmh / 100,
        usedL: rest.usedL,
        tankL: rest.tankL,
        fuelLh: rest.fuelLh,
        usedKwh: rest.usedKwh,
        powerW: rest.powerW,
      })) as Minute
      assert.deepEqual(minuteCodec.decode(minuteCodec.encode(minute)), minute)
    }),
  )
})

test('a trip tells the newest receipt of its samples and whether an instant of them is marked', () => {
  const heard = (samples: readonly Sample[], receivedAt: number): Trip => {
    const driver = driveJobs([trips], { reload: true })
    driver.feed(recordsOf(messagesOf(samples), 'demo/car-1', 'telemetry', receivedAt))
    driver.feed(recordsOf(messagesOf([ignition(100, 'OFF')], 'ff'.repeat(8)), 'demo/car-1', 'telemetry', receivedAt + 7))
    return tripsIn(driver)[0]!
  }
  const buffered = heard(driving(0, 60), at + 3_600_000)
  assert.deepEqual([buffered.receivedAt, buffered.clock], [at + 3_600_007, null])
  const ahead = heard(driving(0, 60), at - 120_000)
  assert.deepEqual([ahead.receivedAt, ahead.clock], [at - 119_993, 'ahead'])
})

test('a message whose instant jumps ahead, alone, makes no trip and changes none; a clock that stays ahead has trips of its own', () => {
  const hoursMs = 20 * 3_600_000
  const jumping = (jumps: (second: number) => boolean): Trip[] => {
    const driver = driveJobs([trips], { reload: true })
    for (const [second, sample] of driving(0, 240).entries()) {
      const at = sample.at + (jumps(second) ? hoursMs : 0)
      const [record] = recordsOf(
        [{ boot: '00000000000000aa', seq: second, samples: [{ ...sample, at }] }],
        'demo/car-1',
        'telemetry',
        sample.at,
      )
      driver.feed([record!])
    }
    driver.pass(at + 40 * 3_600_000)
    return tripsIn(driver)
  }
  const straight = jumping(() => false)
  const [alone, ...others] = jumping((second) => second % 60 === 30)
  assert.deepEqual(others, [])
  assert.deepEqual(seconds(alone!), seconds(straight[0]!))
  assert.deepEqual([alone!.clock, alone!.distanceM, alone!.samples], [null, straight[0]!.distanceM, 236])
  const [early, late] = jumping((second) => second >= 120)
  assert.deepEqual([early!.clock, ...seconds(early!)], [null, 0, 119])
  assert.deepEqual([late!.clock, ...seconds(late!)], ['ahead', 120 + hoursMs / 1000, 239 + hoursMs / 1000])
})
