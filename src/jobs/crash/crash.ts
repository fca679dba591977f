// Crashes, by graded evidence: told as possible in the batch of the message that holds the pulse,
// confirmed or withdrawn as more is known. An alert is a function of the set of a vehicle's samples
// and of the time that passed without any. Its id is derived from the vehicle and the minute of its
// evidence. News that concern life are taken whatever its clock and however late.
import type { Alert } from '../../read-models/alerts/alerts.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import { noVehicles, type Vehicles } from '../../model/vehicles.ts'
import { jsonCodec } from '../../engine/part-codec.ts'
import type { Job, Now, Output } from '../../engine/job.ts'
import { lowerBound } from '../../engine/lower-bound.ts'
import { rulesOf, thresholdsFor } from '../kind-rules.ts'
import { alertsOf } from './crash-alert.ts'
import {
  airbagsKeptMs,
  motionKeptMs,
  pulsesKeptMs,
  settledMs,
  type CrashParts,
  type Evidence,
  type SaidAlert,
  type State,
} from './crash-state.ts'
import { foldAirbags } from './evidence.ts'
import type { Known } from './known.ts'
import { blockMs, blockOf, type Motion, type MotionOf } from './motion.ts'
import { motionCodec } from './motion-codec.ts'
import { takeEvent, takeSamples } from './take.ts'
import { usualThresholds, type Thresholds } from './thresholds.ts'

/** Outputs `alert`. A late record changes nothing; an airbag never is. Other thresholds than
 *  before hold for what is said from then on: alerts that can still change are judged by them
 *  when the vehicle is heard next, older ones stay. So it is with a vehicle of which another
 *  kind is said. */
export const crashBy = (set: Thresholds, vehicles: Vehicles = noVehicles): Job<CrashParts> => ({
  name: 'crash',
  version: 7,
  keyedBy: 'vehicle',
  reads: ['critical', 'telemetry', 'event', 'snapshot'],
  writes: [{ name: 'alert' }],
  saysAtOnce: true,
  codecs: { motion: motionCodec, blocks: jsonCodec(), evidence: jsonCodec() },

  apply(state, input, now) {
    const { message } = input
    if (message === null) return
    const rules = rulesOf(vehicles.of(input.record.key).kind)
    if (rules.crashes === 'never') return
    if ('event' in message) takeEvent(state, message, input, now)
    else takeSamples(state, message, input, { now, thresholds: thresholdsFor(rules, set) })
  },

  emit(state, ref, now) {
    const evidence = state.get('evidence')
    let outputs: Output[] = []
    if (evidence !== undefined && !isPast(evidence, now)) {
      const rules = rulesOf(vehicles.of(vehicleKey(ref)).kind)
      const counted = rules.crashes === 'never' ? { ...evidence, suspects: [], airbags: [], overdue: [] } : evidence
      outputs = say(state, counted, now, { ref, thresholds: thresholdsFor(rules, set) })
    }
    forgetMotion(state, now.reachedAt)
    return outputs
  },
})

export const crash = crashBy(usualThresholds)

/** Whether nothing of it can change: a car that crashed once is not looked at anew with every batch
 *  for as long as it is known. */
const isPast = ({ suspects, airbags, overdue, said, saidAt }: Evidence, { reachedAt }: Now): boolean =>
  suspects.length + overdue.length + said.length === 0 &&
  reachedAt >= saidAt &&
  airbags.every(({ lastAt }) => lastAt < saidAt - airbagsKeptMs)

function say(
  state: State,
  evidence: Evidence,
  now: Now,
  { ref, thresholds }: Pick<Known, 'ref' | 'thresholds'>,
): Output[] {
  const { eventAt, reachedAt, clockAheadMs } = now
  const isOpen = (alert: { readonly at: number }): boolean => alert.at >= evidence.saidAt - settledMs
  const knownTo = Math.max(evidence.knownTo, eventAt)
  const known = { ref, clockAheadMs, knownTo, motionOf: motionsOf(state), thresholds }
  const { alerts: found, silentBy } = alertsOf(evidence.suspects, evidence.airbags, known)
  if (silentBy < Infinity) state.timer('silence', silentBy)
  const alerts = found.filter((alert) => isOpen(alert) || evidence.overdue.includes(alert.at))
  const said = alerts.map(({ id, at }): SaidAlert => ({ id, at }))
  const suspects = evidence.suspects.filter((block) => (block + 1) * blockMs > reachedAt - pulsesKeptMs)
  const airbags = foldAirbags(evidence.airbags, reachedAt - airbagsKeptMs)
  if (suspects.length === 0 && airbags.length === 0) state.delete('evidence')
  else state.put('evidence', undefined, { suspects, airbags, overdue: [], said, saidAt: reachedAt, knownTo })
  return alertOutputs(ref, alerts, evidence.said.filter(isOpen))
}

/** The motion of a block, looked up once: what judges pulses asks for the same blocks thousands of
 *  times. */
function motionsOf(state: State): MotionOf {
  const motions = new Map<number, Motion | undefined>()
  return (block) => {
    if (!motions.has(block)) motions.set(block, state.get('motion', block))
    return motions.get(block)
  }
}

function alertOutputs(ref: VehicleRef, alerts: readonly Alert[], before: readonly SaidAlert[]): Output[] {
  const key = vehicleKey(ref)
  const gone = before.filter(({ id }) => !alerts.some((alert) => alert.id === id))
  return [
    ...gone.map(({ id, at }): Output => ({ topic: 'alert', id, key, at, value: null })),
    ...alerts.map((alert): Output => ({ topic: 'alert', id: alert.id, key, at: alert.at, value: alert })),
  ]
}

function forgetMotion(state: State, reachedAt: number): void {
  const blocks = state.get('blocks')
  const first = blockOf(reachedAt - motionKeptMs)
  if (blocks?.[0] === undefined || blocks[0] >= first) return
  const over = lowerBound(blocks, first)
  for (const block of blocks.slice(0, over)) state.delete('motion', block)
  state.put('blocks', undefined, blocks.slice(over))
}
