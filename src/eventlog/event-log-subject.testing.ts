// The subject that the contract suites run on: a back-end that can open logs, and the few tools the
// suites share.
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { SweptLog } from './state-store.ts'
import type { NewRecord, TopicSpec } from './event-log.ts'
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

/** Somewhere a log that sweeps only when told can be opened, closed and, when `durable`, opened
 *  again with what it held. Disposal removes it. */
export type LogPlace = AsyncDisposable & { open(options: OpenOptions): SweptLog }

export type LogSubject = {
  readonly name: string
  readonly durable: boolean
  /** The least `bytesMax` this back-end can work with, for the tests that fill it. */
  readonly bytesMaxLeast: number
  place(): LogPlace
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
export async function onFreshLog(
  subject: LogSubject,
  body: (opened: SweptLog, clock: TestClock) => Promise<void>,
  more: Partial<OpenOptions> = {},
): Promise<void> {
  await using place = subject.place()
  const clock = settableClock()
  await using opened = place.open({ partitions, clock, ...more })
  await body(opened, clock)
}
