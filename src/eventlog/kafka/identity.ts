// Which log this is, and which of its lives: facts in a topic of its own, kept for ever and never
// compacted, a few bytes for each start of an opener. Its name cannot be that of a topic of a log.
// Their meaning depends on their order alone, so openers that come at once agree.
//
//   log ID, was OLD   this is log ID, where it was OLD before (nothing, for the first)
//   topic NAME UUID   Kafka's id of a topic, and how many of its partitions are used: another id is a
//                     topic that was deleted and made again
//   epoch N           a life begins
import { randomBytes } from 'node:crypto'
import { Outage } from '../../base/errors.ts'
import { kafkaSettingNames as names } from '../kafka-options.ts'

export const identityTopic = 'epoch'
/** Epochs remembered, as on LMDB. */
const epochsMax = 4_096

/** `partitions`: those that records are put into; facts of before it was said do not have it. */
export type TopicFact = { readonly id: string; readonly partitions?: number }

type Fact =
  | { readonly log: string; readonly was: string | null }
  | ({ readonly topic: string } & TopicFact)
  | { readonly epoch: number }

export type Identity = {
  readonly id: string | null
  readonly epochs: readonly number[]
  readonly topics: ReadonlyMap<string, TopicFact>
}

/** The facts from an offset on, and appending one; who only reads the log may append none. */
export type FactStore = {
  read(from: number): Promise<{ readonly values: readonly Uint8Array[]; readonly next: number }>
  readonly append?: ((value: Uint8Array) => Promise<unknown>) | undefined
}

export type IdentityKeeper = {
  current(): Identity
  /** Reads what others have added. */
  refresh(): Promise<Identity>
  beginEpoch(): Promise<void>
}

const nothing: Identity = { id: null, epochs: [], topics: new Map() }

/** The sum of the facts so far. */
export async function readIdentity({ read }: Pick<FactStore, 'read'>): Promise<Identity> {
  const { values } = await read(0)
  return values.map(parseFact).reduce(withFact, nothing)
}

/** Says, where it may, of a log that is new, or whose topics are not those it had, that it is
 *  another one, and gives each of `topics`, as they are by name, as known. `check` may refuse what
 *  is known so far. */
export async function identifyKafkaLog(
  facts: FactStore,
  topics: ReadonlyMap<string, Required<TopicFact>>,
  check: (known: Identity['topics']) => void = () => {},
): Promise<IdentityKeeper> {
  let identity = nothing
  let next = 0

  const refresh = async (): Promise<Identity> => {
    const { values, next: end } = await facts.read(next)
    for (const value of values) identity = withFact(identity, parseFact(value))
    next = end
    return identity
  }
  const say = async (fact: Fact): Promise<void> => {
    await facts.append?.(Buffer.from(JSON.stringify(fact)))
  }

  await refresh()
  check(identity.topics)
  const isReplaced = [...topics].some(([name, { id }]) => (identity.topics.get(name)?.id ?? id) !== id)
  if (identity.id === null || isReplaced) await say({ log: randomBytes(8).toString('hex'), was: identity.id })
  for (const [name, { id, partitions }] of topics) {
    const known = identity.topics.get(name)
    if (known?.id !== id || known.partitions !== partitions) await say({ topic: name, id, partitions })
  }
  await refresh()
  if (identity.id === null) throw notBegun()
  return {
    current: () => identity,
    refresh,
    beginEpoch: async () => {
      const epoch = randomBytes(6).readUIntBE(0, 6)
      await say({ epoch })
      await refresh()
    },
  }
}

const notBegun = (): Outage =>
  new Outage(
    'LOG_DENIED',
    `Nobody has begun the log in Kafka, and this user may not write there: start a gateway or the jobs first, as a user that may (${names.user}).`,
    { retryable: false },
  )

function withFact(identity: Identity, fact: Fact): Identity {
  if ('log' in fact) return fact.was === identity.id ? { ...identity, id: fact.log } : identity
  if ('epoch' in fact) return { ...identity, epochs: [...identity.epochs, fact.epoch].slice(-epochsMax) }
  const { topic, ...known } = fact
  return { ...identity, topics: new Map(identity.topics).set(topic, known) }
}

function parseFact(value: Uint8Array): Fact {
  try {
    const fact: unknown = JSON.parse(Buffer.from(value).toString())
    if (isFact(fact)) return fact
  } catch {
    // Told below, as any other fact that is none.
  }
  throw new Outage(
    'LOG_DAMAGED',
    `The topic ${identityTopic} of the event log in Kafka holds what is no fact of a log: give another prefix, or delete the topics.`,
    { retryable: false },
  )
}

const isFact = (fact: unknown): fact is Fact =>
  typeof fact === 'object' &&
  fact !== null &&
  (('log' in fact && typeof fact.log === 'string' && 'was' in fact) ||
    ('topic' in fact && typeof fact.topic === 'string' && 'id' in fact && typeof fact.id === 'string') ||
    ('epoch' in fact && typeof fact.epoch === 'number'))
