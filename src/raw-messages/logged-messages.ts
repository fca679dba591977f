// Raw messages as the log has them: lists go by the index, and by the log's end for what the
// index has not taken yet; bodies are read from the log.
//
//   log ─── in the index ───────────────────────────┼─── the end, a minute or so ───
//            list ─► places, newest first ─► read      read, those of the vehicle
import { crc32 } from 'node:zlib'
import { placeOf, positionOf, type EventLog, type StoredRecord, type Topic } from '../eventlog/event-log.ts'
import { openLogReader } from '../eventlog/log-reader.ts'
import { partitionOf } from '../eventlog/partition.ts'
import { vehicleKey, type VehicleRef } from '../model/vehicle-id.ts'
import type { MessageEntry, MessageIndex } from '../storage/message-index.ts'
import { repeats, type MessageDocument, type MessageFilter, type MessageList } from '../storage/message-store.ts'
import { pageLimit, pageRowsMax, type Page, type PageRequest } from '../storage/page.ts'
import { byReceipt, passesFilter, receiptOfCursor, receiptPage } from '../storage/receipt-list.ts'
import { messageJson } from './message-json.ts'

/** Records of a partition that gather before the index takes them, and that a list reads until
 *  then. */
export const indexGathersMax = 25_000
/** Records at the end of the log that a list reads. When the index is further behind, what it has
 *  not taken is listed later. */
const endRecordsMax = 2 * indexGathersMax
const stretch = { records: 5_000, bytes: 8 * 1024 * 1024 }

type Listed = MessageEntry & { readonly id: string }

/** Topics of messages that can be looked up, alerts first. */
export const messageTopics: readonly Topic[] = ['critical', 'event', 'snapshot', 'result', 'session', 'telemetry']

/** A message that is no longer in the log, or cannot be shown as a document, is left out. */
export function openLoggedMessages(log: EventLog, index: MessageIndex): MessageList {
  const readEnd = async (ref: VehicleRef, { stream }: MessageFilter): Promise<readonly Listed[]> => {
    const key = vehicleKey(ref)
    const wanted = messageTopics.filter((topic) => topic === (stream ?? topic))
    if (wanted.length === 0) return []
    const partitions = [partitionOf(key, log.partitionsOf(wanted[0]!))]
    const reader = openLogReader(log, { topics: wanted, partitions, order: 'fair' }, await index.positions())
    const lag = (await reader.lag()).reduce((sum, { records }) => sum + records, 0)
    if (lag > endRecordsMax) return []
    const found: Listed[] = []
    for (let isMore = lag > 0; isMore;) {
      const { records, behind } = await reader.poll(stretch)
      isMore = behind.length > 0
      for (const record of records) if (record.key === key) found.push({ ...ref, ...entryOf(record) })
    }
    return withoutRepeats(found)
  }

  const readOne = async (key: string, { id, receivedAt, ...entry }: Listed): Promise<Document | undefined> => {
    const { topic, partition, offset } = positionOf(id)
    const { records } = await log.read(topic, partition, offset, { records: 1, bytes: 1 })
    const [record] = records
    // The index may be older than the log, where an older copy of that was put back.
    if (record?.offset !== offset || record.key !== key || record.receivedAt !== receivedAt) return undefined
    const json = messageJson(record.value)
    const { tenant, vehicle, stream, at } = entry
    return json.ok
      ? { id, tenant, vehicle, stream, at, receivedAt, body: JSON.parse(json.value) as unknown }
      : undefined
  }

  /** Leaves out what the index has as well: the end is in both until the index takes it. */
  const withoutKnown = async (ref: VehicleRef, end: readonly Listed[]): Promise<readonly Listed[]> => {
    const begin = Math.min(...end.map(({ receivedAt }) => receivedAt)) + repeats.aheadMs
    const early = end.filter(({ at, receivedAt }) => at !== receivedAt && at <= begin)
    if (early.length === 0) return end
    const atFrom = Math.min(...early.map(({ at }) => at))
    const filter = { atFrom, receivedFrom: Math.min(atFrom, begin) - repeats.aheadMs }
    const names = new Set<string>()
    let after: string | undefined
    do {
      const known = await index.list(ref, filter, { limit: pageRowsMax, ...(after !== undefined && { after }) })
      for (const entry of known.rows) names.add(nameOf(entry))
      after = known.next
    } while (after !== undefined && names.size < repeats.looked)
    return end.filter((entry) => entry.at === entry.receivedAt || !names.has(nameOf(entry)))
  }

  /** Entries of the index and of the end. */
  const listEntries = async (
    ref: VehicleRef,
    filter: MessageFilter,
    end: readonly Listed[],
    page: PageRequest,
  ): Promise<Page<Listed>> => {
    const after = receiptOfCursor(page.after)
    const known = await index.list(ref, filter, page)
    const entries = new Map(known.rows.map((entry) => [entry.id, entry]))
    for (const entry of end)
      if (passesFilter(entry, filter) && (after === undefined || byReceipt(entry, after) > 0))
        entries.set(entry.id, entry)
    const sorted = [...entries.values()].sort(byReceipt)
    const { rows, next = known.next } = receiptPage(sorted, page.limit)
    return next === undefined ? { rows } : { rows, next }
  }

  return {
    async list(ref, filter, page) {
      const limit = pageLimit(page.limit)
      // The end first: what the index takes meanwhile is then in both.
      const end = await withoutKnown(ref, await readEnd(ref, filter))
      const found: Document[] = []
      let { after } = page
      do {
        const request = { limit: limit - found.length, ...(after !== undefined && { after }) }
        const { rows, next } = await listEntries(ref, filter, end, request)
        found.push(...(await readAll(rows, (entry) => readOne(vehicleKey(ref), entry))))
        after = next
      } while (after !== undefined && found.length < limit)
      return after === undefined ? { rows: found } : { rows: found, next: after }
    },
  }
}

type Document = MessageDocument & { readonly id: string }

/** The index entry of a record, by its place. */
export const entryOf = (record: StoredRecord): Omit<Listed, keyof VehicleRef> => ({
  id: placeOf(record),
  stream: record.topic,
  at: record.at,
  receivedAt: record.receivedAt,
  digest: crc32(record.value),
})

/** In the order of the log. */
function withoutRepeats(entries: readonly Listed[]): readonly Listed[] {
  const said = new Set<string>()
  return entries.filter((entry) => {
    const isSaid = said.has(nameOf(entry))
    said.add(nameOf(entry))
    return entry.at === entry.receivedAt || !isSaid
  })
}

/** Of a vehicle's messages: known again by it. */
const nameOf = ({ stream, at, digest }: Listed): string => `${stream} ${at} ${digest}`

/** Reads in the order of the log, where neighbours stand in one block, and gives them in their
 *  own. */
async function readAll(
  entries: readonly Listed[],
  read: (entry: Listed) => Promise<Document | undefined>,
): Promise<Document[]> {
  const found = new Map<string, Document>()
  const inPlace = entries
    .map((entry) => ({ entry, position: positionOf(entry.id) }))
    .sort(({ position: a }, { position: b }) =>
      a.topic === b.topic ? a.partition - b.partition || a.offset - b.offset : a.topic < b.topic ? -1 : 1,
    )
  for (const { entry } of inPlace) {
    const document = await read(entry)
    if (document !== undefined) found.set(entry.id, document)
  }
  return entries.flatMap(({ id }) => found.get(id) ?? [])
}
