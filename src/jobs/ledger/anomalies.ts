// The anomalies of a vehicle that its messages give cause for, each by itself: from what it sent
// that cannot be right to a row for each kind.
import type { Input, JobState, Output } from '../../engine/job.ts'
import { addToTally, newTally, tallied, type Tally } from '../tally.ts'
import { anomalyPartsMax, type AnomalyPart } from '../../model/anomaly.ts'
import type { Anomaly } from '../../read-models/anomalies/anomalies.ts'
import { believedBehindMs } from '../../model/car-clock.ts'
import { describeInstant, type InstantFault } from '../../model/instant.ts'
import { isInvalid, type Message, type SetAside } from '../../model/message.ts'
import type { VehicleRef } from '../../model/vehicle-id.ts'
import {
  ledgerKinds,
  newStream,
  streamAndBootOf,
  type Causes,
  type LedgerKind,
  type LedgerParts,
  type StreamCount,
} from './ledger-state.ts'
import { addSpan, overlapsOf, setBackOf, type BootSpan } from './units.ts'

const newCauses = (): Causes => ({
  streams: [],
  refused: newTally(),
  invalid: newTally(),
  clock: newTally(),
  spans: [],
  said: [],
})

type State = JobState<LedgerParts>

/** Whether a record gives cause for an anomaly, beside what `numbers.ts` counts of it. Nearly none
 *  does. */
export const isOdd = ({ message, receivedAt, newestAt, markedAt }: Input): boolean =>
  message === null ||
  message.setAside !== undefined ||
  ('samples' in message && message.invalid !== undefined) ||
  !Number.isNaN(markedAt) ||
  receivedAt - newestAt > believedBehindMs

/** Takes in what a record gives cause for. */
export function hearOdd(state: State, stream: string, input: Input, clockAheadMs: number): void {
  const { record, message, receivedAt } = input
  const causes = state.get('causes') ?? newCauses()
  if (message === null) addToTally(causes.refused, stream, record.headers?.['reason'] ?? 'unknown', receivedAt)
  else {
    hearInstants(causes.clock, stream, input, clockAheadMs)
    hearValues(causes.invalid, message, receivedAt)
    if (message.setAside !== undefined) hearSetAside(causes, stream, message.setAside, receivedAt)
  }
  state.put('causes', undefined, causes)
}

/** Counts oddities of the newest instants of a message. Of those that are not marked only what lies
 *  behind by more than a message waits can be. */
function hearInstants(
  clock: Tally,
  stream: string,
  { newestAt, markedAt, receivedAt }: Input,
  clockAheadMs: number,
): void {
  if (!Number.isNaN(markedAt))
    addToTally(
      clock,
      stream,
      describeInstant(markedAt, receivedAt, clockAheadMs) ?? ('time-ahead' satisfies InstantFault),
      receivedAt,
    )
  if (!(receivedAt - newestAt > believedBehindMs)) return
  const fault = describeInstant(newestAt, receivedAt, clockAheadMs)
  if (fault !== undefined) addToTally(clock, stream, fault, receivedAt)
}

/** Instants that are none are the clock's fault; all else is a value's or the message's. */
function hearSetAside(
  { clock, invalid }: Causes,
  stream: string,
  setAside: readonly SetAside[],
  receivedAt: number,
): void {
  for (const { path, reason, count } of setAside)
    if (reason.startsWith('time-')) addToTally(clock, stream, reason, receivedAt, count)
    else addToTally(invalid, path ?? 'samples', reason, receivedAt, count)
}

function hearValues(invalid: Tally, message: Message, receivedAt: number): void {
  if ('event' in message || message.invalid === undefined) return
  for (const { signals } of message.samples)
    for (const [path, value] of Object.entries(signals))
      if (isInvalid(value)) addToTally(invalid, path, value.invalid, receivedAt)
}

/** A row for each kind that there is, and the end of each that was said and is no more: a jump is
 *  none when what lies between has come. `news` are the boots of streams that changed. */
export function anomalyOutputs(state: State, { tenant, vehicle }: VehicleRef, news: readonly string[]): Output[] {
  const causes = state.get('causes') ?? newCauses()
  for (const part of news) takeNews(state, causes, part)
  const counts = causes.streams.map((stream) => [stream, state.get('stream', stream) ?? newStream()] as const)
  const key = `${tenant}/${vehicle}`
  const said: LedgerKind[] = []
  const outputs: Output[] = []
  for (const kind of ledgerKinds) {
    const id = `${key}/${kind}`
    const anomaly = anomalyOf(kind, causes, counts)
    if (anomaly.count > 0) {
      const value: Anomaly = { tenant, vehicle, kind, ...anomaly }
      outputs.push({ topic: 'anomaly', id, key, at: anomaly.lastReceivedAt, value })
      said.push(kind)
    } else if (causes.said.includes(kind)) outputs.push({ topic: 'anomaly', id, key, at: 0, value: null })
  }
  causes.said = said
  state.put('causes', undefined, causes)
  return outputs
}

function takeNews(state: State, { streams, spans }: Causes, part: string): void {
  const [stream, boot] = streamAndBootOf(part)
  if (!streams.includes(stream)) {
    streams.push(stream)
    streams.sort()
  }
  const span = state.get('boot', part)?.span
  if (span !== undefined && span !== null) addSpan(spans, boot, span)
}

type Found = Pick<Anomaly, 'count' | 'parts' | 'lastReceivedAt'>
type Counts = readonly (readonly [stream: string, count: StreamCount])[]

function anomalyOf(kind: LedgerKind, { refused, invalid, clock, spans }: Causes, counts: Counts): Found {
  switch (kind) {
    case 'refused':
      return tallied(refused)
    case 'invalid':
      return tallied(invalid)
    case 'units': {
      const { boots, lastReceivedAt } = overlapsOf(spans)
      return { count: boots.length, parts: boots.slice(0, anomalyPartsMax), lastReceivedAt }
    }
    case 'reused':
      return byStream(counts, ({ reused, reusedReceivedAt }) => [reused, reusedReceivedAt])
    case 'number':
      return byStream(counts, ({ jumps, highReceivedAt }) => [jumps, highReceivedAt])
    case 'clock':
      return tallied(withBacks(clock, spans, counts))
  }
}

/** With the clocks that went back while a unit ran, by stream, and from a boot to the next one, by
 *  the later boot. */
function withBacks(clock: Tally, spans: readonly BootSpan[], counts: Counts): Tally {
  const { boots, lastReceivedAt } = setBackOf(spans)
  if (boots.length === 0 && counts.every(([, { back }]) => back === 0)) return clock
  const all: Tally = { ...clock, parts: clock.parts.map(([...part]) => part) }
  const fault: InstantFault = 'time-back'
  for (const [stream, { back, backReceivedAt }] of counts)
    if (back > 0) addToTally(all, stream, fault, backReceivedAt, back)
  for (const { subject, count } of boots) addToTally(all, subject, fault, lastReceivedAt, count)
  return all
}

function byStream(counts: Counts, of: (count: StreamCount) => readonly [count: number, lastReceivedAt: number]): Found {
  const parts: AnomalyPart[] = []
  let lastReceivedAt = 0
  for (const [subject, streamCount] of counts) {
    const [count, receivedAt] = of(streamCount)
    if (count === 0) continue
    parts.push({ subject, reason: null, count })
    lastReceivedAt = Math.max(lastReceivedAt, receivedAt)
  }
  return {
    count: parts.reduce((sum, part) => sum + part.count, 0),
    parts: parts.sort((a, b) => b.count - a.count),
    lastReceivedAt,
  }
}
