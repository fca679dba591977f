// Doubts of a minute's samples beside those around it (src/plausibility): a function of the set of
// samples at most ten minutes away, whatever came when. Nearly every minute is calm, and where all
// within ten minutes are, nothing is doubted: so a calm car pays for asking that of the minutes
// that changed, and only around an odd one are samples judged.
import type { JobState } from '../../engine/job.ts'
import { isCalm } from '../../plausibility/calm.ts'
import { packDoubts } from '../../plausibility/doubts.ts'
import { judge } from '../../plausibility/plausibility.ts'
import { contextMs, witnessMs } from '../../plausibility/plausibility-rules.ts'
import { copyOf, type DriveSample } from './drive-sample.ts'
import { samplesOf } from './jumps.ts'
import { minuteMs, newMinute, type Doubted } from './minute.ts'
import type { TripsNow, TripsParts } from './trips-state.ts'

type State = JobState<TripsParts>

/** The doubts of a minute depend on minutes so far away, and whether it is calm on so many before
 *  it. */
const contextMinutes = contextMs / minuteMs
const witnessMinutes = witnessMs / minuteMs

/** Minutes judged at once, beside their context: it bounds what is in memory, and changes nothing
 *  of what is found. */
const runMinutes = 20

/** Judges anew what the minutes that changed may make doubtful, and adds those of which something
 *  else is doubted than before to the changed ones. Gives the minutes of the window that are not
 *  calm. */
export function doubtAnew(state: State, now: TripsNow, odd: readonly number[]): readonly number[] {
  const asked = new Set(now.changed)
  for (const minute of now.changed) for (let after = 1; after <= witnessMinutes; after += 1) asked.add(minute + after)
  const turned = [...asked].filter((minute) => isOdd(state, now, minute) !== odd.includes(minute))
  if (odd.length === 0 && turned.length === 0) return odd
  const stay = odd.filter((minute) => !turned.includes(minute))
  const oddNow = [...stay, ...turned.filter((minute) => !odd.includes(minute))].sort((a, b) => a - b)
  for (const run of runsOf(minutesNear([...now.changed, ...turned], [...stay, ...turned], now.foldedTo)))
    judgeRun(state, now, run, oddNow)
  return oddNow
}

function isOdd(state: State, now: TripsNow, minute: number): boolean {
  return (
    samplesOf(state, now, minute).samples.count > 0 && !isCalm(readingsIn(state, now, minute - witnessMinutes, minute))
  )
}

/** The minutes whose doubts may be others since those changed: near them, and near one that is odd
 *  or was. Folded minutes stay as they are. */
function minutesNear(changed: readonly number[], odd: readonly number[], foldedTo: number): number[] {
  const near = new Set<number>()
  for (const minute of changed)
    for (let other = minute - contextMinutes; other <= minute + contextMinutes; other += 1)
      if (other * minuteMs >= foldedTo && !near.has(other) && isNear(other, odd)) near.add(other)
  return [...near].sort((a, b) => a - b)
}

const isNear = (minute: number, others: readonly number[]): boolean =>
  others.some((other) => Math.abs(other - minute) <= contextMinutes)

/** Minutes, ascending, in parts of which each is within so many. */
function runsOf(minutes: readonly number[]): number[][] {
  const runs: number[][] = []
  for (const minute of minutes) {
    const run = runs.at(-1)
    if (run !== undefined && minute - run[0]! < runMinutes) run.push(minute)
    else runs.push([minute])
  }
  return runs
}

function judgeRun(state: State, now: TripsNow, run: readonly number[], odd: readonly number[]): void {
  const judged = run.filter((minute) => isNear(minute, odd))
  const found =
    judged.length === 0
      ? noneFound
      : doubtedIn(readingsIn(state, now, judged[0]! - contextMinutes, judged.at(-1)! + contextMinutes))
  for (const minute of run) {
    const doubted = isNear(minute, odd) ? (found.get(minute) ?? null) : null
    const part = state.get('minute', minute) ?? newMinute()
    if (isSame(part.doubted, doubted)) continue
    state.put('minute', minute, { ...part, doubted })
    if (!now.changed.includes(minute)) now.changed.push(minute)
  }
}

/** By minute. */
type Found = ReadonlyMap<number, Doubted>
const noneFound: Found = new Map()

function doubtedIn(samples: readonly DriveSample[]): Found {
  const doubts = judge(samples)
  const found = new Map<number, Map<number, number>>()
  for (const [index, { at }] of samples.entries()) {
    const reasons = packDoubts(doubts, index)
    if (reasons === 0) continue
    const minute = Math.floor(at / minuteMs)
    const doubted = found.get(minute) ?? new Map<number, number>()
    found.set(minute, doubted.set(at % minuteMs, reasons))
  }
  return found
}

const isSame = (a: Doubted | null, b: Doubted | null): boolean =>
  a === b || (a !== null && b !== null && a.size === b.size && [...a].every(([ms, reasons]) => b.get(ms) === reasons))

/** The samples of the minutes, in order of time; half a place is none. */
function readingsIn(state: State, now: TripsNow, from: number, to: number): DriveSample[] {
  const readings: DriveSample[] = []
  for (let minute = from; minute <= to; minute += 1)
    for (const sample of samplesOf(state, now, minute).samples.list())
      readings.push(
        sample.apart === 1 && Number.isNaN(sample.lat + sample.lon)
          ? { ...copyOf(sample), lat: NaN, lon: NaN }
          : sample,
      )
  return readings
}
