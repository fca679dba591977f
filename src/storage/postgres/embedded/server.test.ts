// The server as processes: it dies, its parent dies, an earlier one is left over, its path is long.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { silentLogger } from '../../../base/logger.ts'
import { openPgSql } from '../pg-sql.ts'
import { endLeftOver } from './left-over.ts'
import { openServer, type EmbeddedServer } from './server.ts'
import { ask, scratchFolder, until } from './server.testing.ts'

const root = scratchFolder('server')
const folder = (name: string): string => {
  const dir = join(root, name)
  mkdirSync(dir, { recursive: true })
  return dir
}
const open = (dir: string): Promise<EmbeddedServer> =>
  openServer({ dir, logger: silentLogger, pauses: { firstMs: 5, longestMs: 50 } })
const answer = async ({ address }: EmbeddedServer): Promise<unknown> =>
  (await ask<{ readonly n: number }>(address, 'select count(*) as n from kept'))[0]?.n

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    // A process that ended and was not asked yet is there, as a zombie.
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

const dir = folder('first')

test('what was written is there at the next start', async () => {
  {
    await using server = await open(dir)
    await ask(server.address, 'create table kept as select 1 as one')
    assert.equal(await answer(server), 1)
  }
  await using server = await open(dir)
  assert.equal(await answer(server), 1)
  const [settings] = await ask<{ readonly fsync: string; readonly tcp: string }>(
    server.address,
    `select current_setting('fsync') as fsync, current_setting('listen_addresses') as tcp`,
  )
  assert.deepEqual(settings, { fsync: 'on', tcp: '' })
})

test('a server that is killed is started again, as often as it is', { timeout: 60_000 }, async () => {
  await using server = await open(dir)
  await using sql = openPgSql({ server: server.address, logger: silentLogger })
  for (let kill = 0; kill < 3; kill++) {
    const pid = server.pid()
    // A statement that looks at nothing else, and so goes on when the server is gone.
    const busy = ask(server.address, `select count(*) from generate_series(1, 1e9)`).catch(() => {})
    await until('it is under way', async () => {
      const [row] = await sql.query<{ readonly n: number }>(
        `select count(*) as n from pg_stat_activity where query like '%generate_series(1%' and pid <> pg_backend_pid()`,
      )
      return row?.n === 1
    })
    process.kill(pid, 'SIGKILL')
    await busy
    await until('another one serves', () => server.pid() !== pid)
    await until('it answers', () =>
      sql.query('insert into kept values (2)').then(
        () => true,
        () => false,
      ),
    )
  }
  assert.equal(await answer(server), 4)
})

const holder = `
  import { openServer } from ${JSON.stringify(new URL('./server.ts', import.meta.url).href)}
  import { silentLogger } from ${JSON.stringify(new URL('../../../base/logger.ts', import.meta.url).href)}
  const server = await openServer({ dir: process.argv[1], logger: silentLogger })
  console.log(server.pid())`

/** Another process that has a server, and that server's number. */
async function startHolder(at: string): Promise<{ readonly holder: ChildProcess; readonly pid: number }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', holder, at], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { holder: child, pid: Number(line) }
}

test('the server does not outlive a process that is killed', { timeout: 60_000 }, async () => {
  const { holder: parent, pid } = await startHolder(dir)
  assert.ok(isAlive(pid))
  parent.kill('SIGKILL')
  await until('the server has ended', () => !isAlive(pid))
  await using server = await open(dir)
  assert.equal(await answer(server), 4)
})

test('a server that is left over all the same is stopped before the next one starts', { timeout: 60_000 }, async () => {
  const { holder: parent, pid } = await startHolder(dir)
  // Its parent stands still, and so tells nobody of its end.
  parent.kill('SIGSTOP')
  {
    await using server = await open(dir)
    assert.notEqual(server.pid(), pid)
    assert.equal(isAlive(pid), false)
    assert.equal(await answer(server), 4)
  }
  parent.kill('SIGKILL')
})

// The signals after the first would come 20 s and 25 s later.
test('a server that is left over and stands still ends by the first signal', { timeout: 20_000 }, async () => {
  const { holder: parent, pid } = await startHolder(dir)
  process.kill(pid, 'SIGSTOP')
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  await endLeftOver(join(dir, 'cluster'), silentLogger)
  assert.equal(isAlive(pid), false)
  await using server = await open(dir)
  assert.equal(await answer(server), 4)
})

test('a number in postmaster.pid that is another program by now stops no start', async () => {
  const file = join(dir, 'cluster', 'postmaster.pid')
  const other = spawn('sleep', ['60'])
  writeFileSync(file, `${other.pid}\n/proc/self/cwd\n1795972180\n5432\n.\n\n        0         0\nready   \n`)
  writeFileSync(join(dir, 'cluster', '.s.PGSQL.5432.lock'), `${other.pid}\n`)
  await using server = await open(dir)
  assert.equal(await answer(server), 4)
  assert.equal(other.exitCode, null)
  other.kill()
})

test('a postmaster.pid that was never written stops no start', async () => {
  writeFileSync(join(dir, 'cluster', 'postmaster.pid'), '')
  await using server = await open(dir)
  assert.equal(await answer(server), 4)
})

test('a path of 200 bytes is no hindrance', async () => {
  const deep = folder(join('d'.repeat(100), 'e'.repeat(Math.max(0, 98 - Buffer.byteLength(root)))))
  assert.ok(Buffer.byteLength(deep) >= 200)
  await using server = await open(deep)
  await ask(server.address, 'create table kept as select 1 as one')
  assert.equal(await answer(server), 1)
})

test('a list may look at more hours than most keep', async () => {
  await using server = await open(dir)
  await ask(server.address, 'create table hours (at bigint) partition by range (at)')
  await ask(server.address, 'create index on hours (at)')
  const hours = 1_000
  await ask(
    server.address,
    `do $$ begin for hour in 1..${hours} loop
       execute format('create table hours_%s partition of hours for values from (%s) to (%s)', hour, hour, hour + 1);
       if hour % 100 = 0 then commit; end if;
     end loop; end $$`,
  )
  await ask(server.address, `insert into hours select * from generate_series(1, ${hours})`)
  const [row] = await ask<{ readonly n: number }>(server.address, 'select count(*) as n from hours where at > 0')
  assert.equal(row?.n, hours)
})

test('a folder that PostgreSQL does not start on is told with its reason', async () => {
  const broken = folder('broken')
  await (await open(broken))[Symbol.asyncDispose]()
  writeFileSync(join(broken, 'cluster', 'global', 'pg_control'), 'nonsense')
  await assert.rejects(open(broken), /does not start \((FATAL|PANIC): /)
})
