// Promise: a parked car whose receiver wanders makes no trip, and what a car drives of which only
// places tell is one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { driveJobs, messagesOf, recordsOf } from '../../engine/job-driver.ts'
import { latenessMs } from '../../engine/lateness.ts'
import type { Sample } from '../../model/message.ts'
import { Random } from '../../sim/random.ts'
import { sample, seconds, settled, tripsIn } from './drives.testing.ts'
import {
  drive,
  errors,
  inDirection,
  standing,
  tellings,
  told,
  wanderings,
  type Place,
  type Telling,
} from './receivers.testing.ts'
import { tripsOf } from './recordings.testing.ts'
import { trips } from './trips.ts'

/** Another one with FC_SEED, more runs with FC_RUNS. */
const seed = Number(process.env['FC_SEED'] ?? 1)
const runs = Number(process.env['FC_RUNS'] ?? 40)

const options = { seed, numRuns: 4 * runs, endOnFailure: true }
const number = fc.integer({ min: 0, max: 2 ** 31 - 1 })
const unit = fc.record({
  stepS: fc.constantFrom(5, 10, 30, 60, 120, 600),
  telling: fc.constantFrom<Telling>(...tellings),
})
const home: Place = [0, 0]
const hourS = 3600

test(`a night of a parked car whose receiver wanders has no trip, whatever its unit tells (seed ${seed})`, () => {
  fc.assert(
    fc.property(number, fc.constantFrom(...wanderings), unit, (night, wandering, { stepS, telling }) => {
      const off = errors(new Random(night), 9 * hourS, wandering)
      assert.deepEqual(tripsOf(told(standing(off.length), off, { stepS, telling })), [])
    }),
    options,
  )
})

test(`a parked car of which a receiver tells a speed now and then, beside places where it stands, has no trip (seed ${seed})`, () => {
  const steps = fc.constantFrom(1, 5, 10, 15, 30, 60)
  fc.assert(
    fc.property(
      number,
      steps,
      fc.integer({ min: 10, max: 60 }),
      fc.integer({ min: 5, max: 60 }),
      (night, stepS, kmh, everyMinutes) => {
        const random = new Random(night)
        const off = errors(random, (stepS < 10 ? 2 : 6) * hourS, 'quiet')
        let wasTold = true
        const samples = told(standing(off.length), off, { stepS, telling: 'own speed' }).map(({ at, signals }) => {
          wasTold = !wasTold && random.between(0, 1) < stepS / 60 / everyMinutes
          return { at, signals: { ...signals, 'Vehicle.Speed': wasTold ? kmh : 0 } }
        })
        assert.deepEqual(tripsOf(samples), [])
      },
    ),
    { ...options, numRuns: runs },
  )
})

const metresOf = (way: readonly Place[]): number =>
  way.reduce((metres, [northM, eastM], index) => {
    const [beforeNorthM, beforeEastM] = way[Math.max(0, index - 1)]!
    return metres + Math.hypot(northM - beforeNorthM, eastM - beforeEastM)
  }, 0)

/** Ways of cars of which only places may tell. */
const ways: Readonly<Record<string, (random: Random) => Place[]>> = {
  'to the bakery and back': (random) =>
    drive(home, random.between(20, 45), [
      [inDirection(random, random.between(380, 800)), random.between(130, 900)],
      [home, 0],
    ]),
  'a round of deliveries': (random) => {
    const stops = Array.from(
      { length: 8 },
      () => [inDirection(random, random.between(400, 1_200)), random.between(40, 240)] as const,
    )
    return drive(home, random.between(20, 45), [...stops, [[500, 0], 60], [home, 0]])
  },
  'within a yard': (random) =>
    drive(home, random.between(10, 20), [[inDirection(random, random.between(150, 300)), 0]]),
  'at any pace': (random) => {
    const kmh = random.pick([random.between(3, 10), random.between(10, 50), random.between(50, 130)])
    return drive(home, kmh, [[inDirection(random, (kmh / 3.6) * random.between(600, 2_400)), 0]])
  },
}

test(`what is driven by places alone is a trip, where they are told once a minute or more often (seed ${seed})`, () => {
  const steps = fc.constantFrom(5, 10, 30, 60)
  const telling = fc.constantFrom<Telling>('places', 'off once')
  fc.assert(
    fc.property(number, fc.constantFrom(...Object.keys(ways)), steps, telling, (day, name, stepS, says) => {
      const random = new Random(day)
      const driven = ways[name]!(random)
      const way = [...standing(hourS), ...driven, ...standing(hourS, driven.at(-1))]
      const found = tripsOf(told(way, errors(random, way.length, 'quiet'), { stepS, telling: says }))
      assert.equal(found.length, 1, `${name}: ${found.length} trips`)
      const [startS, endS] = seconds(found[0]!)
      assert.ok(
        startS <= hourS + stepS && endS >= hourS + driven.length - 60,
        `${name}: ${startS} to ${endS} s of ${driven.length}`,
      )
      const [toldM, drivenM] = [found[0]!.distanceM, metresOf(driven)]
      assert.ok(Math.abs(toldM - drivenM) < 75 + 0.1 * drivenM, `${name}: ${toldM} m for ${drivenM}`)
    }),
    options,
  )
})

test(`a car whose receiver wanders through the night parked when it came, and left when it went (seed ${seed})`, () => {
  const steps = fc.constantFrom(5, 10, 30, 60)
  fc.assert(
    fc.property(
      number,
      fc.constantFrom(...wanderings),
      steps,
      fc.constantFrom(1, 10, 60),
      (day, wandering, stepS, seldom) => {
        const random = new Random(day)
        const [from, to] = [inDirection(random, 4_000), inDirection(random, 4_000)]
        const back = drive(from, 35, [[home, 0]])
        const night = errors(random, 6 * hourS, wandering)
        const away = drive(home, 35, [[to, hourS]])
        const way = [...standing(600, from), ...back, ...standing(night.length), ...away]
        const off = [...errors(random, 600 + back.length, 'quiet'), ...night, ...errors(random, away.length, 'quiet')]
        const parkedS = 600 + back.length
        const leftS = parkedS + night.length
        // Units of parked cars are seldom awake.
        const isAwake = (_: Sample, index: number): boolean =>
          index * stepS <= parkedS + 60 || index * stepS >= leftS - 60 || index % seldom === 0
        const found = tripsOf(told(way, off, { stepS, telling: 'places' }).filter(isAwake)).map(seconds)
        assert.equal(found.length, 2, JSON.stringify(found))
        const [late, early] = [found[0]![1] - parkedS, leftS - found[1]![0]]
        assert.ok(late > -60 && late < hourS, `parked ${late} s late`)
        assert.ok(early > -60 && early < hourS, `left ${early} s early`)
      },
    ),
    // Found where home stayed where the car last came 100 m further.
    { ...options, examples: [[1_353_077_051, 'spikes', 10, 1]] },
  )
})

/** A day of drives, with a receiver that wanders. */
function dayOf(random: Random, stepS: number, telling: Telling): Sample[] {
  const way = Array.from({ length: 6 }, () => ways[random.pick(Object.keys(ways))]!(random)).flatMap((driven) => [
    ...driven,
    ...standing(Math.floor(random.between(600, 3 * hourS)), driven.at(-1)),
  ])
  return told(way, errors(random, way.length, random.pick(wanderings)), { stepS, telling })
}

test(`a day of a receiver that wanders is the same trips, whatever comes when (seed ${seed})`, () => {
  let found = 0
  const delays = fc.infiniteStream(fc.nat(latenessMs - 10_000))
  fc.assert(
    fc.property(number, unit, delays, fc.constantFrom(1, 7, 60), (day, { stepS, telling }, late, batch) => {
      const records = recordsOf(messagesOf(dayOf(new Random(day), Math.max(30, stepS), telling)))
      const atOnce = driveJobs([trips])
      atOnce.feed(records)
      atOnce.pass(Number.MAX_SAFE_INTEGER)
      const delayed = records
        .map((record) => ({ record, at: record.at + late.next().value! }))
        .sort((a, b) => a.at - b.at)
        .map(({ record }) => record)
      const byAndBy = driveJobs([trips], { reload: true })
      let heardAt = -Infinity
      for (let from = 0; from < delayed.length; from += batch) {
        const part = delayed.slice(from, from + batch)
        heardAt = Math.max(heardAt, ...part.map(({ at }) => at))
        byAndBy.feed(part, heardAt)
      }
      byAndBy.pass(Number.MAX_SAFE_INTEGER)
      assert.deepEqual(new Map(byAndBy.results()), new Map(atOnce.results()))
      found += tripsIn(atOnce).length
    }),
    { ...options, numRuns: Math.ceil(runs / 4) },
  )
  assert.ok(found > runs / 4, `${found} trips`)
})

/** A place a minute, so many metres from where the car stood first, from an instant on. */
const places = (fromS: number, minutes: number, northM: number): Sample[] =>
  Array.from({ length: minutes }, (_, minute) =>
    sample(fromS + minute * 60, {
      'CurrentLocation.Latitude': 52.5 + northM / 111_250,
      'CurrentLocation.Longitude': 13.4,
    }),
  )

test('who goes 350 m by places alone went; who comes back from less did not, and who stays away for half an hour moved there', () => {
  const parked = places(0, 40, 0)
  assert.equal(settled([...parked, ...places(2_400, 5, 360), ...places(2_700, 40, 0)]).length, 1)
  assert.equal(settled([...parked, ...places(2_400, 5, 340), ...places(2_700, 40, 0)]).length, 0)
  assert.equal(settled([...parked, ...places(2_400, 29, 200), ...places(4_140, 40, 0)]).length, 0)
  assert.deepEqual(settled([...parked, ...places(2_400, 40, 200)]).map(seconds), [[2_340, 2_460]])
  const silent = [...parked, ...places(2_400, 5, 200)]
  assert.equal(settled([...silent, ...places(20_000, 5, 200)]).length, 1, 'it is there when it is heard again')
  assert.equal(settled([...silent, ...places(20_000, 5, 0)]).length, 0)
})

test('a unit that says OFF with every other place is not believed while the car goes on', () => {
  const way = [...standing(600), ...drive(home, 50, [[[20_000, 0], 1_200]])]
  for (const stepS of [5, 10, 30, 60]) {
    const found = tripsOf(told(way, errors(new Random(1), way.length, 'quiet'), { stepS, telling: 'off by turns' }))
    assert.equal(found.length, 1, `every ${stepS} s`)
    assert.ok(Math.abs(found[0]!.distanceM - 20_000) < 900, `every ${stepS} s ${found[0]!.distanceM} m`)
  }
})
