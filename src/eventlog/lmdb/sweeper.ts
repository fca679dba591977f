// The care a log takes of itself. Once a minute the topics this opener declared are kept within
// their retention, compacted, and packed. Of several openers one sweeps a topic at a time: the
// sweeps of a topic are counted in the log, and who sees that the count has gone on since it last
// looked leaves the topic alone. When the one that swept is gone, the count stands still, and the
// next to look takes over.
//
// Of a topic to which much comes, who appends it packs what is full soon after, so that its pages
// are used again by the next appends: LMDB looks through all that are free at every commit, and a
// minute of them would cost more than the packing. A flood that outruns it is left to the sweep:
// what is packed beside it would only slow it down. Of openers that do so at once all but one end
// with the first runs that were packed for nothing (merging.ts).
import type { Logger } from '../../base/logger.ts'
import type { Topic, TopicSpec } from '../event-log.ts'
import type { Environment } from './environment.ts'
import type { CompactionTimes } from '../topics.ts'
import { createCompactor } from './compaction.ts'
import { createMerger, type MergeLimits } from './merging.ts'
import { dropOld } from './retention.ts'
import type { StoredClock } from './stored-clock.ts'
import type { StoredTopic, TopicRegistry } from './topic-registry.ts'

export type Sweeper = {
  /** Told by how many bytes this opener's appends let topics grow. */
  appended(grown: ReadonlyMap<Topic, number>): void
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

/** Runs by which each partition of a topic grows, on an average, before they are packed. */
const runsApart = 2
/** Growth beside packing, as a multiple of what starts it: more is a flood. */
const floodTimes = 4
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
  const declared = new Map(specs.map((spec) => [spec.name, spec]))
  /** By how many bytes since it was last packed for it. */
  const grown = new Map<Topic, number>()
  let underWay: Promise<void> = Promise.resolve()

  const claim = (): Promise<TopicSpec[]> =>
    env.transact(() => {
      clock.keep()
      return claimSweeps(env, specs, seen)
    })

  const sweepTopic = async ({ name, retention, cleanup }: TopicSpec): Promise<void> => {
    const topic: StoredTopic = topics.of(name)
    grown.delete(name)
    const { ms = Infinity, bytes = Infinity } = retention ?? {}
    const offsets = await dropOld(env, topic, { olderThan: ms === Infinity ? -Infinity : agedAt(ms), bytes })
    if (offsets > 0) logger.info({ topic: name, records: offsets }, 'the event log dropped old records')
    if (cleanup === 'compact') await compactor.compact(topic)
    await merger.merge(topic, ms, { runs: Infinity, restMs: 0, signal: closing.signal })
  }

  const enoughOf = (topic: StoredTopic): number => runsApart * merging.bytes * topic.partitions

  const packGrown = async (name: Topic, ms: number): Promise<void> => {
    const topic = topics.of(name)
    if ((grown.get(name) ?? 0) > floodTimes * enoughOf(topic)) return
    grown.delete(name)
    const runs = (runsApart + 1) * topic.partitions
    await merger.merge(topic, ms, { runs, restMs: merging.restMs, signal: closing.signal })
  }

  const sweepAll = async (choose: () => Promise<readonly TopicSpec[]>): Promise<void> => {
    // Pages that were free when a reader was killed are not used again until it is known to be
    // gone, and the file grows by all that is written meanwhile; lmdb-js looks every ten minutes.
    env.root.readerCheck()
    for (const spec of await choose()) if (!closing.signal.aborted) await sweepTopic(spec)
  }

  /** One after the other; what fails is tried again at the next sweep. */
  const enqueue = (work: () => Promise<void>): void => {
    underWay = underWay.then(async () => {
      try {
        if (!closing.signal.aborted) await work()
      } catch (error) {
        logger.error(
          { err: error },
          'the event log could not be kept within its retention, or packed; tried again in a minute',
        )
      }
    })
  }

  const tick = (): void => enqueue(() => sweepAll(claim))
  const isNeeded = everyMs > 0 && specs.length > 0
  const first = isNeeded ? setTimeout(tick, 0).unref() : undefined
  const timer = isNeeded ? setInterval(tick, everyMs).unref() : undefined

  return {
    appended: (bytes) => {
      if (!isNeeded) return
      for (const [name, added] of bytes) {
        const spec = declared.get(name)
        if (spec === undefined) continue
        const before = grown.get(name) ?? 0
        grown.set(name, before + added)
        const enough = enoughOf(topics.of(name))
        if (before < enough && before + added >= enough) enqueue(() => packGrown(name, spec.retention?.ms ?? Infinity))
      }
    },
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
