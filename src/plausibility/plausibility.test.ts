import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import type { ClockRank } from '../model/message.ts'
import { shippedMapping } from '../replay/mapping-catalogue.ts'
import { readRecording } from '../replay/recording.ts'
import { listDoubts } from './doubts.ts'
import { judge } from './plausibility.ts'
import { contextMs, witnessMs } from './plausibility-rules.ts'
import { blank, changed, doubtsIn, drive, offBy, startAt, withoutOdometer } from './random-readings.contract.ts'
import { fix, ignition, readingOf, type Reading } from './reading.ts'

/** Another one with FC_SEED. */
const seed = Number(process.env['FC_SEED'] ?? 1)

const seconds = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step)

test('a drive of which all values tell the same is not doubted, at any rate', () => {
  for (const stepMs of [100, 1000, 10_000, 60_000, 600_000])
    assert.deepEqual(doubtsIn(drive({ seconds: 1200, stepMs, kmh: 90 })), [], `every ${stepMs} ms`)
})

test('a tracker with a fix a minute: one at latitude and longitude 0 is doubted, and so is one 110 km off', () => {
  const tracker = drive({ seconds: 1200, stepMs: 60_000, kmh: 60 })
  assert.deepEqual(doubtsIn(changed(tracker, [660, 660], () => ({ lat: 0, lon: 0 }))), ['660 place null-island'])
  assert.deepEqual(doubtsIn(changed(tracker, [660, 660], (reading) => offBy(reading, 110_000, 0))), ['660 place jump'])
})

test('a place that came late is no doubted one by a receipt, as it would be by its measurement; one that no delay explains is', () => {
  const way = drive({ seconds: 300, kmh: 90 })
  const by = (readings: readonly Reading[], clock: ClockRank): string[] =>
    doubtsIn(readings.map((reading) => ({ ...reading, clock })))
  // Where the car was 25 s before, with what it told then.
  const late = changed(way, [150, 150], ({ at }) => ({ ...way[(at - startAt) / 1000 - 25]!, at }))
  const far = changed(way, [150, 150], (reading) => offBy(reading, 60_000, 0))
  assert.deepEqual(by(late, 0), ['150 place jump'])
  for (const clock of [1, 2, 3] as const) {
    assert.deepEqual(by(late, clock), [])
    assert.deepEqual(by(far, clock), ['150 place jump'])
  }
  const fast = withoutOdometer(changed(way, [150, 150], () => ({ lat: NaN, lon: NaN, speedKmh: 240 })))
  assert.deepEqual([by(fast, 0), by(fast, 3)], [['150 speed jump'], []])
  const counted = changed(way, [150, 150], ({ odometerM }) => ({ odometerM: odometerM + 3000 }))
  assert.deepEqual([by(counted, 0), by(counted, 3)], [['150 odometer jump'], []])
})

test('latitude or longitude 0 for seconds is doubted, and on the equator it is a place', () => {
  const off = changed(drive({ seconds: 300, kmh: 60 }), [100, 112], () => ({ lon: 0 }))
  assert.deepEqual(
    doubtsIn(off),
    seconds(100, 112).map((at) => `${at} place zero`),
  )
  assert.deepEqual(doubtsIn(drive({ seconds: 300, kmh: 60, lat: 0, bearing: 90 })), [])
})

test(`a run of fixes 1 to 110 km off for up to 30 s is doubted whole, and nothing beside it (seed ${seed})`, () => {
  const run = fc.record({
    offM: fc.integer({ min: 1000, max: 110_000 }),
    angle: fc.double({ min: 0, max: 6.28, noNaN: true }),
    from: fc.integer({ min: 0, max: 250 }),
    length: fc.integer({ min: 0, max: 30 }),
    kmh: fc.integer({ min: 0, max: 180 }),
    hasSpeed: fc.boolean(),
  })
  fc.assert(
    fc.property(run, ({ offM, angle, from, length, kmh, hasSpeed }) => {
      const true_ = drive({ seconds: 280, kmh }).map((reading) => (hasSpeed ? reading : { ...reading, speedKmh: NaN }))
      const off = changed(true_, [from, from + length], (reading) =>
        offBy(reading, offM * Math.cos(angle), offM * Math.sin(angle)),
      )
      assert.deepEqual(
        doubtsIn(off),
        seconds(from, from + length).map((at) => `${at} place jump`),
      )
    }),
    { seed, numRuns: 200 },
  )
})

test('a fix every ten seconds that is 1 km off is doubted where the speeds do not lead there', () => {
  const slow = drive({ seconds: 300, stepMs: 10_000, kmh: 36 })
  const off = changed(slow, [100, 110], (reading) => offBy(reading, 1000, 0))
  assert.deepEqual(doubtsIn(off), ['100 place jump', '110 place jump'])
  assert.deepEqual(doubtsIn(off.map((reading) => ({ ...reading, speedKmh: NaN }))), [], 'a car may be that fast')
})

test('places that are told anew every 20 s only are a way in steps, not off and back', () => {
  for (const length of [59, 300]) {
    const steps = drive({ seconds: length, kmh: 110 }).map((reading, index, all) => {
      const { lat, lon } = all[Math.floor(index / 20) * 20]!
      return { ...blank, at: reading.at, lat, lon }
    })
    assert.deepEqual(doubtsIn(steps), [])
  }
})

test('what stays off for longer than a minute is believed', () => {
  const off = changed(withoutOdometer(drive({ seconds: 600, kmh: 60 })), [200, 290], (reading) =>
    offBy(reading, 5000, 0),
  )
  assert.deepEqual(doubtsIn(off), [])
})

test('beside a silence the odd one is doubted, however much of it there is', () => {
  const start = drive({ seconds: 20, kmh: 30 })
  const odd = [
    ...seconds(0, 15).map((at) => `${at} place zero`),
    ...seconds(0, 15).map((at) => `${at} odometer sentinel`),
  ]
  assert.deepEqual(doubtsIn(changed(start, [0, 15], () => ({ lat: 0, odometerM: 0 }))).toSorted(), odd.toSorted())
  const warm = changed(drive({ seconds: 120, kmh: 30 }), [0, 15], (reading) => offBy(reading, 9000, 0))
  assert.deepEqual(
    doubtsIn(warm),
    seconds(0, 15).map((at) => `${at} place jump`),
  )
})

test('a car that was carried while nothing was told, or is carried while it tells, is where it says', () => {
  const before = drive({ seconds: 600, kmh: 50 })
  const after = drive({ seconds: 600, kmh: 50, fromAt: startAt + 10 * 3_600_000, lat: 54.3, lon: 10.1 })
  assert.deepEqual(doubtsIn([...before, ...after]), [])
  const ferry = drive({ seconds: 7200, stepMs: 30_000, kmh: 35 }).map((reading) => ({
    ...reading,
    speedKmh: 0,
    odometerM: 48_152_000,
    ignition: ignition.off,
  }))
  assert.deepEqual(doubtsIn(ferry), [])
})

test('of two halves of a drive that cannot both be true neither is doubted', () => {
  const first = drive({ seconds: 600, kmh: 50 })
  const second = drive({ seconds: 600, kmh: 50, fromAt: startAt + 601_000, lat: 53 })
  assert.deepEqual(doubtsIn(withoutOdometer([...first, ...second])), [])
})

test('where three parts of a drive all lie apart, none is doubted', () => {
  const parts = withoutOdometer(drive({ seconds: 300, kmh: 50 }))
  const apart = parts.map((reading, index) => ({
    ...reading,
    ...offBy(reading, 20_000 * Math.floor(index / 110), 20 * Math.floor(index / 110)),
  }))
  const short = apart.map((reading, index) =>
    index >= 110 && index < 220 ? { ...reading, lat: NaN, lon: NaN } : reading,
  )
  const between = short.map((reading, index) =>
    index >= 150 && index < 170 ? { ...reading, ...offBy(parts[index]!, -90_000, 90_000) } : reading,
  )
  assert.deepEqual(doubtsIn(between), [])
})

test('two units under one id that tell places by turns: neither is doubted', () => {
  const one = drive({ seconds: 600, kmh: 50, stepMs: 2000 })
  const other = drive({ seconds: 600, kmh: 50, stepMs: 2000, fromAt: startAt + 1000, lat: 53 })
  const both = withoutOdometer([...one, ...other]).sort((a, b) => a.at - b.at)
  const middle = doubtsIn(both).filter((doubt) => Number.parseFloat(doubt) > 10 && Number.parseFloat(doubt) < 590)
  assert.deepEqual(middle, [])
})

test('a place without a fix is doubted until a fix is told, and so is one that the receiver does not vouch for', () => {
  const readings = drive({ seconds: 60, kmh: 50 }).map((reading, index) => ({
    ...reading,
    fix: index === 20 ? fix.none : index === 25 ? fix.found : fix.unknown,
    accuracyM: index === 40 ? 151 : index === 41 ? 150 : NaN,
  }))
  assert.deepEqual(doubtsIn(readings), [...seconds(20, 24).map((at) => `${at} place no-fix`), '40 place inaccurate'])
})

test('speeds that no car has are doubted, those of a crash and of going backwards are not', () => {
  const city = drive({ seconds: 200, kmh: 50 })
  for (const kmh of [511.97, 655.35, 6553.5]) {
    const doubted = seconds(80, 90).map((at) => `${at} speed impossible`)
    assert.deepEqual(doubtsIn(changed(city, [80, 90], () => ({ speedKmh: kmh }))), doubted)
  }
  assert.deepEqual(doubtsIn(changed(city, [80, 81], () => ({ speedKmh: 255 }))), ['80 speed jump', '81 speed jump'])
  assert.deepEqual(doubtsIn(changed(city, [80, 80], () => ({ speedKmh: -1 }))), ['80 speed sentinel'])
  const slow = drive({ seconds: 1200, stepMs: 60_000, kmh: 50 })
  assert.deepEqual(doubtsIn(changed(slow, [600, 600], () => ({ speedKmh: 255 }))), ['600 speed sentinel'])
  const crash = drive({ seconds: 100, stepMs: 100, kmh: 57 })
  const still = drive({
    seconds: 50,
    stepMs: 100,
    kmh: 0,
    fromAt: crash.at(-1)!.at + 100,
    lat: crash.at(-1)!.lat,
    lon: crash.at(-1)!.lon,
  })
  assert.deepEqual(doubtsIn([...crash, ...still.map((reading) => ({ ...reading, odometerM: NaN }))]), [])
  const back = [0, -1, -2, -3, -2, -1, 0].map((speedKmh, index) => ({ ...blank, at: startAt + index * 1000, speedKmh }))
  assert.deepEqual(doubtsIn(back), [])
})

test('an odometer that is 0, all ones, falls or is told in kilometres is doubted', () => {
  const readings = drive({ seconds: 600, stepMs: 10_000, kmh: 50 })
  const at300 = (odometerM: number) => doubtsIn(changed(readings, [300, 310], () => ({ odometerM })))
  const doubted = (reason: string): string[] => [`300 odometer ${reason}`, `310 odometer ${reason}`]
  assert.deepEqual(at300(0), doubted('sentinel'))
  assert.deepEqual(at300(0xffff_ffff), doubted('sentinel'))
  assert.deepEqual(at300(0xff_ffff), doubted('sentinel'))
  assert.deepEqual(at300(48_156), doubted('scale'))
  assert.deepEqual(at300(47_000_000), doubted('fell'))
  assert.deepEqual(at300(50_000_000), doubted('jump'))
  assert.deepEqual(
    doubtsIn([
      { ...blank, odometerM: 48_152_000 },
      { ...blank, at: startAt + 60_000, odometerM: 0xffff_ffff },
    ]),
    ['60 odometer sentinel'],
  )
})

test(`an odometer beside a silence is doubted for the same reason whatever was told before the silence (seed ${seed})`, () => {
  const metres = fc.constantFrom(0, 48_152, 47_000_000, 48_152_000, 60_000_000)
  fc.assert(
    fc.property(
      metres,
      metres,
      metres,
      fc.integer({ min: witnessMs + 1, max: 2 * contextMs }),
      (before, odd, after, silenceMs) => {
        const start = drive({ seconds: 90, kmh: 0 }).map((reading, index) => ({
          ...reading,
          odometerM: index < 15 ? odd : after,
        }))
        assert.deepEqual(
          doubtsIn([{ ...blank, at: startAt - silenceMs, odometerM: before }, ...start]),
          doubtsIn(start),
        )
      },
    ),
    { seed },
  )
})

test('a speed that is doubted makes no odometer doubted', () => {
  const stands = drive({ seconds: 120, kmh: 0 }).map((reading, index) => ({
    ...reading,
    odometerM: 48_152_345 + Math.floor(index / 60),
  }))
  const doubts = doubtsIn(changed(stands, [40, 65], () => ({ speedKmh: 255 })))
  assert.deepEqual(
    doubts,
    seconds(40, 65).map((at) => `${at} speed jump`),
  )
})

test('an odometer that grows a thousandth of the way is in another unit, and a drive in which it is told so is doubted', () => {
  const kilometres = drive({ seconds: 600, kmh: 90 }).map((reading) => ({
    ...reading,
    odometerM: reading.odometerM / 1000,
  }))
  assert.deepEqual(doubtsIn(kilometres).length, kilometres.length)
  assert.ok(doubtsIn(kilometres).every((doubt) => doubt.endsWith('odometer scale')))
  const coarse = drive({ seconds: 600, kmh: 90 }).map((reading) => ({
    ...reading,
    odometerM: Math.floor(reading.odometerM / 1000) * 1000,
  }))
  assert.deepEqual(doubtsIn(coarse), [], 'metres told in whole kilometres are right')
})

test(`an odometer that counts kilometres is doubted whatever tells the way and how often, and one of metres never is (seed ${seed})`, () => {
  const way = fc.record({
    kmh: fc.integer({ min: 50, max: 150 }),
    stepMs: fc.constantFrom(1000, 10_000, 30_000, 60_000),
    decimals: fc.constantFrom(1, 100, 1000),
    told: fc.constantFrom('speed', 'place', 'both'),
  })
  fc.assert(
    fc.property(way, ({ kmh, stepMs, decimals, told }) => {
      const metres = drive({ seconds: 600, stepMs, kmh }).map((reading) => ({
        ...reading,
        ...(told === 'speed' && { lat: NaN, lon: NaN }),
        ...(told === 'place' && { speedKmh: NaN }),
      }))
      assert.deepEqual(doubtsIn(metres), [])
      const kilometres = metres.map((reading) => ({
        ...reading,
        odometerM: Math.floor((reading.odometerM * decimals) / 1000) / decimals,
      }))
      assert.deepEqual(
        doubtsIn(kilometres),
        kilometres.map(({ at }) => `${(at - startAt) / 1000} odometer scale`),
      )
    }),
    { seed },
  )
})

test('a place that freezes on the way is doubted when the odometer goes on, or the next place is as far as the speeds say', () => {
  const frozen = changed(drive({ seconds: 300, kmh: 80 }), [100, 140], () => ({ lat: 52.51, lon: 13.43 }))
  const tunnel = changed(frozen, [100, 140], () => ({ lat: frozen[99]!.lat, lon: frozen[99]!.lon }))
  for (const readings of [tunnel, withoutOdometer(tunnel)]) {
    const doubts = doubtsIn(readings)
    assert.ok(doubts.every((doubt) => doubt.endsWith('place frozen')))
    assert.deepEqual(doubts.at(-1), '140 place frozen')
    assert.ok(doubts.length >= 39, `${doubts.length} of 41`)
  }
})

test('a place that stays frozen for longer than is looked at is doubted all along when the odometer goes on', () => {
  const long = drive({ seconds: 900, kmh: 80 })
  const { lat, lon } = long[99]!
  const doubts = doubtsIn(changed(long, [100, 800], () => ({ lat, lon })))
  assert.deepEqual(
    doubts,
    seconds(101, 800).map((at) => `${at} place frozen`),
  )
})

test('a speed that freezes while the car stands is doubted, by the odometer or by places that are measured anew', () => {
  const stands = drive({ seconds: 300, kmh: 0 }).map((reading) => ({ ...reading, speedKmh: 50 }))
  assert.deepEqual(
    doubtsIn(stands),
    seconds(0, 300).map((at) => `${at} speed frozen`),
  )
  const wandering = withoutOdometer(stands).map((reading, index) => ({
    ...reading,
    ...offBy(reading, ((index * 7) % 11) / 5, ((index * 5) % 13) / 5),
  }))
  assert.deepEqual(
    doubtsIn(wandering),
    seconds(0, 300).map((at) => `${at} speed frozen`),
  )
})

test(`a speed that is 0 all along is doubted where the odometer goes on, and that of a car that stands is not (seed ${seed})`, () => {
  const way = fc.record({
    kmh: fc.integer({ min: 20, max: 180 }),
    stepMs: fc.constantFrom(500, 1000, 5000, 10_000, 15_000),
    stepM: fc.constantFrom(1, 100),
    placed: fc.boolean(),
    standsS: fc.integer({ min: 0, max: 300 }),
  })
  fc.assert(
    fc.property(way, ({ kmh, stepMs, stepM, placed, standsS }) => {
      const stand = drive({ seconds: standsS, stepMs, kmh: 0 })
      const fromAt = stand.at(-1)!.at
      const readings = [...stand.slice(0, -1), ...drive({ seconds: 300, stepMs, kmh, fromAt })].map((reading) => ({
        ...reading,
        ...(placed ? {} : { lat: NaN, lon: NaN }),
        odometerM: Math.floor(reading.odometerM / stepM) * stepM,
      }))
      const speedsIn = (all: readonly Reading[]): string[] => doubtsIn(all).filter((doubt) => doubt.includes('speed'))
      assert.deepEqual(speedsIn(readings), [])
      const doubts = speedsIn(readings.map((reading) => ({ ...reading, speedKmh: 0 })))
      const driven = readings.filter(({ at }) => at >= fromAt).map(({ at }) => `${(at - startAt) / 1000} speed frozen`)
      assert.deepEqual(doubts.slice(-driven.length), driven)
    }),
    { seed, numRuns: 200 },
  )
})

test('a speed of 0 at a few lights, an odometer told late, and a car on a ferry are not doubted', () => {
  const lights = drive({ seconds: 1200, stepMs: 60_000, kmh: 20 })
  assert.deepEqual(doubtsIn(changed(lights, [300, 600], () => ({ speedKmh: 0 }))), [])
  const stop = drive({ seconds: 200, kmh: 0 })
  assert.deepEqual(doubtsIn(changed(stop, [20, 200], ({ odometerM }) => ({ odometerM: odometerM + 1000 }))), [])
  const ferry = drive({ seconds: 900, kmh: 40 }).map((reading) => ({ ...reading, speedKmh: 0, odometerM: 48_152_345 }))
  assert.deepEqual(doubtsIn(ferry), [])
})

test('where only speed and place disagree, and neither is impossible, none is doubted', () => {
  const still = withoutOdometer(drive({ seconds: 300, kmh: 0 })).map((reading) => ({ ...reading, speedKmh: 50 }))
  assert.deepEqual(doubtsIn(still), [])
  const onlyOdometer = drive({ seconds: 300, kmh: 0 }).map((reading) => ({
    ...reading,
    lat: NaN,
    lon: NaN,
    speedKmh: 50,
  }))
  assert.deepEqual(doubtsIn(onlyOdometer), [])
  const far = changed(still, [150, 150], (reading) => offBy(reading, 90_000, 0))
  assert.deepEqual(doubtsIn(far), ['150 place jump'], 'a place that is itself doubted says nothing')
})

const recording = fileURLToPath(new URL('../../../shared/data/nds-drives/nds_data.csv.gz', import.meta.url))

test(
  'of the 23,187 samples of recorded drives none is doubted',
  { skip: existsSync(recording) ? false : 'the recordings are not beside this checkout' },
  async () => {
    const drives = new Map<string, Reading[]>()
    for await (const { segment, at, signals } of readRecording(recording, shippedMapping('nds-drives')))
      drives.set(segment, [...(drives.get(segment) ?? []), readingOf({ at, signals })])
    const readings = [...drives.values()]
    assert.equal(readings.flat().length, 23_187)
    assert.deepEqual(
      readings.flatMap((each) => listDoubts(each, judge(each))),
      [],
    )
  },
)
