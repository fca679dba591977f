import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../base/clock.ts'
import { everything } from '../event-log-subject.testing.ts'
import { openEnvironment } from './environment.ts'
import { examineLog } from './examine-log.ts'
import { encodeFormat, formatKey, formatVersion } from './format.ts'
import { gatherEntries } from './gather-entries.ts'
import { openLmdbLog } from './lmdb-log.ts'
import { openPageFile } from './page-file.ts'

const partitions = 2
const open = (dir: string) => openLmdbLog({ dir, partitions, topics: [{ name: 'event' }], sweepEveryMs: 0 })

/** A log of a few records, closed. */
async function onLog(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-examine-'))
  try {
    {
      await using opened = open(dir)
      for (let n = 0; n < 20; n += 1)
        await opened.log.append([{ topic: 'event', key: 'k', value: Buffer.alloc(500, n), at: n, receivedAt: n }])
    }
    await body(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const look = (dir: string, more: { readonly partitions?: number; readonly aheadMs?: number } = {}) =>
  examineLog({
    dir,
    name: 'event log',
    partitions: more.partitions ?? partitions,
    wall: { now: () => systemClock.now() + (more.aheadMs ?? 0) },
  }).look()

const digestOf = (dir: string): string =>
  readdirSync(dir)
    .sort()
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(dir, name)))
          .digest('hex')}`,
    )
    .join('\n')

test('a log is told with its format, open or closed, and is as it was afterwards', () =>
  onLog(async (dir) => {
    const before = digestOf(dir)
    const closed = await look(dir)
    assert.equal(digestOf(dir), before)
    await using opened = open(dir)
    const beside = await look(dir)
    for (const findings of [closed, beside]) {
      assert.deepEqual(
        findings.map(({ name, state }) => [name, state]),
        [
          ['event log', 'ok'],
          ['clock of the event log', 'ok'],
        ],
      )
      assert.match(
        findings[0]?.says ?? '',
        new RegExp(`format ${formatVersion}, 2 partitions, .*all \\d+ pages looked at`),
      )
    }
    await opened.log.append([{ topic: 'event', key: 'k', value: Buffer.from('more'), at: 0, receivedAt: 0 }])
  }))

test('a folder without a log is well', async () => {
  const [finding] = await look(join(tmpdir(), 'roadstream-nothing-here'))
  assert.equal(finding?.state, 'ok')
})

test('a newer format and other partitions are problems with what to run or to set', () =>
  onLog(async (dir) => {
    assert.match((await look(dir, { partitions: 3 }))[0]?.remedy ?? '', /set ROADSTREAM_LOG_PARTITIONS=2/)
    const env = openEnvironment({ dir, partitions, bytesMax: 1e9 })
    await env.transact(() => {
      const newer = encodeFormat({ version: formatVersion + 1, partitions })
      env.root.openDB('meta', { encoding: 'binary', keyEncoding: 'binary' }).putSync(formatKey, newer)
    })
    await env.close()
    const [finding] = await look(dir)
    assert.match(finding?.says ?? '', /written in format \d+, and this version reads up to/)
    assert.match(finding?.remedy ?? '', /run the version of Roadstream that wrote it, or a newer one/)
    assert.throws(
      () => open(dir),
      /data|examine.* does not fit: it was written in format .* Run the version of Roadstream/,
    )
  }))

test('a damaged page is told with salvage, a damaged block as what was lost', () =>
  onLog(async (dir) => {
    const path = join(dir, 'data.mdb')
    const whole = readFileSync(path)
    const block = (() => {
      using file = openPageFile(path)
      return [...gatherEntries(file).blocks.values()][0]![7]!
    })()
    const bytes = Buffer.from(whole)
    bytes[block.at + 40]! ^= 1
    writeFileSync(path, bytes)
    {
      await using opened = open(dir)
      for (let partition = 0; partition < partitions; partition++)
        await opened.log.read('event', partition, 0, everything)
    }
    const damage = (await look(dir)).find(({ name }) => name === 'damage of the event log')
    assert.equal(damage?.state, 'warning')
    assert.match(damage?.says ?? '', /1 range of offsets of event could not be read/)

    const broken = Buffer.from(whole)
    broken.fill(0xff, 4096 * 3, 4096 * 8)
    writeFileSync(path, broken)
    const [finding] = await look(dir)
    assert.equal(finding?.state, 'problem')
    assert.match(finding?.remedy ?? '', /roadstream -- salvage/)
  }))

test('a wall clock that has jumped is told with both ways to mend it', () =>
  onLog(async (dir) => {
    const clock = (await look(dir, { aheadMs: 90 * 86_400_000 })).find(({ name }) => name.startsWith('clock'))
    assert.equal(clock?.state, 'warning')
    assert.match(clock?.says ?? '', /90 days ahead of it, which is not believed/)
    assert.match(clock?.remedy ?? '', /ROADSTREAM_CLOCK_JUMP=accept/)
  }))
