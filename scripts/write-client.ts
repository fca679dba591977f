// Writes clients/typescript/api.ts from the OpenAPI document of the API:
// `node scripts/write-client.ts`.
import { writeFileSync } from 'node:fs'
import { openFixture } from '../src/api/api.testing.ts'
import { openMemoryLog } from '../src/eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../src/storage/memory/memory-storage.ts'
import { typescriptTypes } from './typescript-types.ts'

if (process.argv.length > 2) {
  console.error('Usage: node scripts/write-client.ts (it takes no arguments, and writes clients/typescript/api.ts)')
  process.exit(2)
}

await using log = openMemoryLog({ partitions: 1 })
await using fixture = await openFixture(openMemoryStorage(), log.log)
const document = (await fixture.get('/api/openapi.json')).json<object>()
writeFileSync(new URL('../clients/typescript/api.ts', import.meta.url), typescriptTypes(document))
