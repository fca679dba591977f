import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { open } from 'lmdb'
import { everything, settableClock } from '../event-log-subject.testing.ts'
import { openEnvironment } from './environment.ts'
import { openLmdbLog } from './lmdb-log.ts'
import { claimSweeps, type Sweeps } from './sweeper.ts'

async function inDirectory(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-sweeper-'))
  try {
    await body(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

test('of several openers one sweeps a topic at a time, and when it is gone another takes over', () =>
  inDirectory(async (dir) => {
    const env = openEnvironment({ dir, partitions: 1, bytesMax: 2 ** 24 })
    const topics = [{ name: 'twin' }, { name: 'event' }]
    const openers: readonly Sweeps[] = [{}, {}, {}]
    const look = async (opener: number): Promise<string[]> =>
      (await env.transact(() => claimSweeps(env, topics, openers[opener]!))).map(({ name }) => name)
    const both = ['twin', 'event']
    for (const opener of [0, 1, 2]) assert.deepEqual(await look(opener), both, 'each sweeps once it is open')
    for (let minute = 0; minute < 3; minute++)
      assert.deepEqual([await look(0), await look(1), await look(2)], [[], [], both])
    assert.deepEqual([await look(0), await look(1)], [[], []])
    assert.deepEqual([await look(0), await look(1)], [both, []], 'the last is gone')
    await env.close()
  }))

test('openers that compact by turns, each with a pass half-way, keep the last value of each key', () =>
  inDirectory(async (dir) => {
    const clock = settableClock()
    const topics = [{ name: 'twin', cleanup: 'compact' }] as const
    const compaction = { lagMs: 1, tombstoneMs: 1, workBytes: 60_000 }
    const openOne = () =>
      openLmdbLog({ dir, partitions: 1, topics, clock, steady: clock.steady, sweepEveryMs: 0, compaction })
    await using one = openOne()
    await using two = openOne()
    const last = new Map<string, string>()
    for (let n = 0; n < 120; n++) {
      const [key, value] = [`k${(n * 7) % 11}`, n % 5 === 4 ? '' : `${n}`.padEnd(20_000, '.')]
      await one.log.append([{ topic: 'twin', key, value: Buffer.from(value), at: n }])
      if (value === '') last.delete(key)
      else last.set(key, value)
      clock.at += 1
      await (n % 3 === 0 ? two : one).sweep()
    }
    const { records } = await two.log.read('twin', 0, 0, everything)
    const read = new Map(records.map(({ key, value }) => [key, Buffer.from(value).toString()]))
    assert.deepEqual(new Map([...read].filter(([, value]) => value !== '')), last)
    assert.ok(records.length < 60, `${records.length} records are left`)
  }))

test('what was packed with records that were compacted before it is compacted in its turn', () =>
  inDirectory(async (dir) => {
    const clock = settableClock()
    await using opened = openLmdbLog({
      dir,
      partitions: 1,
      topics: [{ name: 'twin', cleanup: 'compact' }],
      clock,
      steady: clock.steady,
      sweepEveryMs: 0,
      compaction: { lagMs: 1_000, tombstoneMs: 1_000, workBytes: 1e9 },
      merging: { bytes: 1_000, ageMs: 1e9, spanMs: 1e9, restMs: 0 },
    })
    const append = (): Promise<unknown> =>
      opened.log.append([{ topic: 'twin', key: 'k', value: new Uint8Array(400), at: 1 }])
    const kept = async (): Promise<number> => (await opened.log.read('twin', 0, 0, everything)).records.length
    await append()
    clock.at += 1_001
    // The first is compacted, and all three become one block.
    for (let n = 0; n < 2; n++) await append()
    await opened.sweep()
    assert.equal(await kept(), 3)
    clock.at += 1_001
    await opened.sweep()
    assert.equal(await kept(), 1)
  }))

test('a reader that was killed holds no pages once the log was swept', () =>
  inDirectory(async (dir) => {
    await using opened = openLmdbLog({ dir, partitions: 1, topics: [{ name: 'telemetry' }], sweepEveryMs: 0 })
    await opened.log.append([{ topic: 'telemetry', key: 'acme/v1', at: 1, value: new Uint8Array(1) }])
    const root = open({ path: dir, noSubdir: false, readOnly: true })
    const killReader = (): void => {
      const reads = `import { open } from 'lmdb'
        const root = open({ path: ${JSON.stringify(dir)}, noSubdir: false, readOnly: true })
        root.openDB('meta', { encoding: 'binary', keyEncoding: 'binary' }).get(Buffer.from('topics'))
        process.kill(process.pid, 'SIGKILL')`
      const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', reads], {
        cwd: import.meta.dirname,
      })
      assert.equal(signal, 'SIGKILL')
    }
    killReader()
    assert.equal(root.readerCheck(), 1)
    killReader()
    await opened.sweep()
    assert.equal(root.readerCheck(), 0)
    await root.close()
  }))
