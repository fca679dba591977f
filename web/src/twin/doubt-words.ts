// Why a value is doubted, in words, and what to do about it.
import type { DoubtReason } from '../../../src/api/contract.ts'

type Words = { readonly meaning: string; readonly remedy: string }

const words: Readonly<Record<DoubtReason, Words>> = {
  'no-fix': {
    meaning: 'told without a fix',
    remedy:
      'Have the unit send null for the place while the receiver has no fix. Where that is often, look at the antenna.',
  },
  'null-island': {
    meaning: 'latitude and longitude are both 0',
    remedy: 'Have the unit send null until the receiver has a place: 0, 0 is what an empty structure says.',
  },
  zero: {
    meaning: 'exactly 0 amid places elsewhere',
    remedy: 'Have the unit send latitude and longitude together, and null for both until both are known.',
  },
  inaccurate: {
    meaning: 'the receiver vouches for no better than 150 m',
    remedy:
      'Look at the antenna and its view of the sky: coated glass and metal above it cost accuracy. In garages and tunnels it is to be expected.',
  },
  jump: {
    meaning: 'off and back faster than any car',
    remedy:
      'Look for a second source of this signal in the unit’s mapping, such as network cells beside satellites. Places that jump at one spot are reflections or jamming there.',
  },
  frozen: {
    meaning: 'stood still while the rest went on',
    remedy:
      'Have the unit send what was measured anew, and null where the source is silent, rather than the last value again.',
  },
  drift: {
    meaning: 'the receiver of a parked car wandered',
    remedy:
      'Little is lost. Where it is often, look at the antenna, or have the unit keep the place while the car stands.',
  },
  sentinel: {
    meaning: 'a number that says “not available”',
    remedy: 'Map the code for “not available” to null.',
  },
  impossible: {
    meaning: 'beyond any car',
    remedy: 'Look at unit, scale and sign in the unit’s mapping of this signal.',
  },
  fell: {
    meaning: 'less than before and after',
    remedy: 'An odometer only grows: look for a trip counter or another control unit among the sources of this signal.',
  },
  scale: {
    meaning: 'in another unit, a thousand times off',
    remedy: 'Have the unit send metres throughout, or name the VSS it speaks: some of its values are kilometres.',
  },
}

const isKnown = (reason: string): reason is DoubtReason => Object.hasOwn(words, reason)

/** As it came where it is none of ours. */
export const doubtWords = (reason: string): string => (isKnown(reason) ? words[reason].meaning : reason)

/** Null where the reason is none of ours. */
export const doubtRemedy = (reason: string): string | null => (isKnown(reason) ? words[reason].remedy : null)
