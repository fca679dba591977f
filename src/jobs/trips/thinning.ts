// More samples than a drive needs are thinned to cells of 10 ms: of each value the earliest of a
// cell stays. The set that stays is a function of the set of samples, and so is how many instants
// were left out: every instant heard is a bit.
import type { ClockRank } from '../../model/message.ts'
import { fix } from '../../plausibility/reading.ts'
import { copyOf, ignition, mergeSamples, readingNames, sameSample, type DriveSample } from './drive-sample.ts'
import type { SampleRows } from './sample-rows.ts'

/** A bit by millisecond of the minute. */
export type MinuteInstants = Uint8Array

/** 6,000 cells a minute. At 1 kHz of a speed that changes by 10 m/s² the trapezoids of 10 ms are
 *  off by nothing that can be told. */
const cellMs = 10
const minuteInstants = 60_000

export const newInstants = (): MinuteInstants => new Uint8Array(minuteInstants / 8)

/** How many instants were heard. */
export const thinned = (instants: MinuteInstants): number => instants.reduce((sum, byte) => sum + bits[byte]!, 0)
const bits = Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length)

/** Adds a sample to thinned ones, which are in order of time; false when it changes nothing. */
export function thin(samples: SampleRows, instants: MinuteInstants, sample: DriveSample): boolean {
  const isFirst = hear(instants, sample.at % minuteInstants)
  const cell = Math.floor(sample.at / cellMs)
  let to = samples.count
  while (to > 0 && samples.atOf(to - 1) >= (cell + 1) * cellMs) to -= 1
  let from = to
  while (from > 0 && samples.atOf(from - 1) >= cell * cellMs) from -= 1
  const before = samples.list(from, to)
  const kept = earliestOf(withSample(before, sample))
  const isSame =
    kept.length === before.length &&
    kept.every((each, index) => each.at === before[index]!.at && sameSample(each, before[index]!))
  if (!isSame) samples.splice(from, to - from, kept)
  return isFirst || !isSame
}

function hear(instants: MinuteInstants, instant: number): boolean {
  const [byte, bit] = [instant >> 3, 1 << (instant & 7)]
  const isFirst = (instants[byte]! & bit) === 0
  instants[byte]! |= bit
  return isFirst
}

function withSample(cell: readonly DriveSample[], sample: DriveSample): DriveSample[] {
  const same = cell.findIndex(({ at }) => at === sample.at)
  if (same >= 0) return cell.with(same, mergeSamples(cell[same]!, sample))
  return [...cell, sample].sort((a, b) => a.at - b.at)
}

/** Of each value the first; what has none left goes. The receipt is the earliest of the cell, the
 *  clock the one that says least. */
function earliestOf(cell: readonly DriveSample[]): DriveSample[] {
  const receivedAt = Math.min(...cell.map((sample) => sample.receivedAt))
  const clock = cell.reduce<ClockRank>((rank, sample) => (sample.clock > rank ? sample.clock : rank), 0)
  const told = new Set<string>()
  const first = <Value>(name: string, value: Value, nothing: Value): Value => {
    if (Object.is(value, nothing) || told.has(name)) return nothing
    told.add(name)
    return value
  }
  return cell.flatMap((sample) => {
    const toldBefore = told.size
    const placed = first('place', !Number.isNaN(sample.lat) || !Number.isNaN(sample.lon), false)
    const kept = {
      ...copyOf(sample),
      receivedAt,
      clock,
      ignition: first('ignition', sample.ignition, ignition.unknown),
      fix: first('fix', sample.fix, fix.unknown),
      ...(!placed && { lat: NaN, lon: NaN, apart: 0 as const }),
      speedKmh: first('speed', sample.speedKmh, NaN),
      ...Object.fromEntries(readingNames.map((name) => [name, first(name, sample[name], NaN)])),
    }
    return told.size > toldBefore ? [kept] : []
  })
}
