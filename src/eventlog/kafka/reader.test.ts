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

/** A reader of a broker that gives these answers one after the other, the last again and again,
 *  where the partition is known to end as said; and what it was asked for. */
function readerOf(answers: readonly Partial<Fetched>[], bounds: readonly number[] = [], endKnown = 0) {
  let requests = 0
  let asked = 0
  const send = (...call: readonly unknown[]) => {
    const isFetch = call[0] === 1
    const fetched = [{ ...empty, ...answers[Math.min(requests, answers.length - 1)] }]
    const offset = BigInt(bounds[Math.min(asked, bounds.length - 1)] ?? 0)
    const partitions = [{ partitionIndex: 0, errorCode: 0, timestamp: -1n, offset }]
    if (isFetch) requests++
    else asked++
    const answer = call.at(-1) as (error: null, found: unknown) => void
    setImmediate(() => answer(null, isFetch ? fetched : { topics: [{ name: 'telemetry', partitions }] }))
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of it is called
  const connection = { send } as unknown as Connection
  const parts: Partial<Cluster> = {
    leaderOf: () => ({ host: 'broker', port: 9092 }),
    idOf: () => 'id',
    refresh: async () => {},
    ask: async <Response>(_: Broker, __: string, asking: Ask<Response>) => asking(connection),
  }
  const reader = createReader({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of it is called
    cluster: parts as Cluster,
    prefix: '',
    counts: noCounts,
    now: () => 0,
    startsUntil: 0,
    signal: new AbortController().signal,
    seen: (_, __, end) => Math.max(end, endKnown),
  })
  const read = (offset: number) => reader.read('telemetry', 0, offset, { records: 10, bytes: 1e6 })
  return { read, requests: () => requests }
}

test('a partition is once in a request, however many read it at once from places of their own', async () => {
  const { read, requests } = readerOf([{ end: 9, stableEnd: 9 }])
  await Promise.all([1, 2, 3, 4].map(read))
  assert.equal(requests(), 4)
})

test('a broker that does not know yet how far the partition goes is asked again, and not taken for another log', async () => {
  const { read, requests } = readerOf([{ stableEnd: 5 }, { stableEnd: 9 }])
  const { next, end, gaps } = await read(9)
  assert.deepEqual([next, end, gaps, requests()], [9, 9, [], 2])
})

test('an answer that was overtaken by what is known to be stored is not taken for the end, and asked for once more only', async () => {
  const { read, requests } = readerOf([{ stableEnd: 9 }, { stableEnd: 12 }], [], 12)
  const { next, end } = await read(9)
  assert.deepEqual([next, end, requests()], [9, 12, 2])
  const behind = readerOf([{ stableEnd: 9 }, { stableEnd: 9 }, { stableEnd: 9 }], [], 12)
  assert.deepEqual([(await behind.read(9)).end, behind.requests()], [9, 2])
})

const outOfRange = { fault: 'OFFSET_OUT_OF_RANGE' }

test('of what was dropped before it was read a gap is told, and reading goes on at the oldest record', async () => {
  const { read } = readerOf([outOfRange, { start: 4 }], [4, 9, 9])
  const { next, gaps } = await read(2)
  assert.deepEqual([next, gaps], [4, [{ topic: 'telemetry', partition: 0, from: 2, to: 4, why: 'retention' }]])
})

test('beyond the end there is nothing, at the offset that was asked for', async () => {
  const { read } = readerOf([outOfRange], [0, 9, 9])
  const { next, end, gaps } = await read(20)
  assert.deepEqual([next, end, gaps], [20, 9, []])
})

test('what was appended between the answer and the question for the end is not passed over', async () => {
  const { read } = readerOf([outOfRange], [0, 30, 30])
  await assert.rejects(read(20), { code: 'LOG_UNAVAILABLE', retryable: true })
})
