// Results of a vehicle that was taken for one that drives and turns out to be fixed are taken back
// as far as it can still change, and forgotten.
import type { JobState, Output } from '../../engine/job.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import { doubtedOutputs } from './doubt-counts.ts'
import { minuteMs } from './minute.ts'
import { emptyWindow, isTrip, type TripsNow, type TripsParts } from './trips-state.ts'
import { forget } from './window.ts'

/** The ends of the trips that were said and have not settled, and of their tracks; and of what was
 *  doubted. */
export function letGo(state: JobState<TripsParts>, now: TripsNow, ref: VehicleRef): Output[] {
  const { groups, doubts, said } = state.get('window') ?? emptyWindow()
  const key = vehicleKey(ref)
  const outputs = said.filter(isTrip).flatMap(({ id, startAt, endAt }): Output[] => {
    const tracks: Output[] = []
    for (let at = Math.floor(startAt / minuteMs) * minuteMs; at <= endAt; at += minuteMs)
      tracks.push({ topic: 'track', id: `${key}/${at}`, key, at, value: null })
    return [{ topic: 'trip', id: id!, key, at: endAt, value: null }, ...tracks]
  })
  for (const group of groups) forget(state, group)
  for (const minute of now.changed) state.delete('minute', minute)
  for (const boot of now.boots) state.delete('jumps', boot)
  state.delete('window')
  state.delete('now')
  for (const timer of ['say', 'close']) state.cancel(timer)
  return [...outputs, ...doubtedOutputs(ref, doubts, null)]
}
