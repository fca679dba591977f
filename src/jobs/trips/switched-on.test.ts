// Where trips begin and end of a car whose unit starts anew, so that the word of its ignition is not heard, or is said again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { driveJobs, messagesOf, recordsOf } from '../../engine/job-driver.ts'
import type { Message, Sample } from '../../model/message.ts'
import { at, driving, seconds, tripsIn } from './test-drives.ts'
import { trips } from './trips.ts'

/** Another one with FC_SEED. */
const seed = Number(process.env['FC_SEED'] ?? 1)

/** A drive from a stand, with the pause after it. Seconds. */
type Leg = {
  readonly drivesS: number
  readonly kmh: number
  /** How much of its end is not heard, the word of the ignition too; 0 = that is heard. */
  readonly endUnheardS: number
  /** For how long the unit is silent a third on, after which it says that the car is switched on; 0 = it does not start anew. */
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
