// A broker that refuses, as far as the waiting for news goes, without a broker.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import type { Fetched } from './fetching.ts'
import { watchKafkaGrowth } from './growth.ts'

const refused: Fetched = {
  topicId: 'id',
  partition: 0,
  fault: 'TOPIC_AUTHORIZATION_FAILED',
  end: 0,
  stableEnd: 0,
  start: 0,
  aborted: [],
  bytes: Buffer.alloc(0),
}

test('a broker that refuses at once is not asked without a pause', { timeout: 10_000 }, async () => {
  const closing = new AbortController()
  let asked = 0
  let refreshed = 0
  const parts: Partial<Cluster> = {
    leaderOf: () => ({ host: 'broker', port: 9092 }),
    idOf: () => 'id',
    ask: async <Response>() => {
      asked++
      await nextTurn()
      return [refused] as Response
    },
    refresh: async () => void refreshed++,
  }
  const growth = watchKafkaGrowth({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of it is called
    cluster: parts as Cluster,
    prefix: '',
    partitionsOf: () => 1,
    endOf: async () => growth.seen('telemetry', 0, 5),
    signal: closing.signal,
  })
  await growth.wait(['telemetry'], closing.signal, 50)
  await growth.wait(['telemetry'], closing.signal, 300)
  closing.abort()
  await growth.close()
  assert.ok(asked > 0)
  assert.ok(asked - refreshed <= 1, `asked ${asked} times with ${refreshed} pauses`)
})
