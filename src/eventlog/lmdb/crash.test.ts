import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { LogAndState } from '../state-store.ts'
import { everything, logTopics } from '../event-log-subject.testing.ts'
import { readWhole } from '../read-whole.testing.ts'
import type { Topic } from '../event-log.ts'
import { decodeBlockKey, packedVersion } from './block-key.ts'
import { checkFile } from './check-file.ts'
import { openEnvironment } from './environment.ts'
import { openLmdbLog } from './lmdb-log.ts'

const partitions = 3
const rounds = 6
const fixture = fileURLToPath(new URL('crash.testing.ts', import.meta.url))

type Acknowledged = {
  readonly appends: Map<string, { readonly partition: number; readonly offset: number }>
  commits: number
}

/** Runs the fixture, kills it once `lines` lines are read, and takes in what it still said before
 *  it died. */
async function runAndKill(dir: string, round: number, lines: number, acknowledged: Acknowledged): Promise<void> {
  const child = spawn(process.execPath, [fixture, dir, String(partitions), String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let read = 0
  let whole = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (++read === lines) child.kill('SIGKILL')
    const [what, id, partition, offset] = line.split(' ')
    if (what === 'append' && offset !== undefined)
      acknowledged.appends.set(id!, { partition: Number(partition), offset: Number(offset) })
    else if (what === 'commit') acknowledged.commits = Math.max(acknowledged.commits, Number(id))
    else continue
    whole++
  }
  assert.ok(whole >= Math.min(lines, 1), 'the fixture said nothing')
}

const texts = async (log: LogAndState['log'], topic: Topic): Promise<string[]> =>
  (await readWhole(log, topic)).map(({ value }) => Buffer.from(value).toString())

async function checkRecords({ log }: LogAndState, acknowledged: Acknowledged): Promise<void> {
  const stored = new Map<string, string>()
  for (let partition = 0; partition < partitions; partition++) {
    const { start, end } = await log.bounds('telemetry', partition)
    const records = (await log.read('telemetry', partition, 0, everything)).records
    assert.equal(start, 0)
    assert.deepEqual(
      records.map(({ offset }) => offset),
      Array.from({ length: end }, (_, i) => i),
      'offsets are dense',
    )
    for (const { key, value, offset } of records) {
      assert.ok(Buffer.from(value).toString().startsWith(`${key} `), 'a value is not torn')
      stored.set(key, `${partition}/${offset}`)
    }
  }
  for (const [id, { partition, offset }] of acknowledged.appends)
    assert.equal(stored.get(id), `${partition}/${offset}`, `record ${id}`)
}

async function checkCommits({ log, state }: LogAndState, acknowledged: Acknowledged): Promise<void> {
  const count = state.positions('count/0')['event/0'] ?? 0
  assert.ok(count >= acknowledged.commits, `commit ${acknowledged.commits} was acknowledged, ${count} is stored`)
  const expected = Array.from({ length: count }, (_, i) => String(i + 1))
  assert.deepEqual(await texts(log, 'ledger'), expected)
  assert.deepEqual(await texts(log, 'alert'), expected)
  assert.equal(state.positions('other/0')['event/0'] ?? 0, count, 'both tasks of a commit, or neither')
  for (const task of ['count/0', 'other/0']) {
    assert.equal(Buffer.from(state.get(task, 'count') ?? '0').toString(), String(count))
    assert.equal([...state.range(task, 'n/')].length, count)
  }
}

async function countPacked(dir: string): Promise<number> {
  const env = openEnvironment({ dir, partitions, bytesMax: 2 ** 30 })
  try {
    return [...env.blocks.getKeys()].filter((key) => decodeBlockKey(key).version === packedVersion).length
  } finally {
    await env.close()
  }
}

/** Appends one record after the other until `done` resolves, and gives how many. */
async function appendUntil(done: Promise<void>, { log }: LogAndState): Promise<number> {
  const ended = done.then(() => 'ended' as const)
  for (let appended = 0; ; appended++) {
    const append = log.append([
      { topic: 'event', key: 'bystander', value: Buffer.from(String(appended)), at: appended },
    ])
    if ((await Promise.race([ended, append])) === 'ended') {
      await append
      return appended + 1
    }
  }
}

async function onDirectory(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-crash-'))
  try {
    await body(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Numbers of lines after which to kill, from a linear congruential generator. */
function* linesToRead(seed: number, most: number): Generator<number, never> {
  for (let random = seed; ;) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0
    yield 1 + ((random >>> 8) % most)
  }
}

const seed = Number(process.env['SEED'] ?? 7)

test('killed at random moments, the log keeps every acknowledged record and whole commits', { timeout: 120_000 }, (t) =>
  onDirectory(async (dir) => {
    t.diagnostic(`SEED=${seed}`)
    const acknowledged: Acknowledged = { appends: new Map(), commits: 0 }
    const lines = linesToRead(seed, 1_500)
    for (let round = 0; round < rounds; round++) {
      await runAndKill(dir, round, lines.next().value, acknowledged)
      assert.deepEqual(checkFile(dir, Infinity).faults, [], 'what a kill leaves is no damage')
      await using opened = openLmdbLog({ dir, partitions, topics: logTopics })
      await checkRecords(opened, acknowledged)
      await checkCommits(opened, acknowledged)
    }
    assert.ok(await countPacked(dir), 'something of it was packed')
    t.diagnostic(`${acknowledged.appends.size} records and ${acknowledged.commits} commits acknowledged`)
  }),
)

test('a process that goes on appending is not held up by others that are killed', { timeout: 120_000 }, (t) =>
  onDirectory(async (dir) => {
    t.diagnostic(`SEED=${seed}`)
    await using opened = openLmdbLog({ dir, partitions, topics: logTopics })
    const acknowledged: Acknowledged = { appends: new Map(), commits: 0 }
    const lines = linesToRead(seed, 300)
    let appended = 0
    for (let round = 0; round < 4; round++) {
      appended += await appendUntil(runAndKill(dir, round, lines.next().value, acknowledged), opened)
      await checkRecords(opened, acknowledged)
      await checkCommits(opened, acknowledged)
    }
    assert.equal((await readWhole(opened.log, 'event')).length, appended)
  }),
)
