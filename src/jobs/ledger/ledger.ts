// The ledger: how many messages of a vehicle were sent, received, stored, duplicate, late, refused and missing, by stream.
// A car numbers its messages within (boot, stream) from 0, so whatever is not there is known to be missing.
//
//   received = stored + duplicate + refused          sent = stored + refused + missing
//
// A refused message whose boot and seq can still be read is counted under its seq, once. One that cannot be read counts
// each time it is received, and is taken for one of the seqs that would otherwise be missing, as it must have had one.
import type { Job, JobState, Output } from '../../engine/job.ts'
import { uplinkStreams } from '../../model/topic.ts'
import type { LedgerEntry } from '../../model/read-models.ts'
import type { VehicleRef } from '../../model/vehicle-id.ts'
import { jsonCodec } from '../../engine/part-codec.ts'
import { nextTick } from '../../engine/pace.ts'
import { bootsMax, type BootCount, type LedgerParts, type StreamCount } from './ledger-state.ts'
import { readMessageId } from './message-id.ts'
import { addSeq, hasSeq } from '../../engine/seq-set.ts'

/** A vehicle's counts are said at most so often. */
export const ledgerEveryMs = 10_000

/** Outputs `ledger`: one entry for each vehicle and stream. Its id is tenant/vehicle/stream. */
export const ledger: Job<LedgerParts> = {
  name: 'ledger',
  version: 3,
  keyedBy: 'vehicle',
  reads: [...uplinkStreams, 'dead-letter'],
  writes: [{ name: 'ledger' }],
  codecs: { stream: jsonCodec(), boot: jsonCodec(), boots: jsonCodec(), news: jsonCodec() },

  apply(state, { record, message, text, receivedAt, late, markedAt }) {
    const stream = message === null ? (record.headers?.['stream'] ?? 'unknown') : record.topic
    const { at } = record
    const count = state.get('stream', stream) ?? newStream()
    const id = message ?? readMessageId(text)
    count.received += 1
    if (at > count.lastAt) count.lastAt = at
    if (receivedAt > count.lastReceivedAt) count.lastReceivedAt = receivedAt
    if (id === null) count.unreadable += 1
    else {
      const arrival = { at, refused: message === null, late, marked: !Number.isNaN(markedAt) }
      countMessage(state, stream, count, id.boot, id.seq, arrival)
    }
    state.put('stream', stream, count)
    const news = state.get('news') ?? { streams: [], dueAt: -1 }
    if (news.streams.includes(stream)) return
    news.streams.push(stream)
    state.put('news', undefined, news)
  },

  emit(state, ref, { logAt }) {
    const news = state.get('news')
    if (news === undefined || news.streams.length === 0) return []
    if (news.dueAt >= 0 && logAt < news.dueAt) {
      state.logTimer('say', news.dueAt)
      return []
    }
    const outputs = news.streams.sort().map((stream) => entryOutput(ref, stream, state.get('stream', stream) ?? newStream()))
    state.put('news', undefined, { streams: [], dueAt: nextTick(Math.max(0, logAt), ledgerEveryMs, ref.vehicle) })
    return outputs
  },
}

const newStream = (): StreamCount => ({
  counted: 0,
  received: 0,
  stored: 0,
  late: 0,
  refused: 0,
  unreadable: 0,
  clock: 0,
  lastAt: 0,
  lastReceivedAt: 0,
})

type Arrival = { readonly at: number; readonly refused: boolean; readonly late: boolean; readonly marked: boolean }

function countMessage(state: JobState<LedgerParts>, stream: string, count: StreamCount, boot: string, seq: number, arrival: Arrival): void {
  const part = `${stream}/${boot}`
  const known = state.get('boot', part) ?? newBoot(state, stream, boot, arrival.at)
  if (known === undefined) {
    count.late += 1
    return
  }
  if (seq > known.highest) {
    count.counted += seq - known.highest
    known.highest = seq
  }
  if (arrival.refused) {
    if (addSeq(known.refused, seq) && !hasSeq(known.stored, seq)) count.refused += 1
  } else if (addSeq(known.stored, seq)) {
    count.stored += 1
    if (arrival.late) count.late += 1
    if (arrival.marked) count.clock += 1
    if (hasSeq(known.refused, seq)) count.refused -= 1
  }
  state.put('boot', part, known)
}

/** Undefined for a boot so old that it is no longer counted apart. */
function newBoot(state: JobState<LedgerParts>, stream: string, boot: string, at: number): BootCount | undefined {
  const known = state.get('boots', stream) ?? { boots: [], forgottenAt: -1 }
  if (at <= known.forgottenAt) return undefined
  known.boots.push([boot, at])
  if (known.boots.length > bootsMax) {
    known.boots.sort(([, a], [, b]) => a - b)
    const [oldest, firstAt] = known.boots.shift()!
    state.delete('boot', `${stream}/${oldest}`)
    known.forgottenAt = Math.max(known.forgottenAt, firstAt)
  }
  state.put('boots', stream, known)
  return { highest: -1, stored: [], refused: [] }
}

function entryOutput({ tenant, vehicle }: VehicleRef, stream: string, count: StreamCount): Output {
  const { counted, received, stored, late, refused, unreadable, clock, lastAt, lastReceivedAt } = count
  const holes = counted - stored - refused
  const value: LedgerEntry = {
    tenant,
    vehicle,
    stream,
    sent: counted + Math.max(0, unreadable - holes),
    received,
    stored,
    duplicate: received - stored - refused - unreadable,
    late,
    refused: refused + unreadable,
    missing: Math.max(0, holes - unreadable),
    clock,
    lastAt,
    lastReceivedAt,
  }
  return { topic: 'ledger', id: `${tenant}/${vehicle}/${stream}`, key: `${tenant}/${vehicle}`, at: lastAt, value }
}
