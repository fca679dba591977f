// Outages that pass are waited out with doubling pauses; everything else ends the work.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outage } from './errors.ts'
import { orPause, pause, waitOut } from './wait-out.ts'

const outage = (retryable = true): Outage => new Outage('AWAY', 'It is away.', { retryable })
const pauses = { firstMs: 1, longestMs: 4 }

/** Fails so often, then gives the number of its attempts. */
function failing(times: number, error: () => Error = outage) {
  let attempts = 0
  return async (): Promise<number> => {
    attempts += 1
    if (attempts <= times) throw error()
    return attempts
  }
}

test('an outage is waited out with pauses that double up to the longest', async () => {
  const told: number[] = []
  const given = await waitOut(failing(5), pauses, new AbortController().signal, (_, ms) => told.push(ms))
  assert.deepEqual([given, told], [6, [1, 2, 4, 4, 4]])
})

test('a stop ends the pause, and one more attempt is made before giving up', async () => {
  const stop = new AbortController()
  let failures = 0
  const attempt = failing(Infinity)
  const given = await waitOut(attempt, { firstMs: 1e9, longestMs: 1e9 }, stop.signal, () => {
    failures += 1
    setImmediate(() => stop.abort())
  })
  assert.deepEqual([given, failures], [undefined, 2])
})

test('an outage that does not pass, and a bug, are thrown on', async () => {
  const { signal } = new AbortController()
  const never = (): never => assert.fail('nothing is to be told')
  await assert.rejects(
    waitOut(
      failing(1, () => outage(false)),
      pauses,
      signal,
      never,
    ),
    Outage,
  )
  await assert.rejects(
    orPause(
      failing(1, () => new TypeError('a bug')),
      1,
      signal,
      never,
    ),
    TypeError,
  )
})

test('a single attempt gives its value, or undefined after a pause', async () => {
  const { signal } = new AbortController()
  const told: string[] = []
  const attempt = failing(1)
  assert.equal(await orPause(attempt, 1, signal, ({ code }) => told.push(code)), undefined)
  assert.equal(await orPause(attempt, 1, signal, ({ code }) => told.push(code)), 2)
  assert.deepEqual(told, ['AWAY'])
})

test('a pause is over at once when its signal has aborted before', async () => {
  await pause(1e9, AbortSignal.abort())
})
