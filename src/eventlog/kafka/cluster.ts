// The brokers of a Kafka cluster and which of them leads a partition. Requests go out by the
// client's connections; everything here is bounded in time, so that no promise is left open by a
// broker that stopped.
import { isIP } from 'node:net'
import { ConnectionPool, metadataV12, type Connection } from '@platformatic/kafka'
import { Outage } from '../../base/errors.ts'
import { hostText } from '../../base/host-text.ts'
import { pause } from '../../base/wait-out.ts'
import { answerOf, closedLog, connectionOutage, faultName, faultOutage, type BrokerPlace } from './faults.ts'
import type { KafkaServers } from '../kafka-options.ts'

export type Broker = { readonly host: string; readonly port: number }

export type ClusterTopic = {
  readonly id: string
  /** Of each partition; undefined while it has none. */
  readonly leaders: readonly (Broker | undefined)[]
  readonly replication: number
}

/** Purposes that have connections of their own, as a broker answers one connection in order: who
 *  waits for news must not hold up who stores. */
export type Purpose = 'produce' | 'read' | 'watch' | 'manage' | 'group'

/** Milliseconds. */
export const kafkaTimes = {
  connect: 5_000,
  /** For a broker to have a record stored by the others. */
  store: 10_000,
  /** For any answer; above `store`. */
  answer: 12_000,
  metadata: 4_000,
  /** For the cluster to be there when the log is opened. */
  opening: 30_000,
  retryPause: 100,
} as const

export type Ask<Response> = (connection: Connection) => Promise<Response>

export type Cluster = AsyncDisposable & {
  /** Asks a broker; rejects with an Outage for a fault, or when it does not answer in time. */
  ask<Response>(broker: Broker, purpose: Purpose, ask: Ask<Response>, timeoutMs?: number): Promise<Response>
  /** Asks any broker that answers. */
  askAny<Response>(ask: Ask<Response>): Promise<Response>
  /** The topics that there are, by their full names. */
  describe(names: readonly string[]): Promise<ReadonlyMap<string, ClusterTopic>>
  /** The leader as it was last told. */
  leaderOf(name: string, partition: number): Broker | undefined
  idOf(name: string): string | undefined
  /** Has the leaders of all topics told anew; calls at the same time are one. */
  refresh(): Promise<void>
}

/** `known` are the topics that `refresh` asks for. Nothing is connected yet. */
export function openCluster(servers: KafkaServers, clientId: string, known: readonly string[]): Cluster {
  const pools = new Map<Purpose, ConnectionPool>()
  const topics = new Map<string, ClusterTopic>()
  let brokers: readonly Broker[] = servers.brokers
  let refreshing: Promise<void> | undefined
  let isClosed = false

  const poolOf = (purpose: Purpose): ConnectionPool => {
    const found = pools.get(purpose)
    if (found !== undefined) return found
    const pool = new ConnectionPool(clientId, connectionOptions(servers))
    pool.on('connecting', ({ connection }) => {
      // An error of a connection is told to who asked; without a listener the second one of a
      // connection would end the process.
      connection.on('error', () => {})
      connection.once('error', () => forgotten(connection))
    })
    pool.on('failed', ({ connection }) => {
      forgotten(connection)
      connection.socket?.destroy()
    })
    pools.set(purpose, pool)
    return pool
  }

  const given = new Set(servers.brokers.map(brokerText))
  const placeOf = (broker: Broker): BrokerPlace => {
    const where = brokerText(broker)
    return { where, isNamedByBrokers: !given.has(where) }
  }

  const ask = async <Response>(
    broker: Broker,
    purpose: Purpose,
    asking: Ask<Response>,
    timeoutMs: number = kafkaTimes.answer,
  ): Promise<Response> => {
    if (isClosed) throw closedLog()
    const pool = poolOf(purpose)
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      // A broker that has not answered by now may never answer; the next call asks by a new
      // connection.
      pool.getEstablishedConnection(broker)?.socket?.destroy()
      late.reject(connectionOutage(undefined, placeOf(broker)))
    }, timeoutMs)
    try {
      return await Promise.race([pool.get(broker).then(asking), late.promise])
    } catch (error) {
      throw connectionOutage(error, placeOf(broker))
    } finally {
      clearTimeout(timer)
    }
  }

  const askAny = async <Response>(asking: Ask<Response>): Promise<Response> => {
    let last: unknown
    for (const broker of shuffled([...brokers, ...servers.brokers.filter((each) => !isIn(each, brokers))]))
      try {
        return await ask(broker, 'manage', asking, kafkaTimes.metadata)
      } catch (error) {
        if (!(error instanceof Outage && error.retryable)) throw error
        last = error
      }
    throw last
  }

  const describe = async (names: readonly string[]): Promise<ReadonlyMap<string, ClusterTopic>> => {
    const response = await askAny((connection) => answerOf(metadataV12.api.async(connection, [...names], false, false)))
    const byId = new Map(response.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
    brokers = [...byId.values()]
    const found = new Map<string, ClusterTopic>()
    for (const topic of response.topics) {
      const name = topic.name ?? ''
      const fault = faultName(topic.errorCode)
      if (fault === 'UNKNOWN_TOPIC_OR_PARTITION') continue
      if (fault !== 'NONE' && fault !== 'LEADER_NOT_AVAILABLE') throw faultOutage({ name: fault, topic: name })
      const partitions = topic.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex)
      found.set(name, { id: topic.topicId, ...shapeOf(partitions, (nodeId) => byId.get(nodeId)) })
    }
    for (const [name, topic] of found) {
      const before = topics.get(name)
      if (before !== undefined && before.id !== topic.id) throw replaced(name)
      topics.set(name, topic)
    }
    return found
  }

  const refresh = async (): Promise<void> => {
    await describe(known)
  }

  return {
    ask,
    askAny,
    describe,
    leaderOf: (name, partition) => topics.get(name)?.leaders[partition],
    idOf: (name) => topics.get(name)?.id,
    refresh: () =>
      (refreshing ??= refresh().finally(() => {
        refreshing = undefined
      })),
    [Symbol.asyncDispose]: async () => {
      isClosed = true
      // A broker that stopped does not close its side: its sockets are not waited for.
      for (const pool of pools.values()) for (const [, connection] of pool) connection.socket?.destroy()
      await Promise.all([...pools.values()].map((pool) => pool.close().catch(() => {})))
    },
  }
}

/** The pool has forgotten a connection. When that closes at last it would forget the broker's next
 *  one, which nobody would use or close any more: a process that stops would wait for it. */
const forgotten = (connection: Connection): void => void connection.removeAllListeners('close')

/** The leader as it was last told, by the topic's full name. Throws Outage LOG_UNAVAILABLE
 *  (retryable) while there is none. */
export function leading(cluster: Pick<Cluster, 'leaderOf'>, name: string, partition: number): Broker {
  const leader = cluster.leaderOf(name, partition)
  if (leader === undefined) throw faultOutage({ name: 'LEADER_NOT_AVAILABLE', topic: name })
  return leader
}

/** How a topic lies on the brokers, of which `brokerOf` gives those that are there. */
export const shapeOf = (
  partitions: readonly PartitionPlace[],
  brokerOf: (nodeId: number) => Broker | undefined,
): Pick<ClusterTopic, 'leaders' | 'replication'> => ({
  leaders: partitions.map(({ leaderId }) => brokerOf(leaderId)),
  replication: Math.min(...partitions.map(({ replicaNodes }) => replicaNodes.length)),
})

type PartitionPlace = { readonly leaderId: number; readonly replicaNodes: readonly number[] }

/** The first success of an attempt within the time; what may pass is tried again. */
export async function withinTime<Value>(
  attempt: () => Promise<Value>,
  ms: number,
  signal: AbortSignal,
): Promise<Value> {
  const endsAt = performance.now() + ms
  for (;;)
    try {
      return await attempt()
    } catch (error) {
      const mayPass = error instanceof Outage && error.retryable
      if (!mayPass || signal.aborted || performance.now() > endsAt) throw error
      await pause(kafkaTimes.retryPause, signal)
    }
}

const connectionOptions = ({ brokers, tls, sasl }: KafkaServers) => ({
  connectTimeout: kafkaTimes.connect,
  requestTimeout: kafkaTimes.answer,
  ...(tls === undefined ? {} : { tls: tls.ca === undefined ? {} : { ca: tls.ca }, ...serverName(brokers) }),
  ...(sasl === undefined ? {} : { sasl: { mechanism: sasl.mechanism, username: sasl.user, password: sasl.password } }),
})

/** The name of a broker goes with the handshake; an address has none. */
const serverName = (brokers: readonly Broker[]) =>
  brokers.some(({ host }) => isIP(host) !== 0) ? {} : { tlsServerName: true }

const replaced = (name: string): Outage =>
  new Outage(
    'LOG_REPLACED',
    `The topic ${name} was deleted in Kafka and made again while it was in use: start again, and what reads it begins anew.`,
    { retryable: false },
  )

export const brokerText = ({ host, port }: Broker): string => `${hostText(host)}:${port}`

const isIn = (broker: Broker, all: readonly Broker[]): boolean =>
  all.some((each) => brokerText(each) === brokerText(broker))

/** In a random order, so that openers do not all ask the same one. */
const shuffled = <Item>(items: readonly Item[]): Item[] =>
  items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
