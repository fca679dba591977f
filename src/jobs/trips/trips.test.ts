import assert from 'node:assert/strict'
import { test } from 'node:test'
import { latenessMs } from '../../engine/lateness.ts'
import { driveJobs, messagesOf, recordsOf } from '../../engine/job-driver.ts'
import type { Sample } from '../../model/message.ts'
import type { Trip } from '../../read-models/trips/trips.ts'
import { at, driverOf, driving, seconds, settled, straight, tracksIn, tripsIn } from './drives.testing.ts'
import { ignition } from './drives.testing.ts'
import { trips } from './trips.ts'

test('a trip is told when it starts, and ends with the ignition', () => {
  const driver = driverOf([ignition(0, 'ON'), ...driving(5, 30)])
  const [open] = tripsIn(driver)
  assert.deepEqual([open!.status, open!.endedBy, ...seconds(open!)], ['open', null, 0, 34])
  driver.feed(recordsOf(messagesOf([ignition(40, 'OFF')], 'ff'.repeat(8))))
  const [ended] = tripsIn(driver)
  assert.deepEqual(
    [ended!.id, ended!.status, ended!.endedBy, ...seconds(ended!)],
    [open!.id, 'ended', 'ignition', 0, 40],
  )
})

test('the ignition may be told by events', () => {
  const driver = driveJobs([trips])
  const event = (name: string, atS: number) => ({
    boot: '00000000000000ee',
    seq: atS,
    event: name,
    at: at + atS * 1000,
    data: {},
  })
  driver.feed(recordsOf([event('ignition-on', 0)], 'demo/car-1', 'event'))
  driver.feed(recordsOf(messagesOf(driving(10, 60))))
  driver.feed(recordsOf([event('ignition-off', 75)], 'demo/car-1', 'event'))
  assert.deepEqual(tripsIn(driver).map(seconds), [[0, 75]])
})

test('a car that is switched on was off before, though nobody heard when: it was left where it came to rest, or in the silence', () => {
  const found = (before: readonly Sample[], atS: number, after: readonly Sample[]) => {
    const driver = driveJobs([trips], { reload: true })
    driver.feed(recordsOf(messagesOf(before)))
    const event = { boot: '00000000000000ee', seq: atS, event: 'ignition-on', at: at + atS * 1000, data: {} }
    driver.feed(recordsOf([event], 'demo/car-1', 'event'))
    driver.feed(recordsOf(messagesOf(after, 'ff'.repeat(8))))
    driver.pass(Number.MAX_SAFE_INTEGER)
    return tripsIn(driver).map(seconds)
  }
  const standing = [...driving(0, 60), ...driving(60, 100, 0)]
  const two = [
    [0, 60],
    [160, 220],
  ]
  assert.deepEqual(found(standing, 160, driving(161, 60)), two)
  assert.deepEqual(found([ignition(0, 'ON'), ...standing], 160, driving(161, 60)), two)
  assert.deepEqual(
    found(driving(0, 160), 160, driving(160, 61)),
    [[0, 220]],
    'a unit that starts anew as the car drives',
  )
  const here = straight(0, 100, { kmh: 60 })
  const there = straight(500, 600, { kmh: 60, lon: 13.5 })
  assert.deepEqual(settled(here, there).map(seconds), [[0, 600]])
  assert.deepEqual(found(here, 499, there), [
    [0, 100],
    [499, 600],
  ])
})

test('300 s of silence do not end a trip, one millisecond more does', () => {
  const drive = [...driving(0, 60), ...driving(60, 1, 0)]
  const pause = (ms: number): Sample[] => drive.map((sample) => ({ ...sample, at: sample.at + 60_000 + ms }))
  assert.deepEqual(settled(drive, pause(300_000)).map(seconds), [[0, 420]])
  const two = settled(drive, pause(300_001))
  assert.deepEqual(
    two.map(({ endedBy }) => endedBy),
    ['silence', 'silence'],
  )
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
  driver.feed(recordsOf(messagesOf([{ at: at + 90_500, signals: { 'Vehicle.Speed': 108 } }], 'ff'.repeat(8))))
  driver.pass(at + 4_000_000)
  const [after] = tripsIn(driver)
  assert.equal(tripsIn(driver).length, 1)
  assert.deepEqual([after!.id, after!.maxSpeedKmh, after!.samples], [before!.id, 108, before!.samples + 1])
  assert.equal(after!.distanceM - before!.distanceM, 5)
})

test('a sample that moves the start of a trip deletes the old one; one that bridges a gap makes two trips one', () => {
  const driver = driverOf([...driving(0, 59), ...driving(59, 1, 0)], driving(500, 60))
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
  const driver = driverOf(driving(62, 30, 8, place), driving(0, 62, 8))
  driver.pass(at + 3_600_000)
  const tracks = tracksIn(driver)
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
  // The time taken for driving turns out to have been the ignition switched off all along.
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

test('a car that sends positions and no speed has trips too', () => {
  const walk = (fromS: number, count: number, step: number): Sample[] =>
    Array.from({ length: count }, (_, index) => ({
      at: at + (fromS + index * 5) * 1000,
      signals: { 'Vehicle.CurrentLocation.Latitude': -34.9 + index * step, 'Vehicle.CurrentLocation.Longitude': -56.1 },
    }))
  const [trip] = settled(walk(0, 60, 0.001))
  assert.ok(Math.abs(trip!.distanceM - 59 * 110.92) < 10, `${trip!.distanceM} m`)
  assert.deepEqual(settled(walk(0, 60, 0.000_002)), [], 'noise is no trip')
})

test('the way of a car without speeds goes round corners, through the turn of each minute, and to where it stopped', () => {
  // Radii of curvature at the equator.
  const [north, east] = [1 / 110_574.28, 1 / 111_319.49]
  const place = (second: number, northM: number, eastM: number): Sample => ({
    at: at + second * 1000,
    signals: {
      'Vehicle.CurrentLocation.Latitude': northM * north,
      'Vehicle.CurrentLocation.Longitude': 30 + eastM * east,
    },
  })
  // A block of 300 m a side at 15 m/s, three times round, on the equator; then 12 m more, and a
  // rest with a wandering position.
  const side = (second: number): Sample => {
    const [edge, along] = [Math.floor(second / 20) % 4, (second % 20) * 15]
    return place(second, [along, 300, 300 - along, 0][edge]!, [0, along, 300, 300 - along][edge]!)
  }
  const round = Array.from({ length: 240 }, (_, second) => side(second))
  const on = [240, 241, 242, 243].map((second) => place(second, (second - 240) * 4, 0))
  const rest = (radiusM: number): Sample[] =>
    Array.from({ length: 600 }, (_, index) =>
      place(244 + index, 12 + radiusM * Math.cos(index), radiusM * Math.sin(index)),
    )
  const distanceM = (radiusM: number): number => settled([...round, ...on, ...rest(radiusM)])[0]!.distanceM
  assert.ok(Math.abs(distanceM(1) - 3612) <= 5, `${distanceM(1)} m`)
  assert.ok(
    Math.abs(distanceM(4) - 3612) <= 30,
    `${distanceM(4)} m: ten minutes of wandering add no more than the way to an anchor`,
  )
})

test('a trip tells the newest receipt of its samples and whether an instant of them is marked', () => {
  const heard = (samples: readonly Sample[], receivedAt: number): Trip => {
    const driver = driveJobs([trips], { reload: true })
    driver.feed(recordsOf(messagesOf(samples), 'demo/car-1', 'telemetry', receivedAt))
    driver.feed(
      recordsOf(messagesOf([ignition(100, 'OFF')], 'ff'.repeat(8)), 'demo/car-1', 'telemetry', receivedAt + 7),
    )
    return tripsIn(driver)[0]!
  }
  const buffered = heard(driving(0, 60), at + 3_600_000)
  assert.deepEqual([buffered.receivedAt, buffered.clockDoubt], [at + 3_600_007, null])
  const ahead = heard(driving(0, 60), at - 120_000)
  assert.deepEqual([ahead.receivedAt, ahead.clockDoubt], [at - 119_993, 'ahead'])
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
  assert.deepEqual([alone!.clockDoubt, alone!.distanceM, alone!.samples], [null, straight[0]!.distanceM, 236])
  const [early, late] = jumping((second) => second >= 120)
  assert.deepEqual([early!.clockDoubt, ...seconds(early!)], [null, 0, 119])
  assert.deepEqual([late!.clockDoubt, ...seconds(late!)], ['ahead', 120 + hoursMs / 1000, 239 + hoursMs / 1000])
})

test(
  'a trip of a car that goes on standing after it is open until the car is silent, and then closed once',
  { timeout: 20_000 },
  () => {
    const driver = driverOf([...driving(0, 60), ...driving(60, 500, 0)])
    driver.pass(at + 562_000)
    driver.feed(recordsOf(messagesOf(driving(560, 200, 0), 'ff'.repeat(8))))
    driver.pass(at + 900_000)
    assert.equal(tripsIn(driver)[0]!.endedBy, null)
    driver.pass(at + 1_100_000)
    assert.deepEqual([tripsIn(driver)[0]!.endedBy, seconds(tripsIn(driver)[0]!)[1]], ['silence', 60])
  },
)
