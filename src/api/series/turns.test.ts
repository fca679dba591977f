import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from './turns.ts'

const busy = (): Error => new Error('busy')
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('as many run at once as may, the others in the order they came, and who is too many is told so', async () => {
  const turns = createTurns({ atOnce: 2, waiting: 1, busy })
  const work = ['a', 'b', 'c'].map((name) => ({ name, done: Promise.withResolvers<void>() }))
  const started: string[] = []
  const results = work.map(({ name, done }) =>
    turns.take(async () => {
      started.push(name)
      await done.promise
      return name
    }),
  )
  await assert.rejects(() => turns.take(async () => started.push('d')), /busy/)
  assert.deepEqual(started, ['a', 'b'])
  work[1]!.done.resolve()
  assert.equal(await results[1], 'b')
  await settle()
  assert.deepEqual(started, ['a', 'b', 'c'])
  work[0]!.done.resolve()
  work[2]!.done.resolve()
  assert.deepEqual(await Promise.all(results), ['a', 'b', 'c'])
})

test('work that fails gives its turn back', async () => {
  const turns = createTurns({ atOnce: 1, waiting: 0, busy })
  for (let times = 0; times < 3; times++)
    await assert.rejects(() => turns.take(() => Promise.reject(new Error('broken'))), /broken/)
  assert.equal(await turns.take(async () => 1), 1)
})
