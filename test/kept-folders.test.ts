// Whole data folders of earlier states, made by them while cars drove, are opened by a start of
// today. old-data/README.md says how they were made and what is in them.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Listing, TrackColumns } from '../src/api/contract.ts'
import type { Alert } from '../src/read-models/alerts/alerts.ts'
import type { Trip } from '../src/read-models/trips/trips.ts'
import { messageRow, t0 } from '../src/read-models/rows.testing.ts'
import type { MessageDocument } from '../src/storage/message-store.ts'
import { apiClient, type ApiClient } from './support/api-client.ts'
import { contentNow, keptContent, unpackKept, type ContentNow, type KeptContent } from './support/kept-folder.ts'
import { startSystem, temporaryFolder, type RunningSystem } from './support/running-system.ts'
import { scrape, sumIn } from './support/scrape.ts'

const dayMs = 86_400_000
const users = [
  ['ada', 'correct horse battery', 'administrator'],
  ['Ünal', 'staple battery horse', 'viewer'],
] as const
/** Raw messages have their time by the log's clock, which knows how long a folder lay there. */
const settings = { ROADSTREAM_MESSAGES_RETENTION: '3650d', ROADSTREAM_LOG_RETENTION: '3650d' }

for (const [name, what] of [
  ['with-pglite', 'of the last state with PGlite'],
  ['with-cluster', 'with a cluster of PostgreSQL'],
] as const)
  describe(`a folder ${what}`, { concurrency: 1, timeout: 290_000 }, () => {
    test('is opened by a start with users, rows, log and positions, and again by the next', async () => {
      using folder = temporaryFolder()
      unpackKept(name, folder.path)
      const kept = keptContent(name)
      let before = kept
      for (const round of [1, 2]) {
        const said = await startAndStop(folder.path, kept)
        assert.ok(!said.includes('SQLSTATE'), said)
        assert.equal(said.includes('tables are at the schema of this version'), round === 1, said)
        const now = await contentNow(folder.path, kept)
        assert.deepEqual(now.log, kept.log, `round ${round}`)
        checkRows(now, before)
        before = now
      }
      assert.deepEqual(
        readdirSync(join(folder.path, 'postgres')).filter((entry) => entry !== 'password'),
        ['cluster', 'pg'],
      )
    })
  })

/** Gives what it said. */
async function startAndStop(dataDir: string, kept: KeptContent): Promise<string> {
  await using system = await startSystem({ dataDir, settings })
  assert.equal(system.setupUrl, undefined, 'there is an administrator')
  for (const [name, password, role] of users) {
    const api = await signInAs(system, name, password, role)
    await checkHistory(api)
    if (role === 'administrator') await api.untilRead()
  }
  // The index of raw messages, which no state before had, is made of all that the log has.
  const text = ((await scrape(`${system.dashboardUrl}/metrics`)) ?? '').replaceAll(/^.*"message-index".*$/gm, '')
  const [restarted, lost, damaged, put = Number.NaN] = ['restarted', 'lost', 'damaged', 'rows'].map((counter) => {
    assert.ok(text.includes(`# TYPE roadstream_writer_${counter}_total counter\n`), counter)
    return sumIn(text, `roadstream_writer_${counter}_total`)
  })
  assert.deepEqual([restarted, lost, damaged], [0, 0, 0])
  // Jobs have ended some of what was under way; a log read anew is a row for each of its messages.
  assert.ok(put < (kept.rows['messages'] ?? 0) / 2, `${put} rows were put`)
  assert.equal(await system.stop(), 0, system.said())
  return system.said()
}

/** The rows of a car that no log has. */
async function checkHistory(api: ApiClient): Promise<void> {
  const days = Array.from({ length: 40 }, (_, n) => n).reverse()
  const trips = await api.get<Listing<Trip>>('/trips?vehicle=old-car&limit=100')
  assert.deepEqual(
    trips.rows.map(({ id, startAt, distanceM }) => [id, startAt, distanceM]),
    days.map((n) => [`old-trip-${n}`, t0 + n * dayMs, n / 3]),
  )
  const track = await api.get<TrackColumns>(`/vehicles/old-car/track?from=${t0}&to=${t0 + dayMs}`)
  assert.deepEqual(track, {
    at: [t0 + 100, t0 + 1100],
    lat: [-34.905_123_5, null],
    lon: [-56.191_388_9, null],
    speedKmh: [0.3, null],
    truncated: false,
  })
  const alerts = await api.get<Listing<Alert>>('/alerts?vehicle=old-car&limit=100')
  assert.deepEqual(
    alerts.rows.map(({ id, evidence }) => [id, evidence]),
    days.map((n) => [`old-alert-${n}`, { peak: Math.cos(n) }]),
  )
  const messages = await api.get<Listing<MessageDocument>>('/vehicles/old-car/messages?limit=100')
  assert.deepEqual(
    messages.rows.map(({ receivedAt, body }) => [receivedAt, body]),
    days.map((n) => t0 + n * dayMs).map((at) => [at, messageRow(at).body]),
  )
}

async function signInAs(system: RunningSystem, name: string, password: string, role: string): Promise<ApiClient> {
  const origin = system.dashboardUrl
  const answer = await fetch(`${origin}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ name, password }),
  })
  const text = await answer.clone().text()
  assert.ok(answer.ok, text)
  assert.match(text, new RegExp(`"roles":\\["${role}"\\]`))
  return apiClient(origin, (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '')
}

/** Rows of the car that no log has, and users. */
const older = { alerts: 40, anomalies: 1, ledger: 1, messages: 40, tracks: 40, trips: 40, twins: 1, users: 2 }

/** Each row is what the log tells of or older, none is fewer than there were, and no position went
 *  back. */
function checkRows({ rows, told, positions }: ContentNow, before: KeptContent): void {
  assert.deepEqual(
    rows,
    Object.fromEntries(Object.entries(older).map(([table, count]) => [table, count + (told[table] ?? 0)])),
  )
  for (const [table, count] of Object.entries(before.rows)) assert.ok((rows[table] ?? 0) >= count, table)
  const offsets = Object.entries(before.positions).filter(([place]) => !place.includes(' epoch/'))
  for (const [place, next] of offsets)
    assert.ok((positions[place] ?? -1) >= next, `${place}: ${positions[place]} before ${next}`)
}
