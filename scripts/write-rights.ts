// Writes docs/rights.md from the permissions, the roles and the routes of the API:
// `node scripts/write-rights.ts`.
import { writeFileSync } from 'node:fs'
import { openFixture } from '../src/api/api.testing.ts'
import { openMemoryLog } from '../src/eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../src/storage/memory/memory-storage.ts'
import { rightsDocument } from './rights-table.ts'

if (process.argv.length > 2) {
  console.error('Usage: node scripts/write-rights.ts (it takes no arguments, and writes docs/rights.md)')
  process.exit(2)
}

await using log = openMemoryLog({ partitions: 1 })
await using fixture = await openFixture(openMemoryStorage(), log.log)
await fixture.server.ready()
writeFileSync(new URL('../docs/rights.md', import.meta.url), rightsDocument(fixture.server.swagger()))
