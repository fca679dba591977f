// Two processes of the jobs share the partitions on Kafka while cars drive. One is killed at random
// moments and comes back, one stands still for longer than its session and wakes, and both are
// restarted in turn: what is derived is what one run derives that nobody disturbed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { seeded } from '../src/base/seeded.testing.ts'
import { noKafka } from './engines/kafka.ts'
import { openJobsOnKafka, partitions, untilHolds, type JobsProcess } from './support/jobs-on-kafka.ts'

const cars = 12
const kills = 3
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const owned = 'roadstream_jobs_partitions'
const taken = 'roadstream_jobs_partitions_taken_total'
const half = partitions / 2

const has = (running: JobsProcess, count: number): Promise<void> =>
  untilHolds(async () => (await running.sum(owned)) === count)

test(
  `with Kafka: two processes of jobs, killed ${kills} times, one asleep past its session, come to what an undisturbed run derives`,
  { skip: noKafka, timeout: 400_000 },
  async (context) => {
    context.diagnostic(`SEED=${seed}`)
    const random = seeded(seed)
    await using under = await openJobsOnKafka(cars)
    const start = (name: string, settings = {}): Promise<JobsProcess> =>
      under.startJobs(under.folder(name), { ...(name === 'b' && { ROADSTREAM_JOBS_STANDBY: 'on' }), ...settings })
    await using stack = new AsyncDisposableStack()
    const running = { a: stack.use(await start('a')), b: stack.use(await start('b')) }
    const areShared = async (): Promise<void> => {
      await Promise.all([has(running.a, half), has(running.b, half)])
    }
    under.fleet.drive()
    await areShared()

    for (let kill = 0; kill < kills; kill += 1) {
      const [killed, other] = kill % 2 === 0 ? (['a', 'b'] as const) : (['b', 'a'] as const)
      // The load itself is the point: it runs for a random while before the kill.
      await wait(300 + random() * 2_000)
      await running[killed].kill()
      await has(running[other], partitions)
      running[killed] = stack.use(await start(killed))
      await areShared()
    }

    running.a.process.kill('SIGSTOP')
    await has(running.b, partitions)
    running.a.process.kill('SIGCONT')
    await areShared()
    assert.equal(running.a.process.exitCode, null, running.a.said())

    // A stop is no farewell: the other waits for the session. With a session that is longer than a
    // restart nothing moves.
    const lasting = { ROADSTREAM_JOBS_SESSION: '2m' }
    assert.equal(await running.a.stop(), 0)
    await has(running.b, partitions)
    running.a = stack.use(await start('a', lasting))
    await areShared()
    const takenByB = await running.b.sum(taken)
    assert.equal(await running.a.stop(), 0)
    running.a = stack.use(await start('a', lasting))
    await has(running.a, half)
    assert.equal(await running.b.sum(owned), half)
    assert.deepEqual([await running.a.sum(taken), await running.b.sum(taken)], [half, takenByB])

    await running.a.stop()
    await running.b.stop()
    const { before, results } = await under.assertUndisturbed(under.folder('a'))
    context.diagnostic(`${before} results while they were killed, ${results} at the end`)
    assert.ok(before > 0 && results > cars)
  },
)
