// The message index in partitions by the hour of receipt. A batch adds a row for each vehicle,
// stream and partition (message-chunk.ts); lists open rows, newest first, until those that are left
// cannot have any of the page.
import { placeOf } from '../../eventlog/event-log.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import type { MessageEntry, MessageIndex } from '../message-index.ts'
import { repeats, type MessageFilter } from '../message-store.ts'
import { pageLimit } from '../page.ts'
import { byReceipt, passesFilter, receiptOfCursor, receiptPage } from '../receipt-list.ts'
import { hourOf, openHourlyPartitions } from './hourly-partitions.ts'
import { decodeChunk, encodeChunk, type ChunkEntry } from './message-chunk.ts'
import { openNewestInstants } from './newest-instants.ts'
import { openConditions } from './sql-conditions.ts'
import { openSqlProjection, overRows } from './sql-projection.ts'
import type { Reports, Sql, Statement } from './sql.ts'

export const messageIndexTable = 'message_index'
/** The name of its positions, before the id of the log. */
export const messageIndexSink = 'message-index '

const chunkEntriesMax = 1_000
/** Rows that a list opens at once. */
const rowsAtOnce = 32
/** Of a vehicle, in which a repeat looks for what it repeats. */
const rowsLooked = 200

const insert = `insert into message_index
  select log, tenant, vehicle, stream, log_partition, first_offset, received_from, received_to, at_from, at_to,
    decode(entries, 'base64') from json_to_recordset($1::json) as given (log text, tenant text, vehicle text,
    stream text, log_partition integer, first_offset bigint, received_from bigint, received_to bigint,
    at_from bigint, at_to bigint, entries text)
  on conflict do nothing`

const findNear = `select near.* from json_to_recordset($1::json) as asked
    (tenant text, vehicle text, stream text, since bigint, at_from bigint, at_to bigint)
  cross join lateral (
    select tenant, vehicle, stream, log_partition, encode(entries, 'base64') as entries from message_index
    where tenant = asked.tenant and vehicle = asked.vehicle and received_to >= asked.since and log = $2
      and stream = asked.stream and at_to >= asked.at_from and at_from <= asked.at_to
    order by received_to limit ${rowsLooked}) near`

type Entry = MessageEntry & { readonly id: string }
type Put = { readonly id: string; readonly row: MessageEntry }
type Near = VehicleRef & { readonly stream: string; readonly log_partition: number; readonly entries: string }
type Found = Omit<Near, 'tenant' | 'vehicle'> & {
  readonly received_to: number
  readonly first_offset: number
}

/** Lists are read from `reports`. */
export function openSqlMessageIndex(sql: Sql, reports: Reports, logId: string): MessageIndex {
  const partitions = openHourlyPartitions(sql, messageIndexTable)
  const newest = openNewestInstants()
  const projection = openSqlProjection<MessageEntry>(sql, {
    sink: `${messageIndexSink}${logId}`,
    statements: (puts): Statement[] => {
      const chunks = chunksOf(puts)
      return [
        ...partitions.statements(chunks.map(({ received_to }) => received_to)),
        ...overRows(
          insert,
          chunks.map((chunk) => ({ log: logId, ...chunk })),
        ),
      ]
    },
  })

  /** Of these, names of those that are there, and of what they repeat. */
  const namesThere = async (puts: readonly Put[]): Promise<Set<string>> => {
    if (puts.length === 0) return new Set()
    const found = await sql.query<Near>(findNear, [JSON.stringify(askedOf(puts)), logId])
    const names = new Set<string>()
    for (const { entries, ...row } of found)
      for (const entry of decodeChunk(Buffer.from(entries, 'base64'))) names.add(nameOf({ ...row, ...entry }))
    return names
  }

  return {
    positions() {
      newest.forget()
      return projection.positions()
    },
    async put(changes, positions) {
      const puts = changes.flatMap(({ id, row }) => (row === null ? [] : { id, row }))
      const names = await namesThere(newest.split(puts).perhapsThere)
      const fresh = puts.filter(({ row }) => {
        const isThere = names.has(nameOf(row))
        names.add(nameOf(row))
        return row.at === row.receivedAt || !isThere
      })
      await partitions.put(
        fresh.map(({ row }) => row.receivedAt),
        () => projection.put(fresh, positions),
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

/** Known again by it. */
const nameOf = (entry: VehicleRef & Pick<MessageEntry, 'stream' | 'at' | 'digest'>): string =>
  `${entry.stream} ${vehicleKey(entry)} ${entry.at} ${entry.digest}`

/** The rows of a batch, none of which is of two hours. */
function chunksOf(puts: readonly Put[]) {
  const groups = Map.groupBy(
    puts,
    ({ id, row }) => `${id.slice(0, id.lastIndexOf('/'))} ${vehicleKey(row)} ${hourOf(row.receivedAt)}`,
  )
  return [...groups.values()].flatMap((group) => {
    const sorted = group
      .map(({ id, row }) => ({ ...row, offset: Number(id.slice(id.lastIndexOf('/') + 1)) }))
      .sort((a, b) => a.offset - b.offset)
    const { id, row } = group[0]!
    const place = {
      tenant: row.tenant,
      vehicle: row.vehicle,
      stream: row.stream,
      log_partition: Number(id.split('/').at(-2)),
    }
    return Array.from({ length: Math.ceil(sorted.length / chunkEntriesMax) }, (_, part) => {
      const entries = sorted.slice(part * chunkEntriesMax, (part + 1) * chunkEntriesMax)
      const span = (of: (entry: ChunkEntry) => number) => entries.map(of).reduce(spanOver, [Infinity, -Infinity])
      const [received_from, received_to] = span(({ receivedAt }) => receivedAt)
      const [at_from, at_to] = span(({ at }) => at)
      const bytes = encodeChunk(entries).toString('base64')
      return {
        ...place,
        first_offset: entries[0]!.offset,
        received_from,
        received_to,
        at_from,
        at_to,
        entries: bytes,
      }
    })
  })
}

type Span = readonly [from: number, to: number]
const spanOver = ([from, to]: Span, value: number): Span => [Math.min(from, value), Math.max(to, value)]

/** By vehicle and stream, between which instants, and received from when on. */
function askedOf(puts: readonly Put[]) {
  const groups = Map.groupBy(puts, ({ row }) => `${row.stream} ${vehicleKey(row)}`)
  return Array.from(groups.values(), (group) => {
    const { tenant, vehicle, stream } = group[0]!.row
    const [at_from, at_to] = group.map(({ row }) => row.at).reduce(spanOver, [Infinity, -Infinity] as Span)
    const [first] = group
      .map(({ row }) => Math.min(row.at, row.receivedAt))
      .reduce(spanOver, [Infinity, -Infinity] as Span)
    return { tenant, vehicle, stream, since: first - repeats.aheadMs, at_from, at_to }
  })
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
