// The adapters behind the ports of logs and tables. The only importer of adapters; each is loaded
// when a role needs it.
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import type { Registry } from 'prom-client'
import { lockFolder } from '../base/folder-lock.ts'
import type { Logger } from '../base/logger.ts'
import type { Config } from '../config/config.ts'
import type { EventLog, TopicSpec } from '../eventlog/event-log.ts'
import type { StateStore } from '../eventlog/state-store.ts'
import { derivedLogTopics, uplinkTopics } from '../eventlog/topics.ts'
import type { Storage } from '../storage/storage.ts'
import { postgresServers } from './postgres-server.ts'

/** The log of what cars publish, and that of what jobs derive with the jobs' state beside it;
 *  `more` are topics that are the caller's own. */
export async function openLogs(
  config: Config,
  which: 'uplink' | 'derived',
  logger: Logger,
  more: readonly TopicSpec[] = [],
): Promise<AsyncDisposable & { readonly log: EventLog; readonly state: StateStore }> {
  const [{ openLmdbLog }, { checkedOpening }] = await Promise.all([
    import('../eventlog/lmdb/lmdb-log.ts'),
    import('../eventlog/lmdb/checked-opening.ts'),
  ])
  const dir = join(config.dataDir, which === 'uplink' ? 'log' : 'derived')
  await using stack = new AsyncDisposableStack()
  // Threads come after the process they are of, which has looked.
  if (isMainThread) stack.use(checkedOpening(dir))
  const retention = { ms: config.log.retentionMs, bytes: config.log.retentionBytes }
  const declared = [...more, ...(which === 'uplink' ? uplinkTopics : derivedLogTopics)]
  const topics = new Map(declared.map((topic) => [topic.name, topic]))
  const { log, state } = stack.use(
    openLmdbLog({
      dir,
      partitions: config.log.partitions,
      topics: [...topics.values()].map((topic) => ({ retention, ...topic })),
      bytesMax: config.log.bytesMax,
      clockJump: config.log.clockJump,
      logger,
    }),
  )
  const opened = stack.move()
  return { log, state, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** The parts of the log's adapter by which `salvage` mends a damaged one. */
export async function salvageTools() {
  const [{ isWhole }, { salvageLog }] = await Promise.all([
    import('../eventlog/lmdb/is-whole.ts'),
    import('../eventlog/lmdb/salvage.ts'),
  ])
  return { isWhole, salvageLog }
}

/** Tables for one process of a data folder at a time, wherever they are. `registry` takes the
 *  metrics of a replica. */
export async function openStorage(config: Config, logger: Logger, registry?: Registry): Promise<Storage> {
  const dir = join(config.dataDir, 'postgres')
  if (config.postgres !== undefined) {
    const { openPgStorage } = await import('../storage/postgres/pg-storage.ts')
    await using opening = new AsyncDisposableStack()
    opening.use(await lockFolder(dir))
    const storage = opening.use(
      await openPgStorage({
        ...postgresServers(config.postgres),
        logger,
        ...(registry === undefined ? {} : { registry }),
      }),
    )
    const opened = opening.move()
    return { ...storage, [Symbol.asyncDispose]: () => opened.disposeAsync() }
  }
  const { openEmbeddedStorage } = await import('../storage/postgres/embedded/embedded-storage.ts')
  return openEmbeddedStorage({ dir, logger })
}
