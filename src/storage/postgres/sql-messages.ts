// Raw messages in partitions by the hour of receipt. A list looks at the newest hours first and
// further back only while the page is not full, so that its cost does not grow with the retention.
import { vehicleKey } from '../../model/vehicle-id.ts'
import { repeats, type MessageDocument, type MessageStore, type MessageToKeep } from '../message-store.ts'
import { decodeCursor } from '../page-cursor.ts'
import { pageLimit, pageOf } from '../page.ts'
import type { ReachSpan } from '../reach.ts'
import { hourMs, hourOf, openHourlyPartitions } from './hourly-partitions.ts'
import { openNewestInstants } from './newest-instants.ts'
import { openConditions, type Conditions } from './sql-conditions.ts'
import { openSqlProjection, overRows, overTexts } from './sql-projection.ts'
import type { Reports, Sql } from './sql.ts'
import { storableJson, storableText } from './storable-json.ts'

const list = 'messages'
/** How many hours back the tries of a list go, before it looks at all there is. */
const lookbackHours = [2, 24]

const into = `insert into messages (id, tenant, vehicle, stream, at, received_at, body)`
const columns = `id, tenant, vehicle, stream, at, received_at, coalesce(body, 'null') as body`
const given = `json_to_recordset($1::json)
    as given (id text, tenant text, vehicle text, stream text, at bigint, received_at bigint, body jsonb)`

const insert = `${into} select ${columns} from ${given} on conflict do nothing`

/** Leaves out those that are there, and of equal ones all but the first. */
const insertUnlessThere = `with given as materialized (select ${columns} from ${given}),
  looked as (
    select tenant, vehicle, array_agg(at) as instants, min(least(at, received_at)) - ${repeats.aheadMs} as since
    from given group by tenant, vehicle),
  there as materialized (
    select tenant, vehicle, stream, at, body from looked cross join lateral (
      select stream, at, body from messages
      where tenant = looked.tenant and vehicle = looked.vehicle and received_at >= looked.since
      order by received_at limit ${repeats.looked}) near
    where at = any(instants))
  ${into} select distinct on (tenant, vehicle, stream, at, body) * from given
  where not exists (select from there where (there.tenant, there.vehicle, there.stream, there.at, there.body)
    = (given.tenant, given.vehicle, given.stream, given.at, given.body))
  order by tenant, vehicle, stream, at, body, received_at, id
  on conflict do nothing`

type Found = Omit<MessageDocument, 'receivedAt'> & { readonly id: string; readonly received_at: number }
/** Columns of instants are whole numbers, and so is what they are compared with. */
const wholeFrom = (instant?: number): number | undefined => (instant === undefined ? undefined : Math.ceil(instant))
const wholeTo = (instant?: number): number | undefined => (instant === undefined ? undefined : Math.floor(instant))

/** Lists are read from `reports`. */
export function openSqlMessages(sql: Sql, reports: Reports): MessageStore {
  const partitions = openHourlyPartitions(sql, 'messages')
  const newest = openNewestInstants()

  const projection = openSqlProjection<MessageToKeep>(sql, {
    sink: 'messages',
    merge: (before) => before,
    statements: (puts, deletes) => {
      const sure = new Set(puts.filter(({ row }) => newest.isSure(`${row.stream} ${vehicleKey(row)}`, row)))
      const perhapsThere = puts.filter((put) => !sure.has(put))
      return [
        ...partitions.statements(puts.map(({ row }) => row.receivedAt)),
        ...overRows(`delete from messages where id in (select json_array_elements_text($1::json))`, deletes),
        ...overTexts(insert, [...sure].map(rowText)),
        ...overTexts(insertUnlessThere, perhapsThere.map(rowText)),
      ]
    },
  })

  return {
    positions() {
      newest.forget()
      return projection.positions()
    },
    put: (changes, positions) =>
      partitions.put(
        changes.flatMap(({ row }) => row?.receivedAt ?? []),
        () => projection.put(changes, positions),
      ),

    async list({ tenant, vehicle }, { stream, receivedFrom = 0, receivedIn, atFrom, eitherTo }, page) {
      const limit = pageLimit(page.limit)
      const after = page.after === undefined ? undefined : decodeCursor(list, ['n', 's'], page.after)
      const hours = await partitions.hours(reports)
      if (hours.first === null || hours.last === null) return { rows: [] }
      const newest = after === undefined ? hours.last : Math.min(hours.last, hourOf(Number(after[0])))
      const first = Math.max(hours.first, hourOf(receivedFrom))
      const oldest = [...lookbackHours.map((back) => newest - back + 1).filter((hour) => hour > first), first]
      let rows: readonly Found[] = []
      for (const hour of oldest) {
        const conditions = openConditions()
          .add('tenant = ?', tenant)
          .add('vehicle = ?', vehicle)
          .add('stream = ?', stream)
          .add('received_at >= ?', Math.max(hour * hourMs, Math.ceil(receivedFrom)))
          .add('received_at < ?', (newest + 1) * hourMs)
          .add('at >= ?', wholeFrom(atFrom))
          .add('least(at, received_at) <= ?', wholeTo(eitherTo))
        if (receivedIn !== undefined) addReceipt(conditions, receivedIn)
        if (after !== undefined) conditions.add('(received_at, id) < (?, ?)', ...after)
        rows = await reports.query<Found>(
          `select id, tenant, vehicle, stream, at, received_at, body from messages ${conditions.where}
           order by received_at desc, id desc limit ${limit + 1}`,
          conditions.params,
          tenant,
        )
        if (rows.length > limit) break
      }
      return pageOf(list, rows.map(messageOf), limit, (message) => [message.receivedAt, message.id])
    },

    expire: (olderThan) => partitions.expire(olderThan),
  }
}

/** Adds that it was received within one of the spans. */
function addReceipt(conditions: Conditions, spans: readonly ReachSpan[]): void {
  const texts = spans.map(() => 'received_at >= ? and received_at < ?')
  conditions.add(
    `(${['false', ...texts].join(' or ')})`,
    ...spans.flatMap(({ from, until }) => [from ?? 0, until ?? Number.MAX_SAFE_INTEGER]),
  )
}

/** The payload stands in it as it came: to parse it and write it anew would cost the writers more
 *  than all else of a message. */
function rowText({
  id,
  row: { json, receivedAt, ...row },
}: {
  readonly id: string
  readonly row: MessageToKeep
}): string {
  return `{"body":${storableText(json)},${storableJson({ ...row, id, received_at: receivedAt }).slice(1)}`
}

const messageOf = ({ received_at, ...row }: Found): MessageDocument & { readonly id: string } => ({
  ...row,
  receivedAt: received_at,
})
