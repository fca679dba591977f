// Raw messages from wherever they are kept: as documents, or in the log, and then documents of a
// time before, whose messages the log has no longer, until they have had theirs.
import type { EventLog } from '../eventlog/event-log.ts'
import { partitionOf } from '../eventlog/partition.ts'
import { vehicleKey, type VehicleRef } from '../model/vehicle-id.ts'
import type { MessageDocument, MessageList } from '../storage/message-store.ts'
import { pageLimit } from '../storage/page.ts'
import { byReceipt, cursorBehind } from '../storage/receipt-list.ts'
import type { Storage } from '../storage/storage.ts'
import { openLoggedMessages } from './logged-messages.ts'

export type MessagesStore = 'log' | 'documents'

export const openMessageList = (
  store: MessagesStore,
  log: EventLog,
  { messages, messageIndex }: Pick<Storage, 'messages' | 'messageIndex'>,
): MessageList =>
  store === 'documents' ? messages : withDocuments(log, openLoggedMessages(log, messageIndex(log.id)), messages)

type Listed = MessageDocument & { readonly id: string }

/** How much later than its successors a record of the log may have been received. A document that
 *  is so little older than the first of the log may be of a message in it, and is not listed. */
const orderSlackMs = 60_000

/** Both lists in step: what either has beyond its page may stand before what the other has. */
const withDocuments = (log: EventLog, logged: MessageList, documents: MessageList): MessageList => ({
  async list(ref, filter, page) {
    const limit = pageLimit(page.limit)
    const found: Listed[] = []
    let { after } = page
    do {
      const request = { limit: limit - found.length, ...(after !== undefined && { after }) }
      const [ours, theirs] = await Promise.all([
        logged.list(ref, filter, request),
        documents.list(ref, filter, request),
      ])
      const ends = [ours, theirs].flatMap(({ rows, next }) => (next === undefined ? [] : rows.slice(-1)))
      const [end] = ends.sort(byReceipt)
      const older = await olderThanLog(log, ref, theirs.rows)
      const sure = [...ours.rows, ...older]
        .sort(byReceipt)
        .filter((row) => end === undefined || byReceipt(row, end) <= 0)
      found.push(...sure.slice(0, request.limit))
      const last = sure.length > request.limit ? found.at(-1) : end
      after = last && cursorBehind(last)
    } while (after !== undefined && found.length < limit)
    return after === undefined ? { rows: found } : { rows: found, next: after }
  },
})

/** Of documents of the vehicle, those received before what the log has of their streams. */
async function olderThanLog(log: EventLog, ref: VehicleRef, rows: readonly Listed[]): Promise<readonly Listed[]> {
  const key = vehicleKey(ref)
  const begins = new Map<string, number>()
  for (const topic of new Set(rows.map(({ stream }) => stream))) {
    const { records } = await log.read(topic, partitionOf(key, log.partitionsOf(topic)), 0, { records: 1, bytes: 1 })
    begins.set(topic, (records[0]?.receivedAt ?? Infinity) - orderSlackMs)
  }
  return rows.filter(({ stream, receivedAt }) => receivedAt < (begins.get(stream) ?? Infinity))
}
