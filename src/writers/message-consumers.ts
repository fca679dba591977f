// Raw messages in the tables: where in the log they are, or each as a document.
import type { EventLog } from '../eventlog/event-log.ts'
import { gatherMs } from '../eventlog/gathering.ts'
import { indexGathersMax, messageTopics } from '../raw-messages/logged-messages.ts'
import type { MessagesStore } from '../raw-messages/message-list.ts'
import type { MessageStore } from '../storage/message-store.ts'
import type { Storage } from '../storage/storage.ts'
import type { ConsumerPlan } from './consumer.ts'
import { readEntry, readMessage } from './read-change.ts'
import type { Aging } from './retention.ts'

export type MessagesKept = {
  /** How long they can be looked up. */
  readonly retentionMs: number
  readonly store: MessagesStore
}

const documents = { records: 1_000, bytes: 2e6 }
// As gatherMs.index says: a row is of one vehicle, and a large fleet has many. They gather in the
// log, and are read by partition, so that those of a vehicle come together though a batch is no
// larger than what may be in memory. Bodies are let go of with each part of it.
const indexed = {
  limits: { records: 10_000, bytes: 8e6 },
  together: { records: 20_000, bytes: Infinity },
  ofPartition: indexGathersMax,
}

/** Adds the consumer of raw messages, and says what ages of them: both, as there may be rows of a
 *  time when they were kept otherwise. */
export function followMessages(
  uplink: EventLog,
  storage: Pick<Storage, 'messages' | 'messageIndex'>,
  { retentionMs, store }: MessagesKept,
  add: <Row>(plan: ConsumerPlan<Row>) => void,
): readonly Aging[] {
  const keptSince = (): number => uplink.agedAt(retentionMs)
  const index = storage.messageIndex(uplink.id)
  const from = { topics: messageTopics, log: uplink }
  if (store === 'documents') {
    const readChange = readMessage(keptSince)
    add({ ...from, name: 'messages', store: storage.messages, readChange, limits: documents, lingerMs: gatherMs.row })
  } else {
    const readChange = readEntry(keptSince)
    add({ ...from, ...indexed, name: 'message-index', store: index, readChange, lingerMs: gatherMs.index })
  }
  const aging = (name: string, rows: Pick<MessageStore, 'expire'>): Aging => ({
    name,
    retentionMs,
    async expire(olderThan) {
      await rows.expire(olderThan)
      return 0
    },
  })
  return [aging('messages', storage.messages), aging('message-index', index)]
}
