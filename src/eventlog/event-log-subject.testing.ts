// The subject that the contract suites run on: a back-end that can open logs, and the few tools the
// suites share.
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { SweptLog } from './state-store.ts'
import type { EventLog, NewRecord, TopicSpec } from './event-log.ts'
import { derivedLogTopics, uplinkTopics, type CompactionTimes } from './topics.ts'

export type OpenOptions = {
  readonly partitions: number
  readonly topics?: readonly TopicSpec[]
  readonly clock: TestClock
  readonly clockJump?: 'ask' | 'accept'
  readonly logger?: Logger
  readonly bytesMax?: number
  /** `workBytes`: how much a sweep does, where that is bounded. */
  readonly compaction?: CompactionTimes & { readonly workBytes: number }
}

export type OpenedLog = AsyncDisposable & { readonly log: EventLog }

/** Somewhere a log can be opened, closed and, when `durable`, opened again with what it held.
 *  Disposal removes it. */
export type LogPlace<Opened extends OpenedLog = SweptLog> = AsyncDisposable & {
  open(options: OpenOptions): Promise<Opened>
}

export type LogSubject<Opened extends OpenedLog = SweptLog> = {
  readonly name: string
  readonly durable: boolean
  /** Whether records are stamped by the clock that it is opened with, rather than by servers of
   *  its own. */
  readonly isClockGiven: boolean
  place(): LogPlace<Opened>
}

/** With bounds of its own: it sweeps when told, and alone then. */
export type SweptSubject = LogSubject & {
  /** The least `bytesMax` this back-end can work with, for the tests that fill it. */
  readonly bytesMaxLeast: number
}

export const everything = { records: 1_000_000, bytes: 1e9 } as const
/** The topics that the suites open with. */
export const logTopics: readonly TopicSpec[] = [...uplinkTopics, ...derivedLogTopics]

/** How many `onFreshLog` opens with. */
export const partitions = 4

export const record = (key: string, text: string, more: Partial<NewRecord> = {}): NewRecord => ({
  topic: 'telemetry',
  key,
  value: Buffer.from(text),
  at: 1_700_000_000_000,
  ...more,
})

/** A clock that a test owns: time passes with `at`; `jumpMs` is by how much the wall clock is set
 *  wrong. */
export type TestClock = Clock & { at: number; jumpMs: number; readonly steady: Clock }

export const settableClock = (startAt = 1_700_000_000_000): TestClock => {
  const clock = { at: startAt, jumpMs: 0, now: () => clock.at + clock.jumpMs, steady: { now: () => clock.at } }
  return clock
}

/** Runs `body` on a fresh log that is closed and removed afterwards. */
export async function onFreshLog<Opened extends OpenedLog>(
  subject: LogSubject<Opened>,
  body: (opened: Opened, clock: TestClock) => Promise<void>,
  more: Partial<OpenOptions> = {},
): Promise<void> {
  await using place = subject.place()
  const clock = settableClock()
  await using opened = await place.open({ partitions, clock, ...more })
  await body(opened, clock)
}
