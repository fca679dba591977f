// Readings of acceleration in the plane of the road that no driving explains, by fiftieths of a
// second: every one beyond the threshold, and those below it that its message has beside it in the
// same fiftieth, so that what rings to both sides comes to its mean. Of five seconds, and of ten
// minutes, the earliest fiftieths are kept, so that a sensor that is stuck for hours does not push
// out the pulse that it got stuck in.
import { fiftiethMs, fiftiethsMax, fiftiethsOfBlockMax } from './crash-rules.ts'
import { blockMs, type Motion } from './motion.ts'

/** m/s² with one decimal, in the axes of ISO 8855: x forward, y to the left. */
export type Acceleration = { readonly at: number; readonly x: number; readonly y: number }

export const sizeOf = ({ x, y }: Acceleration): number => Math.hypot(x, y)

/** The readings of a fiftieth of a second in order of time, at least one, and of each millisecond
 *  one. */
export type Fiftieth = readonly Acceleration[]

/** Of so many milliseconds, and of ten minutes, the earliest are kept. */
export const cellMs = 5_000
export const cellOf = (at: number): number => Math.floor((at % blockMs) / cellMs)
/** Which fiftieth of a second an instant is in, counted from the epoch. */
export const fiftiethOf = (at: number): number => Math.floor(at / fiftiethMs)
const numberOf = ([first]: Fiftieth): number => fiftiethOf(first!.at)

/** Takes in a reading beyond the threshold. True when it changes anything. */
export const addReading = (motion: Motion, at: number, x: number, y: number): boolean =>
  add(motion, { at, x: tenths(x), y: tenths(y) }, true)

/** Takes in one below the threshold, beside one beyond it. */
export const addReadingBeside = (motion: Motion, at: number, x: number, y: number): boolean =>
  add(motion, { at, x: tenths(x), y: tenths(y) }, false)

/** One decimal, as it is stored. Beyond 300 g nothing is measured in a car. */
const tenths = (ms2: number): number => Math.round(Math.min(Math.max(ms2, -3_000), 3_000) * 10) / 10

function add(motion: Motion, reading: Acceleration, isBeyond: boolean): boolean {
  const cell = cellOf(reading.at)
  const before = motion.readings.get(cell) ?? []
  const number = fiftiethOf(reading.at)
  const found = before.findIndex((each) => numberOf(each) >= number)
  const same = found < 0 || numberOf(before[found]!) > number ? undefined : before[found]!
  if (same !== undefined) {
    const merged = withReading(same, reading)
    if (merged !== same) motion.readings.set(cell, before.with(found, merged))
    return merged !== same
  }
  if (!isBeyond || (found < 0 && before.length >= fiftiethsMax)) return false
  const after = before.toSpliced(found < 0 ? before.length : found, 0, [reading]).slice(0, fiftiethsMax)
  motion.readings.set(cell, after)
  return !dropLast(motion) || motion.readings.get(cell) === after
}

/** Of two readings of one instant the greater, of two as great the lesser forward, then to the
 *  left: the same in every order. */
function withReading(fiftieth: Fiftieth, reading: Acceleration): Fiftieth {
  const place = fiftieth.findIndex(({ at }) => at >= reading.at)
  const there = fiftieth[place]
  if (there?.at !== reading.at) return fiftieth.toSpliced(place < 0 ? fiftieth.length : place, 0, reading)
  const more = sizeOf(reading) - sizeOf(there)
  const isChosen = more !== 0 ? more > 0 : reading.x !== there.x ? reading.x < there.x : reading.y < there.y
  return isChosen ? fiftieth.with(place, reading) : fiftieth
}

/** Drops the last fiftieth of a block that has one too many. */
function dropLast({ readings }: Motion): boolean {
  let count = 0
  let lastCell = -1
  for (const [cell, { length }] of readings) {
    count += length
    if (cell > lastCell) lastCell = cell
  }
  if (count <= fiftiethsOfBlockMax) return false
  const rest = readings.get(lastCell)!.slice(0, -1)
  if (rest.length === 0) readings.delete(lastCell)
  else readings.set(lastCell, rest)
  return true
}

/** All of a block, in order of time. */
export const fiftiethsIn = ({ readings }: Motion): Fiftieth[] =>
  readings.size === 0 ? [] : [...readings.values()].flat().sort((a, b) => a[0]!.at - b[0]!.at)

/** Puts back what `fiftiethsIn` gave. */
export function setFiftieths({ readings }: Motion, all: readonly Fiftieth[]): void {
  for (const [cell, ofCell] of Map.groupBy(all, ([first]) => cellOf(first!.at))) readings.set(cell, ofCell)
}
