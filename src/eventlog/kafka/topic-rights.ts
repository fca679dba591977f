// Rights of this user of topics, as brokers tell them of those that it may describe.
import { AclOperations, metadataV12 } from '@platformatic/kafka'
import { Outage } from '../../base/errors.ts'
import { kafkaSettingNames as names } from '../kafka-options.ts'
import type { Cluster } from './cluster.ts'
import { answerOf } from './faults.ts'
import { shown } from './shown.ts'

/** Of who writes, reads and looks whether a topic is as it must be. */
export const writersRights = ['READ', 'WRITE', 'DESCRIBE', 'DESCRIBE_CONFIGS'] as const
export type TopicRight = (typeof writersRights)[number]
export const readersRights: readonly TopicRight[] = ['READ']

/** The bits of an answer in which brokers do not say. */
const unsaid = -(2 ** 31)

/** Whether a broker said anything of rights. */
export const saysRights = (bits: number): boolean => bits !== unsaid

/** Those that are not among the bits; none where the broker says nothing. */
export const lackingOf = <Right extends keyof typeof AclOperations>(bits: number, needed: readonly Right[]): Right[] =>
  saysRights(bits) ? needed.filter((right) => (bits & (1 << AclOperations[right])) === 0) : []

/** In words, by topic: which of the rights are missing. */
export const lackingTexts = (
  topics: readonly Pick<metadataV12.MetadataResponseTopic, 'name' | 'topicAuthorizedOperations'>[],
  needed: readonly TopicRight[],
): string[] =>
  topics.flatMap(({ name, topicAuthorizedOperations: bits }) => {
    const missing = lackingOf(bits, needed)
    return missing.length === 0 ? [] : [`${missing.join(', ')} of ${name}`]
  })

export const topicRemedy = `let ${names.user} read, write, create and describe topics that begin with ${names.prefix}, and describe their configuration`

/** Whether the user may write to all of the topics. Rejects with Outage LOG_DENIED where it lacks
 *  one of those that are needed. */
export async function checkRights(
  cluster: Pick<Cluster, 'askAny'>,
  all: readonly string[],
  needed: readonly TopicRight[],
): Promise<boolean> {
  const { topics } = await cluster.askAny((connection) =>
    answerOf(metadataV12.api.async(connection, [...all], false, true)),
  )
  const lacking = lackingTexts(topics, needed)
  if (lacking.length > 0)
    throw new Outage('LOG_DENIED', `This user of Kafka lacks ${shown(lacking).join('; ')}: ${topicRemedy}.`, {
      retryable: false,
    })
  return lackingTexts(topics, ['WRITE']).length === 0
}
