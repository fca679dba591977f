// The log on three nodes of Kafka, and state beside it: the suites of the port, brokers that are
// killed, stopped and cut off, and partitions that move. Nothing acknowledged is missing, nothing
// is stored twice, and order holds.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { noKafka, startKafka, type Kafka, type KafkaNode } from '../../../test/engines/kafka.ts'
import { openKafkaMoves } from '../../../test/engines/kafka-moves.ts'
import { Outage } from '../../base/errors.ts'
import { silentLogger, type Logger } from '../../base/logger.ts'
import { eventLogContract } from '../event-log.contract.ts'
import { record } from '../event-log-subject.testing.ts'
import type { EventLog } from '../event-log.ts'
import { readWhole } from '../read-whole.testing.ts'
import { openCluster } from './cluster.ts'
import { createCoordinator } from './coordinator.ts'
import { checkCounts, count } from './counting.testing.ts'
import { identityTopic } from './identity.ts'
import { formOn, kafkaSubject, openTestLog, suiteTopics } from './kafka.testing.ts'
import { memoryLocal, openTestState } from './kafka-state.testing.ts'

/** Appends one record after another for each of some keys, until it is stopped; and what was
 *  acknowledged. */
function keepAppending(log: EventLog, keys: number) {
  const stop = new AbortController()
  const acknowledged = new Map<string, number>()
  let waiting: { readonly more: number; readonly resolve: () => void } | undefined
  let total = 0
  const appendTo = async (key: string): Promise<void> => {
    for (let count = 0; !stop.signal.aborted; count++) {
      await log.append([record(key, `${count}`)])
      acknowledged.set(key, count)
      total += 1
      if (waiting !== undefined && total >= waiting.more) waiting.resolve()
    }
  }
  const running = Array.from({ length: keys }, (_, i) => appendTo(`acme/${i}`))
  return {
    /** Resolves once so many more are acknowledged. */
    more: (count: number): Promise<void> =>
      new Promise((resolve) => {
        waiting = { more: total + count, resolve }
      }),
    async stop(): Promise<ReadonlyMap<string, number>> {
      stop.abort()
      await Promise.all(running)
      return acknowledged
    },
  }
}

/** Of each key all records are there once, in order, as far as they were acknowledged. */
async function checkWhole(log: EventLog, acknowledged: ReadonlyMap<string, number>): Promise<void> {
  const found = Map.groupBy(await readWhole(log, 'telemetry'), ({ key }) => key)
  assert.ok(acknowledged.size > 0)
  for (const [key, last] of acknowledged)
    assert.deepEqual(
      found.get(key)?.map(({ value }) => Number(Buffer.from(value).toString())),
      Array.from({ length: last + 1 }, (_, i) => i),
      key,
    )
}

/** A log that is appended to while each fault is done in turn. */
async function underFaults(
  kafka: Kafka,
  faults: readonly ((node: number) => Promise<void>)[],
  form = formOn(kafka),
): Promise<void> {
  await using opened = await openTestLog(kafka, { form })
  const appending = keepAppending(opened.log, 20)
  await appending.more(200)
  for (const [index, fault] of faults.entries()) {
    await fault(index)
    await appending.more(400)
  }
  await checkWhole(opened.log, await appending.stop())
}

async function leaderOf({ brokers, nodes }: Kafka, topic: string): Promise<KafkaNode> {
  await using cluster = openCluster({ brokers, tls: undefined, sasl: undefined }, 'test', [])
  const port = (await cluster.describe([topic])).get(topic)?.leaders[0]?.port
  return nodes.find(({ plain }) => plain.port === port)!
}

const tasks = ['trips@1/0', 'trips@1/1', 'twin@1/1']

/** State to which three tasks commit while each fault is done in turn. */
async function commitsUnderFaults(
  kafka: Kafka,
  faults: readonly ((node: number) => Promise<void>)[],
  form = formOn(kafka),
): Promise<void> {
  await using local = memoryLocal()
  await using opened = await openTestState(kafka, local.state, { form })
  const stopped = new AbortController()
  let commits = 0
  const runTask = async (of: string): Promise<number> => {
    let counted = 0
    while (!stopped.signal.aborted)
      try {
        await count(opened, of)
        counted += 1
        commits += 1
      } catch (error) {
        assert.ok(error instanceof Outage && error.retryable, String(error))
      }
    return counted
  }
  const running = tasks.map(runTask)
  const more = async (): Promise<void> => {
    const wanted = commits + 20
    const isDue = (): boolean => commits >= wanted
    while (!isDue()) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  for (const [index, fault] of faults.entries()) {
    await more()
    await fault(index)
  }
  await more()
  stopped.abort()
  const counted = await Promise.all(running)
  for (const [index, of] of tasks.entries()) await checkCounts(opened.log, opened.state, counted[index]!, of)
}

if (noKafka !== false) test('the event log on three nodes of Kafka', { skip: noKafka })
else {
  const kafka = await startKafka({ nodes: 3 })
  after(() => kafka[Symbol.asyncDispose]())
  eventLogContract(kafkaSubject('Kafka log, three nodes', kafka))

  describe('brokers that go away', () => {
    test('each broker killed and started again: all is there once, in order', { timeout: 180_000 }, () =>
      underFaults(
        kafka,
        kafka.nodes.map((node) => async () => {
          await node.stop('SIGKILL')
          await node.start()
        }),
      ),
    )

    test(
      'each broker stopped for longer than a request may take: all is there once, in order',
      { timeout: 300_000 },
      () =>
        underFaults(
          kafka,
          kafka.nodes.map((node) => async () => {
            const logged = Promise.withResolvers<void>()
            node.signal('SIGSTOP')
            setTimeout(logged.resolve, 13_000)
            await logged.promise
            node.signal('SIGCONT')
          }),
        ),
    )

    test(
      'a log opens while the broker that led its topics is gone and nobody leads them yet',
      { timeout: 180_000 },
      async () => {
        const form = formOn(kafka)
        {
          await using before = await openTestLog(kafka, { form })
          await before.log.append([record('k', '0')])
        }
        const leader = await leaderOf(kafka, form.prefix + identityTopic)
        await leader.stop('SIGKILL')
        {
          await using again = await openTestLog(kafka, { form })
          await again.log.append([record('k', '1')])
          await checkWhole(again.log, new Map([['k', 1]]))
        }
        await leader.start()
      },
    )

    test('each broker killed and started again: every commit of state is stored once', { timeout: 180_000 }, () =>
      commitsUnderFaults(
        kafka,
        kafka.nodes.map((node) => async () => {
          await node.stop('SIGKILL')
          await node.start()
        }),
      ),
    )

    test(
      'one broker of three away where all must have a record: told once with the setting, and then all is stored once',
      { timeout: 180_000 },
      async () => {
        const warned: { readonly code: string; readonly text: string }[] = []
        const begun = Promise.withResolvers<void>()
        let ends = 0
        const logger = Object.assign(Object.create(silentLogger) as Logger, {
          warn: ({ code }: { readonly code: string }, text: string) => {
            warned.push({ code, text })
            if (text.includes('NOT_ENOUGH_REPLICAS')) begun.resolve()
          },
          info: () => void (ends += 1),
        })
        const form = { ...formOn(kafka), minInSync: 3 }
        await using opened = await openTestLog(kafka, { form, logger })
        const keys = Array.from({ length: 20 }, (_, i) => `acme/${i}`)
        const append = (text: string) => Promise.all(keys.map((key) => opened.log.append([record(key, text)])))
        await append('0')
        await kafka.nodes[2]!.stop('SIGTERM')
        let isStored = false
        const appending = append('1').then(() => {
          isStored = true
        })
        await Promise.race([begun.promise, appending])
        // A partition whose leader went away is told to have another one first.
        let outage = opened.outages.now()
        for (; outage?.code !== 'LOG_UNDER_REPLICATED'; outage = opened.outages.now())
          await new Promise((resolve) => setTimeout(resolve, 5))
        assert.equal(outage.retryable, true)
        assert.match(
          outage.message,
          /fewer replicas are in sync than its min\.insync\.replicas \(NOT_ENOUGH_REPLICAS(_AFTER_APPEND)?\)\. Start the brokers that are away; ROADSTREAM_KAFKA_MIN_IN_SYNC says/,
        )
        assert.equal(isStored, false)
        await kafka.nodes[2]!.start()
        await appending
        await append('2')
        await checkWhole(opened.log, new Map(keys.map((key) => [key, 2])))
        assert.equal(warned.filter(({ text }) => text.includes('NOT_ENOUGH_REPLICAS')).length, 1)
        assert.equal(opened.outages.now(), undefined)
        assert.ok(ends >= 1)
      },
    )
  })
  describe('partitions that move to other brokers', () => {
    const moves = openKafkaMoves(kafka.brokers)
    after(() => moves[Symbol.asyncDispose]())

    test('leaders and replicas moved: all that is appended is there once, in order', { timeout: 180_000 }, () => {
      const form = formOn(kafka)
      const own = suiteTopics.map(({ name }) => form.prefix + name)
      const faults = [moves.moveLeaders, moves.moveReplicas, moves.moveLeaders]
      return underFaults(
        kafka,
        faults.map((move) => () => move(own)),
        form,
      )
    })

    test(
      'leaders and replicas of the topics and of the transactions moved: every commit of state is stored once',
      { timeout: 180_000 },
      () => {
        const form = formOn(kafka)
        const own = ['trip', 'alert', 'changelog'].map((name) => form.prefix + name)
        const transactions = ['__transaction_state']
        return commitsUnderFaults(
          kafka,
          [
            ...Array.from({ length: 12 }, () => () => moves.moveLeaders(transactions)),
            () => moves.moveLeaders(own),
            () => moves.moveReplicas([...own, ...transactions]),
          ],
          form,
        )
      },
    )

    test(
      'what a producer left open while its coordinator moved is ended, and it goes on as a new one',
      { timeout: 120_000 },
      async () => {
        const form = formOn(kafka)
        await using _topics = await openTestLog(kafka, { form })
        const name = `${form.prefix}telemetry`
        const servers = { brokers: kafka.brokers, tls: undefined, sasl: undefined }
        await using cluster = openCluster(servers, 'test', [name])
        const coordinator = createCoordinator(cluster, `${form.prefix}one`, new AbortController().signal)
        let producer = await coordinator.begin(undefined)
        for (let move = 0; move < 3; move += 1) {
          await coordinator.add(producer, [{ name, partitions: [0] }])
          await moves.moveLeaders(['__transaction_state'])
          const { id, epoch } = producer
          producer = await coordinator.begin(producer)
          assert.deepEqual([producer.id, producer.epoch], [id, epoch + 1])
        }
      },
    )
  })
}
