// The words of the traced program on its log, a line each in the trace, and the records it appends:
// their bytes follow from their ids, so that a reader needs nothing else to check them.
//
//   log ID                       the log is open, and this is its id
//   try ID …                     these records are about to be appended
//   stored ID PARTITION OFFSET   acknowledged
//   commit N                     acknowledged: state, positions and outputs number N
//   read TOPIC PARTITION END     another thread has read the records before END
import type { NewRecord, StoredRecord } from '../../../src/eventlog/event-log.ts'

export const partitions = 3
/** Topics that records of ids are appended to; the first letter of an id says to which. */
export const topicsByLetter: Readonly<Record<string, string>> = { t: 'telemetry', e: 'event', c: 'critical' }
export const tasks = ['count/0', 'other/0'] as const
export const outputTopics = ['ledger', 'alert'] as const

/** `id`: a letter, and numbers joined by `-`. Sizes are such that blocks and pages are cut in more
 *  than one way. */
export function recordOf(id: string): NewRecord {
  const numbers = id.split('-').slice(1).map(Number)
  const sum = numbers.reduce((all, each) => all * 31 + each, 7)
  const length = 20 + ((sum * 37) % (sum % 10 === 0 ? 9_000 : 900))
  return {
    topic: topicsByLetter[id.charAt(0)] ?? '',
    key: `car-${sum % 17}`,
    value: Buffer.from(`${id} `.padEnd(length, id)),
    at: 1_700_000_000_000 + sum,
    ...(sum % 5 === 0 ? { headers: { reason: id } } : {}),
  }
}

/** The id that the record says it has, where it is the record of that id byte for byte. */
export function idOf({ topic, key, value, at, headers }: StoredRecord): string | undefined {
  const text = Buffer.from(value)
  const id = text.toString('utf8', 0, text.indexOf(0x20))
  const wanted = recordOf(id)
  const isWhole =
    topic === wanted.topic &&
    key === wanted.key &&
    at === wanted.at &&
    text.equals(wanted.value) &&
    JSON.stringify(headers ?? {}) === JSON.stringify(wanted.headers ?? {})
  return isWhole ? id : undefined
}

/** The state that commit `n` leaves under the key of its number. */
export const stateOf = (n: number): Buffer => Buffer.from(`${n} `.padEnd(10 + ((n * 53) % 1_500), 's'))
/** Keys of numbers, so that later commits write over what earlier ones left. */
export const stateKey = (n: number): string => `n/${n % 40}`

/** Said so far; all of it must be true of the log that is found. */
export type Said = {
  log: string | undefined
  readonly tried: Set<string>
  /** By `topic/partition/offset`. */
  readonly stored: Map<string, string>
  commits: number
  readonly read: Map<string, number>
}

export const newSaid = (): Said => ({
  log: undefined,
  tried: new Set(),
  stored: new Map(),
  commits: 0,
  read: new Map(),
})

/** Takes in whole lines. */
export function hear(said: Said, text: string): void {
  for (const line of text.split('\n')) {
    const [word, first = '', second = '', third = ''] = line.split(' ')
    if (word === 'log') said.log ??= first
    else if (word === 'try') for (const id of line.split(' ').slice(1)) said.tried.add(id)
    else if (word === 'stored') said.stored.set(`${topicsByLetter[first.charAt(0)]}/${second}/${third}`, first)
    else if (word === 'commit') said.commits = Math.max(said.commits, Number(first))
    else if (word === 'read') said.read.set(`${first}/${second}`, Number(third))
  }
}
