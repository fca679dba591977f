// Requests of a reader, without a broker.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '@platformatic/kafka'
import type { Ask, Broker, Cluster } from './cluster.ts'
import type { Fetched } from './fetching.ts'
import { noCounts } from './kafka-counts.ts'
import { createReader } from './reader.ts'

const empty: Fetched = {
  topicId: 'id',
  partition: 0,
  fault: 'NONE',
  end: 9,
  stableEnd: 9,
  start: 0,
  aborted: [],
  bytes: Buffer.alloc(0),
}

test('a partition is once in a request, however many read it at once from places of their own', async () => {
  let requests = 0
  const connection: Pick<Connection, 'send'> = {
    send: (...call: readonly unknown[]) => {
      requests++
      const answer = call.at(-1) as (error: null, fetched: readonly Fetched[]) => void
      setImmediate(() => answer(null, [empty]))
    },
  } as Pick<Connection, 'send'>
  const parts: Partial<Cluster> = {
    leaderOf: () => ({ host: 'broker', port: 9092 }),
    idOf: () => 'id',
    ask: async <Response>(_: Broker, __: string, asking: Ask<Response>) => asking(connection as Connection),
  }
  const reader = createReader({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of it is called
    cluster: parts as Cluster,
    prefix: '',
    counts: noCounts,
    now: () => 0,
    startsUntil: 0,
    signal: new AbortController().signal,
    seen: () => {},
  })
  const read = (offset: number) => reader.read('telemetry', 0, offset, { records: 10, bytes: 1e6 })
  await Promise.all([1, 2, 3, 4].map(read))
  assert.equal(requests, 4)
})
