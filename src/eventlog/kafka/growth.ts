// Waiting for what is appended. The ends of partitions are learnt from whatever is asked of
// brokers: stored batches, reads, and, while somebody waits, a fetch to each broker that it answers
// when there is news. Those who wait for a topic are woken when one of its partitions is found to
// end later than was known; and a reader's look that is older than what is known is looked again
// (reader.ts): so nothing that came after a reader's look is slept over.
import { pause } from '../../base/wait-out.ts'
import { positionKey, type Topic } from '../event-log.ts'
import { createWaiters } from '../waiters.ts'
import { brokerText, kafkaTimes, type Broker, type Cluster } from './cluster.ts'
import { fetch, type Fetched } from './fetching.ts'
import type { EndSeen } from './reader.ts'

export type KafkaGrowthOptions = {
  readonly cluster: Cluster
  readonly prefix: string
  readonly partitionsOf: (topic: Topic) => number
  /** Where a partition ends; told to `seen` as well. */
  readonly endOf: (topic: Topic, partition: number) => Promise<unknown>
  readonly signal: AbortSignal
}

export type KafkaGrowth = {
  /** As `EventLog.appended`. */
  wait(topics: readonly Topic[], signal: AbortSignal, timeoutMs: number): Promise<void>
  readonly seen: EndSeen
  /** Wakes all; resolves when nothing is asked any more. */
  close(): Promise<void>
}

/** A broker is asked again after this, so that topics which are newly waited for are asked for. */
const watchMs = 500

export function watchKafkaGrowth({ cluster, prefix, partitionsOf, endOf, signal }: KafkaGrowthOptions): KafkaGrowth {
  const ends = new Map<string, number>()
  const followed = new Set<Topic>()
  const watching = new Map<string, Promise<void>>()
  const waiters = createWaiters()

  const seen: EndSeen = (topic, partition, end) => {
    const key = positionKey(topic, partition)
    const known = ends.get(key)
    if (known !== undefined && end <= known) return known
    ends.set(key, end)
    if (known !== undefined) waiters.wake(new Set([topic]))
    return end
  }

  const places = () =>
    [...followed].flatMap((topic) =>
      Array.from({ length: partitionsOf(topic) }, (_, partition) => ({ topic, partition })),
    )

  /** Learns the ends of topics that were not waited for before; whoever waits by then looks again,
   *  for what came meanwhile is in them. */
  const follow = async (topics: readonly Topic[]): Promise<void> => {
    const added = topics.filter((topic) => !followed.has(topic))
    if (added.length === 0) return
    for (const topic of added) followed.add(topic)
    const unknown = places().filter(
      ({ topic, partition }) => added.includes(topic) && !ends.has(positionKey(topic, partition)),
    )
    try {
      await Promise.all(unknown.map(({ topic, partition }) => endOf(topic, partition)))
    } catch {
      for (const topic of added) followed.delete(topic)
      await pause(kafkaTimes.retryPause, signal)
    }
    waiters.wake(new Set(added))
  }

  const watchAll = (): void => {
    for (const { topic, partition } of places()) {
      const broker = cluster.leaderOf(prefix + topic, partition)
      if (broker === undefined || watching.has(brokerText(broker))) continue
      const key = brokerText(broker)
      watching.set(
        key,
        watch(broker).finally(() => watching.delete(key)),
      )
    }
  }

  /** Asks a broker for news for as long as somebody waits and it leads anything of it. */
  const watch = async (broker: Broker): Promise<void> => {
    while (waiters.topics().size > 0 && !signal.aborted) {
      const own = places().filter(({ topic, partition }) => {
        const leader = cluster.leaderOf(prefix + topic, partition)
        return (
          leader !== undefined && brokerText(leader) === brokerText(broker) && ends.has(positionKey(topic, partition))
        )
      })
      if (own.length === 0) return
      try {
        const asked = own.map(({ topic, partition }) => ({
          topicId: cluster.idOf(prefix + topic) ?? '',
          partition,
          offset: ends.get(positionKey(topic, partition)) ?? 0,
        }))
        const limits = { waitMs: watchMs, bytesMax: 1, totalBytesMax: 1 }
        const fetched = await cluster.ask(broker, 'watch', (connection) => fetch(connection, asked, limits))
        learn(own, fetched)
        // A fault is told at once, whatever wait was asked for.
        if (fetched.some((each) => each !== undefined && each.fault !== 'NONE')) await lookAgain()
      } catch {
        // A broker that is away has no news; whoever reads is told of the outage.
        if (!signal.aborted) await lookAgain()
      }
    }
  }

  const learn = (
    own: readonly { readonly topic: Topic; readonly partition: number }[],
    fetched: readonly (Fetched | undefined)[],
  ): void => {
    for (const [index, { topic, partition }] of own.entries()) {
      const answer = fetched[index]
      if (answer?.fault === 'NONE') seen(topic, partition, answer.stableEnd)
    }
  }

  const lookAgain = async (): Promise<void> => {
    await pause(kafkaTimes.retryPause, signal)
    await cluster.refresh().catch(() => {})
    watchAll()
  }

  return {
    seen,
    wait: async (topics, ownSignal, timeoutMs) => {
      if (signal.aborted) return
      const waited = waiters.wait(topics, ownSignal, timeoutMs)
      void follow(topics).then(watchAll)
      watchAll()
      await waited
    },
    close: async () => {
      waiters.wakeAll()
      await Promise.all(watching.values())
    },
  }
}
