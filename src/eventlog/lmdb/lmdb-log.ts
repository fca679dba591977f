// The event log and the state store on LMDB: one directory, any number of threads and processes,
// durable when an append resolves. The parts: environment.ts (durability, limits), writer.ts (group
// commit), stored-clock.ts, block.ts and packed-block.ts (what is stored), reader.ts, sweeper.ts
// (retention, packing), growth.ts (who is woken), lmdb-state-store.ts.
import { steadyClock, systemClock, type Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import { silentLogger, type Logger } from '../../base/logger.ts'
import { logBytesMax } from '../log-limits.ts'
import type { TakeMoved } from '../moved-record.ts'
import type { SweptLog } from '../state-store.ts'
import type { EventLog, Topic, TopicSpec } from '../event-log.ts'
import type { LogSize } from '../topic-size.ts'
import { compactionTimes, partitionsMax } from '../topics.ts'
import type { CompactionLimits } from './compaction.ts'
import { createDamageNotes } from './damage.ts'
import { closedOutage, nativeOutage, openEnvironment, type Environment } from './environment.ts'
import { watchGrowth } from './growth.ts'
import { identify, readEpochs } from './identity.ts'
import { createLmdbStateStore } from './lmdb-state-store.ts'
import { logSize } from './log-size.ts'
import { mergeTimes, type MergeLimits } from './merging.ts'
import { createMovedRecords } from './moved-records.ts'
import { readSegment } from './reader.ts'
import { createSweeper } from './sweeper.ts'
import { openStoredClock } from './stored-clock.ts'
import { endOf, loadBounds, newestAt, startOf } from './topic-bounds.ts'
import { openTopics } from './topic-registry.ts'
import { createWriter } from './writer.ts'

export type LmdbLogOptions = {
  /** Made when absent. Openers in other threads and processes share it. */
  readonly dir: string
  /** Of a topic that does not say another number; fixed when the log is created. */
  readonly partitions: number
  /** Topics this opener may append to and read, beside what others on this log have declared. */
  readonly topics: readonly TopicSpec[]
  /** The wall clock, and one that nobody sets. */
  readonly clock?: Clock
  readonly steady?: Clock
  /** When the wall clock has jumped or the log was away for long: `ask` goes on without believing
   *  it and logs a warning. */
  readonly clockJump?: 'ask' | 'accept'
  /** Bytes that records and state may take on the disk; beyond it appends reject with LOG_FULL. The
   *  file may grow somewhat larger, by pages that are free and between others. */
  readonly bytesMax?: number
  /** Bytes that may wait in memory for the commit under way; beyond it appends reject with
   *  LOG_BUSY. */
  readonly gatheredBytesMax?: number
  /** How often those who wait look for records of other processes. */
  readonly pollMs?: number
  /** How often topics are kept within their retention, the first time after opening; 0: only when
   *  told. */
  readonly sweepEveryMs?: number
  readonly compaction?: CompactionLimits
  readonly merging?: MergeLimits
  readonly logger?: Logger
}

const defaults = {
  clock: systemClock,
  steady: steadyClock,
  clockJump: 'ask' as const,
  bytesMax: logBytesMax,
  gatheredBytesMax: 256 * 2 ** 20,
  pollMs: 40,
  sweepEveryMs: 60_000,
  compaction: { ...compactionTimes, workBytes: 32 * 2 ** 20 },
  merging: mergeTimes,
  logger: silentLogger,
}

export type LmdbLog = SweptLog & {
  /** The Outage with which an append would be refused now for want of room; undefined when there is
   *  some. */
  refusal(): Outage | undefined
  /** Throws Outage LOG_CLOSED after disposal, LOG_DAMAGED where what it says of itself cannot be
   *  read. */
  size(): LogSize
  readonly take: TakeMoved
}

/** Opens or creates the log. Throws Outage LOG_UNAVAILABLE when the directory cannot be used,
 *  LOG_MISMATCH when what is in it is of another version or has other numbers of partitions,
 *  LOG_DAMAGED when its format or topics cannot be read, a RangeError for what can be no topic. */
export function openLmdbLog(options: LmdbLogOptions): LmdbLog {
  const {
    dir,
    partitions,
    topics: specs,
    clock: wall,
    steady,
    clockJump,
    bytesMax,
    gatheredBytesMax,
    pollMs,
    sweepEveryMs,
    compaction,
    merging,
    logger,
  } = { ...defaults, ...options }
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > partitionsMax)
    throw new RangeError(`A log has 1 to ${partitionsMax} partitions; ${partitions} were asked for.`)
  const env = openEnvironment({ dir, partitions, bytesMax })
  const { topics, id, clock } = orClose(env, () => {
    const registry = openTopics(env, partitions, specs)
    const newest = newestAt(env, registry.all())
    const ownClock = openStoredClock({ env, wall, steady, newestAt: newest, clockJump, logger })
    return { topics: registry, id: identify(env), clock: ownClock }
  })
  const growth = watchGrowth({ env, topics, pollMs })
  let closing: Promise<void> | undefined

  const refuseClosed = (): void => {
    if (closing !== undefined) throw closedOutage(dir)
  }

  const isDense = (topic: Topic): boolean => specs.some(({ name, cleanup }) => name === topic && cleanup !== 'compact')
  const damage = createDamageNotes({ env, topics, isDense, clock, logger })
  const sweeper = createSweeper({ env, topics, specs, clock, everyMs: sweepEveryMs, compaction, merging, logger })
  const committed = (grown: ReadonlyMap<Topic, number>): void => {
    growth.announce(new Set(grown.keys()))
    sweeper.appended(grown)
  }
  const writer = createWriter({ env, topics, clock, gatheredBytesMax, refuseClosed, committed })

  const close = async (): Promise<void> => {
    await sweeper.close()
    await writer.idle()
    await damage.idle()
    growth.close()
    await env.close()
  }

  const log: EventLog = {
    partitions,
    partitionsOf: (topic) => topics.of(topic).partitions,
    id,
    epochs: async () => {
      refuseClosed()
      env.refresh()
      return readEpochs(env)
    },
    read: async (topic, partition, offset, limits) => {
      refuseClosed()
      const place = { topic: topics.at(topic, partition), partition }
      const segment = orDamaged(env, () => readSegment(env, place, offset, limits))
      if (segment.gaps.length > 0) damage.note(segment.gaps)
      return segment
    },
    now: () => clock.now(),
    agedAt: (ms) => clock.agedAt(ms),
    damage: async () => {
      refuseClosed()
      env.refresh()
      return damage.list()
    },
    bounds: async (topic, partition) => {
      refuseClosed()
      env.refresh()
      const bounds = loadBounds(env, topics.at(topic, partition))
      return { start: startOf(bounds, partition), end: endOf(bounds, partition) }
    },
    append: writer.append,
    appended: async (topics, signal, timeoutMs) => {
      if (closing === undefined) await growth.wait(topics, signal, timeoutMs)
    },
    [Symbol.asyncDispose]: () => (closing ??= close()),
  }
  const state = createLmdbStateStore({ env, writer, refuseClosed })
  const sweep = async (): Promise<void> => {
    refuseClosed()
    await sweeper.sweep()
  }
  const take = createMovedRecords({ env, topics, refuseClosed, committed: growth.announce })
  return {
    log,
    state,
    sweep,
    take,
    refusal: () => refusalOf(env),
    size: () => {
      refuseClosed()
      return orDamaged(env, () => logSize(env, topics))
    },
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  }
}

/** As of a batch of usual size. */
const batchBytesUsual = 2 ** 16

function refusalOf(env: Environment): Outage | undefined {
  env.refresh()
  try {
    env.reserve(batchBytesUsual)
    return undefined
  } catch (error) {
    if (error instanceof Outage) return error
    throw error
  }
}

function orDamaged<T>(env: Environment, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw nativeOutage(error, env.dir)
  }
}

/** Closes the environment again when `open` throws. */
function orClose<T>(env: Environment, open: () => T): T {
  try {
    return open()
  } catch (error) {
    void env.close()
    throw error
  }
}
