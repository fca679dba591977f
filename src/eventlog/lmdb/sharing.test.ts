import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { open } from 'lmdb'
import { Outage } from '../../base/errors.ts'
import { everything, logTopics } from '../event-log-subject.testing.ts'
import { readWhole } from '../read-whole.testing.ts'
import type { EventLog } from '../event-log.ts'
import { openLmdbLog } from './lmdb-log.ts'

const partitions = 4
const hourMs = 3_600_000
const fixture = new URL('appender.testing.ts', import.meta.url)

async function inDirectory(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-shared-'))
  try {
    await body(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const runThread = async (dir: string, name: string, calls: number): Promise<void> => {
  const [code]: readonly unknown[] = await once(
    new Worker(fixture, { workerData: [dir, String(partitions), name, String(calls)] }),
    'exit',
  )
  assert.equal(code, 0)
}

const runProcess = async (dir: string, name: string, calls: number): Promise<void> => {
  const child = spawn(process.execPath, [fileURLToPath(fixture), dir, String(partitions), name, String(calls)], {
    stdio: 'inherit',
  })
  const [code]: readonly unknown[] = await once(child, 'exit')
  assert.equal(code, 0)
}

async function checkAll(log: EventLog, writers: readonly string[], calls: number): Promise<void> {
  for (let partition = 0; partition < partitions; partition++) {
    const offsets = (await log.read('telemetry', partition, 0, everything)).records.map(({ offset }) => offset)
    assert.deepEqual(
      offsets,
      Array.from({ length: offsets.length }, (_, i) => i),
    )
  }
  const numbers = new Map<string, number[]>()
  for (const { key, value } of await readWhole(log, 'telemetry')) {
    const found = numbers.get(key) ?? []
    found.push(Number(Buffer.from(value).toString()))
    numbers.set(key, found)
  }
  assert.equal([...numbers.values()].flat().length, writers.length * calls * 3)
  for (const writer of writers)
    for (let key = 0; key < 10; key++) {
      const found = numbers.get(`${writer}/${key}`)!
      assert.deepEqual(
        found,
        found.toSorted((a, b) => a - b),
        'order within a key',
      )
      assert.equal(new Set(found).size, found.length)
    }
}

describe('one log, many openers', () => {
  test('threads and processes append at once: offsets stay dense and order holds', { timeout: 60_000 }, () =>
    inDirectory(async (dir) => {
      const calls = 300
      await using opened = openLmdbLog({ dir, partitions, topics: logTopics })
      const others = [
        runThread(dir, 't1', calls),
        runThread(dir, 't2', calls),
        runProcess(dir, 'p1', calls),
        runProcess(dir, 'p2', calls),
      ]
      for (let n = 0; n < calls; n++)
        await opened.log.append(
          [0, 1, 2].map((i) => ({
            topic: 'telemetry',
            key: `main/${n % 10}`,
            value: Buffer.from(String(n * 3 + i)),
            at: n,
          })),
        )
      await Promise.all(others)
      await checkAll(opened.log, ['main', 't1', 't2', 'p1', 'p2'], calls)
    }),
  )

  test('two openers in one thread see what the other appends', () =>
    inDirectory(async (dir) => {
      await using one = openLmdbLog({ dir, partitions, topics: logTopics, pollMs: hourMs })
      await using two = openLmdbLog({ dir, partitions, topics: logTopics, pollMs: hourMs })
      const woken = two.log.appended(['telemetry'], new AbortController().signal, hourMs)
      await one.log.append([{ topic: 'telemetry', key: 'k', value: Buffer.from('1'), at: 1 }])
      await woken
      await two.log.append([{ topic: 'telemetry', key: 'k', value: Buffer.from('2'), at: 1 }])
      for (const { log } of [one, two])
        assert.deepEqual(
          (await readWhole(log, 'telemetry')).map(({ value }) => Buffer.from(value).toString()),
          ['1', '2'],
        )
    }))

  test('an append in another thread wakes a waiting reader without polling', { timeout: 20_000 }, () =>
    inDirectory(async (dir) => {
      await using opened = openLmdbLog({ dir, partitions, topics: logTopics, pollMs: hourMs })
      const woken = opened.log.appended(['telemetry'], new AbortController().signal, hourMs)
      await Promise.all([woken, runThread(dir, 't', 1)])
      assert.equal((await readWhole(opened.log, 'telemetry')).length, 3)
    }),
  )

  test('an append in another process wakes a waiting reader', { timeout: 20_000 }, () =>
    inDirectory(async (dir) => {
      await using opened = openLmdbLog({ dir, partitions, topics: logTopics, pollMs: 10 })
      const woken = opened.log.appended(['telemetry'], new AbortController().signal, hourMs)
      await Promise.all([woken, runProcess(dir, 'p', 1)])
      assert.equal((await readWhole(opened.log, 'telemetry')).length, 3)
    }),
  )

  test('an open log that nobody waits on does not keep its process alive', { timeout: 20_000 }, () =>
    inDirectory(async (dir) => {
      const url = new URL('lmdb-log.ts', import.meta.url).href
      const script = `import { openLmdbLog } from ${JSON.stringify(url)}; await openLmdbLog({ dir: ${JSON.stringify(dir)}, partitions: 1, topics: [{ name: 'event' }] }).log.append([{ topic: 'event', key: 'k', value: Buffer.from('x'), at: 1 }])`
      const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' })
      const [code]: readonly unknown[] = await once(child, 'exit')
      assert.equal(code, 0)
    }),
  )
})

describe('one log, openers with topics of their own', () => {
  const own = (name: string, count = partitions) => [{ name, partitions: count }]

  test('what one declares, those that opened before it can append to and read', () =>
    inDirectory(async (dir) => {
      await using one = openLmdbLog({ dir, partitions, topics: [] })
      assert.throws(() => one.log.partitionsOf('lane'), /"lane"/)
      await using two = openLmdbLog({ dir, partitions, topics: own('lane', 2) })
      assert.equal(one.log.partitionsOf('lane'), 2)
      const [position] = await one.log.append([{ topic: 'lane', key: 'k', value: Buffer.from('1'), at: 1 }])
      assert.deepEqual(await two.log.bounds('lane', position!.partition), { start: 0, end: 1 })
    }))

  test('topics keep their numbers, whichever are declared and in which order', () =>
    inDirectory(async (dir) => {
      const names = ['ramp', 'event', 'lane', 'ledger', 'bay']
      for (const name of names) {
        await using opened = openLmdbLog({ dir, partitions, topics: own(name) })
        await opened.log.append([{ topic: name, key: 'k', value: Buffer.from(name), at: 1 }])
      }
      await using opened = openLmdbLog({ dir, partitions, topics: names.toReversed().map((name) => ({ name })) })
      for (const name of names)
        assert.deepEqual(
          (await readWhole(opened.log, name)).map(({ topic, value }) => [topic, Buffer.from(value).toString()]),
          [[name, name]],
        )
    }))

  test('another number of partitions than the topic has is LOG_MISMATCH with both numbers, and the log can be opened again', () =>
    inDirectory(async (dir) => {
      await openLmdbLog({ dir, partitions, topics: own('lane', 2) })[Symbol.asyncDispose]()
      assert.throws(
        () => openLmdbLog({ dir, partitions, topics: [...own('bay'), ...own('lane', 3)] }),
        (error) =>
          error instanceof Outage &&
          error.code === 'LOG_MISMATCH' &&
          /topic lane has 2 partitions, and 3 were/.test(error.message),
      )
      await using opened = openLmdbLog({ dir, partitions, topics: own('lane', 2) })
      assert.throws(() => opened.log.partitionsOf('bay'), RangeError, 'nothing of the refused opening was kept')
    }))

  test('more topics than there are numbers for are refused', () =>
    inDirectory(async (dir) => {
      const topics = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `t${i}` }))
      assert.throws(() => openLmdbLog({ dir, partitions, topics: topics(244) }), /at most 255 topics, .* t243/)
      await using opened = openLmdbLog({ dir, partitions, topics: topics(243) })
      await opened.log.append([{ topic: 't242', key: 'k', value: Buffer.from('last'), at: 1 }])
      assert.equal((await readWhole(opened.log, 't242')).length, 1)
      assert.equal((await readWhole(opened.log, 't241')).length, 0)
    }))
})

describe('directories that do not fit', () => {
  const outage = (code: string, words: RegExp) => (error: unknown) =>
    error instanceof Outage && error.code === code && words.test(error.message)

  test('a directory that cannot be made is LOG_UNAVAILABLE and named', () =>
    inDirectory(async (dir) => {
      const file = join(dir, 'file')
      writeFileSync(file, 'in the way')
      assert.throws(
        () => openLmdbLog({ dir: join(file, 'log'), partitions, topics: logTopics }),
        outage('LOG_UNAVAILABLE', /file.log cannot be opened/),
      )
    }))

  test('a file that is no log, or of another format, is LOG_MISMATCH and left as it is', () =>
    inDirectory(async (dir) => {
      writeFileSync(join(dir, 'data.mdb'), Buffer.alloc(100_000, 'not LMDB'))
      assert.throws(
        () => openLmdbLog({ dir, partitions, topics: logTopics }),
        outage('LOG_MISMATCH', /not a file of this version/),
      )
      const other = join(dir, 'later')
      const root = open({
        path: other,
        noSubdir: false,
        overlappingSync: false,
        encoding: 'binary',
        keyEncoding: 'binary',
      })
      await root
        .openDB('meta', { encoding: 'binary', keyEncoding: 'binary' })
        .put(Buffer.from('format'), Buffer.from(JSON.stringify({ format: 99, partitions })))
      await root.close()
      assert.throws(
        () => openLmdbLog({ dir: other, partitions, topics: logTopics }),
        outage('LOG_MISMATCH', /format 99, and this version reads up to 5/),
      )
    }))

  test('a number of partitions that cannot be is refused', () => {
    for (const wrong of [0, -1, 1.5, 70_000])
      assert.throws(() => openLmdbLog({ dir: 'never-made', partitions: wrong, topics: logTopics }), RangeError)
  })
})
