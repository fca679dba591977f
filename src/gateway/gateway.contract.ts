// The suites that hold of any gateway, whatever `testThreads` and `testStore` were set to before
// they are imported: each registers its tests.
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
