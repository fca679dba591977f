// Promises of one gateway hold for several threads that are one: the same tests against three
// gateways joined in this process, each client on another.
import { testThreads } from './gateway.testing.ts'

testThreads.count = 3

await import('./gateway.session.test.ts')
await import('./gateway.restart.test.ts')
await import('./conformance/delivery.test.ts')
await import('./conformance/goodbye.test.ts')
await import('./conformance/publish.test.ts')
await import('./conformance/retained.test.ts')
await import('./conformance/sessions.test.ts')
await import('./conformance/shared.test.ts')
await import('./conformance/subscribe.test.ts')
await import('./conformance/will.test.ts')
