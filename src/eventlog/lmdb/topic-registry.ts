// The topics of a log: their numbers, which stand in every key, and their partitions. Both are
// given when a topic is first declared, by whichever opener does so, and never change. They are
// kept in `meta` as one value.
import { Outage } from '../../base/errors.ts'
import type { Topic, TopicSpec } from '../event-log.ts'
import { checkTopics, undeclared, withoutPartition } from '../topics.ts'
import type { Environment } from './environment.ts'
import { hasBounds } from './topic-bounds.ts'

export type StoredTopic = { readonly name: Topic; readonly id: number; readonly partitions: number }

export type TopicRegistry = {
  /** Throws a RangeError that names the topic when no opener of this log has declared it. */
  of(topic: Topic): StoredTopic
  all(): Iterable<StoredTopic>
  /** As `of`, and a RangeError when the topic does not have the partition. */
  at(topic: Topic, partition: number): StoredTopic
}

/** Numbers given before there was a registry; new topics take the next ones. */
export const firstTopics = [
  'telemetry',
  'event',
  'critical',
  'snapshot',
  'result',
  'session',
  'dead-letter',
  'twin',
  'track',
  'trip',
  'alert',
  'ledger',
].map((name, index) => ({ name, id: index + 1 }))

/** A topic's number is one byte of a key, and 0 is none. */
const topicsMax = 255
const topicsKey = Buffer.from('topics')

type Store = Pick<Environment, 'meta' | 'root'>

/** Registers what is declared for the first time. `partitions` is how many a topic has that does
 *  not say. Throws Outage LOG_MISMATCH when a topic has another number of partitions already, a
 *  RangeError for what can be no topic. */
export function openTopics(
  env: Store & { readonly dir: string },
  partitions: number,
  specs: readonly TopicSpec[],
): TopicRegistry {
  checkTopics(specs)
  let topics = env.root.transactionSync(() => register(env, partitions, specs))

  const of = (topic: Topic): StoredTopic => {
    let found = topics.get(topic)
    if (found !== undefined) return found
    // Another opener may have declared it meanwhile, be it in this turn.
    env.root.resetReadTxn()
    topics = load(env) ?? topics
    found = topics.get(topic)
    if (found === undefined) throw undeclared(topic)
    return found
  }

  return {
    of,
    all: () => topics.values(),
    at: (topic, partition) => {
      const found = of(topic)
      if (!(partition >= 0 && partition < found.partitions)) throw withoutPartition(found, partition)
      return found
    },
  }
}

function register(
  env: Store & { readonly dir: string },
  partitions: number,
  specs: readonly TopicSpec[],
): Map<Topic, StoredTopic> {
  const stored = load(env)
  const topics = stored ?? topicsBeforeRegistry(env, partitions)
  const known = topics.size
  for (const { name, partitions: wanted } of specs) {
    const found = topics.get(name)
    if (found === undefined) topics.set(name, { name, id: idFor(topics, name), partitions: wanted ?? partitions })
    else if (wanted !== undefined && wanted !== found.partitions) throw mismatch(env.dir, found, wanted)
  }
  if (stored === undefined || topics.size > known) env.meta.putJson(topicsKey, [...topics.values()])
  return topics
}

function load({ meta }: Store): Map<Topic, StoredTopic> | undefined {
  const topics = meta.getJson<readonly StoredTopic[]>(topicsKey)
  return topics && new Map(topics.map((topic) => [topic.name, topic]))
}

/** Of a log that had none yet: those that were written to. All had the partitions of the log. */
const topicsBeforeRegistry = (env: Store, partitions: number): Map<Topic, StoredTopic> =>
  new Map(firstTopics.filter(({ id }) => hasBounds(env, id)).map((topic) => [topic.name, { ...topic, partitions }]))

function idFor(topics: ReadonlyMap<Topic, StoredTopic>, name: Topic): number {
  const first = firstTopics.find((topic) => topic.name === name)
  if (first !== undefined) return first.id
  const id = Math.max(firstTopics.length, ...[...topics.values()].map((topic) => topic.id)) + 1
  if (id > topicsMax)
    throw new RangeError(`A log has at most ${topicsMax} topics, and there is no number left for ${name}.`)
  return id
}

const mismatch = (dir: string, { name, partitions }: StoredTopic, wanted: number): Outage =>
  new Outage(
    'LOG_MISMATCH',
    `The event log in ${dir} does not fit: its topic ${name} has ${partitions} partitions, and ${wanted} were asked for; the number is fixed when a topic is made. Ask for ${partitions}, or give the topic another name.`,
    { retryable: false },
  )
