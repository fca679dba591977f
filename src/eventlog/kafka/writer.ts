// Appends as produce requests. Everything that waits for a broker while a request to it is
// on its way goes with the next one, a batch of each partition it leads:
//
//   append, append …  →  lanes, one a partition  →  one request a broker at a time  →  all resolve
//
// Invariants: of a partition one batch is on its way, and it is sent by the same producer and
// sequence until it is stored: a broker that stored it and could not say so stores it once, and no
// later batch overtakes it. A batch that is given up may be stored; its lane then goes on as
// another producer, for under the old sequence the next batch would be taken for it and dropped.
import { initProducerIdV4 } from '@platformatic/kafka'
import type { Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import { onceATick } from '../../base/once-a-tick.ts'
import type { NewRecord, Position, Topic } from '../event-log.ts'
import { partitionOf } from '../partition.ts'
import type { Producer } from './own-batch.ts'
import { brokerText, kafkaTimes, type Broker, type Cluster } from './cluster.ts'
import { faultOutage, isFaultOfRecord } from './faults.ts'
import { PartitionLane, type WaitingBatch, type Call } from './lane.ts'
import type { Outages } from './outages.ts'
import { produce, requestBytesMax, type Produced, type ProducingOptions } from './producing.ts'
import type { ServerClock } from './server-clock.ts'

export type KafkaWriterOptions = ProducingOptions & {
  /** Bytes of records that may be in memory and not stored. */
  readonly gatheredBytesMax: number
  /** How long a batch is tried before its appends reject. */
  readonly deliveryMs: number
  readonly clock: ServerClock
  readonly steady: Clock
  readonly outages: Outages
  readonly partitionsOf: (topic: Topic) => number
}

export type KafkaWriter = {
  append(records: readonly NewRecord[]): Promise<Position[]>
  /** Resolves when nothing is on its way. */
  idle(): Promise<void>
  /** Rejects what is not stored. */
  giveUp(outage: Outage): void
}

type Sent = { readonly lane: PartitionLane; readonly batch: WaitingBatch; readonly bytes: Buffer }

/** Faults by which a broker says that it no longer knows what the producer sent before. */
const producerFaults: ReadonlySet<string> = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
])
/** Counted for a record on top of its key and value. */
const recordOverheadBytes = 64

export function createKafkaWriter(options: KafkaWriterOptions): KafkaWriter {
  const { cluster, prefix, clock, steady, outages, counts } = options
  /** By topic and partition. */
  const lanes = new Map<Topic, (PartitionLane | undefined)[]>()
  const waiting = new Set<PartitionLane>()
  const busy = new Set<string>()
  /** Lanes whose batch failed, until their leaders were told anew. */
  const held = new Set<PartitionLane>()
  let gatheredBytes = 0
  let fresh: Promise<Producer> | undefined
  let looking: Promise<void> | undefined
  let lastOutage: Outage = unreadable(undefined)
  let idle: (() => void)[] = []

  const lanesOf = (topic: Topic): (PartitionLane | undefined)[] => {
    let own = lanes.get(topic)
    if (own === undefined) {
      own = Array.from({ length: options.partitionsOf(topic) }, () => undefined)
      lanes.set(topic, own)
    }
    return own
  }

  const laneOf = ({ topic, key }: NewRecord): PartitionLane => {
    const own = lanesOf(topic)
    const partition = partitionOf(key, own.length)
    return (own[partition] ??= new PartitionLane(topic, partition, options.compression))
  }

  const append = (records: readonly NewRecord[]): Promise<Position[]> => {
    let bytes = 0
    for (const record of records) {
      lanesOf(record.topic)
      bytes += bytesOf(record)
    }
    if (gatheredBytes + bytes > options.gatheredBytesMax && gatheredBytes > 0)
      throw busyOutage(options.gatheredBytesMax)
    gatheredBytes += bytes
    return new Promise((resolve, reject) => {
      const call: Call = { positions: [], open: 0, resolve, reject }
      const steadyAt = steady.now()
      for (const record of records) {
        const lane = laneOf(record)
        if (lane.isEmpty) waiting.add(lane)
        lane.add(record, bytesOf(record), call, steadyAt)
      }
      wake()
    })
  }

  /** Sends to each broker that has nothing to answer what waits for it. */
  const pump = (): void => {
    const groups = new Map<string, { readonly broker: Broker; readonly lanes: PartitionLane[] }>()
    let isLost = false
    for (const lane of waiting) {
      if (lane.isSending || held.has(lane)) continue
      const broker = cluster.leaderOf(prefix + lane.topic, lane.partition)
      const key = broker && brokerText(broker)
      if (broker === undefined || key === undefined) isLost = true
      else if (!busy.has(key)) {
        const group = groups.get(key) ?? { broker, lanes: [] }
        group.lanes.push(lane)
        groups.set(key, group)
      }
    }
    for (const [key, group] of groups) {
      busy.add(key)
      void send(group.broker, group.lanes).finally(() => {
        busy.delete(key)
        if (looking === undefined) wake()
      })
    }
    if (isLost) lookAgain()
  }
  const wake = onceATick(pump)

  /** After a pause: has the leaders told anew, and tries again. */
  const lookAgain = (): void => {
    looking ??= (async () => {
      await new Promise((resolve) => setTimeout(resolve, kafkaTimes.retryPause))
      const fault = await cluster.refresh().then(
        () => undefined,
        (error: unknown) => error,
      )
      looking = undefined
      held.clear()
      if (fault instanceof Outage && fault.code === 'LOG_REPLACED') giveUpOld(Infinity, fault)
      else giveUpOld()
      wake()
    })()
  }

  const producer = (): Promise<Producer> => {
    const opening = (fresh ??= openProducer(cluster))
    opening.catch(() => {
      fresh = undefined
    })
    return opening
  }

  const send = async (broker: Broker, group: readonly PartitionLane[]): Promise<void> => {
    const sent: Sent[] = []
    for (const lane of group) lane.isSending = true
    try {
      await options.begun()
      let bytes = 0
      for (const lane of group) {
        const batch = bytes < requestBytesMax ? lane.oldest() : undefined
        if (batch === undefined) continue
        sent.push({ lane, batch, bytes: lane.stamped(batch, lane.producer ?? (await producer())) })
        bytes += batch.bytes.byteLength
      }
      const sentAt = steady.now()
      const produced = await cluster.ask(broker, 'produce', (connection) =>
        produce(
          connection,
          sent.map(({ lane, bytes }) => ({ name: prefix + lane.topic, partition: lane.partition, bytes })),
        ),
      )
      counts.answered(
        sent.length,
        sent.reduce((sum, { batch }) => sum + batch.count, 0),
        steady.now() - sentAt,
      )
      settle(sent, produced, sentAt)
    } catch (error) {
      failed(group, error)
    } finally {
      for (const lane of group) lane.isSending = false
    }
  }

  const settle = (sent: readonly Sent[], produced: readonly Produced[], sentAt: number): void => {
    const answeredAt = steady.now()
    for (const [index, { lane, batch }] of sent.entries()) {
      // Given up meanwhile.
      if (lane.oldest() !== batch) continue
      const { fault, base, stampedAt } = produced[index]!
      if (fault !== 'NONE') refused(lane, fault)
      else {
        if (stampedAt >= 0) clock.stamped(stampedAt, sentAt, answeredAt)
        done(lane, lane.stored(base))
        options.stored(lane.topic, lane.partition, base + batch.count)
        outages.over(lane.name)
      }
    }
  }

  const refused = (lane: PartitionLane, fault: string): void => {
    const outage = faultOutage({ name: fault, topic: prefix + lane.topic })
    if (isFaultOfRecord(fault)) {
      done(lane, lane.givenUp(outage))
      fresh = undefined
    } else {
      if (producerFaults.has(fault)) {
        lane.renew()
        fresh = undefined
      }
      failed([lane], outage)
    }
  }

  const failed = (group: readonly PartitionLane[], error: unknown): void => {
    const outage = error instanceof Outage ? error : unreadable(error)
    for (const lane of group) held.add(lane)
    counts.retried(group.length)
    for (const { name } of group) outages.met(name, outage, 'What waits is sent again.')
    lastOutage = outage
    lookAgain()
  }

  const done = (lane: PartitionLane, batch: WaitingBatch): void => {
    gatheredBytes -= batch.recordBytes
    if (!lane.isEmpty) return
    waiting.delete(lane)
    if (waiting.size > 0) return
    for (const resolve of idle) resolve()
    idle = []
  }

  const giveUpOld = (beforeAt = steady.now() - options.deliveryMs, outage = lastOutage): void => {
    for (const lane of waiting)
      for (let batch = lane.oldest(); batch !== undefined && !lane.isSending; batch = lane.oldest()) {
        if (batch.sinceAt > beforeAt) break
        done(lane, lane.givenUp(outage))
        fresh = undefined
      }
  }

  return {
    append: async (records) => (records.length === 0 ? [] : append(records)),
    idle: async () => {
      if (waiting.size > 0) await new Promise<void>((resolve) => idle.push(resolve))
    },
    giveUp: (outage) => {
      for (const lane of waiting) lane.isSending = false
      giveUpOld(Infinity, outage)
    },
  }
}

const bytesOf = ({ key, value }: NewRecord): number => key.length + value.byteLength + recordOverheadBytes

async function openProducer(cluster: Cluster): Promise<Producer> {
  const { producerId, producerEpoch } = await cluster.askAny((connection) =>
    initProducerIdV4.api.async(connection, null, kafkaTimes.store, -1n, -1),
  )
  return { id: producerId, epoch: producerEpoch }
}

const busyOutage = (bytesMax: number): Outage =>
  new Outage(
    'LOG_BUSY',
    `The event log has ${bytesMax} bytes waiting for Kafka, its limit. Wait for appends to resolve before giving more.`,
    { retryable: true },
  )

const unreadable = (cause: unknown): Outage =>
  new Outage('LOG_UNAVAILABLE', 'Kafka gave no answer that could be read.', { retryable: true, cause })
