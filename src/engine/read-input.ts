// From a record of the log to what jobs take in: its value parsed, its id, and which of its
// instants are clock-marked.
import { placeOf, type StoredRecord } from '../eventlog/event-log.ts'
import { isAhead } from '../model/car-clock.ts'
import { isInstant } from '../model/instant.ts'
import type { Catalogue } from '../model/catalogue.ts'
import { parseMessageText, type MessageRefusal } from '../model/message-check.ts'
import type { Message } from '../model/message.ts'
import { uplinkStreams } from '../model/topic.ts'
import type { HostText } from './host.ts'
import type { Input } from './job.ts'

export type ReadInput = {
  readonly input: Input
  /** Why the record is no message, or no JSON; its input is then that of a dead letter. The gateway
   *  lets no such record through. */
  readonly refusal: MessageRefusal | null
}

/** The engine judges lateness, for each job. */
const notJudged = { lateBefore: -Infinity, late: false }

const streams: ReadonlySet<string> = new Set(uplinkStreams)

/** Parses a record once, for all jobs that read its topic. An instant is marked further than
 *  `aheadMs` ahead of its receipt; values are those of the catalogue's signals, by default VSS's
 *  alone. */
export function readInput(record: StoredRecord, text: HostText, aheadMs: number, catalogue?: Catalogue): ReadInput {
  if (record.topic === 'dead-letter') return { input: deadLetter(record, text), refusal: null }
  if (!streams.has(record.topic)) return readDerived(record, text, aheadMs)
  const parsed = parseMessageText(text.decode(record.value), record.value.byteLength, catalogue)
  return parsed.ok
    ? { input: messageInput(record, parsed.value, aheadMs), refusal: null }
    : refuse(record, parsed.reason, text)
}

function refuse(record: StoredRecord, reason: MessageRefusal, text: HostText): ReadInput {
  const headers = { ...record.headers, stream: record.topic, reason }
  return { input: deadLetter({ ...record, topic: 'dead-letter', headers }, text), refusal: reason }
}

function messageInput(record: StoredRecord, message: Message, aheadMs: number): Input {
  const { topic, receivedAt } = record
  let newestAt = NaN
  let markedAt = NaN
  for (const { at } of 'event' in message ? [message] : message.samples) {
    // Of a clock that is not set: it moves nobody's time, not even as a marked instant.
    if (!isInstant(at)) continue
    if (isAhead(at, receivedAt, aheadMs)) markedAt = at > markedAt || Number.isNaN(markedAt) ? at : markedAt
    else newestAt = at > newestAt || Number.isNaN(newestAt) ? at : newestAt
  }
  return {
    record,
    message,
    value: null,
    text: '',
    id: `${topic}/${message.boot}/${message.seq}`,
    source: record.key,
    receivedAt,
    newestAt,
    markedAt,
    critical: topic === 'critical',
    ...notJudged,
  }
}

function readDerived(record: StoredRecord, text: HostText, aheadMs: number): ReadInput {
  const { at, receivedAt, headers } = record
  const json = record.value.byteLength === 0 ? null : parseObject(text.decode(record.value))
  if (json === undefined) return refuse(record, 'not-json', text)
  const marked = isAhead(at, receivedAt, aheadMs)
  const input: Input = {
    record,
    message: null,
    value: json,
    text: '',
    id: headers?.['id'] ?? placeOf(record),
    source: headers?.['source'] ?? record.key,
    receivedAt,
    newestAt: marked ? NaN : at,
    markedAt: marked ? at : NaN,
    critical: headers?.['stream'] === 'critical',
    ...notJudged,
  }
  return { input, refusal: null }
}

/** Undefined when it is none. */
function parseObject(text: string | undefined): object | undefined {
  if (text === undefined) return undefined
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? json : undefined
  } catch {
    return undefined
  }
}

const deadLetter = (record: StoredRecord, text: HostText): Input => ({
  record,
  message: null,
  value: null,
  text: text.decodeLoosely(record.value),
  id: placeOf(record),
  source: record.key,
  receivedAt: record.receivedAt,
  newestAt: NaN,
  markedAt: NaN,
  critical: false,
  ...notJudged,
})
