// Raw messages from wherever they are kept: as documents, or in the log, and then documents of a
// time before among them until they have had theirs.
import type { EventLog } from '../eventlog/event-log.ts'
import type { MessageDocument, MessageList } from '../storage/message-store.ts'
import { encodeCursor } from '../storage/page-cursor.ts'
import { pageLimit } from '../storage/page.ts'
import type { Storage } from '../storage/storage.ts'
import { openLoggedMessages } from './logged-messages.ts'

export type MessagesStore = 'log' | 'documents'

export const openMessageList = (
  store: MessagesStore,
  log: EventLog,
  { messages, messageIndex }: Pick<Storage, 'messages' | 'messageIndex'>,
): MessageList => (store === 'documents' ? messages : both(openLoggedMessages(log, messageIndex(log.id)), messages))

type Listed = MessageDocument & { readonly id: string }

/** A message that both have is listed once. */
const both = (logged: MessageList, documents: MessageList): MessageList => ({
  async list(ref, filter, page) {
    const limit = pageLimit(page.limit)
    const pages = await Promise.all([logged, documents].map((list) => list.list(ref, filter, page)))
    const found = new Map<string, Listed>()
    for (const { rows } of pages)
      for (const row of rows) {
        // Another log may have had another message at the same place.
        const name = `${row.id} ${row.receivedAt}`
        if (!found.has(name)) found.set(name, row)
      }
    const sorted = [...found.values()].sort((a, b) => b.receivedAt - a.receivedAt || (a.id < b.id ? 1 : -1))
    const rows = sorted.slice(0, limit)
    const last = rows.at(-1)
    const isMore = sorted.length > limit || pages.some(({ next }) => next !== undefined)
    return isMore && last !== undefined
      ? { rows, next: encodeCursor('messages', [last.receivedAt, last.id]) }
      : { rows }
  },
})
