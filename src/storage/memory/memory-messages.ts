// Raw messages, and where they are in a log, in memory: rows by id, listed by receipt.
import { isDeepStrictEqual } from 'node:util'
import type { VehicleRef } from '../../model/vehicle-id.ts'
import type { MessageEntry, MessageIndex } from '../message-index.ts'
import type { MessageFilter, MessageStore, MessageToKeep } from '../message-store.ts'
import type { Page, PageRequest } from '../page.ts'
import { passesFilter } from '../receipt-list.ts'
import { pageInMemory, type Order } from './memory-page.ts'
import { openMemoryProjection, refuseFractions, type MemoryProjection } from './memory-projection.ts'

const hourMs = 3_600_000

type Received = VehicleRef & { readonly stream: string; readonly at: number; readonly receivedAt: number }
type Listed = { readonly id: string; readonly receivedAt: number }

const newest: Order<Listed> = {
  list: 'messages',
  shape: ['n', 's'],
  descending: true,
  keyOf: (listed) => [listed.receivedAt, listed.id],
}

export const openMemoryMessages = (guard: () => void): MessageStore =>
  openReceived(guard, {
    isEqual: (one: MessageToKeep, other: MessageToKeep) =>
      isDeepStrictEqual(JSON.parse(one.json), JSON.parse(other.json)),
    listed: (id, { json, ...message }) => ({ ...message, id, body: JSON.parse(json) as unknown }),
  })

export const openMemoryMessageIndex = (guard: () => void): MessageIndex =>
  openReceived(guard, {
    isEqual: (one: MessageEntry, other: MessageEntry) => one.digest === other.digest,
    listed: (id, entry) => ({ ...entry, id }),
  })

type Kind<Row, Row2> = {
  /** Of two with the same vehicle, stream and instant. */
  readonly isEqual: (one: Row, other: Row) => boolean
  readonly listed: (id: string, row: Row) => Row2
}

function openReceived<Row extends Received, Row2 extends Listed>(
  guard: () => void,
  { isEqual, listed }: Kind<Row, Row2>,
): MemoryProjection<Row, readonly Row[]> & {
  list(ref: VehicleRef, filter: MessageFilter, page: PageRequest): Promise<Page<Row2>>
  expire(olderThan: number): Promise<void>
} {
  const projection = openMemoryProjection<Row, readonly Row[]>(
    guard,
    ({ at, receivedAt }) => refuseFractions(at, receivedAt),
    (known = [], row) => (known.some((other) => isSame(other, row)) || cameBefore(row) ? known : [...known, row]),
  )
  const cameBefore = (row: Row): boolean => {
    if (row.at === row.receivedAt) return false
    for (const kept of projection.rows.values())
      if (kept.some((other) => isOfOneInstant(other, row) && isEqual(other, row))) return true
    return false
  }
  return {
    ...projection,
    async list({ tenant, vehicle }, filter, page) {
      guard()
      const found: Row2[] = []
      for (const [id, rows] of projection.rows)
        for (const row of rows)
          if (row.tenant === tenant && row.vehicle === vehicle && passesFilter(row, filter)) found.push(listed(id, row))
      return pageInMemory(found, newest, page)
    },
    async expire(olderThan) {
      guard()
      const hour = Math.floor(olderThan / hourMs)
      for (const [id, rows] of projection.rows) {
        const left = rows.filter(({ receivedAt }) => Math.floor(receivedAt / hourMs) >= hour)
        projection.revise(id, left.length === 0 ? undefined : left)
      }
    },
  }
}

const isOfOneInstant = (one: Received, other: Received): boolean =>
  one.at === other.at && one.vehicle === other.vehicle && one.tenant === other.tenant && one.stream === other.stream

/** One place in the log; at another instant, or of another car, it is a place in another log. */
const isSame = (one: Received, other: Received): boolean =>
  one.receivedAt === other.receivedAt && one.tenant === other.tenant && one.vehicle === other.vehicle
