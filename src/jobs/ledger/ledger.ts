// The ledger: how many messages of a vehicle were sent, received, stored, duplicate, late, refused
// and missing, by stream; and what it sends that cannot be right. A car numbers its messages within
// (boot, stream) from 0, so whatever is not there is known to be missing.
//
//   received = stored + duplicate + refused          sent = stored + refused + missing
//
// A refused message whose boot and seq can still be read is counted under its seq, once. A message
// that cannot be read counts each time it is received, and is taken for one of the seqs that would
// otherwise be missing, as it must have had one. Different messages under one number are as many
// messages, sent and stored. A number that no unit can have counted up to is one message.
import type { Job, Output } from '../../engine/job.ts'
import { uplinkStreams } from '../../model/topic.ts'
import type { LedgerEntry } from '../../read-models/ledger/ledger.ts'
import type { VehicleRef } from '../../model/vehicle-id.ts'
import { jsonCodec } from '../../engine/part-codec.ts'
import { nextTick } from '../../engine/pace.ts'
import { anomalyOutputs, hearOdd, isOdd } from './anomalies.ts'
import { newStream, partOf, streamAndBootOf, type LedgerParts, type StreamCount } from './ledger-state.ts'
import { readMessageId } from './message-id.ts'
import { countMessage } from './numbers.ts'
import { payloadsCodec } from './payloads.ts'

/** A vehicle's counts are said at most so often. */
export const ledgerEveryMs = 10_000

/** Outputs `ledger`: one entry for each vehicle and stream, whose id is tenant/vehicle/stream; and
 *  `anomaly`: one for each vehicle and kind of anomaly that there is, whose id is
 *  tenant/vehicle/kind. */
export const ledger: Job<LedgerParts> = {
  name: 'ledger',
  version: 6,
  keyedBy: 'vehicle',
  reads: [...uplinkStreams, 'dead-letter'],
  writes: [{ name: 'ledger' }, { name: 'anomaly' }],
  codecs: {
    stream: jsonCodec(),
    boot: jsonCodec(),
    payloads: payloadsCodec,
    boots: jsonCodec(),
    causes: jsonCodec(),
    news: jsonCodec(),
  },

  apply(state, input, { clockAheadMs }) {
    const { record, message, text, receivedAt } = input
    const stream = message === null ? (record.headers?.['stream'] ?? 'unknown') : record.topic
    const count = state.get('stream', stream) ?? newStream()
    const id = message ?? readMessageId(text)
    const part = partOf(stream, id?.boot ?? '')
    count.received += 1
    if (record.at > count.lastAt) count.lastAt = record.at
    if (receivedAt > count.lastReceivedAt) count.lastReceivedAt = receivedAt
    if (id === null) count.unreadable += 1
    else countMessage(state, count, { stream, part, boot: id.boot, seq: id.seq }, input)
    state.put('stream', stream, count)
    if (isOdd(input)) hearOdd(state, stream, input, clockAheadMs)
    const news = state.get('news') ?? { parts: [], dueAt: -1 }
    if (news.parts.includes(part)) return
    news.parts.push(part)
    state.put('news', undefined, news)
  },

  emit(state, ref, { logAt }) {
    const news = state.get('news')
    if (news === undefined || news.parts.length === 0) return []
    if (news.dueAt >= 0 && logAt < news.dueAt) {
      state.logTimer('say', news.dueAt)
      return []
    }
    const streams = streamsOf(news.parts)
    const entries = streams.map((stream) => entryOutput(ref, stream, state.get('stream', stream) ?? newStream()))
    const anomalies = anomalyOutputs(state, ref, news.parts)
    news.parts.length = 0
    news.dueAt = nextTick(Math.max(0, logAt), ledgerEveryMs, ref.vehicle)
    state.put('news', undefined, news)
    return [...entries, ...anomalies]
  },
}

/** The streams of boots that changed, by name. */
function streamsOf(parts: readonly string[]): string[] {
  const streams: string[] = []
  for (const part of parts) {
    const [stream] = streamAndBootOf(part)
    if (!streams.includes(stream)) streams.push(stream)
  }
  return streams.sort()
}

function entryOutput({ tenant, vehicle }: VehicleRef, stream: string, count: StreamCount): Output {
  const { counted, jumps, received, numbers, reused, late, refused, unreadable, clock, lastAt, lastReceivedAt } = count
  const holes = counted - numbers - refused
  const stored = numbers + reused
  const value: LedgerEntry = {
    tenant,
    vehicle,
    stream,
    sent: counted + reused + Math.max(0, unreadable - holes),
    received,
    stored,
    duplicate: received - stored - refused - unreadable,
    late,
    refused: refused + unreadable,
    missing: Math.max(0, holes - unreadable),
    clock,
    reused,
    jumps,
    lastAt,
    lastReceivedAt,
  }
  return { topic: 'ledger', id: `${tenant}/${vehicle}/${stream}`, key: `${tenant}/${vehicle}`, at: lastAt, value }
}
