import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Outage } from '../base/errors.ts'
import { silentLogger } from '../base/logger.ts'
import type { EventLog, Topic } from '../eventlog/event-log.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { uplinkTopics } from '../eventlog/topics.ts'
import { openRates } from './message-rates.ts'

const append = async (log: EventLog, topic: Topic, count: number): Promise<void> => {
  await log.append(
    Array.from({ length: count }, (_, n) => ({ topic, key: `acme/v${n}`, value: new Uint8Array(1), at: 1 })),
  )
}

/** A second passes when it is told so. */
function openSeconds() {
  let atMs = 0
  let sample = (): void => {}
  return {
    now: () => atMs,
    every: (given: () => void) => {
      sample = given
      return () => {}
    },
    async pass(seconds: number) {
      for (let n = 0; n < seconds; n += 1) {
        atMs += 1000
        sample()
        await nextTurn()
      }
    },
  }
}

test('the rates are those of the last ten seconds, of what cars sent and of nothing else', async () => {
  await using opened = openMemoryLog({ partitions: 3 })
  const { log } = opened
  await append(log, 'telemetry', 100)
  const seconds = openSeconds()
  using rates = await openRates(log, silentLogger, seconds)
  assert.deepEqual(rates.now(), { received: 0, stored: 0, refused: 0 })
  await append(log, 'telemetry', 30)
  await append(log, 'critical', 10)
  await append(log, 'dead-letter', 20)
  await append(log, 'twin', 500)
  await seconds.pass(10)
  assert.deepEqual(rates.now(), { received: 6, stored: 4, refused: 2 })
  await seconds.pass(10)
  assert.deepEqual(rates.now(), { received: 0, stored: 0, refused: 0 })
})

test('what retention drops is no message, and an outage of the log leaves a sample out', async () => {
  await using opened = openMemoryLog({
    partitions: 1,
    topics: uplinkTopics.map((topic) => ({ ...topic, retention: { bytes: 0 } })),
  })
  const { log } = opened
  await append(log, 'telemetry', 100)
  const seconds = openSeconds()
  let isAway = false
  const bounds: EventLog['bounds'] = (...args) =>
    isAway ? Promise.reject(new Outage('LOG_UNAVAILABLE', 'away', { retryable: true })) : log.bounds(...args)
  using rates = await openRates({ ...log, bounds }, silentLogger, seconds)
  await opened.sweep()
  isAway = true
  await seconds.pass(2)
  isAway = false
  await append(log, 'telemetry', 12)
  await seconds.pass(1)
  assert.deepEqual(rates.now(), { received: 4, stored: 4, refused: 0 })
})
