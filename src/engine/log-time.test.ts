// Time in the engine is that of the log. A day is lived through with clocks that the test owns,
// quiet hours and crashes in it; then the log is read again from its start, and says the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Registry } from 'prom-client'
import { silentLogger } from '../base/logger.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import type { LogAndState } from '../eventlog/state-store.ts'
import { jobs } from '../jobs/jobs.ts'
import { counting } from './accumulator.ts'
import { silenceOf } from './example-jobs.testing.ts'
import { messagesOf, recordsOf } from './job-driver.ts'
import type { AnyJob } from './job.ts'
import { Rounds } from './runner.ts'
import { clockAt, newRecord, resultsIn, runToEnd, smallLimits, startAt } from './runner.testing.ts'
import { windowJob } from './window-job.ts'
import { tumbling } from './windows.ts'

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 1_000_000)

const silence = silenceOf(100_000, ['telemetry', 'event'])

const perMinute: AnyJob = windowJob<'vehicle', number, number>({
  name: 'per-minute',
  version: 1,
  keyedBy: 'vehicle',
  reads: ['telemetry'],
  writes: [{ name: 'minute' }],
  windows: tumbling(60_000),
  allowedLatenessMs: 120_000,
  take: ({ message }) =>
    message !== null && 'samples' in message ? message.samples.map(({ at }) => ({ at, value: 1 })) : [],
  accumulator: counting,
  topic: 'minute',
  result: (key, window, samples) => ({ key, ...window, samples }),
})

const all: readonly AnyJob[] = [...jobs, silence, perMinute]

class Day {
  readonly clock = clockAt(startAt)
  readonly steady = clockAt(0)
  readonly uplink = openMemoryLog({ partitions: 2, clock: this.clock })
  readonly derived = openMemoryLog({ partitions: 2, clock: this.clock })
  #rounds: Rounds | undefined
  #seq = 0

  async rounds(derived: LogAndState = this.derived): Promise<Rounds> {
    this.#rounds ??= await Rounds.open({
      jobs: all,
      uplink: this.uplink.log,
      derived,
      clock: this.clock,
      steady: this.steady,
      logger: silentLogger,
      registry: new Registry(),
      signal: new AbortController().signal,
      limits: smallLimits,
    })
    return this.#rounds
  }

  /** The process is gone, and with it what it had in memory. */
  crash(): void {
    this.#rounds = undefined
  }

  /** Time passes in strides, with a round in each. */
  async pass(seconds: number, stride = 1): Promise<void> {
    for (let second = 0; second < seconds; second += stride) {
      this.clock.at += stride * 1_000
      this.steady.at += stride * 1_000
      const rounds = await this.rounds()
      await rounds.run()
      await rounds.giveMarks()
    }
  }

  async readOut(): Promise<void> {
    const rounds = await this.rounds()
    while (!(await rounds.run()).isIdle);
  }

  /** A message of a car whose clock is off by so much, measured so long ago. */
  async say(car: string, agoMs: number, offMs: number, kmh: number): Promise<void> {
    const at = this.clock.at - agoMs + offMs
    const [record] = recordsOf(
      messagesOf([{ at, signals: { 'Vehicle.Speed': kmh } }]).map((message) => ({ ...message, seq: this.#seq++ })),
      `demo/${car}`,
    )
    await this.uplink.log.append([newRecord(record!)])
  }
}

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      car: fc.constantFrom('car-1', 'car-2', 'car-3'),
      agoMs: fc.constantFrom(0, 0, 500, 30_000, 300_000),
      offMs: fc.constantFrom(0, 0, 0, -60_000, 3_600_000),
      kmh: fc.constantFrom(0, 30, 80),
      messages: fc.integer({ min: 1, max: 10 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ pass: fc.constantFrom(1, 5, 11, 40, 130, 400) }) },
  { weight: 1, arbitrary: fc.constant('crash' as const) },
)

test(`a log that is read again says the same as the day itself, whatever fired in quiet hours (seed ${seed})`, async () => {
  let marks = 0
  let fired = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25, size: 'max' }), async (steps) => {
      const day = new Day()
      for (const each of steps)
        if (each === 'crash') day.crash()
        else if ('pass' in each) await day.pass(each.pass, each.pass > 20 ? 5 : 1)
        else
          for (let n = 0; n < each.messages; n += 1) {
            await day.say(each.car, each.agoMs, each.offMs, each.kmh)
            await day.pass(1)
          }
      // Outputs that wait for their turn are said by then: how many of them were said before
      // depends on batches.
      await day.pass(4_500, 30)
      await day.readOut()
      const lived = await resultsIn(day.derived.log, all)
      await using fresh = openMemoryLog({ partitions: 2, clock: clockAt(startAt + 1e9) })
      await runToEnd(all, day.uplink.log, fresh)
      assert.deepEqual(await resultsIn(fresh.log, all), lived)
      marks += (await readWhole(day.uplink.log, 'mark')).length
      fired += [...lived.keys()].filter((id) => id.startsWith('silence ')).length
    }),
    { numRuns: 12, seed },
  )
  assert.ok(marks > 100 && fired > 10, `${marks} marks, ${fired} timers of silence`)
})

test('a quiet partition gets a mark each ten seconds while a timer waits in it, and none else', async () => {
  const day = new Day()
  await day.pass(60)
  assert.equal((await readWhole(day.uplink.log, 'mark')).length, 0, 'nothing waits where nothing came')
  await day.say('car-1', 0, 0, 50)
  await day.pass(9)
  assert.equal((await readWhole(day.uplink.log, 'mark')).length, 0)
  await day.pass(31)
  const marks = await readWhole(day.uplink.log, 'mark')
  const [said] = await readWhole(day.uplink.log, 'telemetry')
  assert.deepEqual(
    marks.map((mark) => [mark.partition, (mark.appendedAt - startAt) / 1000]),
    [11, 21, 31].map((second) => [said!.partition, 60 + second]),
  )
})
