// Leaders and replicas of topics of a cluster moved to other brokers while all brokers run, as an
// operator or a balancer of the cluster does.
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import {
  alterPartitionReassignmentsV0,
  listPartitionReassignmentsV0,
  metadataV12,
  Writer,
  type Connection,
  type Reader,
} from '@platformatic/kafka'
import { openCluster, type Broker } from '../../src/eventlog/kafka/cluster.ts'
import { request } from '../../src/eventlog/kafka/requesting.ts'

/** By their full names. */
export type KafkaMoves = AsyncDisposable & {
  /** Each partition of the topics is led by the replica after its leader; the replicas stay. */
  moveLeaders(topics: readonly string[]): Promise<void>
  /** Each partition of the topics goes off the broker that leads it, and comes back to it as to an
   *  empty one. Resolves once it is in sync there. */
  moveReplicas(topics: readonly string[]): Promise<void>
}

type Place = { readonly topic: string; readonly partition: number }
type Replicas = Place & { readonly leader: number; readonly replicas: readonly number[] }

const timeoutMs = 30_000
const lookEveryMs = 50

export function openKafkaMoves(brokers: readonly Broker[]): KafkaMoves {
  const cluster = openCluster({ brokers, tls: undefined, sasl: undefined }, 'moves', [])

  const replicasOf = async (topics: readonly string[]): Promise<Replicas[]> => {
    const found = await cluster.askAny((connection) => metadataV12.api.async(connection, [...topics], false, false))
    return found.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, leaderId, replicaNodes }) => ({
        topic: name ?? '',
        partition: partitionIndex,
        leader: leaderId,
        replicas: replicaNodes,
      })),
    )
  }
  const assign = async (wanted: readonly Replicas[]): Promise<void> => {
    const topics = topicsOf(wanted, ({ partition, replicas }) => ({
      partitionIndex: partition,
      replicas: [...replicas],
    }))
    await cluster.askAny((connection) => alterPartitionReassignmentsV0.api.async(connection, timeoutMs, false, topics))
    while (
      (await cluster.askAny((each) => listPartitionReassignmentsV0.api.async(each, timeoutMs, null))).topics.length
    )
      await wait(lookEveryMs)
  }
  const lead = async (places: readonly Place[]): Promise<void> => {
    const faults = await cluster.askAny((connection) => electPreferred(connection, places))
    assert.deepEqual(
      faults.filter((fault) => fault !== electionNotNeeded),
      [],
    )
  }

  return {
    async moveLeaders(topics) {
      const wanted = (await replicasOf(topics)).map((each) => ({ ...each, replicas: afterLeader(each) }))
      await assign(wanted)
      await lead(wanted)
    },
    async moveReplicas(topics) {
      const before = await replicasOf(topics)
      await assign(before.map((each) => ({ ...each, replicas: afterLeader(each).filter((id) => id !== each.leader) })))
      await assign(before.map((each) => ({ ...each, replicas: afterLeader(each) })))
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  }
}

/** The replicas in their order, from the one after the leader on: the first is preferred as the
 *  next leader. */
function afterLeader({ leader, replicas }: Replicas): readonly number[] {
  const next = replicas.indexOf(leader) + 1
  return [...replicas.slice(next), ...replicas.slice(0, next)]
}

const topicsOf = <Of extends Place, Partition>(places: readonly Of[], partitionOf: (place: Of) => Partition) =>
  [...Map.groupBy(places, ({ topic }) => topic)].map(([name, own]) => ({ name, partitions: own.map(partitionOf) }))

/** By their numbers in Kafka's protocol. The fault is that of a partition that has the leader. */
const electLeaders = { key: 43, version: 2 } as const
const preferred = 0
const electionNotNeeded = 84

/** Has the first replica of each partition lead it. Gives the numbers of what went wrong. */
async function electPreferred(connection: Connection, places: readonly Place[]): Promise<readonly number[]> {
  const write = (): Writer =>
    Writer.create()
      .appendInt8(preferred)
      .appendArray(
        topicsOf(places, ({ partition }) => partition),
        (topic, { name, partitions }) =>
          void topic
            .appendString(name)
            .appendArray(partitions, (each, partition) => void each.appendInt32(partition), true, false),
      )
      .appendInt32(timeoutMs)
      .appendTaggedFields()
  const read = (_id: number, _key: number, _version: number, answer: Reader): number[] => {
    answer.readInt32()
    const fault = answer.readInt16()
    const faults = answer.readArray((topic) => {
      topic.readString()
      return topic.readArray((partition) => {
        partition.readInt32()
        const own = partition.readInt16()
        partition.readNullableString()
        return own
      })
    })
    return [fault, ...faults.flat()].filter((each) => each !== 0)
  }
  return request(connection, { api: electLeaders, write, read })
}
