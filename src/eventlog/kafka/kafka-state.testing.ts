// A place for logs on a Kafka cluster of the tests with state beside them; the local store is in
// memory, and outlasts what is opened on it.
import type { Kafka } from '../../../test/engines/kafka.ts'
import { silentLogger, type Logger } from '../../base/logger.ts'
import { settableClock, type LogPlace } from '../event-log-subject.testing.ts'
import { openMemoryLog } from '../memory/memory-log.ts'
import type { StateSubject } from '../state-store.contract.ts'
import type { LogAndState, StateStore } from '../state-store.ts'
import { changelogTopic } from './changelog.ts'
import { formOn } from './kafka.testing.ts'
import { openKafkaLog, type KafkaLog, type KafkaLogOptions } from './kafka-log.ts'
import { openPartitionState } from './partition-state.ts'

const stateTopics = ['telemetry', 'trip', 'alert', 'ledger'].map((name) => ({ name }))

/** With one partition, so that the tasks of all partitions have one owner and commit together. */
export const oneChangelog = { ...changelogTopic, partitions: 1 }

export const memoryLocal = () => openMemoryLog({ partitions: 1, topics: [], clock: settableClock() })

export type TestState = LogAndState & { readonly kafka: KafkaLog }

type Options = Partial<KafkaLogOptions> & { readonly logger?: Logger }

/** A log with the topics of the suites, and state beside it. */
export const openTestState = (kafka: Kafka, local: StateStore, more: Options = {}): Promise<TestState> =>
  openTestStateOn(local, {
    servers: { brokers: kafka.brokers, tls: undefined, sasl: undefined },
    form: formOn(kafka),
    ...more,
  })

/** The same on servers that are known by their addresses. */
export async function openTestStateOn(
  local: StateStore,
  { logger = silentLogger, ...more }: Options & Pick<KafkaLogOptions, 'servers' | 'form'>,
): Promise<TestState> {
  const topics = [...(more.topics ?? stateTopics), oneChangelog]
  await using opening = new AsyncDisposableStack()
  const opened = opening.use(await openKafkaLog({ partitions: 2, logger, ...more, topics }))
  const state = await openPartitionState({ kafka: opened, partition: 0, local, logger })
  opened.onClosing(() => state.close())
  opening.move()
  return { log: opened.log, state, kafka: opened, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
}

/** `isLost`: the local store is a new one at every opening. */
export const stateSubject = (name: string, kafka: Kafka, isLost: boolean): StateSubject => ({
  name,
  durable: true,
  isClockGiven: false,
  place: (): LogPlace<LogAndState> => {
    const form = formOn(kafka)
    let local = memoryLocal()
    return {
      open: async ({ partitions, topics = stateTopics }) => {
        if (isLost) local = memoryLocal()
        return openTestState(kafka, local.state, { form, partitions, topics })
      },
      [Symbol.asyncDispose]: async () => {
        await local[Symbol.asyncDispose]()
      },
    }
  },
})
