// The embedded database on disk: what survives a process that is killed, a server that is killed,
// and a start that was cut short.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { silentLogger } from '../../../base/logger.ts'
import { ref, t0 } from '../../../read-models/rows.testing.ts'
import { outage } from '../../projection.contract.ts'
import type { Storage } from '../../storage.ts'
import { openEmbeddedStorage } from './embedded-storage.ts'
import { wholeReach } from '../../reach.ts'

const root = mkdtempSync(join(tmpdir(), 'roadstream-embedded-'))
after(() => rmSync(root, { recursive: true, force: true }))
const dir = join(root, 'postgres')
const open = (): Promise<Storage> => openEmbeddedStorage({ dir, logger: silentLogger })

const here = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href)
const writer = `
  import { openEmbeddedStorage } from ${here('./embedded-storage.ts')}
  import { patch, messageRow, t0, toKeep } from ${here('../../../read-models/rows.testing.ts')}
  import { silentLogger } from ${here('../../../base/logger.ts')}
  const storage = await openEmbeddedStorage({ dir: process.argv[1], logger: silentLogger })
  // As writers do: the same batch again until it is stored.
  const untilStored = async (put) => {
    for (;;) try { return await put() } catch (error) {
      if (!error.retryable) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const twins = async () => {
    for (let n = (await storage.twins.positions())['twin/0'] ?? 0; ; n++) {
      await untilStored(() => storage.twins.put([0, 1, 2].map((v) => patch('v' + v, t0 + n, { n, ['s' + n % 50]: n })), { 'twin/0': n + 1 }))
      console.log('twin ' + (n + 1))
    }
  }
  const messages = async () => {
    for (let n = (await storage.messages.positions())['event/0'] ?? 0; ; n++) {
      await untilStored(() => storage.messages.put([{ id: 'event/0/' + n, row: toKeep(messageRow(t0 + n)) }], { 'event/0': n + 1 }))
      console.log('message ' + (n + 1))
    }
  }
  await Promise.all([twins(), messages()])`

const serverIn = (folder: string): number =>
  Number(readFileSync(join(folder, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0])

/** Runs a process that writes, kills it after as many committed batches, and gives the last
 *  positions it was told are stored. */
async function writeAndKill(batches: number): Promise<{ twin: number; message: number }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const told = { twin: 0, message: 0 }
  let lines = 0
  const exited = once(child, 'exit')
  for await (const line of createInterface(child.stdout)) {
    const [kind, n] = line.split(' ')
    told[kind === 'twin' ? 'twin' : 'message'] = Number(n)
    if (++lines === batches) child.kill('SIGKILL')
  }
  await exited
  return told
}

async function check(storage: Storage, told: { readonly twin: number; readonly message: number }): Promise<void> {
  const twins = (await storage.twins.positions())['twin/0'] ?? 0
  const messages = (await storage.messages.positions())['event/0'] ?? 0
  assert.ok(twins >= told.twin && messages >= told.message, `told ${JSON.stringify(told)}, found ${twins} ${messages}`)
  for (const vehicle of ['v0', 'v1', 'v2']) {
    const twin = await storage.twins.get(ref(vehicle))
    assert.equal(twin?.at, t0 + twins - 1)
    assert.equal(twin?.signals['n']?.value, twins - 1)
    assert.equal(Object.keys(twin?.signals ?? {}).length, 1 + Math.min(50, twins))
  }
  let [count, next]: [number, string | undefined] = [0, undefined]
  do {
    const page: Awaited<ReturnType<Storage['messages']['list']>> = await storage.messages.list(
      ref('v1'),
      {},
      { limit: 1000, ...(next === undefined ? {} : { after: next }) },
    )
    count += page.rows.length
    next = page.next
  } while (next !== undefined)
  assert.equal(count, messages)
}

test(
  'killed at any moment, rows and positions agree, and nothing that was committed is gone',
  { timeout: 90_000 },
  async (context) => {
    const seed = Date.now() % 1000
    context.diagnostic(`seed ${seed}`)
    for (let kill = 0; kill < 4; kill++) {
      const told = await writeAndKill(5 + ((seed * (kill + 1)) % 60))
      await using storage = await open()
      await check(storage, told)
    }
  },
)

test('the server killed under writers: they go on, and nothing committed is gone', { timeout: 90_000 }, async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const told = { twin: 0, message: 0 }
  let [lines, kills] = [0, 0]
  for await (const line of createInterface(child.stdout)) {
    const [kind, n] = line.split(' ')
    told[kind === 'twin' ? 'twin' : 'message'] = Number(n)
    if (++lines % 20 !== 0) continue
    if (++kills > 3) child.kill('SIGKILL')
    else process.kill(serverIn(dir), 'SIGKILL')
  }
  await using storage = await open()
  await check(storage, told)
})

test('sizes: the log of writes of the embedded server is told, and what it may grow to', async () => {
  await using storage = await open()
  const { writeLog } = await storage.size()
  assert.equal(writeLog?.bytesMax, 256 * 2 ** 20)
  // It is never empty: the file that is written to has its full size.
  assert.ok(writeLog.bytes >= 16 * 2 ** 20 && writeLog.bytes < 2 * writeLog.bytesMax, String(writeLog.bytes))
})

test('a folder that is open is not opened a second time', async () => {
  await using storage = await open()
  await assert.rejects(open(), outage('STORE_IN_USE'))
  assert.ok((await storage.twins.count(wholeReach('acme'), {})) > 0)
})

test('after disposal, which waits for the calls under way, nothing is left of the lock', async () => {
  const storage = await open()
  const underWay = storage.twins.count(wholeReach('acme'), {})
  await storage[Symbol.asyncDispose]()
  assert.ok((await underWay) > 0)
  await assert.rejects(storage.twins.count(wholeReach('acme'), {}), outage('STORE_CLOSED'))
  assert.deepEqual(readdirSync(dir).sort(), ['cluster', 'password', 'pg'])
})

test('a database that was being made when its process ended is made again', async () => {
  // As in the middle of the first start: some of the files, and the mark beside them.
  writeFileSync(join(dir, 'cluster.creating'), '')
  rmSync(join(dir, 'cluster', 'global'), { recursive: true })
  await using storage = await open()
  assert.equal(await storage.twins.count(wholeReach('acme'), {}), 0)
  assert.equal(existsSync(join(dir, 'cluster.creating')), false)
})

test('a folder that holds something else is refused as unavailable, and left alone', async () => {
  const other = join(root, 'other')
  writeFileSync(other, 'a file')
  await assert.rejects(openEmbeddedStorage({ dir: other, logger: silentLogger }))
  assert.ok(existsSync(other))
})
