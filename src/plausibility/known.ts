// Which readings of a list tell a value: what a judgement runs over.
import type { Reading } from './reading.ts'

/** Places in the list of readings, ascending. */
export type KnownReadings = Int32Array

export const latOf = ({ lat }: Reading): number => lat
export const speedOf = ({ speedKmh }: Reading): number => speedKmh
export const odometerOf = ({ odometerM }: Reading): number => odometerM

/** The readings that tell the value and of which it is not doubted; without marks none is. */
export function knownIn(
  readings: readonly Reading[],
  valueOf: (reading: Reading) => number,
  marks?: Uint8Array,
): KnownReadings {
  const known = new Int32Array(readings.length)
  let count = 0
  for (let index = 0; index < readings.length; index += 1)
    if ((marks === undefined || marks[index] === 0) && !Number.isNaN(valueOf(readings[index]!))) known[count++] = index
  return known.subarray(0, count)
}

/** The first place in the list at which the number is not below; its length where there is none. */
export function firstFrom(known: KnownReadings, number: number): number {
  let low = 0
  let high = known.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (known[middle]! < number) low = middle + 1
    else high = middle
  }
  return low
}
