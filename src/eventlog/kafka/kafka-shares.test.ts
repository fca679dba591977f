// Promise: for a partition that processes share one alone can commit, whatever the others believe;
// a process that comes back by its name has what it had, and nothing else moves.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { noKafka, startKafka, type Kafka } from '../../../test/engines/kafka.ts'
import { systemClock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import type { Finding } from '../../base/finding.ts'
import { silentLogger } from '../../base/logger.ts'
import type { KafkaSharing, KafkaTopics } from '../kafka-options.ts'
import type { StateStore } from '../state-store.ts'
import { changelogTopic } from './changelog.ts'
import { checkCounts, count } from './counting.testing.ts'
import { examineKafka } from './examine-kafka.ts'
import { jobsGroup } from './group-words.ts'
import { formOn } from './kafka.testing.ts'
import { openKafkaLog, type KafkaLog } from './kafka-log.ts'
import { openKafkaShares, type KafkaShares } from './kafka-shares.ts'
import { memoryLocal } from './kafka-state.testing.ts'
import { openPartitionState } from './partition-state.ts'

const partitions = 4
const topics = [{ name: 'trip' }, { name: 'alert' }, changelogTopic]
const sessionMs = 6_000

type Member = KafkaShares & AsyncDisposable & { readonly kafka: KafkaLog }

async function openMember(
  kafka: Kafka,
  form: KafkaTopics,
  local: StateStore,
  sharing: Partial<KafkaSharing> & Pick<KafkaSharing, 'instance'>,
): Promise<Member> {
  await using opening = new AsyncDisposableStack()
  const servers = { brokers: kafka.brokers, tls: undefined, sasl: undefined }
  const opened = opening.use(await openKafkaLog({ servers, form, partitions, topics }))
  const shares = await openKafkaShares({
    kafka: opened,
    local,
    sharing: { sessionMs, isStandby: false, ...sharing },
    logger: silentLogger,
  })
  const stack = opening.move()
  return { ...shares, kafka: opened, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const ownOf = ({ share }: Member): number[] => [...share.given().keys()].sort((a, b) => a - b)

/** Leaves what is no longer given, as the jobs do, until it has so many. */
async function untilGiven(member: Member, wanted: number): Promise<void> {
  const { signal } = new AbortController()
  const all = [...Array(partitions).keys()]
  for (;;) {
    const given = member.share.given()
    for (const partition of all) if (!given.has(partition)) await member.share.left(partition)
    if (given.size === wanted) return
    await member.share.changed(signal)
  }
}

async function examined(kafka: Kafka, form: KafkaTopics): Promise<Finding> {
  const servers = { brokers: kafka.brokers, tls: undefined, sasl: undefined }
  const examination = examineKafka({
    servers,
    form,
    partitions,
    topics,
    jobsGroup: form.prefix + jobsGroup,
    transactionalIds: [],
    wall: systemClock,
  })
  return (await examination.look()).find(({ name }) => name === 'jobs on Kafka')!
}

const taskOn = (partition: number): string => `trips@1/${partition}`
const isFenced = (error: unknown): boolean => error instanceof Outage && error.code === 'LOG_FENCED' && !error.retryable

if (noKafka !== false) test('partitions that processes share', { skip: noKafka })
else {
  const kafka = await startKafka({ nodes: 1 })
  after(() => kafka[Symbol.asyncDispose]())

  test('a second process takes half of them with their state; what the first still commits there is refused', async () => {
    const form = formOn(kafka)
    assert.deepEqual(await examined(kafka, form), {
      name: 'jobs on Kafka',
      state: 'ok',
      says: 'no process of the jobs runs now',
    })
    await using locals = memoryLocal()
    await using others = memoryLocal()
    await using first = await openMember(kafka, form, locals.state, { instance: 'a' })
    assert.deepEqual(ownOf(first), [0, 1, 2, 3])
    for (const partition of ownOf(first)) await count(first, taskOn(partition))
    await using second = await openMember(kafka, form, others.state, { instance: 'b' })
    const theirs = ownOf(second)
    assert.equal(theirs.length, 2)
    // The first has not been asked to leave yet, or not heard it.
    for (const partition of theirs) {
      await assert.rejects(count(first, taskOn(partition)), isFenced)
      await count(second, taskOn(partition))
      await checkCounts(second.kafka.log, second.state, 2, taskOn(partition))
    }
    await untilGiven(first, 2)
    for (const partition of ownOf(first)) {
      await count(first, taskOn(partition))
      await assert.rejects(count(second, taskOn(partition)), isFenced)
    }
    assert.deepEqual(new Set([...ownOf(first), ...theirs]), new Set([0, 1, 2, 3]))
    assert.match((await examined(kafka, form)).says, /^2 processes for 4 partitions: [ab] 2, [ab] 2$/)
    assert.deepEqual(first.state.tasks(), ownOf(first).map(taskOn))
  })

  test('who comes back by its name within the session has what it had, and the other notices nothing', async () => {
    const form = formOn(kafka)
    await using locals = memoryLocal()
    await using others = memoryLocal()
    await using first = await openMember(kafka, form, locals.state, { instance: 'a' })
    let theirs: number[]
    {
      await using second = await openMember(kafka, form, others.state, { instance: 'b' })
      await untilGiven(first, 2)
      theirs = ownOf(second)
      await count(second, taskOn(theirs[0]!))
    }
    const before = first.share.given()
    await using again = await openMember(kafka, form, others.state, { instance: 'b' })
    assert.deepEqual(ownOf(again), theirs)
    assert.deepEqual(first.share.given(), before)
    await count(again, taskOn(theirs[0]!))
    await checkCounts(again.kafka.log, again.state, 2, taskOn(theirs[0]!))
  })

  test('a process that is gone for longer than its session: the other has all of it, and goes on where it was', async () => {
    const form = formOn(kafka)
    await using locals = memoryLocal()
    await using others = memoryLocal()
    await using first = await openMember(kafka, form, locals.state, { instance: 'a', isStandby: true })
    let theirs: number[]
    {
      await using second = await openMember(kafka, form, others.state, { instance: 'b' })
      await untilGiven(first, 2)
      theirs = ownOf(second)
      for (const partition of theirs) await count(second, taskOn(partition))
      // The standby has it while the other has the partition.
      for (const partition of theirs)
        while (locals.state.positions(taskOn(partition))['event/0'] !== 1)
          await first.kafka.log.appended([changelogTopic.name], new AbortController().signal, 50)
    }
    await untilGiven(first, partitions)
    for (const partition of theirs) {
      await count(first, taskOn(partition))
      await checkCounts(first.kafka.log, first.state, 2, taskOn(partition))
    }
  })

  test('a partition that somebody opened who has no right to it is opened again, once the group has said whose it is', async () => {
    const form = formOn(kafka)
    await using locals = memoryLocal()
    await using strays = memoryLocal()
    await using first = await openMember(kafka, form, locals.state, { instance: 'a' })
    await count(first, taskOn(1))
    await openPartitionState({ kafka: first.kafka, partition: 1, local: strays.state, logger: silentLogger })
    await assert.rejects(count(first, taskOn(1)), isFenced)
    assert.deepEqual(ownOf(first), [0, 2, 3])
    await untilGiven(first, partitions)
    await count(first, taskOn(1))
    await checkCounts(first.kafka.log, first.state, 2, taskOn(1))
  })

  test('of two processes of one name the first ends, and says which setting parts them', async () => {
    const form = formOn(kafka)
    await using locals = memoryLocal()
    await using others = memoryLocal()
    await using first = await openMember(kafka, form, locals.state, { instance: 'a' })
    await using second = await openMember(kafka, form, others.state, { instance: 'a' })
    assert.deepEqual(ownOf(second), [0, 1, 2, 3])
    const { signal } = new AbortController()
    const untilFailed = async (): Promise<never> => {
      for (;;) {
        first.share.given()
        await first.share.changed(signal)
      }
    }
    await assert.rejects(
      untilFailed(),
      (error) =>
        error instanceof Outage &&
        error.code === 'LOG_INSTANCE_TAKEN' &&
        !error.retryable &&
        /ROADSTREAM_JOBS_INSTANCE/.test(error.message),
    )
  })

  test('a session that the broker does not take is told with its setting', async () => {
    await using locals = memoryLocal()
    await assert.rejects(
      openMember(kafka, formOn(kafka), locals.state, { instance: 'a', sessionMs: 1_000 }),
      (error) => error instanceof Outage && !error.retryable && /ROADSTREAM_JOBS_SESSION/.test(error.message),
    )
  })

  test('a commit with outputs is of one partition; one without may be of several', async () => {
    await using locals = memoryLocal()
    await using first = await openMember(kafka, formOn(kafka), locals.state, { instance: 'a' })
    const commits = [0, 3].map((partition) => ({ task: taskOn(partition), positions: { 'event/0': 7 }, state: [] }))
    const output = { topic: 'trip', key: 'k', value: Buffer.of(1), at: 0 }
    await assert.rejects(first.state.commit(commits, [output]), RangeError)
    await first.state.commit(commits, [])
    assert.deepEqual(
      first.state.tasks().map((task) => [task, first.state.positions(task)]),
      [0, 3].map((partition) => [taskOn(partition), { 'event/0': 7 }]),
    )
  })
}
