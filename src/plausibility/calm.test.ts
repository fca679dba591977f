import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { isCalm } from './calm.ts'
import { listDoubts } from './doubts.ts'
import { judge } from './plausibility.ts'
import { contextMs, witnessMs } from './plausibility-rules.ts'
import {
  changed,
  doubtsIn,
  drive,
  offBy,
  randomReadings,
  readingsWithOneFault,
  startAt,
} from './random-readings.contract.ts'
import type { Reading } from './reading.ts'

/** Another one with FC_SEED. */
const seed = Number(process.env['FC_SEED'] ?? 1)

test(`what is doubted of a span, and why, depends on nothing beyond its context (seed ${seed})`, () => {
  let doubted = 0
  fc.assert(
    fc.property(
      randomReadings,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 60 }),
      (readings, place, length) => {
        const endAt = readings.at(-1)!.at
        const fromAt = Math.floor(startAt + place * (endAt - startAt))
        const toAt = fromAt + length * 1000
        const doubtsBy = (context: readonly Reading[]): object[] =>
          listDoubts(context, judge(context)).flatMap(({ at, of, reason }) =>
            at >= fromAt && at < toAt ? [{ at, of, reason }] : [],
          )
        const whole = doubtsBy(readings)
        doubted += whole.length
        assert.deepEqual(
          doubtsBy(readings.filter(({ at }) => at >= fromAt - contextMs && at < toAt + contextMs)),
          whole,
        )
      },
    ),
    { seed, numRuns: 500 },
  )
  assert.ok(doubted > 1000, `${doubted} values were doubted`)
})

/** The instants of the minutes that are not calm. */
function oddMinutes(readings: readonly Reading[]): number[] {
  const minutes = [...new Set(readings.map(({ at }) => Math.floor(at / 60_000) * 60_000))]
  return minutes.filter(
    (minuteAt) => !isCalm(readings.filter(({ at }) => at >= minuteAt - witnessMs && at < minuteAt + 60_000)),
  )
}

test(`what is doubted has a minute that is not calm within its context (seed ${seed})`, () => {
  const seen = { minutes: 0, odd: 0, doubts: 0 }
  fc.assert(
    fc.property(readingsWithOneFault, (readings) => {
      const odd = oddMinutes(readings)
      const doubts = listDoubts(readings, judge(readings))
      seen.minutes += Math.ceil((readings.at(-1)!.at - startAt) / 60_000)
      seen.odd += odd.length
      seen.doubts += doubts.length
      for (const { at, of, reason } of doubts)
        assert.ok(
          odd.some((minuteAt) => minuteAt + 60_000 > at - contextMs && minuteAt <= at + contextMs),
          `${of} ${reason}`,
        )
    }),
    { seed, numRuns: 2000 },
  )
  assert.ok(seen.minutes > 1.2 * seen.odd && seen.odd > 500 && seen.doubts > 1000, JSON.stringify(seen))
})

test('each kind of doubt that is seen by others alone gives cause to judge, and a stand at a light does not', () => {
  const city = drive({ seconds: 200, kmh: 50 })
  const parked = drive({ seconds: 900, stepMs: 10_000, kmh: 0 })
  const causes: Readonly<Record<string, readonly Reading[]>> = {
    speed: changed(city, [80, 81], () => ({ speedKmh: 240 })).map((reading) => ({ ...reading, lat: NaN, lon: NaN })),
    place: changed(city, [80, 81], (reading) => offBy(reading, 2000, 0)),
    drift: changed(parked, [400, 450], (reading) => offBy(reading, 80, 0)),
    creep: parked.map((reading, index) => ({
      ...reading,
      ...offBy(reading, 12 * Math.max(0, 6 - Math.abs(index - 45)), 0),
    })),
    frozen: drive({ seconds: 300, kmh: 0 }).map((reading) => ({ ...reading, speedKmh: 50 })),
    stuck: drive({ seconds: 300, kmh: 50 }).map((reading) => ({ ...reading, lat: NaN, lon: NaN, speedKmh: 0 })),
    scale: drive({ seconds: 1200, stepMs: 60_000, kmh: 60 }).map((reading) => ({
      ...reading,
      lat: NaN,
      lon: NaN,
      odometerM: Math.floor(reading.odometerM / 1000),
    })),
    'scale by places': [
      ...drive({ seconds: 30, kmh: 0 }),
      ...drive({ seconds: 60, kmh: 30, fromAt: startAt + 75_000, lat: 52.51 }).map((reading) => ({
        ...reading,
        odometerM: 48_152_346,
      })),
    ],
  }
  for (const [name, readings] of Object.entries(causes)) {
    assert.ok(doubtsIn(readings).length > 0, name)
    assert.ok(oddMinutes(readings).length > 0, name)
  }
  const light = drive({ seconds: 90, kmh: 0, fromAt: startAt + 201_000, lat: city.at(-1)!.lat, lon: city.at(-1)!.lon })
  assert.deepEqual(
    oddMinutes([...city, ...light.map((reading) => ({ ...reading, odometerM: city.at(-1)!.odometerM }))]),
    [],
  )
})
