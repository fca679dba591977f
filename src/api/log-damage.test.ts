import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import type { Damage } from '../eventlog/event-log.ts'
import { watchDamage } from './log-damage.ts'

test('damage of all logs is one list, and a figure by topic that is not added up at each look', async () => {
  const registry = new Registry()
  const range = (topic: string, from: number, to: number): Damage => ({
    topic,
    partition: 0,
    from,
    to,
    records: to - from,
    foundAt: 1,
  })
  const logs = [[range('telemetry', 3, 7), range('telemetry', 9, 10)], [range('trip', 0, 2)]].map((found) => ({
    damage: async () => found,
  }))
  const damage = watchDamage(logs, registry)
  assert.deepEqual(await damage(), [range('telemetry', 3, 7), range('telemetry', 9, 10), range('trip', 0, 2)])
  await registry.metrics()
  const text = await registry.metrics()
  assert.match(text, /^roadstream_log_damaged_offsets\{topic="telemetry"\} 5$/m)
  assert.match(text, /^roadstream_log_damaged_offsets\{topic="trip"\} 2$/m)
})
