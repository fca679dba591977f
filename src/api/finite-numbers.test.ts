import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../storage/memory/memory-storage.ts'
import { openFixture } from './api.testing.ts'

test('a number that is infinite is refused wherever a number is asked for, and as a word it is one', async () => {
  await using fixture = await openFixture(openMemoryStorage(), openMemoryLog({ partitions: 1 }).log)
  await fixture.addUser('ana', 'ours')
  const cookie = await fixture.signIn('ana')
  for (const text of ['Infinity', '-Infinity', '1e999', '-1e999', 'NaN'])
    for (const [path, field] of [
      ['/trips?limit=', 'limit'],
      ['/trips?from=', 'from'],
      ['/trips/sums?to=', 'to'],
    ] as const) {
      const refused = await fixture.get(`/api/v1${path}${text}`, { cookie })
      assert.equal(refused.statusCode, 400, `${path}${text}`)
      assert.equal(refused.json<{ errors: readonly { field: string }[] }>().errors[0]?.field, field)
    }
  assert.equal((await fixture.get('/api/v1/vehicles?search=Infinity', { cookie })).statusCode, 200)
})
