// Rows within their time: what is forgotten, what is left out and counted, and what stays.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pino } from 'pino'
import { Counter } from 'prom-client'
import { Outage } from '../base/errors.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { alertRow, byId, ledgerRow, t0, trackRow, tripRow } from '../read-models/rows.testing.ts'
import { openMemoryStorage } from '../storage/memory/memory-storage.ts'
import { expiredRowsMax } from '../storage/table-store.ts'
import { keepExpiring } from './retention.ts'
import { derivedRecord, start } from './writers.testing.ts'
import { wholeReach } from '../storage/reach.ts'

const dayMs = 86_400_000
const old = t0 - 2 * dayMs
const retention = { trips: dayMs, tracks: dayMs }
const openLog = () => openMemoryLog({ partitions: 2, clock: { now: () => t0 } })
const page = { limit: 99 }

test('rows that have had their time are forgotten and counted; those of other tables stay', async () => {
  await using opened = openLog()
  await using storage = openMemoryStorage()
  const trips = Array.from({ length: expiredRowsMax + 3 }, (_, n) => tripRow(`old-${n}`, { startAt: old + n }))
  await storage.trips.put(byId([...trips, tripRow('new')]), {})
  await storage.tracks.put(
    [
      { id: 'old', row: trackRow(old) },
      { id: 'new', row: trackRow(t0) },
    ],
    {},
  )
  await storage.alerts.put(byId([alertRow('old', { receivedAt: old })]), {})
  await storage.ledger.put([{ id: 'old', row: ledgerRow('v1', 'event', { lastAt: old, lastReceivedAt: old }) }], {})
  await using running = await start(opened.log, storage, undefined, retention)
  const counted = async (): Promise<string> => await running.registry.metrics()
  while (!/writer_expired_total\{store="tracks"\} 1\n/.test(await counted())) await nextTurn()
  assert.match(await counted(), new RegExp(`writer_expired_total\\{store="trips"\\} ${expiredRowsMax + 3}\\n`))
  assert.deepEqual(
    (await storage.trips.list(wholeReach('acme'), {}, page)).rows.map(({ id }) => id),
    ['new'],
  )
  assert.equal((await storage.tracks.list(wholeReach('acme'), {}, page)).rows.length, 1)
  assert.equal((await storage.alerts.list(wholeReach('acme'), {}, page)).rows.length, 1)
  assert.equal((await storage.ledger.list(wholeReach('acme'), {}, page)).rows.length, 1)
})

test('a row that comes when it has had its time is left out and counted, and what forgets it is not', async () => {
  await using opened = openLog()
  await using storage = openMemoryStorage()
  await using running = await start(opened.log, storage, undefined, retention)
  const trip = (id: string, startAt: number) => derivedRecord('trip', id, tripRow(id, { startAt }))
  await opened.log.append([
    trip('late', t0 - dayMs - 1),
    trip('kept', t0 - dayMs),
    trip('kept-too', t0),
    trip('gone', t0),
  ])
  await opened.log.append([
    derivedRecord('trip', 'gone', null),
    derivedRecord('alert', 'a1', alertRow('a1', { receivedAt: old })),
  ])
  await running.caughtUp()
  assert.deepEqual(
    (await storage.trips.list(wholeReach('acme'), {}, page)).rows.map(({ id }) => id),
    ['kept-too', 'kept'],
  )
  assert.equal((await storage.alerts.list(wholeReach('acme'), {}, page)).rows.length, 1)
  assert.match(await running.registry.metrics(), /writer_skipped_total\{store="trips",reason="expired"\} 1\n/)
})

test('a store that fails is told with its name, and holds up no other', async () => {
  const stop = new AbortController()
  const lines: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  const expired = new Counter({ name: 'expired', help: '.', labelNames: ['store'], registers: [] })
  const fails = async (): Promise<number> => {
    throw new Outage('STORE_UNAVAILABLE', 'away', { retryable: true })
  }
  const asked: number[] = []
  const keeping = keepExpiring(
    [
      { name: 'trips', retentionMs: dayMs, expire: fails },
      {
        name: 'tracks',
        retentionMs: 2 * dayMs,
        async expire(olderThan) {
          asked.push(olderThan)
          if (asked.length < 3) return 2
          stop.abort()
          return 0
        },
      },
    ],
    { log: { agedAt: (ms) => t0 - ms }, logger, signal: stop.signal, expired },
  )
  await keeping
  assert.deepEqual(asked, [old, old, old])
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /"store":"trips".*tried again in five minutes/)
  assert.equal((await expired.get()).values.find(({ labels }) => labels.store === 'tracks')?.value, 4)
})
