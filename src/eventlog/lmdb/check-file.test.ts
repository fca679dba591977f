import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkFile } from './check-file.ts'
import { openLmdbLog } from './lmdb-log.ts'
import { openPageFile, pageFlag } from './page-file.ts'
import { newestMeta } from './page-tree.ts'

/** Zeros the last page that has been as it is for long, so that the newest tree stands on it. */
function zeroOldLeaf(path: string): void {
  using file = openPageFile(path)
  const newest = newestMeta(file, [])!.transaction
  let last = 0
  for (let number = 2; number * file.pageBytes < file.bytes; number += 1) {
    const page = file.page(number)
    if (page?.number === number && page.flags === pageFlag.leaf && page.transaction < newest - 100) last = number
  }
  assert.ok(last > 0)
  writeFileSync(path, readFileSync(path).fill(0, last * file.pageBytes, (last + 1) * file.pageBytes))
}

test('a small log is looked at whole, however little time there is', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-check-'))
  try {
    {
      await using opened = openLmdbLog({ dir, partitions: 1, topics: [{ name: 'event' }], sweepEveryMs: 0 })
      for (let n = 0; n < 2_000; n += 1)
        await opened.log.append([{ topic: 'event', key: 'acme/v1', value: Buffer.alloc(300, n), at: n }])
    }
    assert.deepEqual(checkFile(dir, -1), checkFile(dir, Infinity))
    zeroOldLeaf(join(dir, 'data.mdb'))
    const whole = checkFile(dir, Infinity)
    assert.ok(whole.faults.length > 0)
    assert.deepEqual(checkFile(dir, -1), whole)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
