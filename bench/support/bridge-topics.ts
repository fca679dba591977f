// Topics of Kafka that bridges carry to: made, watched and read whole, past the client's consumer.
import { listOffsets, fetch } from '../../src/eventlog/kafka/fetching.ts'
import { batchAt, lengthFrom } from '../../src/eventlog/batch/batch-form.ts'
import { readBatches } from '../../src/eventlog/kafka/batch-reading.ts'
import { leading, openCluster, withinTime, type Cluster } from '../../src/eventlog/kafka/cluster.ts'
import type { Kafka } from '../../test/engines/kafka.ts'
import { partitions } from './bridge-kinds.ts'
import { cars, placeOf } from './car-messages.ts'

export type TopicFigures = {
  readonly records: number
  /** Of those that were said, how many are not there. */
  readonly missing: number
  /** Records beyond the first of each message. */
  readonly doubled: number
  /** Cars whose messages are in more than one partition, so that nothing says their order. */
  readonly spreadCars: number
  /** Messages that stand, where they stand first, behind a later one of their car in the
   *  partition. */
  readonly outOfOrder: number
  /** Records whose key names no car. */
  readonly keyless: number
  readonly batches: number
}

export type BridgeTopics = AsyncDisposable & {
  make(topic: string): void
  /** Records so far; 0 while there is no such topic. Rejects when Kafka is away for a minute. */
  count(topic: string): Promise<number>
  /** Holds it against the messages that were said. */
  read(topic: string, messages: number): Promise<TopicFigures>
}

const all = Array.from({ length: partitions }, (_, partition) => partition)
const patienceMs = 60_000
const limits = { waitMs: 500, bytesMax: 4 * 2 ** 20, totalBytesMax: 16 * 2 ** 20 }

export function openBridgeTopics(kafka: Kafka): BridgeTopics {
  const cluster = openCluster({ brokers: kafka.brokers, tls: undefined, sasl: undefined }, 'bench', [])
  return {
    make(topic) {
      const size = ['--partitions', String(partitions), '--replication-factor', '1']
      kafka.tool('TopicCommand', '--create', '--topic', topic, ...size)
    },
    count: async (topic) => (await endsOf(cluster, topic)).reduce((sum, end) => sum + end, 0),
    async read(topic, messages) {
      const tally = openTally()
      for (const partition of all) await readPartition(cluster, { topic, partition }, tally)
      return tally.figures(messages)
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  }
}

/** Tried again for as long as Kafka needs to come back. */
const patiently = <Value>(attempt: () => Promise<Value>): Promise<Value> =>
  withinTime(attempt, patienceMs, new AbortController().signal)

/** In the broker's order. */
const endsOf = (cluster: Cluster, topic: string): Promise<readonly number[]> =>
  patiently(async () => {
    if (cluster.idOf(topic) === undefined && !(await cluster.describe([topic])).has(topic)) return []
    const ends = await cluster.ask(leading(cluster, topic, 0), 'read', (connection) =>
      listOffsets(connection, topic, all, 'end'),
    )
    // A topic that was made just now may have no leader yet.
    return ends.every(({ fault }) => fault === 'NONE') ? ends.map(({ offset }) => offset) : []
  })

type Place = { readonly topic: string; readonly partition: number }

async function readPartition(cluster: Cluster, { topic, partition }: Place, tally: Tally): Promise<void> {
  const topicId = cluster.idOf(topic) ?? ''
  let end = 1
  for (let next = 0; next < end;) {
    const from = next
    const [fetched] = await patiently(() =>
      cluster.ask(leading(cluster, topic, partition), 'read', (connection) =>
        fetch(connection, [{ topicId, partition, offset: from }], limits),
      ),
    )
    if (fetched?.fault !== 'NONE') throw new Error(`${topic}/${partition}: ${fetched?.fault ?? 'no answer'}`)
    const read = readBatches(fetched.bytes, { topic, partition }, next, fetched.aborted)
    for (const { key, value } of read.records) tally.take(partition, key, value)
    tally.batches += batchesIn(fetched.bytes)
    if (read.next === next && next < fetched.end)
      throw new Error(`${topic}/${partition} gives nothing from ${next} on, and ends at ${fetched.end}`)
    next = read.next
    end = fetched.end
  }
}

/** The whole ones. */
function batchesIn(bytes: Buffer): number {
  let count = 0
  for (let at = 0; at + batchAt.records <= bytes.length;) {
    at += lengthFrom + bytes.readInt32BE(at + batchAt.length)
    if (at <= bytes.length) count += 1
  }
  return count
}

type Tally = ReturnType<typeof openTally>

function openTally() {
  const seen = Array.from({ length: cars }, () => ({ seqs: new Set<number>(), newest: new Map<number, number>() }))
  let records = 0
  let outOfOrder = 0
  let keyless = 0
  return {
    batches: 0,
    take(partition: number, key: string, value: Uint8Array): void {
      const place = placeOf(value)
      if (place === undefined) return
      records += 1
      if (!key.split('/').includes(`car-${place.car}`)) keyless += 1
      const { seqs, newest } = seen[place.car]!
      const newestSeq = newest.get(partition) ?? -1
      if (!seqs.has(place.seq) && place.seq < newestSeq) outOfOrder += 1
      seqs.add(place.seq)
      newest.set(partition, Math.max(newestSeq, place.seq))
    },
    figures(messages: number): TopicFigures {
      const distinct = seen.reduce((sum, { seqs }) => sum + seqs.size, 0)
      return {
        records,
        missing: messages - distinct,
        doubled: records - distinct,
        spreadCars: seen.filter(({ newest }) => newest.size > 1).length,
        outOfOrder,
        keyless,
        batches: this.batches,
      }
    },
  }
}
