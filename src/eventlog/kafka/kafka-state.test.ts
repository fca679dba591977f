// The state of jobs beside a log on Kafka: the suite of the port, with a local store that is kept
// and with one that is lost; and what a predecessor and local stores that are not as the changelog
// is come to.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { noKafka, startKafka } from '../../../test/engines/kafka.ts'
import { Outage } from '../../base/errors.ts'
import type { EventLog } from '../event-log.ts'
import { readWhole } from '../read-whole.testing.ts'
import { compactionTimes } from '../topics.ts'
import { stateStoreContract } from '../state-store.contract.ts'
import { isTaken, type StateStore } from '../state-store.ts'
import { changelogTopic } from './changelog.ts'
import { checkCounts, count, task } from './counting.testing.ts'
import { formOn } from './kafka.testing.ts'
import { comeTo, ownTaskOf } from './restored.ts'
import { memoryLocal, openTestState, stateSubject } from './kafka-state.testing.ts'

const isFenced = (error: unknown): boolean => error instanceof Outage && isTaken(error) && !error.retryable

if (noKafka !== false) test('state on Kafka', { skip: noKafka })
else {
  const kafka = await startKafka({
    nodes: 1,
    settings: ['log.cleaner.backoff.ms=100', 'log.initial.task.delay.ms=100'],
  })
  after(() => kafka[Symbol.asyncDispose]())
  stateStoreContract(stateSubject('state on Kafka', kafka, false))
  stateStoreContract(stateSubject('state on Kafka, its folder lost', kafka, true))

  test(
    'a predecessor that is shut out stores nothing more, says why for good, and its successor has all it stored',
    { timeout: 60_000 },
    async () => {
      const form = formOn(kafka)
      await using firstLocal = memoryLocal()
      await using secondLocal = memoryLocal()
      await using first = await openTestState(kafka, firstLocal.state, { form })
      await count(first)
      await count(first)
      await using second = await openTestState(kafka, secondLocal.state, { form })
      await assert.rejects(count(first), isFenced)
      await count(second)
      await assert.rejects(count(first), isFenced)
      await assert.rejects(first.state.clear(task), isFenced)
      await checkCounts(second.log, second.state, 3)
    },
  )

  test('a local store that is behind goes on from where it was, one of another changelog begins anew', async () => {
    const form = formOn(kafka)
    await using local = memoryLocal()
    await using another = memoryLocal()
    const runOn = async (store: StateStore, counts: number): Promise<void> => {
      await using opened = await openTestState(kafka, store, { form })
      for (let n = 0; n < counts; n += 1) await count(opened)
    }
    await runOn(local.state, 3)
    await runOn(another.state, 2)
    await local.state.commit([{ task: 'left@1/0', positions: {}, state: [{ key: 'kept', value: Buffer.of(1) }] }], [])
    {
      await using opened = await openTestState(kafka, local.state, { form })
      await checkCounts(opened.log, opened.state, 5)
      assert.deepEqual(opened.state.tasks(), ['left@1/0', task])
    }
    // Longer ago than it is kept that an entry is gone.
    const old = Date.now() - compactionTimes.tombstoneMs
    await local.state.commit([comeTo(0, local.state.positions(ownTaskOf(0)), old)], [])
    {
      await using opened = await openTestState(kafka, local.state, { form })
      await checkCounts(opened.log, opened.state, 5)
      assert.deepEqual(opened.state.tasks(), [task])
    }
    await using opened = await openTestState(kafka, local.state)
    assert.deepEqual([opened.state.tasks(), opened.state.positions(task)], [[], {}])
    await count(opened)
    await checkCounts(opened.log, opened.state, 1)
  })

  test('a task that was cleared is cleared in every local store', async () => {
    const form = formOn(kafka)
    await using kept = memoryLocal()
    await using lost = memoryLocal()
    await using behind = memoryLocal()
    {
      await using opened = await openTestState(kafka, behind.state, { form })
      await count(opened)
      await count(opened, 'twin@1/1')
    }
    {
      await using opened = await openTestState(kafka, kept.state, { form })
      await opened.state.clear(task)
      assert.deepEqual(opened.state.tasks(), ['twin@1/1'])
    }
    for (const { state: store } of [behind, lost, kept]) {
      await using opened = await openTestState(kafka, store, { form })
      assert.deepEqual([opened.state.tasks(), [...opened.state.range(task, '')]], [['twin@1/1'], []])
      assert.equal(opened.state.positions('twin@1/1')['event/0'], 1)
    }
  })

  test('of a changelog that was compacted a lost local store is made whole', { timeout: 120_000 }, async () => {
    const form = formOn(kafka)
    await using local = memoryLocal()
    await using lost = memoryLocal()
    const changelog = (log: EventLog) => readWhole(log, changelogTopic.name)
    let counted = 0
    {
      await using opened = await openTestState(kafka, local.state, { form })
      kafka.configure(
        form.prefix + changelogTopic.name,
        'segment.ms=100,min.cleanable.dirty.ratio=0.01,delete.retention.ms=100',
      )
      await count(opened, 'gone@1/1')
      await opened.state.clear('gone@1/1')
      // A segment is closed by what comes after its time, and cleaned then.
      const isClean = async () => {
        const keys = (await changelog(opened.log)).map(({ key }) => key)
        return counted > 5 && keys.filter((key) => key === task).length < counted / 2 && !keys.includes('gone@1/1')
      }
      for (; !(await isClean()); counted += 1) await count(opened)
    }
    // As short as it was, it would be refused.
    kafka.configure(form.prefix + changelogTopic.name, `delete.retention.ms=${compactionTimes.tombstoneMs}`)
    await using opened = await openTestState(kafka, lost.state, { form })
    await checkCounts(opened.log, opened.state, counted)
    assert.deepEqual(opened.state.tasks(), [task])
  })
}
