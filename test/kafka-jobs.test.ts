// Jobs whose logs are on Kafka, in a process that is killed at random moments while cars drive, and
// that loses its data folder once: they come to what one run that nobody disturbed derives.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { seeded } from '../src/base/seeded.testing.ts'
import { noKafka } from './engines/kafka.ts'
import { openJobsOnKafka } from './support/jobs-on-kafka.ts'

const cars = 12
const kills = 5
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))

test(
  `with Kafka: jobs killed ${kills} times, their folder lost once, come to what an undisturbed run derives`,
  { skip: noKafka, timeout: 290_000 },
  async (context) => {
    context.diagnostic(`SEED=${seed}`)
    const random = seeded(seed)
    await using under = await openJobsOnKafka(cars)
    for (let kill = 0; kill < kills; kill += 1) {
      await using running = await under.startJobs(under.folder('jobs'))
      under.fleet.drive()
      // The load itself is the point: it runs for a random while before the kill.
      await wait(300 + random() * 3_000)
      await running.kill()
      if (kill === 2) rmSync(under.folder('jobs'), { recursive: true })
    }
    const { before, results } = await under.assertUndisturbed(under.folder('jobs'))
    context.diagnostic(`${before} results while it was killed, ${results} at the end`)
    assert.ok(before > 0 && results > cars)
  },
)
