// Damage that is known of the log. Readers that pass damage note it here: it is counted once, told
// once in the log line, and remembered in the log itself for operators, until retention has passed
// it.
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Damage, Gap, Topic } from '../event-log.ts'
import type { Environment } from './environment.ts'
import { loadBounds, startOf } from './topic-bounds.ts'
import type { TopicRegistry } from './topic-registry.ts'

export type DamageNotes = {
  /** To be told of the gaps of every read; costs nothing when nothing is damaged. */
  note(gaps: readonly Gap[]): void
  list(): Damage[]
  /** Resolves when all that was noted is stored, or could not be. */
  idle(): Promise<void>
}

export type DamageOptions = {
  readonly env: Environment
  readonly topics: TopicRegistry
  /** Whether a topic has a record at every offset: it is not compacted. */
  readonly isDense: (topic: Topic) => boolean
  readonly clock: Clock
  readonly logger: Logger
}

export const damageKey = Buffer.from('damage')
/** Ranges remembered: a log with more is to be salvaged. */
const rangesMax = 10_000

export function createDamageNotes({ env, topics, isDense, clock, logger }: DamageOptions): DamageNotes {
  let storing: Promise<void> = Promise.resolve()

  const load = (): Damage[] => env.meta.getJson(damageKey) ?? []

  const store = async (gap: Gap): Promise<void> => {
    const { topic, partition, from, to } = gap
    try {
      const isNew = await env.transact(() => {
        const known = load()
        if (known.some((range) => covers(range, gap)) || known.length >= rangesMax) return false
        const damage: Damage = {
          topic,
          partition,
          from,
          to,
          records: isDense(topic) ? to - from : null,
          foundAt: clock.now(),
        }
        putDamage(env, [...known.filter((range) => !covers(gap, range)), damage])
        return true
      })
      if (isNew)
        logger.error(
          { dir: env.dir, topic, partition, from, to },
          'the event log is damaged here and was read past: check the disk; what these offsets held is lost',
        )
    } catch (error) {
      logger.error({ err: error, topic, partition, from, to }, 'damage of the event log was met and could not be noted')
    }
  }

  return {
    note(gaps) {
      for (const gap of gaps)
        if (gap.why === 'damaged' && !load().some((range) => covers(range, gap)))
          storing = storing.then(() => store(gap))
    },
    list: () =>
      load().filter(
        ({ topic, partition, to }) => to > startOf(loadBounds(env, topics.at(topic, partition)), partition),
      ),
    idle: () => storing,
  }
}

/** In a log that is being made. Only inside a transaction. */
export const putDamage = ({ meta }: Pick<Environment, 'meta'>, damage: readonly Damage[]): void =>
  meta.putJson(damageKey, damage)

type Range = Pick<Gap, 'topic' | 'partition' | 'from' | 'to'>

const covers = (one: Range, other: Range): boolean =>
  one.topic === other.topic && one.partition === other.partition && one.from <= other.from && one.to >= other.to
