// Nobody but this process gets into the embedded server, also not who may read its folder; and what
// statements say gets into no log.
import assert from 'node:assert/strict'
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pino } from 'pino'
import { silentLogger } from '../../../base/logger.ts'
import { Outage } from '../../../base/errors.ts'
import { outage } from '../../projection.contract.ts'
import { sqlStateOf } from '../sql-outage.ts'
import type { PgServer } from '../pg-sql.ts'
import { replaceFile } from '../../../base/private-file.ts'
import { openServer, type EmbeddedServer } from './server.ts'
import { ask, scratchFolder, until } from './server.testing.ts'

const root = scratchFolder('password')
const dir = join(root, 'postgres')
mkdirSync(dir, { mode: 0o700 })
const open = (): Promise<EmbeddedServer> => openServer({ dir, logger: silentLogger })
const one = async (server: PgServer): Promise<unknown> => await ask(server, 'select 1 as one')
const without = ({ host, port, database, user }: PgServer): PgServer => ({ host, port, database, user })
const rules = join(dir, 'cluster', 'pg_hba.conf')
const file = join(dir, 'password')

/** Resolves when the server itself refuses to let somebody in. */
const refused = (server: PgServer): Promise<void> =>
  assert.rejects(one(server), (error) => error instanceof Outage && sqlStateOf(error.cause)?.startsWith('28') === true)

test('without the password, with another, or as another user nobody gets in', async () => {
  await using server = await open()
  assert.deepEqual(await one(server.address), [{ one: 1 }])
  await refused({ ...without(server.address), password: 'guessed' })
  await refused({ ...server.address, user: 'postgres' })
  await refused({ ...server.address, database: 'template1' })
  await assert.rejects(one(without(server.address)), outage('STORE_UNAVAILABLE'))
})

test('a cluster that let anybody in, as those of earlier versions, is closed at the next start', async () => {
  {
    await using server = await open()
    await ask(server.address, `create table kept as select 7 as n`)
    await ask(server.address, `alter role ${server.address.user} password null`)
  }
  writeFileSync(rules, 'local all all trust\n')
  rmSync(file)
  await using server = await open()
  await assert.rejects(one(without(server.address)), outage('STORE_UNAVAILABLE'))
  assert.deepEqual(await ask(server.address, 'select n from kept'), [{ n: 7 }])
})

test('a password that is lost, damaged, or of another copy is made up for', async () => {
  const before = readFileSync(file, 'utf8')
  for (const content of [undefined, '', 'nonsense\n', before]) {
    if (content === undefined) rmSync(file)
    else writeFileSync(file, content)
    await using server = await open()
    assert.deepEqual(await ask(server.address, 'select n from kept'), [{ n: 7 }])
  }
  assert.equal(readFileSync(file, 'utf8'), before)
})

test('whatever the mask of the process, nobody else may read a file, and nothing listens on a port', async () => {
  const mask = process.umask(0)
  const open0 = join(root, 'unmasked')
  mkdirSync(open0, { mode: 0o700 })
  try {
    await using server = await openServer({ dir: open0, logger: silentLogger })
    await one(server.address)
    chmodSync(join(open0, 'password'), 0o644)
    const pid = server.pid()
    if (process.platform === 'linux') assert.deepEqual(tcpPortsOf(pid), [])
  } finally {
    process.umask(mask)
  }
  await using server = await openServer({ dir: open0, logger: silentLogger })
  await one(server.address)
  const wide = readdirSync(open0, { recursive: true, encoding: 'utf8' })
    .map((name) => ({ name, stat: lstatSync(join(open0, name)) }))
    .filter(({ stat }) => !stat.isSymbolicLink() && (stat.mode & 0o077) !== 0)
  assert.deepEqual(
    wide.map(({ name }) => name),
    [],
  )
})

/** Local addresses of the process's TCP sockets, as `/proc` has them. */
function tcpPortsOf(pid: number): readonly string[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    }),
  )
  assert.ok(sockets.size > 0, 'its own socket is among them')
  return ['tcp', 'tcp6', 'udp', 'udp6']
    .map((name) => `/proc/net/${name}`)
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, 'utf8').trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => sockets.has(fields[9] ?? ''))
    .map((fields) => fields[1] ?? '')
}

test('no value of a statement is logged: neither of one that is refused, nor of one that the server dies of', async () => {
  const lines: string[] = []
  const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
  await using server = await openServer({ dir, logger, pauses: { firstMs: 5, longestMs: 50 } })
  await ask(server.address, `create table secret (name text primary key)`)
  await ask(server.address, `insert into secret values ('s3cret')`)
  await assert.rejects(ask(server.address, `insert into secret values ('s3cret')`))
  await assert.rejects(ask(server.address, `select 's3cret'::integer`))
  await assert.rejects(ask(server.address, `select 's3cret`))
  await assert.rejects(ask(server.address, `select pg_terminate_backend(pg_backend_pid()), 's3cret'`))
  const dying = ask(server.address, `select pg_sleep(600), 's3cret'`)
  const died = assert.rejects(dying)
  let backend: number | undefined
  await until('the statement is under way', async () => {
    const [row] = await ask<{ readonly pid: number }>(
      server.address,
      `select pid from pg_stat_activity where query like 'select pg_sleep%' and pid <> pg_backend_pid()`,
    )
    backend = row?.pid
    return backend !== undefined
  })
  // By its own number, which is another one outside of a namespace of processes; here there is
  // none.
  process.kill(backend ?? 0, 'SIGKILL')
  await died
  await until('the server says that it died', () => lines.some((line) => line.includes('terminated by signal 9')))
  await until('it runs on', () =>
    one(server.address).then(
      () => true,
      () => false,
    ),
  )
  assert.deepEqual(
    lines.filter((line) => line.includes('s3cret')),
    [],
  )
  const password = server.address.password ?? ''
  assert.ok(password !== '' && !lines.some((line) => line.includes(password)))
})

test('a file is not written through a link that stands in its way', () => {
  const target = join(root, 'target')
  writeFileSync(target, 'untouched')
  symlinkSync(target, join(root, 'file.new'))
  replaceFile(join(root, 'file'), 'private')
  assert.deepEqual([readFileSync(target, 'utf8'), readFileSync(join(root, 'file'), 'utf8')], ['untouched', 'private'])
  assert.equal(lstatSync(join(root, 'file')).mode & 0o777, 0o600)
})
