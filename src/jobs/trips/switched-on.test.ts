// Where trips begin and end of a car whose unit starts anew, so that the word of its ignition is
// not heard, or is said again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { driveJobs, messagesOf, recordsOf } from '../../engine/job-driver.ts'
import type { Message, Sample } from '../../model/message.ts'
import { at, driving, sample, seconds, tripsIn } from './drives.testing.ts'
import { trips } from './trips.ts'

/** Another one with FC_SEED. */
const seed = Number(process.env['FC_SEED'] ?? 1)

/** A drive from a stand, with the pause after it. Seconds. */
type Leg = {
  readonly drivesS: number
  readonly kmh: number
  /** How much of its end is not heard, the word of the ignition too; 0 = that is heard. */
  readonly endUnheardS: number
  /** For how long the unit is silent a third on, after which it says that the car is switched on; 0
   *  = it does not start anew. */
  readonly silentS: number
  readonly pauseS: number
}

const isBetween = ({ at: sampleAt }: Sample, fromS: number, toS: number): boolean =>
  sampleAt > at + fromS * 1000 && sampleAt < at + toS * 1000

function heardOf({ drivesS, kmh, endUnheardS, silentS }: Leg, fromS: number) {
  const drive = [...driving(fromS, 1, 0), ...driving(fromS + 1, drivesS - endUnheardS, kmh)]
  const silentFromS = fromS + Math.floor(drivesS / 3)
  const isOff = endUnheardS === 0
  return {
    samples: drive.filter((sample) => !isBetween(sample, silentFromS, silentFromS + silentS)),
    switches: [
      ['ignition-on', fromS],
      ...(silentS > 0 ? [['ignition-on', silentFromS + silentS] as const] : []),
      ...(isOff ? [['ignition-off', fromS + drivesS + 1] as const] : []),
    ] as const,
    span: [fromS, isOff ? fromS + drivesS + 1 : fromS + drivesS - endUnheardS],
  }
}

const leg: fc.Arbitrary<Leg> = fc.record({
  drivesS: fc.integer({ min: 140, max: 300 }),
  kmh: fc.integer({ min: 15, max: 90 }),
  endUnheardS: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 })),
  silentS: fc.oneof(fc.constant(0), fc.integer({ min: 16, max: 40 })),
  pauseS: fc.integer({ min: 20, max: 290 }),
})

test(`a car that is switched on while it stands was off before, whether or not that was heard; one that drives was not (seed ${seed})`, () => {
  fc.assert(
    fc.property(fc.array(leg, { minLength: 1, maxLength: 4 }), (legs) => {
      let fromS = 0
      const heard = legs.map((each) => {
        const one = heardOf(each, fromS)
        fromS += each.drivesS + 1 + each.pauseS
        return one
      })
      const events = heard
        .flatMap(({ switches }) => switches)
        .map(([event, atS], seq): Message => ({ boot: '00000000000000ee', seq, event, at: at + atS * 1000, data: {} }))
      const driver = driveJobs([trips])
      driver.feed(recordsOf(events, 'demo/car-1', 'event'))
      driver.feed(recordsOf(messagesOf(heard.flatMap(({ samples }) => samples))))
      driver.pass(Number.MAX_SAFE_INTEGER)
      assert.deepEqual(
        tripsIn(driver).map(seconds),
        heard.map(({ span }) => span),
      )
    }),
    { numRuns: 100, seed, endOnFailure: true },
  )
})

/** The words of a unit, every so many seconds, of two drives and of the pauses in which it is
 *  off. */
type Unit = {
  readonly tells: readonly ('speed' | 'place' | 'odometer')[]
  readonly stepS: number
  readonly endsHeard: boolean
}
type Drive = {
  readonly standsS: number
  readonly drivesS: number
  readonly kmh: number
  readonly anewAfterS: number
  readonly silentS: number
}

/** A drive from a stand to a stand, with what is heard of it; where it starts anew on the way, it
 *  says so after a silence. */
function drivesOf(
  { tells, stepS, endsHeard }: Unit,
  drives: readonly (Drive & { readonly pauseS: number })[],
  isAnew: boolean,
) {
  const samples: Sample[] = []
  const events: Message[] = []
  const spans: (readonly [number, number])[] = []
  const say = (event: string, atS: number) =>
    events.push({ boot: '00000000000000ee', seq: events.length, event, at: at + atS * 1000, data: {} })
  let [atS, wayM] = [0, 0]
  for (const { standsS, drivesS, kmh, anewAfterS, silentS, pauseS } of drives) {
    const fromS = atS
    say('ignition-on', atS)
    for (let second = -standsS; second <= drivesS; second += 1, atS += 1) {
      // Up and down in ten seconds.
      const speedKmh = Math.max(0, kmh * Math.min(1, second / 10, (drivesS - second) / 10))
      wayM += speedKmh / 3.6
      if (isAnew && second === anewAfterS + silentS) say('ignition-on', atS)
      if (atS % stepS !== 0 || (isAnew && second >= anewAfterS && second < anewAfterS + silentS)) continue
      const values: Sample['signals'] = {
        ...(tells.includes('speed') && { Speed: speedKmh }),
        ...(tells.includes('place') && {
          'CurrentLocation.Latitude': 0,
          'CurrentLocation.Longitude': 13 + wayM / 111_319.5,
        }),
        ...(tells.includes('odometer') && { TraveledDistance: Math.round(48_000_000 + wayM) }),
      }
      samples.push(sample(atS, values))
    }
    if (endsHeard) say('ignition-off', atS)
    spans.push([fromS, atS])
    atS += pauseS
  }
  const driver = driveJobs([trips])
  driver.feed(recordsOf(events, 'demo/car-1', 'event'))
  driver.feed(recordsOf(messagesOf(samples)))
  driver.pass(Number.MAX_SAFE_INTEGER)
  return { found: tripsIn(driver), spans, wayM }
}

const drives = fc.array(
  fc.record({
    standsS: fc.integer({ min: 3, max: 25 }),
    drivesS: fc.integer({ min: 240, max: 700 }),
    kmh: fc.integer({ min: 25, max: 90 }),
    anewAfterS: fc.integer({ min: 60, max: 120 }),
    silentS: fc.integer({ min: 20, max: 60 }),
    pauseS: fc.integer({ min: 40, max: 280 }),
  }),
  { minLength: 2, maxLength: 2 },
)

const unitOf = (stepS: readonly number[], endsHeard: boolean): fc.Arbitrary<Unit> =>
  fc.record({
    tells: fc.constantFrom(['place'], ['speed', 'place'], ['speed', 'odometer'], ['place', 'odometer']) as fc.Arbitrary<
      Unit['tells']
    >,
    stepS: fc.constantFrom(...stepS),
    endsHeard: fc.constant(endsHeard),
  })
/** By speeds alone a car is driven that is so soon after it was switched on. */
const speedsAlone: fc.Arbitrary<Unit> = unitOf([1, 5, 10], true).map((unit) => ({ ...unit, tells: ['speed'] }))

test(`a unit that starts anew on the way says again that the car is switched on, and cuts no trip, whatever it tells how often (seed ${seed})`, () => {
  fc.assert(
    fc.property(
      fc.oneof({ weight: 4, arbitrary: unitOf([1, 5, 10, 15, 20, 30, 60], true) }, speedsAlone),
      drives,
      (unit, given) => {
        const { found, spans, wayM } = drivesOf(unit, given, true)
        assert.deepEqual(found.map(seconds), spans)
        const toldM = found.reduce((sum, { distanceM }) => sum + distanceM, 0)
        // Metres before the first value of a drive and after its last one are not told.
        const untoldM = given.reduce((sum, { kmh }) => sum + 2 * unit.stepS * (kmh / 3.6), 0)
        assert.ok(Math.abs(toldM - wayM) <= 0.05 * wayM + untoldM, `${toldM} m of ${wayM}`)
      },
    ),
    { numRuns: 60, seed, endOnFailure: true },
  )
})

test(`a car whose ends nobody hears is on another trip when it is switched on, whatever it tells how often (seed ${seed})`, () => {
  fc.assert(
    fc.property(unitOf([1, 5, 10, 15], false), drives, (unit, given) => {
      const { found, spans } = drivesOf(unit, given, false)
      assert.deepEqual(
        found.map((trip) => seconds(trip)[0]),
        spans.map(([fromS]) => fromS),
      )
    }),
    { numRuns: 60, seed, endOnFailure: true },
  )
})
