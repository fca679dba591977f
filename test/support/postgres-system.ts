// A system whose processes share a data folder, with an embedded PostgreSQL server or one of its
// own, and the ways in which that server, the writers and the whole can be broken.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { silentLogger } from '../../src/base/logger.ts'
import { readConfig, type Config } from '../../src/config/config.ts'
import { openLmdbLog } from '../../src/eventlog/lmdb/lmdb-log.ts'
import { derivedLogTopics, uplinkTopics } from '../../src/eventlog/topics.ts'
import { openPgSql } from '../../src/storage/postgres/pg-sql.ts'
import { freePort } from '../../src/base/port.testing.ts'
import { startPostgres } from '../engines/postgres.ts'
import { openFaultProxy, type FaultProxy } from './fault-proxy.ts'
import { untilFollowed, type BothLogs } from './followed.ts'
import type { System } from './ordeal.ts'
import { startRoles } from './roles-under-faults.ts'
import { temporaryFolder } from './running-system.ts'
import {
  faultsOfLink,
  faultsOfPart,
  signalAll,
  strikesOnLink,
  strikesOnPart,
  together,
  treeOf,
  type Part,
} from './strikes.ts'

export type ServerKind = 'embedded' | 'foreign'

/** The embedded server is reached by a socket in its folder, with no link to spoil. */
export const faultsOf = (kind: ServerKind): readonly string[] => [
  ...['server', 'writers', 'all'].flatMap(faultsOfPart),
  ...(kind === 'foreign' ? faultsOfLink('link') : []),
]

export async function openPostgresSystem(kind: ServerKind): Promise<System> {
  await using opening = new AsyncDisposableStack()
  const { path: dataDir } = opening.use(temporaryFolder())
  const mqttPort = await freePort()
  const { settings, server, links } = kind === 'foreign' ? opening.use(await openForeignServer()) : embedded(dataDir)
  const own = { ...settings, ROADSTREAM_DATA: dataDir, ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}` }
  const config = configOf(own)
  const members = [
    { name: 'writers', role: 'api', settings: own },
    { name: 'jobs', role: 'jobs', settings: own },
    { name: 'gateway', role: 'gateway', settings: own },
  ] as const
  const roles = opening.use(await startRoles(members, config.log.partitions))
  const opened = opening.move()
  return {
    config,
    mqttPort,
    strikes: {
      ...strikesOnPart('server', server),
      ...strikesOnPart('writers', roles.parts['writers']!),
      ...strikesOnPart('all', together([server, ...Object.values(roles.parts)])),
      ...strikesOnLink('link', links),
    },
    followed: () => untilFollowed({ ...roles, openLogs: async () => openLogsOf(config) }),
    said: roles.said,
    stop: roles.stop,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** Throws what is wrong with the settings. */
export function configOf(settings: Readonly<Record<string, string>>): Config {
  const config = readConfig(settings)
  if (!config.ok) throw new Error(config.detail)
  return config.value
}

function openLogsOf(config: Config): BothLogs {
  const open = (folder: string, topics: typeof uplinkTopics) =>
    openLmdbLog({ dir: join(config.dataDir, folder), partitions: config.log.partitions, topics, sweepEveryMs: 0 })
  const stack = new AsyncDisposableStack()
  const uplink = stack.use(open('log', uplinkTopics))
  const derived = stack.use(open('derived', derivedLogTopics))
  return { uplink: uplink.log, derived: derived.log, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

type Tables = {
  readonly settings: Readonly<Record<string, string>>
  readonly server: Part
  readonly links: readonly FaultProxy[]
}

/** The process of the writers starts it again while it lives, or when it starts itself. */
function embedded(dataDir: string): Tables {
  const file = join(dataDir, 'postgres', 'cluster', 'postmaster.pid')
  const pid = (): number => Number(readFileSync(file, 'utf8').split('\n')[0])
  return {
    settings: {},
    server: { pids: () => treeOf(pid()), kill: async () => signalAll([pid()], 'SIGKILL') },
    links: [],
  }
}

/** A server with a database, reached by a link. */
export async function openForeignServer(): Promise<AsyncDisposable & Tables> {
  await using opening = new AsyncDisposableStack()
  const postgres = opening.use(await startPostgres())
  {
    await using sql = openPgSql({ server: postgres.server('postgres'), logger: silentLogger })
    await sql.query('create database fleet')
  }
  const link = opening.use(await openFaultProxy({ port: postgres.port, host: '127.0.0.1' }))
  const opened = opening.move()
  return {
    settings: { ROADSTREAM_POSTGRES: postgres.url('fleet').replace(`:${postgres.port}/`, `:${link.port}/`) },
    server: { pids: () => treeOf(postgres.pid()), kill: () => postgres.stop('SIGKILL'), start: postgres.start },
    links: [link],
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
