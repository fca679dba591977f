import { isDeepStrictEqual } from 'node:util'
import type { MessageDocument, MessageFilter, MessageStore, MessageToKeep } from '../message-store.ts'
import { pageInMemory, type Order } from './memory-page.ts'
import { openMemoryProjection, refuseFractions } from './memory-projection.ts'

const hourMs = 3_600_000

type Kept = MessageDocument & { readonly id: string }

const newest: Order<Kept> = {
  list: 'messages',
  shape: ['n', 's'],
  descending: true,
  keyOf: (kept) => [kept.receivedAt, kept.id],
}

export function openMemoryMessages(guard: () => void): MessageStore {
  const projection = openMemoryProjection<MessageToKeep, readonly MessageToKeep[]>(
    guard,
    ({ at, receivedAt }) => refuseFractions(at, receivedAt),
    (known = [], message) =>
      known.some((other) => isSame(other, message)) || cameBefore(message) ? known : [...known, message],
  )
  const cameBefore = (message: MessageToKeep): boolean => {
    if (message.at === message.receivedAt) return false
    for (const kept of projection.rows.values()) if (kept.some((other) => isRepeat(other, message))) return true
    return false
  }
  return {
    ...projection,
    async list({ tenant, vehicle }, filter, page) {
      guard()
      const rows: Kept[] = []
      for (const [id, messages] of projection.rows)
        for (const message of messages)
          if (message.tenant === tenant && message.vehicle === vehicle && passes(message, filter))
            rows.push(documentOf(id, message))
      return pageInMemory(rows, newest, page)
    },
    async expire(olderThan) {
      guard()
      const hour = Math.floor(olderThan / hourMs)
      for (const [id, messages] of projection.rows) {
        const left = messages.filter(({ receivedAt }) => Math.floor(receivedAt / hourMs) >= hour)
        projection.revise(id, left.length === 0 ? undefined : left)
      }
    },
  }
}

const passes = ({ stream, at, receivedAt }: MessageToKeep, filter: MessageFilter): boolean =>
  stream === (filter.stream ?? stream) &&
  receivedAt >= (filter.receivedFrom ?? -Infinity) &&
  at >= (filter.atFrom ?? -Infinity) &&
  Math.min(at, receivedAt) <= (filter.eitherTo ?? Infinity)

const documentOf = (id: string, { json, ...message }: MessageToKeep): Kept => ({
  ...message,
  id,
  body: JSON.parse(json) as unknown,
})

const isRepeat = (one: MessageToKeep, other: MessageToKeep): boolean =>
  one.at === other.at &&
  one.vehicle === other.vehicle &&
  one.tenant === other.tenant &&
  one.stream === other.stream &&
  isDeepStrictEqual(JSON.parse(one.json), JSON.parse(other.json))

/** One place in the log; at another instant, or of another car, it is a place in another log. */
const isSame = (one: MessageToKeep, other: MessageToKeep): boolean =>
  one.receivedAt === other.receivedAt && one.tenant === other.tenant && one.vehicle === other.vehicle
