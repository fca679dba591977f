// Reports of a replica: from a standby that streams while it is little behind, and from the primary
// where it is behind, away, or none of its standbys.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { noPostgres, startPostgres } from '../../../test/engines/postgres.ts'
import { silentLogger } from '../../base/logger.ts'
import { byId, messageRow, ref, t0, toKeep, tripRow } from '../../read-models/rows.testing.ts'
import type { Storage } from '../storage.ts'
import { examineReplica } from './examine-replica.ts'
import { openPgSql, type PgServer } from './pg-sql.ts'
import { openPgStorage } from './pg-storage.ts'
import { wholeReach } from '../reach.ts'

const options = { skip: noPostgres, timeout: 60_000 }
const postgres = noPostgres === false ? await startPostgres() : undefined
const standby = await postgres?.startStandby()
after(async () => {
  await standby?.[Symbol.asyncDispose]()
  await postgres?.[Symbol.asyncDispose]()
})

/** Both servers of all tests. */
function running() {
  assert(postgres !== undefined && standby !== undefined)
  return { postgres, standby }
}

async function ask<Row>(server: PgServer, text: string): Promise<readonly Row[]> {
  await using sql = openPgSql({ server, logger: silentLogger })
  return await sql.query<Row>(text)
}

/** A database that both have: a look at a standby that has not replayed so far finds none. */
async function createOnBoth(name: string): Promise<void> {
  const { postgres, standby } = running()
  await ask(postgres.server('postgres'), `create database ${name}`)
  const known = `select from pg_database where datname = '${name}'`
  while ((await ask(standby.server('postgres'), known)).length === 0) await nextTurn()
}

type Reported = {
  readonly storage: Storage
  readonly lines: string[]
  reads(from: 'replica' | 'primary'): Promise<number>
}

/** Storage of a database of its own, with the replica; what the log said, and who was read. */
async function open(database: string, server: PgServer, delayMsMax = 2_000): Promise<Reported & AsyncDisposable> {
  const registry = new Registry()
  const lines: string[] = []
  const write = (line: string) => void lines.push((JSON.parse(line) as { readonly msg: string }).msg)
  const logger = pino({ level: 'info' }, { write })
  const replica = { server, delayMsMax }
  const primary = running().postgres.server(database)
  const storage = await openPgStorage({ server: primary, logger, replica, registry })
  return {
    storage,
    lines,
    async reads(from) {
      const counted = (await registry.getMetricsAsJSON()).find(({ name }) => name === 'roadstream_replica_reads_total')
      return counted?.values.find(({ labels }) => labels['from'] === from)?.value ?? 0
    },
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  }
}

/** Reads reports until one comes from there. */
async function readsFrom(from: 'replica' | 'primary', { storage, reads }: Reported): Promise<void> {
  const before = await reads(from)
  while ((await reads(from)) === before) {
    await storage.ledger.totals(wholeReach('acme'))
    await nextTurn()
  }
}

const usedText = 'reports are read from the replica'
const fallbackText = 'reports are read from the primary and not from the replica: '

test(
  'lists and sums over history come from the replica, and rows, twins and users from the primary',
  options,
  async () => {
    const { standby } = running()
    await createOnBoth('used')
    await using reported = await open('used', standby.server('used'), 600_000)
    const { storage, reads } = reported
    await storage.trips.put(byId([tripRow('t1')]), {})
    await storage.messages.put([{ id: 'event/0/1', row: toKeep(messageRow(t0)) }], {})
    await readsFrom('replica', reported)
    while ((await storage.messages.list(ref('v1'), {}, { limit: 9 })).rows.length === 0) await nextTurn()

    // Rows committed while the replica stands still are seen by what asks the primary alone.
    await ask(standby.server('used'), 'select pg_wal_replay_pause()')
    try {
      await storage.trips.put(byId([tripRow('t2')]), {})
      await storage.users.add({ id: 'u', name: 'ana', passwordHash: 'x', identity: null, grants: [], tenant: 'acme' })
      const before = { replica: await reads('replica'), primary: await reads('primary') }
      assert.deepEqual(
        (await storage.trips.list(wholeReach('acme'), {}, { limit: 9 })).rows.map(({ id }) => id),
        ['t1'],
      )
      assert.equal((await storage.trips.sums(wholeReach('acme'), {}, { limit: 9 })).rows[0]?.trips, 1)
      await storage.anomalies.sums(wholeReach('acme'))
      await storage.ledger.totals(wholeReach('acme'))
      await storage.tracks.list(wholeReach('acme'), { vehicle: 'v1' }, { limit: 9 })
      // Messages ask for the hours first.
      await storage.messages.list(ref('v1'), {}, { limit: 9 })
      assert.equal(await reads('replica'), before.replica + 5 + 2)
      assert.equal((await storage.trips.get(wholeReach('acme'), 't2'))?.id, 't2')
      assert.equal(await storage.users.count(), 1)
      assert.equal(await storage.twins.count(wholeReach('acme'), {}), 0)
      assert.deepEqual(await storage.trips.positions(), {})
      assert.equal(await reads('replica'), before.replica + 7)
      assert.equal(await reads('primary'), before.primary)
    } finally {
      await ask(standby.server('used'), 'select pg_wal_replay_resume()')
    }
  },
)

test(
  'a replica that is behind is not asked, and is again once it has caught up; both are said once',
  options,
  async () => {
    const { standby } = running()
    await createOnBoth('behind')
    const behind = `${fallbackText}it is further behind than ROADSTREAM_POSTGRES_REPLICA_DELAY`
    await using reported = await open('behind', standby.server('behind'))
    const { storage, lines } = reported
    await readsFrom('replica', reported)
    await ask(standby.server('behind'), 'select pg_wal_replay_pause()')
    try {
      await storage.trips.put(byId([tripRow('t1')]), {})
      await readsFrom('primary', reported)
      assert.equal((await storage.trips.list(wholeReach('acme'), {}, { limit: 9 })).rows.length, 1)
      while (!lines.includes(behind)) await nextTurn()
    } finally {
      await ask(standby.server('behind'), 'select pg_wal_replay_resume()')
    }
    await readsFrom('replica', reported)
    while (lines.at(-1) !== usedText) await nextTurn()
    assert.deepEqual(new Set(lines), new Set([usedText, behind]))
    // A busy machine can put it behind more often than the pause of replay does.
    const isRepeated = (line: string, at: number) => line === lines[at - 1]
    assert.deepEqual(lines.filter(isRepeated), [])
  },
)

test('a replica that dies fails no report, and is asked again once it is back', options, async () => {
  const { standby } = running()
  await createOnBoth('dead')
  await using reported = await open('dead', standby.server('dead'))
  const { storage, lines } = reported
  await storage.trips.put(byId([tripRow('t1')]), {})
  await readsFrom('replica', reported)
  while ((await storage.trips.list(wholeReach('acme'), {}, { limit: 9 })).rows.length === 0) await nextTurn()
  await standby.stop('SIGKILL')
  assert.equal((await storage.trips.list(wholeReach('acme'), {}, { limit: 9 })).rows.length, 1)
  while (lines.at(-1) !== `${fallbackText}it does not answer`) await nextTurn()
  assert.equal((await storage.trips.list(wholeReach('acme'), {}, { limit: 9 })).rows.length, 1)
  await standby.start()
  await readsFrom('replica', reported)
})

test('a server that is no standby, or not of this primary, is never asked', options, async () => {
  const { postgres } = running()
  await using other = await startPostgres()
  await ask(postgres.server('postgres'), 'create database strange')
  await ask(other.server('postgres'), 'create database strange')
  await using standbyOfOther = await other.startStandby()
  for (const [server, why] of [
    [postgres, 'it is no standby: name one in ROADSTREAM_POSTGRES_REPLICA'],
    [other, 'it is no standby: name one in ROADSTREAM_POSTGRES_REPLICA'],
    [standbyOfOther, 'it is no standby of the server in ROADSTREAM_POSTGRES: name one'],
  ] as const) {
    await using reported = await open('strange', server.server('strange'))
    while (reported.lines.length === 0) await readsFrom('primary', reported)
    assert.deepEqual(reported.lines, [`${fallbackText}${why}`])
    assert.equal(await reported.reads('replica'), 0)
  }
})

test('how far it is behind is told as a metric, and not told where it is not known', options, async () => {
  const { postgres, standby } = running()
  await createOnBoth('measured')
  const registry = new Registry()
  const behind = async (): Promise<number | undefined> =>
    (await registry.getMetricsAsJSON()).find(({ name }) => name === 'roadstream_replica_behind_seconds')?.values[0]
      ?.value
  const replica = { server: { ...standby.server('measured'), port: 1 }, delayMsMax: 2_000 }
  const server = postgres.server('measured')
  {
    await using _ = await openPgStorage({ server, logger: silentLogger, replica, registry })
    assert.equal(await behind(), undefined)
  }
  registry.clear()
  await using _ = await openPgStorage({
    server,
    logger: silentLogger,
    registry,
    replica: { ...replica, server: standby.server('measured') },
  })
  let seconds: number | undefined
  while ((seconds = await behind()) === undefined) await nextTurn()
  assert.ok(seconds >= 0 && seconds < 60, String(seconds))
})

test('doctor says how far a standby is behind, and which server is none', options, async () => {
  const { postgres, standby } = running()
  const [primary, replica] = [postgres.server('postgres'), standby.server('postgres')]
  const [well] = await examineReplica(replica, primary).look()
  assert.equal(well?.state, 'ok')
  assert.match(well.says, /: a standby, \d+(\.\d)? kB behind$/)
  const [ill] = await examineReplica(primary, primary).look()
  assert.equal(ill?.state, 'problem')
  assert.match(ill.says, /is no standby of the server in ROADSTREAM_POSTGRES/)
  const said = (server: PgServer) => examineReplica(server, primary).look().then(String, String)
  assert.match(await said({ ...replica, port: 1 }), /\(ROADSTREAM_POSTGRES_REPLICA\) does not answer .*: start it/)
  assert.match(await said({ ...replica, password: 'no' }), /refuses the user .*: check ROADSTREAM_POSTGRES_REPLICA and/)
  assert.match(await said({ ...replica, database: 'none' }), /\(ROADSTREAM_POSTGRES_REPLICA\) is not there: /)
  const [alone] = await examineReplica(replica, { ...primary, port: 1 }).look()
  assert.equal(alone?.state, 'unknown')
})
