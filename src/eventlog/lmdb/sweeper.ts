// The care a log takes of itself once a minute: the topics this opener declared are kept within
// their retention, compacted, and packed. Of several openers one sweeps a topic at a time: the
// sweeps of a topic are counted in the log, and who sees that the count has gone on since it last
// looked leaves the topic alone. When the one that swept is gone, the count stands still, and the
// next to look takes over.
import type { Logger } from '../../base/logger.ts'
import type { TopicSpec } from '../event-log.ts'
import type { Environment } from './environment.ts'
import type { CompactionTimes } from '../topics.ts'
import { createCompactor } from './compaction.ts'
import { createMerger, type MergeLimits } from './merging.ts'
import { dropOld } from './retention.ts'
import type { StoredClock } from './stored-clock.ts'
import type { StoredTopic, TopicRegistry } from './topic-registry.ts'

export type Sweeper = {
  /** Sweeps all topics now, whoever else does. */
  sweep(): Promise<void>
  /** Stops, and waits for the sweep under way. */
  close(): Promise<void>
}

export type SweeperOptions = {
  readonly env: Environment
  readonly topics: TopicRegistry
  readonly specs: readonly TopicSpec[]
  readonly clock: StoredClock
  /** Between two sweeps, the first of which comes after opening; 0: only when told. */
  readonly everyMs: number
  readonly compaction: CompactionTimes & { readonly workBytes: number }
  readonly merging: MergeLimits
  readonly logger: Logger
}

const sweepsKey = Buffer.from('sweeps')
/** How often each topic was swept, by anybody. */
export type Sweeps = { [topic: string]: number }

export function createSweeper({
  env,
  topics,
  specs,
  clock,
  everyMs,
  compaction,
  merging,
  logger,
}: SweeperOptions): Sweeper {
  const agedAt = (ms: number): number => clock.agedAt(ms)
  const compactor = createCompactor(env, agedAt, compaction)
  const merger = createMerger(env, agedAt, merging)
  const closing = new AbortController()
  const seen: Sweeps = {}
  let underWay: Promise<void> = Promise.resolve()

  const claim = (): Promise<TopicSpec[]> =>
    env.transact(() => {
      clock.keep()
      return claimSweeps(env, specs, seen)
    })

  const sweepTopic = async ({ name, retention, cleanup }: TopicSpec): Promise<void> => {
    const topic: StoredTopic = topics.of(name)
    const { ms = Infinity, bytes = Infinity } = retention ?? {}
    const offsets = await dropOld(env, topic, { olderThan: ms === Infinity ? -Infinity : agedAt(ms), bytes })
    if (offsets > 0) logger.info({ topic: name, records: offsets }, 'the event log dropped old records')
    if (cleanup === 'compact') await compactor.compact(topic)
    await merger.merge(topic, ms, closing.signal)
  }

  const sweepAll = async (choose: () => Promise<readonly TopicSpec[]>): Promise<void> => {
    // Pages that were free when a reader was killed are not used again until it is known to be
    // gone, and the file grows by all that is written meanwhile; lmdb-js looks every ten minutes.
    env.root.readerCheck()
    for (const spec of await choose()) if (!closing.signal.aborted) await sweepTopic(spec)
  }

  /** One at a time; what fails is tried again at the next. */
  const tick = (): void => {
    underWay = underWay.then(async () => {
      try {
        if (!closing.signal.aborted) await sweepAll(claim)
      } catch (error) {
        logger.error(
          { err: error },
          'the event log could not be kept within its retention, or packed; tried again in a minute',
        )
      }
    })
  }

  const isNeeded = everyMs > 0 && specs.length > 0
  const first = isNeeded ? setTimeout(tick, 0).unref() : undefined
  const timer = isNeeded ? setInterval(tick, everyMs).unref() : undefined

  return {
    sweep: async () => {
      await underWay
      await sweepAll(async () => specs)
    },
    close: async () => {
      closing.abort()
      clearTimeout(first)
      clearInterval(timer)
      await underWay
    },
  }
}

/** Counts a sweep of each topic that nobody else has swept since `seen` was, and gives those;
 *  `seen` is what there is then. Only inside a transaction. */
export function claimSweeps(env: Environment, topics: readonly TopicSpec[], seen: Sweeps): TopicSpec[] {
  const sweeps = loadSweeps(env)
  const mine = topics.filter(({ name }) => seen[name] === undefined || sweeps[name] === seen[name])
  for (const { name } of mine) sweeps[name] = (sweeps[name] ?? 0) + 1
  Object.assign(seen, sweeps)
  if (mine.length > 0) env.meta.putJson(sweepsKey, sweeps)
  return mine
}

function loadSweeps({ meta }: Environment): Sweeps {
  return meta.getJson(sweepsKey) ?? {}
}
