// docs/rights.md tells what the code decides.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { rightsDocument } from '../scripts/rights-table.ts'
import { openFixture } from '../src/api/api.testing.ts'
import { openMemoryLog } from '../src/eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../src/storage/memory/memory-storage.ts'

test('the tables of rights are those of the code: node scripts/write-rights.ts writes them', async () => {
  await using log = openMemoryLog({ partitions: 1 })
  await using fixture = await openFixture(openMemoryStorage(), log.log)
  await fixture.server.ready()
  const written = readFileSync(new URL('../docs/rights.md', import.meta.url), 'utf8')
  assert.equal(written, rightsDocument(fixture.server.swagger()))
})
