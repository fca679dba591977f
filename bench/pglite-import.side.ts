// A start that reads a folder of PGlite into the embedded server, in a process of its own, which
// may be killed. Tells how long it took and how much memory of its own it and the server had at
// most.
import { performance } from 'node:perf_hooks'
import { openLogger } from '../src/base/logger.ts'
import { openEmbeddedStorage } from '../src/storage/postgres/embedded/embedded-storage.ts'
import { memoryMb } from './support/process-family.ts'

const [dir = ''] = process.argv.slice(2)
let mostMb = 0
const looking = setInterval(() => (mostMb = Math.max(mostMb, memoryMb('own'))), 250)
const startedAt = performance.now()
const storage = await openEmbeddedStorage({ dir, logger: openLogger('error') })
const ms = performance.now() - startedAt
clearInterval(looking)
await storage[Symbol.asyncDispose]()
console.log(JSON.stringify({ ms, mostMb }))
