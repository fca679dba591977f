import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { fixtureNow, openFixture } from '../api-fixture.ts'
import type { ApiOptions } from '../api-options.ts'
import type { SystemState } from '../contract.ts'
import { fillStorage } from '../fixture-rows.ts'

async function open(more: Partial<ApiOptions> = {}) {
  const storage = openMemoryStorage()
  await fillStorage(storage)
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log, more)
  await fixture.addUser('ana', 'ours')
  return { ...fixture, cookie: await fixture.signIn('ana') }
}

test('the system tells which ranges of the log are damaged, and null where the log cannot tell', async () => {
  const damaged = [{ topic: 'telemetry', partition: 3, from: 10, to: 20, records: null, foundAt: fixtureNow }]
  for (const [more, expected] of [
    [{ damage: async () => damaged }, damaged],
    [{ damage: async () => [] }, []],
    [{}, null],
  ] as const) {
    await using fixture = await open(more)
    assert.deepEqual((await fixture.get('/api/v1/system', { cookie: fixture.cookie })).json<SystemState>().damaged, expected)
  }
})
