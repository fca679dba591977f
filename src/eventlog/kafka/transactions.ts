// Records of any topics stored as one: all of a transaction is given to readers, or nothing of it.
// One at a time, by one producer. After a failure it is not known whether the transaction counts;
// `begin` decides it, and the caller looks at what was committed.

import { positionKey, type NewRecord, type Position, type Topic } from '../event-log.ts'
import { BatchBuilder, type SealedBatch } from '../batch/batch-builder.ts'
import { batchBytesMax, sealBatch, stampBatch, type Producer } from './own-batch.ts'
import { brokerText, leading, type Broker } from './cluster.ts'
import { createCoordinator } from './coordinator.ts'
import { faultOutage } from './faults.ts'
import { produce, requestBytesMax, type ProducingOptions } from './producing.ts'

export type TransactionsOptions = ProducingOptions & {
  /** One for each piece of work: whoever begins with it last is the one that commits. */
  readonly id: string
  readonly partitionOf: (record: NewRecord) => number
  readonly signal: AbortSignal
}

export type Transactions = {
  /** Decides what was left open, by this one or by whoever had the id before, which is shut out.
   *  Then what is committed can be read. Rejects with Outage LOG_FENCED when another one began
   *  since, for good. */
  begin(): Promise<void>
  /** Gives where to read on in each partition, once all of it is committed and can be read. */
  commit(records: readonly NewRecord[]): Promise<readonly Position[]>
}

type Place = { readonly topic: Topic; readonly partition: number }
/** A partition's share of a transaction, in order. */
type Part = Place & { readonly builder: BatchBuilder; readonly sealed: SealedBatch[] }
type Due = { readonly part: Part; readonly batch: SealedBatch }

const sequences = 2 ** 31

export function createTransactions(options: TransactionsOptions): Transactions {
  const { cluster, prefix, compression, counts } = options
  const coordinator = createCoordinator(cluster, options.id, options.signal)
  const nextSequence = new Map<string, number>()
  let producer: Producer | undefined

  const begin = async (): Promise<void> => {
    producer = await coordinator.begin(producer)
    nextSequence.clear()
    await cluster.refresh()
  }

  const partsOf = (records: readonly NewRecord[]): Part[] => {
    const parts = new Map<string, Part>()
    for (const record of records) {
      const { topic } = record
      const partition = options.partitionOf(record)
      const key = positionKey(topic, partition)
      let part = parts.get(key)
      if (part === undefined) parts.set(key, (part = { topic, partition, builder: new BatchBuilder(), sealed: [] }))
      part.builder.add(record)
      if (part.builder.size >= batchBytesMax) seal(part)
    }
    for (const part of parts.values()) if (part.builder.count > 0) seal(part)
    return [...parts.values()]
  }

  const seal = ({ builder, sealed }: Part): void => {
    sealed.push(sealBatch(builder, compression, Date.now()))
  }

  /** Turn by turn the next batch of each partition, as a request takes one of each. */
  const sendAll = async (parts: readonly Part[]): Promise<Position[]> => {
    const ends: Position[] = []
    for (let turn = 0; ; turn++) {
      const due = parts.flatMap((part) => (turn < part.sealed.length ? [{ part, batch: part.sealed[turn]! }] : []))
      if (due.length === 0) return ends
      const requests = requestsOf(due, ({ topic, partition }) => leading(cluster, prefix + topic, partition))
      const stored = await Promise.all(requests.map(({ broker, own }) => send(broker, own)))
      for (const { position, part } of stored.flat()) if (turn === part.sealed.length - 1) ends.push(position)
    }
  }

  const send = async (broker: Broker, own: readonly Due[]) => {
    const sent = own.map(({ part, batch }) => ({ ...stamped(part, batch), part, batch }))
    const sentAt = performance.now()
    const produced = await cluster.ask(broker, 'produce', (connection) => produce(connection, sent, options.id))
    const records = sent.reduce((sum, { batch }) => sum + batch.count, 0)
    counts.answered(sent.length, records, performance.now() - sentAt)
    return sent.map(({ name, part, batch }, index) => {
      const { fault, base } = produced[index]!
      if (fault !== 'NONE') throw faultOutage({ name: fault, topic: name })
      const { topic, partition } = part
      return { part, position: { topic, partition, offset: base + batch.count } }
    })
  }

  const stamped = ({ topic, partition }: Place, { bytes, count }: SealedBatch) => {
    const key = positionKey(topic, partition)
    const sequence = nextSequence.get(key) ?? 0
    stampBatch(bytes, begunProducer(), sequence)
    nextSequence.set(key, (sequence + count) % sequences)
    return { name: prefix + topic, partition, bytes }
  }

  const begunProducer = (): Producer => {
    if (producer === undefined) throw new Error('Transactions are begun before one is committed.')
    return producer
  }

  return {
    begin,
    commit: async (records) => {
      await options.begun()
      const parts = partsOf(records)
      const topics = Map.groupBy(parts, ({ topic }) => topic)
      await coordinator.add(
        begunProducer(),
        [...topics].map(([topic, own]) => ({
          name: prefix + topic,
          partitions: own.map(({ partition }) => partition),
        })),
      )
      const ends = await sendAll(parts)
      await coordinator.end(begunProducer())
      await coordinator.ended()
      // After the last record stands the marker by which it is committed.
      for (const { topic, partition, offset } of ends) options.stored(topic, partition, offset + 1)
      return ends
    },
  }
}

/** In as few requests as their size allows. */
function requestsOf(due: readonly Due[], leader: (place: Place) => Broker) {
  const requests: { readonly broker: Broker; readonly own: Due[]; bytes: number }[] = []
  const open = new Map<string, (typeof requests)[number]>()
  for (const each of due) {
    const broker = leader(each.part)
    const key = brokerText(broker)
    let request = open.get(key)
    if (request === undefined || request.bytes >= requestBytesMax) {
      request = { broker, own: [], bytes: 0 }
      open.set(key, request)
      requests.push(request)
    }
    request.own.push(each)
    request.bytes += each.batch.bytes.byteLength
  }
  return requests
}
