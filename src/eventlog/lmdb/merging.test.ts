import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { open, type RootDatabase } from 'lmdb'
import { readWhole } from '../read-whole.testing.ts'
import { decodeBlockKey, packedVersion } from './block-key.ts'
import { openLmdbLog, type LmdbLog } from './lmdb-log.ts'

const partitions = 4
const hourMs = 3_600_000
const merging = { bytes: 10_000, ageMs: hourMs, spanMs: hourMs, restMs: 0 }
const topics = [{ name: 'telemetry' }]
/** The first sweep comes with the opening, the next one in an hour. */
const openOne = (dir: string): LmdbLog => openLmdbLog({ dir, partitions, topics, sweepEveryMs: hourMs, merging })

async function inDirectory(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-merging-'))
  try {
    await body(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** The blocks of the log, by what their keys say. */
function placesIn(root: RootDatabase): ReturnType<typeof decodeBlockKey>[] {
  const blocks = root.openDB<Buffer, Buffer>('blocks', { encoding: 'binary', keyEncoding: 'binary' })
  root.resetReadTxn()
  return Array.from(blocks.getKeys(), decodeBlockKey)
}

const appendTen = (log: LmdbLog['log'], from: number): Promise<unknown> =>
  log.append(
    Array.from({ length: 10 }, (_, i) => ({
      topic: 'telemetry',
      key: `acme/v${(from + i) % 40}`,
      value: Buffer.from(`${from + i}`.padEnd(300, '.')),
      at: from + i,
    })),
  )

const checkAll = async ({ log }: LmdbLog, count: number): Promise<void> => {
  const read = (await readWhole(log, 'telemetry')).map(({ value }) => Number.parseInt(Buffer.from(value).toString()))
  assert.deepEqual(
    read.toSorted((one, other) => one - other),
    Array.from({ length: count }, (_, n) => n),
  )
}

test('of what is appended runs are packed soon after, before the next sweep', { timeout: 60_000 }, () =>
  inDirectory(async (dir) => {
    await using opened = openOne(dir)
    const root = open({ path: dir, noSubdir: false, readOnly: true })
    let count = 0
    const isPacked = (): boolean => {
      const packed = placesIn(root).filter(({ version }) => version === packedVersion)
      return new Set(packed.map(({ partition }) => partition)).size === partitions
    }
    for (; !isPacked(); count += 10) await appendTen(opened.log, count)
    await checkAll(opened, count)
    await root.close()
  }),
)

test(
  'a flood that outruns packing is left to the sweep, after which what is appended is packed again',
  { timeout: 60_000 },
  () =>
    inDirectory(async (dir) => {
      await using opened = openOne(dir)
      const root = open({ path: dir, noSubdir: false, readOnly: true })
      const packed = (): number => placesIn(root).filter(({ version }) => version === packedVersion).length
      let count = 0
      const appendOften = async (times: number): Promise<void> => {
        for (let n = 0; n < times; n++, count += 10) await appendTen(opened.log, count)
      }
      await appendOften(10)
      await opened.sweep()
      const before = packed()
      // One commit for all: so much comes before anything can be packed.
      await Promise.all(Array.from({ length: 100 }, (_, n) => appendTen(opened.log, count + 10 * n)))
      count += 1000
      await appendOften(50)
      assert.equal(packed(), before)
      await opened.sweep()
      const swept = packed()
      assert.ok(swept > before)
      while (packed() === swept) await appendOften(1)
      await checkAll(opened, count)
      await root.close()
    }),
)

test(
  'openers that append and pack at once leave every record once, and blocks without a hole',
  { timeout: 60_000 },
  () =>
    inDirectory(async (dir) => {
      const openers = [openOne(dir), openOne(dir), openOne(dir)]
      const root = open({ path: dir, noSubdir: false, readOnly: true })
      const packedIn = (): number => placesIn(root).filter(({ version }) => version === packedVersion).length
      let count = 0
      for (; packedIn() < 30; count += 10 * openers.length)
        await Promise.all(openers.map(({ log }, index) => appendTen(log, count + 10 * index)))
      for (const opened of openers) await opened[Symbol.asyncDispose]()
      await using quiet = openLmdbLog({ dir, partitions, topics, sweepEveryMs: 0 })
      await checkAll(quiet, count)
      const bytes = placesIn(root).reduce((sum, place) => sum + place.bytes, 0)
      const ends = new Map<number, number>()
      for (const { partition, base, span } of placesIn(root)) {
        assert.equal(base, ends.get(partition) ?? 0)
        ends.set(partition, base + span)
      }
      const size = quiet.size().topics.find(({ topic }) => topic === 'telemetry')
      assert.deepEqual([size?.kept, size?.bytes], [count, bytes])
      await root.close()
    }),
)
