// The store of a gateway over a log that others have too: what comes again is stored once, and a
// copy that is too old, or lost, is made again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outage } from '../../base/errors.ts'
import { silentLogger } from '../../base/logger.ts'
import type { EventLog, NewRecord } from '../../eventlog/event-log.ts'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { readWhole } from '../../eventlog/read-whole.testing.ts'
import { sessionsTopic, uplinkTopics } from '../../eventlog/topics.ts'
import { openSharedGatewayStore } from './shared-store.ts'
import { openTestStore } from './shared-store.testing.ts'

const topics = [...uplinkTopics, sessionsTopic]
const session = (text: string) => ({ key: 's/car', value: Buffer.from(text) })
const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString()

test('a commit that comes again because its entries were not stored does not store its records twice', async () => {
  await using shared = openMemoryLog({ partitions: 1, topics })
  let isRefused = false
  const append = async (records: readonly NewRecord[]) => {
    if (isRefused && records.some(({ topic }) => topic === 'sessions'))
      throw new Outage('LOG_BUSY', 'busy', { retryable: true })
    return shared.log.append(records)
  }
  const store = await openTestStore({ ...shared.log, append })
  await store.claims.claim('car')
  const records = [{ topic: 'event', key: 'acme/car', at: 1, value: Buffer.from('a') }]
  isRefused = true
  await assert.rejects(store.commit(records, [session('one')]), { code: 'LOG_BUSY' })
  assert.equal(store.get('s/car'), undefined)
  isRefused = false
  await store.commit(records, [session('one')])
  await store.commit([...records], [])
  assert.deepEqual([(await readWhole(shared.log, 'event')).length, text(store.get('s/car'))], [2, 'one'])
})

test('entries of a client that another gateway claimed are passed over, and not read', async () => {
  await using shared = openMemoryLog({ partitions: 1, topics })
  const one = await openTestStore(shared.log)
  const other = await openTestStore(shared.log)
  const taken: string[] = []
  one.claims.onTaken((client) => void taken.push(client))
  await one.claims.claim('car')
  await one.commit([], [session('one')])
  await other.claims.claim('car')
  assert.equal(text(other.get('s/car')), 'one')
  // Not read yet: it is stored under the older claim, and the claim is told before it resolves.
  await one.commit([], [session('late')])
  assert.deepEqual([taken, one.get('s/car'), [...one.entries('s/')]], [['car'], undefined, []])
  const { end } = await shared.log.bounds('sessions', 0)
  await one.commit([], [session('later')])
  assert.equal((await shared.log.bounds('sessions', 0)).end, end)
  await one.claims.claim('car')
  assert.equal(text(one.get('s/car')), 'one')
})

test('a gateway that starts again on its data folder has its clients without being asked, and those alone', async () => {
  await using shared = openMemoryLog({ partitions: 1, topics })
  const local = openMemoryLog({ partitions: 1 }).state
  const one = await openTestStore(shared.log, local)
  await one.claims.claim('car')
  await one.commit([], [session('one'), { key: 'q/car\u00000001', value: Buffer.from('waits') }])
  const other = await openTestStore(shared.log)
  await other.claims.claim('van')
  await other.commit([], [{ key: 's/van', value: Buffer.from('two') }])
  const again = await openTestStore(shared.log, local)
  assert.deepEqual(
    [...again.entries('')].map(([key]) => key),
    ['q/car\u00000001', 's/car'],
  )
  // The earlier start of the same folder has lost it.
  await one.commit([], [session('late')])
  assert.deepEqual([one.claims.holds('car'), text(again.get('s/car'))], [false, 'one'])
})

test('a client that another gateway claims while many are taken over is left to it', async () => {
  await using shared = openMemoryLog({ partitions: 1, topics })
  const local = openMemoryLog({ partitions: 1 }).state
  const one = await openTestStore(shared.log, local)
  for (const client of ['bus', 'car']) await one.claims.claim(client)
  // More than is taken over at a time.
  const waiting = Array.from({ length: 6_000 }, (_, index) => ({
    key: `q/bus\0${String(index).padStart(16, '0')}`,
    value: Buffer.from('waits'),
  }))
  await one.commit([], [{ key: 's/bus', value: Buffer.from('one') }, ...waiting, session('one')])
  const other = await openTestStore(shared.log)
  const append = async (records: readonly NewRecord[]) => {
    const positions = await shared.log.append(records)
    if (records[0]?.key.startsWith('e/bus') === true) {
      await other.claims.claim('car')
      await other.commit([], [session('two')])
    }
    return positions
  }
  const again = await openTestStore({ ...shared.log, append }, local)
  assert.deepEqual([again.claims.holds('bus'), again.claims.holds('car')], [true, false])
  assert.equal([...again.entries('q/bus\0')].length, 6_000)
  const late = { key: 'q/car\u00000001', value: Buffer.from('late') }
  await other.commit([], [late])
  const third = await openTestStore(shared.log)
  await third.claims.claim('car')
  assert.deepEqual([third.get('s/car'), third.get(late.key)].map(text), ['two', 'late'])
})

test('a copy that was last as the topic is half a day ago is made again: what is gone meanwhile is not in it', async () => {
  let now = 1_700_000_000_000
  const clock = { now: () => now }
  const compaction = { lagMs: 0, tombstoneMs: 24 * 3_600_000 }
  await using shared = openMemoryLog({ partitions: 1, topics, clock, compaction })
  const local = openMemoryLog({ partitions: 1 }).state
  const one = await openTestStore(shared.log, local)
  await one.commit([], [{ key: 'm/a', value: Buffer.from('kept') }])
  const other = await openTestStore(shared.log)
  await other.commit([], [{ key: 'm/a' }])
  for (let day = 0; day < 3; day++) {
    now += 25 * 3_600_000
    await shared.sweep()
  }
  assert.deepEqual(await readWhole(shared.log, 'sessions'), [])
  assert.equal(text(one.get('m/a')), 'kept')
  await assert.rejects(one.claims.follow(new AbortController().signal), { code: 'LOG_REPLACED' })
  assert.equal((await openTestStore(shared.log, local)).get('m/a'), undefined)
})

test('a log that does not answer is said once, and what others store is read when it does', async () => {
  await using shared = openMemoryLog({ partitions: 1, topics })
  let failures = 0
  const read: EventLog['read'] = async (...given) => {
    if (failures-- > 0) throw new Outage('LOG_UNAVAILABLE', 'Kafka is away.', { retryable: true })
    return shared.log.read(...given)
  }
  const warned: string[] = []
  const logger = Object.assign(Object.create(silentLogger) as typeof silentLogger, {
    warn: (_fields: object, message: string) => void warned.push(message),
  })
  const local = openMemoryLog({ partitions: 1 }).state
  const one = await openSharedGatewayStore({ log: { ...shared.log, read }, local, logger })
  await one.claims.claim('car')
  const stop = new AbortController()
  const told = Promise.withResolvers<string>()
  one.claims.onTaken(told.resolve)
  failures = 2
  const following = one.claims.follow(stop.signal)
  const other = await openTestStore(shared.log)
  await other.claims.claim('car')
  assert.equal(await told.promise, 'car')
  stop.abort()
  await following
  assert.deepEqual(warned, ['what other gateways store of sessions is read later'])
})
