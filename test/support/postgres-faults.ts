// Faults between a system under load and its PostgreSQL server, and what must hold afterwards:
// everything acknowledged is in the log, and its effect is in the tables once.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLogger } from '../../src/base/logger.ts'
import { readConfig } from '../../src/config/config.ts'
import { openPgSql } from '../../src/storage/postgres/pg-sql.ts'
import { startPostgres } from '../engines/postgres.ts'
import { assertWhole, messagesPerSecond, openDrivingFleet } from './driving-fleet.ts'
import { openFaultProxy, type Fault } from './fault-proxy.ts'
import { processTree } from './process-tree.ts'
import { roleNames, startRoles, untilFollowed, type Roles } from './roles-under-faults.ts'
import { temporaryFolder } from './running-system.ts'

export type ServerKind = 'embedded' | 'foreign'

type Server = AsyncDisposable & {
  readonly settings: Readonly<Record<string, string>>
  /** Of its postmaster. */
  pid(): number
  /** Resolves when it is gone and is to be started. Whose part that is differs: the embedded server
   *  is started again by the process of the writers, while it lives. */
  kill(forMs: number): Promise<void>
  /** Starts it where it was killed and nobody else does. */
  start(): Promise<void>
  /** The link between Roadstream and the server. */
  setLink(fault: Fault): void
}
type Struck = { readonly roles: Roles; readonly server: Server; readonly random: () => number; readonly forMs: number }
/** Resolves when what was broken may be whole again, with that instant by `performance.now`. */
type Strike = (struck: Struck) => Promise<number>

const signalAll = (pids: readonly number[], signal: NodeJS.Signals): void => {
  for (const pid of pids)
    try {
      process.kill(pid, signal)
    } catch (error) {
      // It has ended by itself meanwhile.
      assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH')
    }
}
/** Parents first, so that a process that is stopped makes no other. */
const treeOf = (pid: number): readonly number[] => processTree(pid).map((member) => member.pid)

async function stand(pids: readonly number[], forMs: number): Promise<number> {
  signalAll(pids, 'SIGSTOP')
  await wait(forMs)
  const endedAt = performance.now()
  signalAll(pids, 'SIGCONT')
  return endedAt
}

const spoil =
  (faultOf: (random: () => number) => Fault): Strike =>
  async ({ server, random, forMs }) => {
    server.setLink(faultOf(random))
    await wait(forMs)
    const endedAt = performance.now()
    server.setLink({ kind: 'none' })
    return endedAt
  }

/** So little that a full batch takes seconds. */
const slowBytesPerSecond = 200_000

const strikes = {
  'server-killed': async ({ server, random, forMs }) => {
    // The processes of its connections end later, by themselves, or with it.
    if (random() < 0.5) signalAll(treeOf(server.pid()), 'SIGKILL')
    await server.kill(forMs)
    const endedAt = performance.now()
    await server.start()
    return endedAt
  },
  'server-stopped': ({ server, forMs }) => stand(treeOf(server.pid()), forMs),
  'writers-killed': async ({ roles }) => {
    await roles.kill('api')
    const endedAt = performance.now()
    await roles.start('api')
    return endedAt
  },
  'writers-stopped': ({ roles, forMs }) => stand([roles.pid('api')], forMs),
  'all-killed': async ({ roles, server }) => {
    await Promise.all([server.kill(0), ...roleNames.map((role) => roles.kill(role))])
    const endedAt = performance.now()
    await Promise.all([server.start(), ...roleNames.map((role) => roles.start(role))])
    return endedAt
  },
  'all-stopped': ({ roles, server, forMs }) =>
    stand([...roleNames.map((role) => roles.pid(role)), ...treeOf(server.pid())], forMs),
  'link-cut': spoil(() => ({ kind: 'cut' })),
  'link-slow': spoil(() => ({ kind: 'slow', bytesPerSecond: slowBytesPerSecond })),
  'link-half-open': spoil((random) => ({ kind: 'half-open', stands: random() < 0.5 ? 'to-server' : 'to-client' })),
  'link-black-hole': spoil(() => ({ kind: 'black-hole' })),
} satisfies Record<string, Strike>

export type FaultName = keyof typeof strikes
export const faultNames = Object.keys(strikes) as readonly FaultName[]
/** The embedded server is reached by a socket in its folder, with no link to spoil. */
export const faultsOf = (kind: ServerKind): readonly FaultName[] =>
  faultNames.filter((name) => kind === 'foreign' || !name.startsWith('link-'))

export type Blow = { readonly fault: FaultName; readonly forMs: number }
export type Survived = {
  /** Of each blow in turn: from its end until the tables had all that the log held then. */
  readonly recoveriesMs: readonly number[]
  /** In the log at the end. */
  readonly records: number
}
export type Ordeal = {
  readonly kind: ServerKind
  readonly blows: readonly Blow[]
  /** Of all cars together. */
  readonly messagesPerS: number
  readonly random: () => number
}

/** Strikes a fresh system under load, at random moments; throws when something is missing, doubled,
 *  or hangs. */
export async function endure({ kind, blows, messagesPerS, random }: Ordeal): Promise<Survived> {
  using folder = temporaryFolder()
  await using server = kind === 'foreign' ? await openForeign() : openEmbedded(folder.path)
  const config = readConfig({ ...server.settings, ROADSTREAM_DATA: folder.path })
  assert.ok(config.ok)
  await using roles = await startRoles(folder.path, server.settings)
  const cars = Math.ceil(messagesPerS / messagesPerSecond)
  // Cars that were thrown off come back soon, so that the load goes on.
  await using fleet = openDrivingFleet(folder.path, roles.mqttPort, cars, { reconnectMaxMs: 2_000 })
  fleet.drive()
  const recoveriesMs: number[] = []
  await untilFollowed(config.value, roles)
  for (const { fault, forMs } of blows) {
    await wait(100 + random() * 1_900)
    const endedAt = await strikes[fault]({ roles, server, random, forMs })
    await untilFollowed(config.value, roles)
    recoveriesMs.push(performance.now() - endedAt)
  }
  fleet.park()
  await fleet.flush()
  await untilFollowed(config.value, roles)
  assert.deepEqual(await roles.stop(), [0, 0, 0], roles.said('api'))
  return { recoveriesMs, records: await assertWhole(config.value, fleet) }
}

function openEmbedded(dataDir: string): Server {
  const file = join(dataDir, 'postgres', 'cluster', 'postmaster.pid')
  const pid = (): number => Number(readFileSync(file, 'utf8').split('\n')[0])
  return {
    settings: {},
    pid,
    kill: async () => signalAll([pid()], 'SIGKILL'),
    start: async () => {},
    setLink: () => assert.fail('the embedded server has no link'),
    [Symbol.asyncDispose]: async () => {},
  }
}

async function openForeign(): Promise<Server> {
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
    pid: postgres.pid,
    async kill(forMs) {
      await postgres.stop('SIGKILL')
      await wait(forMs)
    },
    start: postgres.start,
    setLink: link.set,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
