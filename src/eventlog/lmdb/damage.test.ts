import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { silentLogger, type Logger } from '../../base/logger.ts'
import { everything } from '../event-log-subject.testing.ts'
import type { Segment, TopicSpec } from '../event-log.ts'
import type { SweptLog } from '../state-store.ts'
import { checkFile } from './check-file.ts'
import { gatherEntries } from './gather-entries.ts'
import { openLmdbLog } from './lmdb-log.ts'
import { openPageFile } from './page-file.ts'

const count = 20
const valueBytes = 500
/** How many blocks retention keeps, and bits of the keys of the last ones it drops and the first
 *  ones it does not, after their offsets. */
const kept = 8
const anyBit = fc.record({
  block: fc.integer({ min: count - kept - 2, max: count - kept }),
  at: fc.double({ min: 9 / 24, max: 1, maxExcluded: true, noNaN: true }),
})

function open(dir: string, more: Partial<TopicSpec> = {}, logger: Logger = silentLogger): SweptLog {
  return openLmdbLog({ dir, partitions: 1, topics: [{ name: 'event', ...more }], sweepEveryMs: 0, logger })
}

/** A log of `count` records in as many blocks, closed. */
async function onLog(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-damage-'))
  try {
    {
      await using opened = open(dir)
      for (let n = 0; n < count; n += 1)
        await opened.log.append([
          { topic: 'event', key: 'k', value: Buffer.alloc(valueBytes, n), at: n, receivedAt: n },
        ])
    }
    await body(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Changes a bit of a block's key, or of the block itself. */
function flip(
  dir: string,
  part: 'key' | 'block',
  { block, at }: { readonly block: number; readonly at: number },
): void {
  const path = join(dir, 'data.mdb')
  const bytes = readFileSync(path)
  const found = (() => {
    using file = openPageFile(path)
    return gatherEntries(file).blocks.get('2/0')![block]!
  })()
  const from = part === 'block' ? found.at : found.at - found.key.byteLength
  const bit = from * 8 + Math.floor(at * 8 * (part === 'block' ? found.place.bytes : found.key.byteLength))
  bytes[bit >> 3]! ^= 1 << (bit & 7)
  writeFileSync(path, bytes)
}

/** The offsets that are neither read nor told to be damaged. */
function silentlyMissing({ records, gaps, start, end }: Segment): number[] {
  const isTold = (offset: number): boolean =>
    gaps.some(({ from, to, why }) => why === 'damaged' && from <= offset && offset < to)
  const read = new Set(records.map(({ offset }) => offset))
  return Array.from({ length: end - start }, (_, n) => start + n).filter(
    (offset) => !read.has(offset) && !isTold(offset),
  )
}

test('whatever a damaged key says of its block, retention drops what is too much and no more, and nothing is missing without a word', () =>
  fc.assert(
    fc.asyncProperty(anyBit, (bit) =>
      onLog(async (dir) => {
        flip(dir, 'key', bit)
        if (checkFile(dir, Infinity).faults.length > 0) return
        await using opened = open(dir, { retention: { bytes: kept * (valueBytes + 32) } })
        await opened.sweep()
        const segment = await opened.log.read('event', 0, 0, everything)
        const { start, end, records } = segment
        assert.equal(end, count)
        assert.ok(start <= end && records.length >= kept - 2, `kept ${records.length} records from ${start} on`)
        assert.deepEqual(silentlyMissing(segment), [])
        for (const { offset, value } of records) assert.deepEqual([...new Set(value)], [offset])
      }),
    ),
    { numRuns: 60 },
  ))

test('a damaged block is read past, told in one line, and known from then on, until retention has passed it', () =>
  onLog(async (dir) => {
    flip(dir, 'block', { block: 7, at: 0.5 })
    const lines: object[] = []
    const logger = Object.assign(Object.create(silentLogger) as Logger, {
      error: (fields: object) => void lines.push(fields),
    })
    const told = { topic: 'event', partition: 0, from: 7, to: 8, records: 1 }
    {
      await using opened = open(dir, {}, logger)
      for (const from of [0, 7, 3]) {
        const segment = await opened.log.read('event', 0, from, everything)
        assert.deepEqual([segment.records.length, silentlyMissing({ ...segment, start: from })], [count - from - 1, []])
      }
    }
    await using opened = open(dir, { retention: { bytes: 0 } }, logger)
    await opened.log.read('event', 0, 0, everything)
    const known = await opened.log.damage()
    assert.deepEqual(
      known.map(({ foundAt, ...range }) => [range, foundAt > 0]),
      [[told, true]],
    )
    assert.equal(lines.length, 1)
    await opened.sweep()
    assert.deepEqual(await opened.log.damage(), [])
  }))

test('of a topic that is compacted nobody knows how many records a damaged range held', () =>
  onLog(async (dir) => {
    flip(dir, 'block', { block: 3, at: 0.2 })
    {
      await using opened = open(dir, { cleanup: 'compact' })
      await opened.log.read('event', 0, 0, everything)
    }
    await using opened = open(dir, { cleanup: 'compact' })
    assert.deepEqual(
      (await opened.log.damage()).map(({ from, to, records }) => [from, to, records]),
      [[3, 4, null]],
    )
  }))
