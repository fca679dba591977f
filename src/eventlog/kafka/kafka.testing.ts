// A place for logs on a Kafka cluster of the tests: a prefix of its own.
import { randomBytes } from 'node:crypto'
import { kafkaUser, type Kafka } from '../../../test/engines/kafka.ts'
import type { LogPlace, LogSubject, OpenedLog } from '../event-log-subject.testing.ts'
import { openKafkaLog, type KafkaLog, type KafkaLogOptions } from './kafka-log.ts'

/** Topics that the suites use where they name none. */
export const suiteTopics = ['telemetry', 'event', 'alert'].map((name) => ({ name }))

export const newPrefix = (): string => `t${randomBytes(6).toString('hex')}.`

/** As many replicas as there are nodes, of which one may be away. */
export const formOn = ({ nodes }: Kafka, prefix = newPrefix()) => ({
  prefix,
  replication: nodes.length,
  minInSync: Math.max(1, nodes.length - 1),
  isCreating: true,
})

/** For brokers that let the user of the tests do nothing by itself, and whoever signs in without
 *  TLS everything. */
export const withRights = [
  'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users=User:ANONYMOUS',
]

type RightsOf = 'topic' | 'group' | 'transactional-id'

/** Gives the user of the tests rights of what begins with the prefix, and takes them again. */
export function rightsOn(kafka: Kafka, prefix: string) {
  const change = (how: readonly string[], kind: RightsOf, operations: readonly string[]): void => {
    const who = ['--allow-principal', `User:${kafkaUser.name}`]
    const where = [`--${kind}`, prefix, '--resource-pattern-type', 'prefixed']
    kafka.tool('AclCommand', ...how, ...who, ...where, ...operations.flatMap((each) => ['--operation', each]))
  }
  return {
    give: (kind: RightsOf, ...operations: readonly string[]) => change(['--add'], kind, operations),
    take: (kind: RightsOf, ...operations: readonly string[]) => change(['--remove', '--force'], kind, operations),
  }
}

/** A log with a new prefix, of the topics of the suites in two partitions. */
export const openTestLog = (kafka: Kafka, more: Partial<KafkaLogOptions> = {}): Promise<KafkaLog> =>
  openKafkaLog({
    servers: { brokers: kafka.brokers, tls: undefined, sasl: undefined },
    form: formOn(kafka),
    partitions: 2,
    topics: suiteTopics,
    ...more,
  })

export const kafkaSubject = (name: string, kafka: Kafka): LogSubject<OpenedLog> => ({
  name,
  durable: true,
  isClockGiven: false,
  place: (): LogPlace<OpenedLog> => {
    const form = formOn(kafka)
    return {
      open: ({ partitions, topics = suiteTopics, logger }) =>
        openTestLog(kafka, { form, partitions, topics: withoutRetention(topics), ...(logger && { logger }) }),
      // The topics go with the cluster.
      [Symbol.asyncDispose]: async () => {},
    }
  },
})

/** Kafka drops when it comes to it: suites that drop when told do so themselves. */
const withoutRetention = (topics: KafkaLogOptions['topics']): KafkaLogOptions['topics'] =>
  topics.map((topic) => ({ ...topic, retention: {} }))
