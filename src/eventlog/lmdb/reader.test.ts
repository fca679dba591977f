import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { EventLog } from '../event-log.ts'
import { everything, logTopics } from '../event-log-subject.testing.ts'
import { decodeBlockKey } from './block-key.ts'
import { openEnvironment, type Environment } from './environment.ts'
import { openLmdbLog } from './lmdb-log.ts'

/** A log whose one partition has three blocks of two records, and the environment beneath it. */
async function onThreeBlocks(body: (log: EventLog, env: Environment) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-reader-'))
  const env = openEnvironment({ dir, partitions: 1, bytesMax: 2 ** 24 })
  try {
    await using opened = openLmdbLog({ dir, partitions: 1, topics: logTopics })
    for (let block = 0; block < 3; block++)
      await opened.log.append([0, 1].map((i) => ({ topic: 'event', key: 'k', value: Buffer.of(block, i), at: 1 })))
    await body(opened.log, env)
  } finally {
    await env.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

async function damage(
  env: Environment,
  base: number,
  change: (key: Buffer, value: Buffer) => readonly [Buffer, Buffer] | undefined,
) {
  await env.transact(() => {
    for (const { key, value } of Array.from(env.blocks.getRange()))
      if (decodeBlockKey(key).base === base) {
        env.blocks.removeSync(key)
        const changed = change(Buffer.from(key), Buffer.from(value))
        if (changed !== undefined) env.blocks.putSync(...changed)
      }
  })
}

const flip = (bytes: Buffer, at: number): Buffer => Buffer.from(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)))
const event = { topic: 'event', partition: 0 } as const

for (const [what, change] of [
  ['has a changed byte', (key, value) => [key, flip(value, 20)]],
  ['has a changed byte in its key', (key, value) => [flip(key, 12), value]],
  ['is missing', () => undefined],
] as const satisfies [string, Parameters<typeof damage>[2]][])
  test(`a block that ${what} is passed over and told as a gap, wherever reading starts in it`, () =>
    onThreeBlocks(async (log, env) => {
      await damage(env, 2, change)
      const whole = await log.read('event', 0, 0, everything)
      assert.deepEqual(
        whole.records.map(({ offset }) => offset),
        [0, 1, 4, 5],
      )
      assert.deepEqual(whole.gaps, [{ ...event, from: 2, to: 4, why: 'damaged' }])
      assert.equal(whole.next, 6)
      const within = await log.read('event', 0, 3, { records: 1, bytes: 1e6 })
      assert.deepEqual([within.records.map(({ offset }) => offset), within.next], [[4], 5])
      assert.deepEqual(within.gaps, [{ ...event, from: 3, to: 4, why: 'damaged' }])
    }))

test('the last block damaged leaves a gap to the end', () =>
  onThreeBlocks(async (log, env) => {
    await damage(env, 4, (key, value) => [key, flip(value, 4)])
    const segment = await log.read('event', 0, 4, everything)
    assert.deepEqual(segment.records, [])
    assert.deepEqual([segment.gaps, segment.next, segment.end], [[{ ...event, from: 4, to: 6, why: 'damaged' }], 6, 6])
  }))
