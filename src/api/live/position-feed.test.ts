// The map's feed on a log that does not have all that it reads on from, and where nobody watches.
import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'node:test'
import type { Clock } from '../../base/clock.ts'
import type { EventLog, Gap, NewRecord } from '../../eventlog/event-log.ts'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { derivedLogTopics } from '../../eventlog/topics.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import type { TwinStore } from '../../storage/twin-store.ts'
import type { PositionsEvent } from '../contract.ts'
import { twin } from '../rows.testing.ts'
import { createClient, fixtureRights } from './event-tail.testing.ts'
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

type Opened = ReturnType<typeof openFeed>

/** A feed of a log and a store, and all that it says besides positions. */
function openFeed(log: EventLog, twins: TwinStore, clock: Clock) {
  const gaps: Gap[] = []
  let begun = 0
  const feed = createPositionFeed({
    log,
    twins,
    clock,
    limits: standardLiveLimits,
    rights: fixtureRights,
    events: {
      begun: () => void (begun += 1),
      delivered: () => undefined,
      unreadable: () => assert.fail('a record could not be read'),
      passedOver: (gap) => void gaps.push(gap),
      incomplete: () => assert.fail('the map is incomplete'),
    },
  })
  const pump = async (): Promise<void> => {
    while (await feed.pump());
  }
  /** Once to load the stored twins, once to send them. */
  const turn = async (): Promise<void> => {
    for (let n = 0; n < 2; n += 1) {
      feed.tick()
      await nextTurn()
      await pump()
    }
    feed.tick()
  }
  return { feed, gaps, pump, turn, begun: () => begun }
}

/** Joins, and gives what it was told of so far. */
function join({ feed }: Opened) {
  const client = createClient('ours', ['positions'])
  const reader = client.connect()
  feed.join(reader)
  return {
    leave: () => feed.leave(reader),
    lats: () =>
      client.seen.flatMap(({ data }) =>
        (data as unknown as PositionsEvent).lat.map((lat) => (lat === null ? null : lat / 1e6)),
      ),
  }
}

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
  const live = openFeed(log, storage.twins, { now: () => 9000 })
  const reader = join(live)
  await live.turn()
  assert.deepEqual(reader.lats(), [1])
  assert.deepEqual(live.gaps, [{ topic: 'twin', partition: 0, from: 1, to: 3, why: 'retention' }])
  await log.append([record(4, 4000)])
  await live.turn()
  assert.deepEqual(reader.lats(), [1, 4])
})

test('the log is read while somebody watches, and some minutes after; who comes then finds every car where it is', async () => {
  await using opened = openMemoryLog({ partitions: 1, topics: derivedLogTopics })
  await using storage = openMemoryStorage()
  const { log } = opened
  let reads = 0
  const counted: EventLog = {
    ...log,
    read: (...at) => {
      reads += 1
      return log.read(...at)
    },
  }
  const clock = { at: 9000, now: () => clock.at }
  const live = openFeed(counted, storage.twins, clock)
  const move = async (lat: number, stored: boolean): Promise<void> => {
    const [place] = await log.append([record(lat, lat * 1000)])
    if (stored)
      await storage.twins.put([{ id: 'ours/car-1', row: row(lat, lat * 1000) }], { 'twin/0': place!.offset + 1 })
  }
  await move(1, true)
  await live.turn()
  assert.deepEqual([reads, live.feed.isFollowing, live.begun()], [0, false, 0], 'nobody watches')

  const first = join(live)
  await move(2, false)
  await live.turn()
  assert.equal(first.lats().at(-1), 2)
  assert.deepEqual([live.feed.isFollowing, live.begun()], [true, 1])
  first.leave()
  clock.at += 60_000
  await live.turn()
  assert.ok(live.feed.isFollowing, 'for one who comes back')
  clock.at += 300_000
  await live.turn()
  assert.equal(live.feed.isFollowing, false)
  await move(3, true)
  await move(4, false)
  const before = reads
  await live.turn()
  assert.equal(reads, before)

  const second = join(live)
  await live.turn()
  assert.equal(second.lats().at(-1), 4)
  assert.equal(live.begun(), 2)
})
