// Limits to what a wall clock that is set wrong does to a log: part of the contract of
// event-log.ts.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { silentLogger, type Logger } from '../base/logger.ts'
import {
  everything,
  onFreshLog,
  partitions,
  record,
  settableClock,
  type LogSubject,
  type TestClock,
} from './event-log-subject.testing.ts'
import { partitionOf } from './partition.ts'
import type { SweptLog } from './state-store.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const topics = [{ name: 'telemetry', retention: { ms: 7 * dayMs } }]
const partition = partitionOf('k', partitions)

export function clockContract(subject: LogSubject): void {
  describe(`${subject.name}: a wall clock that is wrong`, () => {
    whileOpen(subject)
    if (subject.durable) overRestarts(subject)
  })
}

/** Appends one record and gives its append time. */
async function append({ log }: SweptLog): Promise<number> {
  const [position] = await log.append([record('k', 'x')])
  const { records } = await log.read('telemetry', partition, position!.offset, everything)
  return records[0]!.appendedAt
}

const kept = async ({ log }: SweptLog): Promise<number> =>
  (await log.read('telemetry', partition, 0, everything)).records.length

/** An hour passes in steps, as appends and sweeps look at the clock. */
async function passHour(opened: SweptLog, clock: TestClock): Promise<void> {
  for (let minute = 0; minute < 60; minute += 4) {
    clock.at += 4 * 60_000
    await opened.sweep()
  }
}

function whileOpen(subject: LogSubject): void {
  for (const [what, jumpMs] of [
    ['+10 years', 3652 * dayMs],
    ['-10 years', -3652 * dayMs],
    ['+40 days', 40 * dayMs],
  ] as const)
    test(`set ${what} and back deletes nothing, and records are stamped as if it had not been`, () =>
      onFreshLog(
        subject,
        async (opened, clock) => {
          assert.equal(await append(opened), clock.at)
          clock.jumpMs = jumpMs
          await passHour(opened, clock)
          assert.equal(await append(opened), clock.at)
          assert.equal(opened.log.now(), clock.at)
          clock.jumpMs = 0
          clock.at += 1000
          await opened.sweep()
          assert.equal(await append(opened), clock.at)
          assert.equal(await kept(opened), 3)
        },
        { topics },
      ))

  for (const jumpMs of [-2 * hourMs, 2 * hourMs])
    test(`set ${jumpMs / hourMs} hours for eight minutes deletes nothing, and records are stamped as if it had not been`, () =>
      onFreshLog(
        subject,
        async (opened, clock) => {
          assert.equal(await append(opened), clock.at)
          clock.jumpMs = jumpMs
          for (let minute = 0; minute < 8; minute++) {
            assert.equal(await append(opened), clock.at)
            clock.at += 60_000
          }
          clock.jumpMs = 0
          assert.equal(await append(opened), clock.at)
          await opened.sweep()
          assert.equal(await kept(opened), 10)
        },
        { topics },
      ))

  test('set 20 days ahead for good stamps by the new time after a while, and deletes nothing before its time', () =>
    onFreshLog(
      subject,
      async (opened, clock) => {
        await append(opened)
        clock.jumpMs = 20 * dayMs
        await passHour(opened, clock)
        assert.equal(await append(opened), clock.at + clock.jumpMs)
        for (let day = 0; day < 6; day++) {
          clock.at += dayMs
          await opened.sweep()
        }
        assert.equal(await kept(opened), 2)
        clock.at += dayMs - hourMs + 1
        await opened.sweep()
        assert.equal(await kept(opened), 1, 'the first record is 7 days old')
      },
      { topics },
    ))
}

function overRestarts(subject: LogSubject): void {
  /** Opens, looks and closes; tells what was warned of. */
  async function onLife(
    place: ReturnType<LogSubject['place']>,
    clock: TestClock,
    body: (opened: SweptLog) => Promise<void>,
    clockJump: 'ask' | 'accept' = 'ask',
  ): Promise<string[]> {
    const said: string[] = []
    const logger = Object.assign(Object.create(silentLogger) as Logger, {
      warn: (_: object, text: string) => void said.push(text),
    })
    await using opened = await place.open({ partitions, clock, topics, clockJump, logger })
    await body(opened)
    return said
  }

  for (const [what, jumpMs] of [
    ['+10 years', 3652 * dayMs],
    ['-2 hours', -2 * hourMs],
  ] as const)
    test(`set ${what} and back over restarts deletes nothing, and records are stamped as if it had not been`, async () => {
      await using place = subject.place()
      const clock = settableClock()
      const stamp = async (opened: SweptLog): Promise<void> => {
        clock.at += 1000
        await opened.sweep()
        assert.equal(await append(opened), clock.at)
      }
      assert.deepEqual(await onLife(place, clock, stamp), [])
      clock.jumpMs = jumpMs
      for (let round = 0; round < 2; round++) assert.equal((await onLife(place, clock, stamp)).length, 1)
      clock.jumpMs = 0
      assert.deepEqual(await onLife(place, clock, stamp), [])
      await onLife(place, clock, async (opened) => assert.equal(await kept(opened), 4))
    })

  test('20 days switched off count; after 40 nothing is deleted until somebody accepts the time, which other openers then go by', async () => {
    await using place = subject.place()
    const clock = settableClock()
    const sweepAndCount = (count: number) => async (opened: SweptLog) => {
      await opened.sweep()
      assert.equal(await kept(opened), count)
    }
    await onLife(place, clock, async (opened) => void (await append(opened)))
    clock.at += 20 * dayMs
    assert.deepEqual(await onLife(place, clock, sweepAndCount(0)), [])
    await onLife(place, clock, async (opened) => void (await append(opened)))
    clock.at += 40 * dayMs
    const said = await onLife(place, clock, sweepAndCount(1))
    assert.equal(said.length, 1)
    assert.match(said[0]!, /40 days ahead of the event log.*ROADSTREAM_CLOCK_JUMP=accept/)
    await onLife(place, clock, async (asking) => {
      await onLife(place, clock, sweepAndCount(0), 'accept')
      clock.at += 2000
      assert.equal(await append(asking), clock.at - 2000 - 40 * dayMs + 2000, 'it has not looked yet')
      clock.at += 2000
      assert.equal(await append(asking), clock.at)
    })
    assert.deepEqual(await onLife(place, clock, sweepAndCount(2)), [])
  })
}
