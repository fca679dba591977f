// How often values of a vehicle are doubted, by signal and reason: the anomaly `doubted`. The
// doubts of a minute are a function of the set of samples (doubting.ts), and final before the
// minute is folded; so the counts are one too: those of the groups in the window, which are counted
// anew where a minute changed, and the sum of those before.
import type { JobState, Output } from '../../engine/job.ts'
import { addToTally, newTally, tallied, type Tally } from '../tally.ts'
import type { Anomaly } from '../../read-models/anomalies/anomalies.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import { doubtedValues, packedReason } from '../../plausibility/doubts.ts'
import { samplesOf } from './jumps.ts'
import { minuteMs, newMinute } from './minute.ts'
import { groupMinutes, type TripsNow, type TripsParts } from './trips-state.ts'

type State = JobState<TripsParts>

export type DoubtCounts = {
  /** Of the groups before the window. */
  readonly before: Tally
  /** Of each group in the window of which something is doubted, by its number. */
  readonly groups: readonly (readonly [group: number, tally: Tally])[]
}

const paths = {
  place: 'Vehicle.CurrentLocation',
  speed: 'Vehicle.Speed',
  odometer: 'Vehicle.TraveledDistance',
} as const

/** Counts anew what is doubted of the groups whose minutes changed. `odd` are the minutes in the
 *  window that are not calm: a car without any has nothing doubted there. */
export function countDoubts(
  state: State,
  now: TripsNow,
  known: DoubtCounts | null,
  odd: readonly number[],
): DoubtCounts | null {
  if (odd.length === 0 && (known === null || known.groups.length === 0)) return known
  const groups = new Map(known?.groups)
  const counts = (minute: number): boolean =>
    groups.has(groupOf(minute)) || (state.get('minute', minute) ?? newMinute()).doubted !== null
  const changed = new Set(now.changed.filter(counts).map(groupOf))
  if (changed.size === 0) return known
  for (const group of changed) {
    const tally = tallyOf(state, now, group)
    if (tally.total === 0) groups.delete(group)
    else groups.set(group, tally)
  }
  return countsOf(known?.before ?? newTally(), [...groups])
}

const groupOf = (minute: number): number => Math.floor(minute / groupMinutes)

const countsOf = (before: Tally, groups: DoubtCounts['groups']): DoubtCounts | null =>
  before.total === 0 && groups.length === 0 ? null : { before, groups }

function tallyOf(state: State, now: TripsNow, group: number): Tally {
  const tally = newTally()
  for (let minute = group * groupMinutes; minute < (group + 1) * groupMinutes; minute += 1) {
    const { samples, doubted } = samplesOf(state, now, minute)
    if (doubted === null) continue
    for (const { at, receivedAt } of samples.list()) {
      const reasons = doubted.get(at % minuteMs) ?? 0
      for (const of of doubtedValues) {
        const reason = packedReason(reasons, of)
        if (reason !== undefined) addToTally(tally, paths[of], reason, receivedAt)
      }
    }
  }
  return tally
}

/** Adds those of the groups that are folded to the sum. */
export function foldDoubts(counts: DoubtCounts | null, folded: readonly number[]): DoubtCounts | null {
  if (counts === null || counts.groups.length === 0) return counts
  const [over, groups] = [true, false].map((isOver) =>
    counts.groups.filter(([group]) => folded.includes(group) === isOver),
  )
  return { before: sumOf([counts.before, ...over!.map(([, tally]) => tally)]), groups: groups! }
}

/** The pairs of path and reason are fewer than a tally keeps apart, so none is in its sum alone. */
function sumOf(tallies: readonly Tally[]): Tally {
  const sum = newTally()
  for (const { parts, lastReceivedAt } of tallies)
    for (const [path, reason, count] of parts) addToTally(sum, path, reason, lastReceivedAt, count)
  return sum
}

/** The anomaly, where the counts are others than they were; its end, where nothing is doubted any
 *  more. */
export function doubtedOutputs(ref: VehicleRef, before: DoubtCounts | null, counts: DoubtCounts | null): Output[] {
  if (counts === before) return []
  const key = vehicleKey(ref)
  const said = { topic: 'anomaly', id: `${key}/doubted`, key }
  if (counts === null) return [{ ...said, at: 0, value: null }]
  const { count, parts, lastReceivedAt } = tallied(sumOf([counts.before, ...counts.groups.map(([, tally]) => tally)]))
  const value: Anomaly = { tenant: ref.tenant, vehicle: ref.vehicle, kind: 'doubted', count, parts, lastReceivedAt }
  return [{ ...said, at: lastReceivedAt, value }]
}
