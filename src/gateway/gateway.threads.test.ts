// Promises of one gateway hold for several threads that are one: the same tests against three
// gateways joined in this process, each client on another.
import { testThreads } from './gateway.testing.ts'

testThreads.count = 3

await import('./gateway.contract.ts')
