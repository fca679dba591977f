// Sessions carried into a topic and out of it: by a try that is cut short and another one, and from
// more gateways than one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../base/logger.ts'
import { Outage } from '../../base/errors.ts'
import type { EventLog, NewRecord } from '../../eventlog/event-log.ts'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { sessionsTopic, uplinkTopics } from '../../eventlog/topics.ts'
import { openSessionsToFill, openSessionsToRead } from './carried-sessions.ts'
import { openTestStore } from './shared-store.testing.ts'

const topics = [...uplinkTopics, sessionsTopic]
const logger = silentLogger
const entry = (key: string, text: string) => ({ key, value: Buffer.from(text) })
const shown = (entries: Iterable<readonly [string, Uint8Array]>) =>
  Array.from(entries, ([key, value]) => [key, Buffer.from(value).toString()])
const local = () => openMemoryLog({ partitions: 1 }).state
const carried = [
  entry('m/topic', 'kept'),
  entry('q/bus\u00000001', 'waits'),
  entry('q/car\u00000001', 'waits too'),
  entry('r/car\u00007', '1'),
  entry('s/bus', 'of the bus'),
  entry('s/car', 'of the car'),
]
const wanted = carried.map(({ key, value }) => [key, value.toString()])

test('a try that ends after any append is gone on with, and its gateway has all of it at its next start', async () => {
  for (let appends = 0; ; appends += 1) {
    await using shared = openMemoryLog({ partitions: 1, topics })
    const own = local()
    let left = appends
    const append: EventLog['append'] = async (records: readonly NewRecord[]) => {
      if (left-- <= 0) throw new Outage('LOG_UNAVAILABLE', 'killed', { retryable: true })
      return shared.log.append(records)
    }
    const fill = async (log: EventLog) => {
      const sessions = await openSessionsToFill({ log, local: own, logger })
      await sessions.clear()
      await sessions.put(carried.slice(0, 3))
      await sessions.put(carried.slice(3))
      return sessions
    }
    const isCut = await fill({ ...shared.log, append }).then(
      () => false,
      (error: unknown) => {
        assert.equal((error as Outage).message, 'killed')
        return true
      },
    )
    assert.deepEqual(shown((await fill(shared.log)).entries()), wanted)
    assert.deepEqual(shown((await openTestStore(shared.log, own)).entries('')), wanted)
    assert.deepEqual(shown((await openSessionsToRead({ log: shared.log, local: local(), logger })).entries()), wanted)
    if (!isCut) break
  }
})

test('all sessions of the topic are read, whoever has them, and nothing is written there', async () => {
  await using shared = openMemoryLog({ partitions: 1, topics })
  const [one, other] = [await openTestStore(shared.log), await openTestStore(shared.log)]
  for (const [store, client] of [
    [one, 'van'],
    [one, 'car'],
    [other, 'bus'],
  ] as const)
    await store.claims.claim(client)
  await one.commit([], [entry('s/van', 'ends'), ...carried.filter(({ key }) => !key.includes('bus'))])
  await one.commit([], [{ key: 's/van' }])
  await other.commit(
    [],
    carried.filter(({ key }) => key.includes('bus')),
  )
  // Claimed, and not yet taken over.
  await shared.log.append([
    { topic: 'sessions', key: 'c/bus', value: Buffer.from(JSON.stringify({ gateway: 'x', life: 'y' })), at: 1 },
  ])
  const { end } = await shared.log.bounds('sessions', 0)
  const { entries } = await openSessionsToRead({ log: shared.log, local: local(), logger })
  assert.deepEqual(shown(entries()), wanted)
  assert.equal((await shared.log.bounds('sessions', 0)).end, end)
})
