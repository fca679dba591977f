// Sizes of all that is stored, as a running system tells them: on the embedded engines, and with
// its logs on Kafka and its tables on a server of one's own.
import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { RoomReport, StoreRoom, SystemState } from '../src/api/contract.ts'
import { noKafka, settingsOn, startKafka } from './engines/kafka.ts'
import { noPostgres, startPostgres } from './engines/postgres.ts'
import { signIn } from './support/api-client.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'

async function roomOf(setupUrl: string | undefined): Promise<RoomReport> {
  const api = await signIn(setupUrl ?? assert.fail('no setup link'))
  const { room } = await api.get<SystemState>('/system')
  return room ?? assert.fail('nothing is known of what is stored')
}

const namesOf = (room: RoomReport, part: StoreRoom['part'], kind: StoreRoom['kind']): string[] =>
  room.stores.filter((store) => store.part === part && store.kind === kind).map(({ name }) => name)

const tables = [
  'account_links',
  'alerts',
  'anomalies',
  'audit',
  'audit_chains',
  'ledger',
  'message_index',
  'messages',
  'program_tokens',
  'programs',
  'shares',
  'sign_ins',
  'tracks',
  'trips',
  'twins',
  'users',
  'vehicle_registry',
]

test(
  'embedded: topics, tables and the disk are told, and each log as large as its file',
  { timeout: 60_000 },
  async () => {
    using folder = temporaryFolder()
    const settings = { ROADSTREAM_TRIPS_RETENTION: '90d' }
    await using system = await startSystem({ dataDir: folder.path, settings })
    const room = await roomOf(system.setupUrl)
    assert.deepEqual(namesOf(room, 'tables', 'table'), tables)
    for (const part of ['log', 'derived'] as const) {
      const { size } = await stat(join(folder.path, part, 'data.mdb'))
      const bytes = room.stores
        .filter((store) => store.part === part)
        .reduce((sum, store) => sum + (store.bytes ?? 0), 0)
      // Pages of what is known of the log as a whole are in neither, and the file goes on.
      assert.ok(Math.abs(bytes - size) <= 2 ** 18, `${part}: ${bytes} of ${size}`)
    }
    assert.deepEqual(namesOf(room, 'derived', 'topic').toSorted().slice(0, 3), ['alert', 'anomaly', 'dead-letter'])
    for (const { kind, bytes, bytesPerDay, unknown } of room.stores) {
      assert.ok(bytes !== null)
      assert.equal(bytesPerDay, null)
      assert.equal(unknown, kind === 'free' || kind === 'write-log' ? null : 'measuring')
    }
    const trips = room.stores.find(({ name }) => name === 'trips')
    const retention = { keptMs: 90 * 86_400_000, bytesMax: null, settings: ['ROADSTREAM_TRIPS_RETENTION'] }
    assert.deepEqual(trips?.retention, retention)
    assert.deepEqual(
      room.disks.map(({ holds, fullAt, why }) => ({ holds, fullAt, why })),
      [{ holds: ['log', 'derived', 'tables'], fullAt: null, why: 'unknown' }],
    )
    assert.deepEqual(room.elsewhere, [])
    assert.equal(await system.stop(), 0)
  },
)

test(
  'grown up: tables on a server of one’s own are told, and of what is on Kafka that it is there',
  { skip: noKafka || noPostgres, timeout: 120_000 },
  async () => {
    using folder = temporaryFolder()
    await using kafka = await startKafka({ nodes: 1 })
    await using postgres = await startPostgres()
    const settings = { ...settingsOn(kafka.brokers), ROADSTREAM_POSTGRES: postgres.url('postgres') }
    await using system = await startSystem({ dataDir: folder.path, settings })
    const room = await roomOf(system.setupUrl)
    const sized = room.stores.filter(({ bytes }) => bytes !== null)
    assert.deepEqual(
      sized.map(({ name }) => name),
      tables,
    )
    const others = room.stores.filter(({ bytes }) => bytes === null)
    assert.ok(['telemetry', 'critical', 'twin', 'trip'].every((topic) => others.some(({ name }) => name === topic)))
    assert.deepEqual([...new Set(others.map(({ unknown }) => unknown))], ['kafka'])
    assert.deepEqual([room.disks, room.logs], [[], []])
    assert.deepEqual(room.elsewhere, [
      { part: 'log', at: 'kafka' },
      { part: 'derived', at: 'kafka' },
      { part: 'tables', at: 'postgres' },
    ])
    assert.equal(await system.stop(), 0)
  },
)
