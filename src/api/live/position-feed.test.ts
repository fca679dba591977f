// The map's feed on a log that does not have all that it reads on from.
import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'node:test'
import type { Gap, NewRecord } from '../../eventlog/event-log.ts'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { derivedLogTopics } from '../../eventlog/topics.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import type { PositionsEvent } from '../contract.ts'
import { twin } from '../rows.testing.ts'
import { createClient } from './event-tail.testing.ts'
import { standardLiveLimits } from './live-limits.ts'
import { createPositionFeed } from './position-feed.ts'

const row = (lat: number, at: number) =>
  twin('ours', 'car-1', { 'Vehicle.CurrentLocation.Latitude': { value: lat, at } }, at)
const record = (lat: number, at: number): NewRecord => ({
  topic: 'twin',
  key: 'ours/car-1',
  headers: { id: 'ours/car-1' },
  at,
  value: Buffer.from(JSON.stringify(row(lat, at))),
})

test('where a car was before what the log still has is what the stored twin says, and what is missing between is told', async () => {
  const topics = derivedLogTopics.map((topic) =>
    topic.name === 'twin' ? { ...topic, retention: { bytes: 0 } } : topic,
  )
  await using opened = openMemoryLog({ partitions: 1, topics })
  await using storage = openMemoryStorage()
  const { log } = opened
  await storage.twins.put([{ id: 'ours/car-1', row: row(1, 1000) }], { 'twin/0': 1 })
  for (let n = 1; n <= 3; n += 1) await log.append([record(n, n * 1000)])
  await opened.sweep()
  const gaps: Gap[] = []
  const feed = createPositionFeed(
    log,
    { twins: storage.twins, positions: await storage.twins.positions() },
    { now: () => 9000 },
    standardLiveLimits,
    {
      delivered: () => undefined,
      unreadable: () => assert.fail('a record could not be read'),
      passedOver: (gap) => void gaps.push(gap),
      incomplete: () => assert.fail('the map is incomplete'),
    },
  )
  const client = createClient('ours', ['positions'])
  feed.join(client.connect())
  const lats = async (): Promise<(number | null)[]> => {
    while (await feed.pump());
    // Once to load the stored twins, once to send them.
    for (let n = 0; n < 2; n += 1) {
      feed.tick()
      await nextTurn()
    }
    return client.seen.flatMap(({ data }) =>
      (data as unknown as PositionsEvent).lat.map((lat) => (lat === null ? null : lat / 1e6)),
    )
  }
  assert.deepEqual(await lats(), [1])
  assert.deepEqual(gaps, [{ topic: 'twin', partition: 0, from: 1, to: 3, why: 'retention' }])
  await log.append([record(4, 4000)])
  assert.deepEqual(await lats(), [1, 4])
})
