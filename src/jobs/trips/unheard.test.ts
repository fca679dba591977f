// Metres driven while nobody heard the car, in trips and beside them: by the odometers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Sample } from '../../model/message.ts'
import type { Trip } from '../../read-models/trips/trips.ts'
import { sample, settled } from './drives.testing.ts'

/** Another one with FC_SEED, more runs with FC_RUNS. */
const seed = Number(process.env['FC_SEED'] ?? 1)
const runs = Number(process.env['FC_RUNS'] ?? 200)

type Leg = { readonly kmh: number; readonly seconds: number }
type Silence = { readonly fromS: number; readonly toS: number }

/** A car that says its speed each second while it is switched on, where its odometer stands every
 *  20 s, and both switches; it drives the legs, with two minutes off between them. */
function life(
  legs: readonly Leg[],
  { stepM = 1, standingS = 40 } = {},
): { readonly samples: Sample[]; readonly drivenM: number } {
  const samples: Sample[] = []
  let atS = 0
  const startM = 12_345_678
  let odometerM = startM
  const tell = (kmh: number, more: Sample['signals'] = {}): void => {
    const told = {
      Speed: kmh,
      ...(atS % 20 === 0 && { TraveledDistance: Math.floor(odometerM / stepM) * stepM }),
      ...more,
    }
    samples.push(sample(atS++, told))
  }
  for (const { kmh, seconds } of legs) {
    tell(0, { LowVoltageSystemState: 'ON' })
    for (let second = 0; second < standingS; second += 1) tell(0)
    for (let second = 0; second < seconds; second += 1) {
      odometerM += kmh / 3.6
      tell(kmh)
    }
    for (let second = 0; second < standingS; second += 1) tell(0)
    tell(0, { LowVoltageSystemState: 'OFF', TraveledDistance: Math.floor(odometerM / stepM) * stepM })
    atS += 120
  }
  return { samples, drivenM: odometerM - startM }
}

const heard = (samples: readonly Sample[], silences: readonly Silence[]): Sample[] =>
  samples.filter(({ at }) => !silences.some(({ fromS, toS }) => at >= sample(fromS, {}).at && at < sample(toS, {}).at))

const ways = (trips: readonly Trip[]) =>
  trips.map(({ distanceM, bridgedM, unheardM }) => [distanceM, bridgedM, unheardM])
const near = (a: number, b: number, m: number): boolean => Math.abs(a - b) <= m

test('a car that is parked in a silence was driven there: the trip before has it beside its own distance', () => {
  const parked = [
    { kmh: 72, seconds: 600 },
    { kmh: 36, seconds: 300 },
  ]
  // Silent for the last four minutes of driving, until the car has been switched on again and
  // stands for longer than at a light.
  const { samples } = life(parked, { standingS: 200 })
  const [first, second, ...others] = settled(heard(samples, [{ fromS: 578, toS: 1125 }]))
  assert.deepEqual(others, [])
  assert.ok(first?.endedBy === 'silence' && near(first.distanceM, 7_520, 30), JSON.stringify(ways([first!])))
  assert.ok(near(first.distanceM + (first.unheardM ?? NaN), 12_000, 30), JSON.stringify(ways([first])))
  assert.equal(second?.unheardM, 0)
})

test('a car that is first heard on its way was driven from where it was parked', () => {
  const { samples } = life([
    { kmh: 72, seconds: 300 },
    { kmh: 36, seconds: 900 },
  ])
  const [first, second, ...others] = settled(heard(samples, [{ fromS: 385, toS: 900 }]))
  assert.deepEqual([others, first?.unheardM], [[], 0])
  assert.ok(near(second!.distanceM + (second!.unheardM ?? NaN), 9_000, 15), JSON.stringify(ways([second!])))
  assert.ok((second!.unheardM ?? 0) > 3_000)
})

test('in a silence between two cars on their way nobody knows whose it was; and of one that is not over nobody knows how far it was', () => {
  const { samples } = life([
    { kmh: 20, seconds: 600 },
    { kmh: 5, seconds: 600 },
  ])
  const two = settled(heard(samples, [{ fromS: 600, toS: 5_000 }]))
  assert.deepEqual(
    two.map(({ unheardM }) => unheardM),
    [null],
  )
  assert.deepEqual(
    settled(samples.filter((_, index) => index < 300)).map(({ unheardM }) => unheardM),
    [null],
  )
})

test('an odometer of whole kilometres bridges what is longer than its step, and nothing else', () => {
  const [trip, ...others] = settled(
    heard(life([{ kmh: 72, seconds: 1200 }], { stepM: 1000 }).samples, [{ fromS: 300, toS: 700 }]),
  )
  assert.deepEqual(others, [])
  assert.ok(near(trip!.distanceM, 24_000, 1_000) && near(trip!.bridgedM!, 8_000, 1_000), JSON.stringify(ways([trip!])))
  const [short] = settled(heard(life([{ kmh: 36, seconds: 600 }], { stepM: 1000 }).samples, [{ fromS: 300, toS: 340 }]))
  assert.ok(near(short!.distanceM, 6_000, 20), JSON.stringify(ways([short!])))
})

test('whether a car that tells places alone stood when it was first heard is known where it is still there later', () => {
  /** It stands for `standingS`, then goes 60 km/h and stands again. */
  const placed = (standingS: number, stepS: number): Sample[] =>
    Array.from({ length: Math.floor((1_000 + standingS) / stepS) }, (_, index) => {
      const drivenS = Math.max(0, Math.min(700, index * stepS - standingS))
      return sample(index * stepS, {
        'CurrentLocation.Latitude': 52.5,
        'CurrentLocation.Longitude': 13.4 + drivenS * 0.000_245_5,
      })
    })
  for (let standingS = 0; standingS <= 120; standingS += 40)
    for (const stepS of [1, 5, 10, 60]) {
      const unheard = settled(placed(standingS, stepS)).map(({ unheardM }) => unheardM)
      assert.deepEqual(
        unheard,
        [standingS === 0 || stepS === 60 ? null : 0],
        `${standingS} s, a place every ${stepS} s`,
      )
    }
})

const legs = fc.array(
  fc.record({ kmh: fc.integer({ min: 20, max: 130 }), seconds: fc.integer({ min: 120, max: 1500 }) }),
  {
    minLength: 1,
    maxLength: 4,
  },
)
const silences = fc.array(
  fc
    .tuple(fc.nat(6_000), fc.integer({ min: 10, max: 1_500 }))
    .map(([fromS, seconds]): Silence => ({ fromS, toS: fromS + seconds })),
  { maxLength: 3 },
)

test(`what is heard and unheard of all trips is what the odometer grew by, wherever that is known of each (seed ${seed})`, () => {
  let known = 0
  fc.assert(
    fc.property(legs, silences, (driven, silent) => {
      const { samples, drivenM } = life(driven)
      const left = heard(samples, silent)
      const trips = settled(left)
      const toldM = trips.reduce((sum, { distanceM, unheardM }) => sum + distanceM + (unheardM ?? 0), 0)
      const slackM = 50 * (driven.length + silent.length)
      assert.ok(toldM <= drivenM + slackM, `${toldM} of ${drivenM} m`)
      const isWhole = trips.every(({ unheardM, bridgedM }) => unheardM !== null && bridgedM !== null)
      // Whole drives in a silence are nobody's.
      if (!isWhole || trips.length < driven.length || left[0] !== samples[0] || left.at(-1) !== samples.at(-1)) return
      known += 1
      assert.ok(near(toldM, drivenM, slackM), `${toldM} of ${drivenM} m: ${JSON.stringify(ways(trips))}`)
    }),
    { numRuns: runs, seed, endOnFailure: true },
  )
  assert.ok(known > runs / 4, `of ${known} lives all was known`)
})
