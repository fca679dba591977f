// Readings of acceleration in the plane of the road that no driving explains, thinned to 50 a second: of each fiftieth the first, with
// the greatest beside it. Of five seconds, and of ten minutes, the earliest are kept, so that a sensor that is stuck for hours does
// not push out the pulse that it got stuck in.
import { readingBinMs, readingsMax, readingsOfBlockMax } from './crash-rules.ts'
import { blockMs, type Motion } from './motion.ts'

/** m/s² with one decimal, in the axes of ISO 8855: x forward, y to the left. */
export type Reading = {
  readonly at: number
  readonly x: number
  readonly y: number
  /** The greatest of the fiftieth of a second. */
  readonly peak: number
}

const cellMs = 5_000
const cellOf = (at: number): number => Math.floor((at % blockMs) / cellMs)
const binOf = ({ at }: Reading): number => Math.floor(at / readingBinMs)

/** Takes in what was measured at an instant. True when it changes anything. */
export function addReading(motion: Motion, at: number, x: number, y: number): boolean {
  const reading: Reading = { at, x: tenths(x), y: tenths(y), peak: tenths(Math.hypot(x, y)) }
  const cell = cellOf(at)
  const before = motion.readings.get(cell) ?? []
  const same = before.find((other) => binOf(other) === binOf(reading))
  const merged = same === undefined ? reading : merge(same, reading)
  if (same !== undefined && merged.at === same.at && merged.x === same.x && merged.y === same.y && merged.peak === same.peak) return false
  const last = before.at(-1)
  if (same === undefined && before.length >= readingsMax && last !== undefined && reading.at > last.at) return false
  const after = [...before.filter((other) => other !== same), merged].sort((a, b) => a.at - b.at).slice(0, readingsMax)
  motion.readings.set(cell, after)
  return !dropLast(motion) || motion.readings.get(cell) === after
}

/** Drops the last reading of a block that has one too many. */
function dropLast({ readings }: Motion): boolean {
  let count = 0
  let lastCell = -1
  for (const [cell, { length }] of readings) {
    count += length
    if (cell > lastCell) lastCell = cell
  }
  if (count <= readingsOfBlockMax) return false
  const rest = readings.get(lastCell)!.slice(0, -1)
  if (rest.length === 0) readings.delete(lastCell)
  else readings.set(lastCell, rest)
  return true
}

/** All of a block, in order of time. */
export const readingsIn = ({ readings }: Motion): Reading[] =>
  readings.size === 0 ? [] : [...readings.values()].flat().sort((a, b) => a.at - b.at)

/** Puts back what `readingsIn` gave. */
export function setReadings({ readings }: Motion, all: readonly Reading[]): void {
  for (const [cell, ofCell] of Map.groupBy(all, ({ at }) => cellOf(at))) readings.set(cell, ofCell)
}

/** One decimal, as it is stored. Beyond 300 g nothing is measured in a car. */
const tenths = (ms2: number): number => Math.round(Math.min(Math.max(ms2, -3_000), 3_000) * 10) / 10

function merge(a: Reading, b: Reading): Reading {
  const first = isFirst(a, b) ? a : b
  return { at: first.at, x: first.x, y: first.y, peak: Math.max(a.peak, b.peak) }
}

/** The earlier; of two of one instant the lesser: the same in every order. */
const isFirst = (a: Reading, b: Reading): boolean => (a.at !== b.at ? a.at < b.at : a.x !== b.x ? a.x < b.x : a.y <= b.y)
