// The message index in partitions by the hour of receipt. A batch adds a row for each vehicle,
// stream and partition (message-chunk.ts); lists open rows, newest first, until those that are left
// cannot have any of the page.
import { placeOf } from '../../eventlog/event-log.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import type { MessageEntry, MessageIndex } from '../message-index.ts'
import { repeats, type MessageFilter } from '../message-store.ts'
import { pageLimit } from '../page.ts'
import { byReceipt, passesFilter, receiptOfCursor, receiptPage } from '../receipt-list.ts'
import { overLists, rowsOfLists } from './column-lists.ts'
import { openHourlyPartitions } from './hourly-partitions.ts'
import { decodeChunk, type ChunkEntry } from './message-chunk.ts'
import { chunkRows, groupEntries, extentOf, type MessageGroup } from './message-groups.ts'
import { openNewestInstants } from './newest-instants.ts'
import { openConditions } from './sql-conditions.ts'
import { openSqlPositions } from './sql-projection.ts'
import type { Reports, Sql } from './sql.ts'

export const messageIndexTable = 'message_index'
/** The name of its positions, before the id of the log. */
export const messageIndexSink = 'message-index '

/** Rows that a list opens at once. */
const rowsAtOnce = 32
/** Of a vehicle, in which a repeat looks for what it repeats. */
const rowsLooked = 200

const given = {
  log: 'text',
  tenant: 'text',
  vehicle: 'text',
  stream: 'text',
  log_partition: 'bigint',
  first_offset: 'bigint',
  received_from: 'bigint',
  received_to: 'bigint',
  at_from: 'bigint',
  at_to: 'bigint',
  entries: 'bytea',
} as const
const insert = `insert into message_index (${Object.keys(given).join(', ')}) ${rowsOfLists(given)} on conflict do nothing`

const findNear = `select near.* from json_to_recordset($1::json) as asked
    (tenant text, vehicle text, stream text, since bigint, at_from bigint, at_to bigint)
  cross join lateral (
    select tenant, vehicle, stream, encode(entries, 'base64') as entries from message_index
    where tenant = asked.tenant and vehicle = asked.vehicle and received_to >= asked.since and log = $2
      and stream = asked.stream and at_to >= asked.at_from and at_from <= asked.at_to
    order by received_to limit ${rowsLooked}) near`

type Entry = MessageEntry & { readonly id: string }
type Near = VehicleRef & { readonly stream: string; readonly entries: string }
type Found = {
  readonly stream: string
  readonly log_partition: number
  readonly entries: string
  readonly received_to: number
  readonly first_offset: number
}

/** Lists are read from `reports`. */
export function openSqlMessageIndex(sql: Sql, reports: Reports, logId: string): MessageIndex {
  const partitions = openHourlyPartitions(sql, messageIndexTable)
  const newest = openNewestInstants()
  const stored = openSqlPositions(sql, `${messageIndexSink}${logId}`)

  /** Of these streams of vehicles, names of the entries that are there and may be what the entries
   *  repeat. */
  const namesThere = async (groups: readonly MessageGroup[]): Promise<ReadonlyMap<string, Set<string>>> => {
    const names = new Map(groups.map((group) => [streamOf(group), new Set<string>()]))
    if (groups.length === 0) return names
    const found = await sql.query<Near>(findNear, [JSON.stringify(groups.map(askedOf)), logId])
    for (const { entries, ...of } of found)
      for (const entry of decodeChunk(Buffer.from(entries, 'base64'))) names.get(streamOf(of))?.add(nameOf(entry))
    return names
  }

  /** The groups without what is there already or repeats what is. */
  const freshOf = async (groups: readonly MessageGroup[]): Promise<readonly MessageGroup[]> => {
    const unsure = new Map<MessageGroup, MessageGroup>()
    for (const group of groups) {
      const stream = streamOf(group)
      const entries = group.entries.filter((entry) => !newest.isSure(stream, entry))
      if (entries.length > 0) unsure.set(group, { ...group, entries })
    }
    const names = await namesThere([...unsure.values()])
    return groups.map((group) => {
      const known = unsure.has(group) ? names.get(streamOf(group)) : undefined
      return known === undefined ? group : { ...group, entries: withoutRepeats(group.entries, known) }
    })
  }

  return {
    positions() {
      newest.forget()
      return stored.positions()
    },
    async put(changes, positions) {
      const rows = (await freshOf(groupEntries(changes))).flatMap(chunkRows)
      const receipts = rows.map(({ received_to }) => received_to)
      await partitions.put(receipts, () =>
        sql.transaction([
          ...partitions.statements(receipts),
          ...overLists(
            insert,
            given,
            rows.map((row) => ({ log: logId, ...row })),
          ),
          ...stored.statements(positions),
        ]),
      )
    },

    async list(ref, filter, page) {
      const limit = pageLimit(page.limit)
      const after = receiptOfCursor(page.after)
      const found = new Map<string, Entry>()
      const isBehind = (entry: Entry): boolean => after === undefined || byReceipt(entry, after) > 0
      let last: Found | undefined
      for (;;) {
        const rows = await readRows(reports, logId, ref, filter, { newest: after?.receivedAt ?? Infinity, last })
        for (const row of rows)
          for (const entry of entriesOf(ref, row))
            if (passesFilter(entry, filter) && isBehind(entry)) found.set(entry.id, entry)
        last = rows.at(-1)
        if (rows.length < rowsAtOnce || last === undefined) break
        const { received_to } = last
        const isFull = [...found.values()].filter(({ receivedAt }) => receivedAt > received_to).length > limit
        if (isFull) break
      }
      return receiptPage([...found.values()].sort(byReceipt), limit)
    },

    expire: (olderThan) => partitions.expire(olderThan),
  }
}

const streamOf = (of: VehicleRef & { readonly stream: string }): string => `${of.stream} ${vehicleKey(of)}`

/** Known again by it within a stream of a vehicle. */
const nameOf = ({ at, digest }: ChunkEntry): string => `${at} ${digest}`

/** In the order they were put. Adds their names. */
const withoutRepeats = (entries: readonly ChunkEntry[], names: Set<string>): readonly ChunkEntry[] =>
  entries.filter((entry) => {
    const isThere = names.has(nameOf(entry))
    names.add(nameOf(entry))
    return entry.at === entry.receivedAt || !isThere
  })

/** Between which instants, and received from when on, there may be what these repeat. */
function askedOf({ tenant, vehicle, stream, entries }: MessageGroup) {
  const [at_from, at_to] = extentOf(entries, ({ at }) => at)
  const [first] = extentOf(entries, ({ at, receivedAt }) => Math.min(at, receivedAt))
  return { tenant, vehicle, stream, since: first - repeats.aheadMs, at_from, at_to }
}

type From = { readonly newest: number; readonly last: Found | undefined }

/** The next rows, by their newest receipts downwards, that may have entries of the page. */
async function readRows(
  reports: Reports,
  logId: string,
  { tenant, vehicle }: VehicleRef,
  { stream, receivedFrom, atFrom, eitherTo }: MessageFilter,
  { newest, last }: From,
): Promise<readonly Found[]> {
  const conditions = openConditions()
    .add('log = ?', logId)
    .add('tenant = ?', tenant)
    .add('vehicle = ?', vehicle)
    .add('stream = ?', stream)
    .add('received_to >= ?', receivedFrom === undefined ? undefined : Math.ceil(receivedFrom))
    .add('received_from <= ?', newest === Infinity ? undefined : newest)
    .add('at_to >= ?', atFrom === undefined ? undefined : Math.ceil(atFrom))
    .add('least(at_from, received_from) <= ?', eitherTo === undefined ? undefined : Math.floor(eitherTo))
  if (last !== undefined)
    conditions.add(
      '(received_to, stream, log_partition, first_offset) < (?, ?, ?, ?)',
      last.received_to,
      last.stream,
      last.log_partition,
      last.first_offset,
    )
  return reports.query<Found>(
    `select stream, log_partition, first_offset, received_to, encode(entries, 'base64') as entries from message_index
     ${conditions.where} order by received_to desc, stream desc, log_partition desc, first_offset desc limit ${rowsAtOnce}`,
    conditions.params,
    tenant,
  )
}

const entriesOf = (ref: VehicleRef, { stream, log_partition, entries }: Found): readonly Entry[] =>
  decodeChunk(Buffer.from(entries, 'base64')).map(({ offset, ...entry }) => ({
    tenant: ref.tenant,
    vehicle: ref.vehicle,
    stream,
    ...entry,
    id: placeOf({ topic: stream, partition: log_partition, offset }),
  }))
