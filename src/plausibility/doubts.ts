// Which values of a list of readings are doubted, as one byte a value: 0, or one more than the
// place of its reason in `doubtReasons`. Those of one reading fit into one number.
import { doubtReasons, type DoubtReason } from '../model/value-doubt.ts'
import type { Reading } from './reading.ts'

export type Doubts = { readonly place: Uint8Array; readonly speed: Uint8Array; readonly odometer: Uint8Array }

/** The values of a reading that can be doubted. */
export const doubtedValues = ['place', 'speed', 'odometer'] as const satisfies readonly (keyof Doubts)[]

export type Doubt = {
  readonly index: number
  readonly at: number
  readonly of: keyof Doubts
  readonly reason: DoubtReason
}

export const noDoubts = (count: number): Doubts => ({
  place: new Uint8Array(count),
  speed: new Uint8Array(count),
  odometer: new Uint8Array(count),
})

const codes = new Map(doubtReasons.map((reason, index) => [reason, index + 1]))

/** Marks a value; the reason found first stands. */
export function doubt(marks: Uint8Array, index: number, reason: DoubtReason): void {
  if (marks[index] === 0) marks[index] = codes.get(reason) ?? 0
}

/** Undefined where the value is not doubted. */
export const reasonOf = (marks: Uint8Array, index: number): DoubtReason | undefined =>
  doubtReasons[(marks[index] ?? 0) - 1]

/** The doubts of one reading: five bits for the reason of each value; 0 = nothing. Below 2^15. */
export const packDoubts = (doubts: Doubts, index: number): number =>
  doubtedValues.reduce((packed, of) => packed | (doubts[of][index]! << shifts[of]), 0)

/** Undefined where the value is not doubted. */
export const packedReason = (packed: number, of: keyof Doubts): DoubtReason | undefined =>
  doubtReasons[((packed >> shifts[of]) & reasonBits) - 1]

const shifts = { place: 0, speed: 5, odometer: 10 } as const
const reasonBits = 0b1_1111

/** The doubts in order of time, those of one reading in the order place, speed, odometer. */
export function listDoubts(readings: readonly Reading[], doubts: Doubts): Doubt[] {
  return readings.flatMap(({ at }, index) =>
    doubtedValues.flatMap((of) => {
      const reason = reasonOf(doubts[of], index)
      return reason === undefined ? [] : [{ index, at, of, reason }]
    }),
  )
}
