// The embedded database on disk: what survives a process that is killed, a thread that dies, and a
// start that was cut short.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { silentLogger } from '../../base/logger.ts'
import { ref, t0 } from '../../read-models/rows.testing.ts'
import { outage } from '../projection.contract.ts'
import type { Storage } from '../storage.ts'
import { openPgliteStorage } from './pglite-storage.ts'

const root = mkdtempSync(join(tmpdir(), 'roadstream-pglite-'))
after(() => rmSync(root, { recursive: true, force: true }))
const dir = join(root, 'postgres')
const open = (): Promise<Storage> => openPgliteStorage({ dir, logger: silentLogger })

const here = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href)
const writer = `
  import { openPgliteStorage } from ${here('./pglite-storage.ts')}
  import { patch, messageRow, t0, toKeep } from ${here('../../read-models/rows.testing.ts')}
  import { silentLogger } from ${here('../../base/logger.ts')}
  const storage = await openPgliteStorage({ dir: process.argv[1], logger: silentLogger })
  const twins = async () => {
    for (let n = (await storage.twins.positions())['twin/0'] ?? 0; ; n++) {
      await storage.twins.put([0, 1, 2].map((v) => patch('v' + v, t0 + n, { n, ['s' + n % 50]: n })), { 'twin/0': n + 1 })
      console.log('twin ' + (n + 1))
    }
  }
  const messages = async () => {
    for (let n = (await storage.messages.positions())['event/0'] ?? 0; ; n++) {
      await storage.messages.put([{ id: 'event/0/' + n, row: toKeep(messageRow(t0 + n)) }], { 'event/0': n + 1 })
      console.log('message ' + (n + 1))
    }
  }
  await Promise.all([twins(), messages()])`

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

test(
  'killed at any moment, rows and positions agree, and nothing that was committed is gone',
  { timeout: 90_000 },
  async () => {
    const seed = Date.now() % 1000
    for (let kill = 0; kill < 4; kill++) {
      const told = await writeAndKill(5 + ((seed * (kill + 1)) % 60))
      await using storage = await open()
      const twins = (await storage.twins.positions())['twin/0'] ?? 0
      const messages = (await storage.messages.positions())['event/0'] ?? 0
      assert.ok(
        twins >= told.twin && messages >= told.message,
        `seed ${seed}: told ${JSON.stringify(told)}, found ${twins} ${messages}`,
      )
      for (const vehicle of ['v0', 'v1', 'v2']) {
        const twin = await storage.twins.get(ref(vehicle))
        assert.equal(twin?.at, t0 + twins - 1, `seed ${seed}`)
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
      assert.equal(count, messages, `seed ${seed}`)
    }
  },
)

test('a folder that is open is not opened a second time', async () => {
  await using storage = await open()
  await assert.rejects(open(), outage('STORE_IN_USE'))
  assert.ok((await storage.twins.count('acme', {})) > 0)
})

test('after disposal, which waits for the calls under way, nothing is left of the lock', async () => {
  const storage = await open()
  const underWay = storage.twins.count('acme', {})
  await storage[Symbol.asyncDispose]()
  assert.ok((await underWay) > 0)
  await assert.rejects(storage.twins.count('acme', {}), outage('STORE_CLOSED'))
  assert.deepEqual(readdirSync(dir), ['pg'])
})

test('a database that was being made when its process ended is made again', async () => {
  // As in the middle of the first start: some of the files, and the mark beside them.
  writeFileSync(join(dir, 'creating'), '')
  rmSync(join(dir, 'pg', 'global'), { recursive: true })
  await using storage = await open()
  assert.equal(await storage.twins.count('acme', {}), 0)
  assert.equal(existsSync(join(dir, 'creating')), false)
})

test('a folder that holds something else is refused as unavailable, and left alone', async () => {
  const other = join(root, 'other')
  writeFileSync(other, 'a file')
  await assert.rejects(openPgliteStorage({ dir: other, logger: silentLogger }))
  assert.ok(existsSync(other))
})
