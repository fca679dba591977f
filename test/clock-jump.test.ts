// The wall clock of a running system is set ten years ahead, two hours back, and right again, with
// restarts in between: nothing is deleted, nobody is signed out or let in again, and nothing is
// stamped with a wrong time. The clock is libfaketime's, which leaves the steady clock alone, as a
// machine does whose clock is set.
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { connectAsync } from 'mqtt'
import type { ClientSessionDetail, LedgerEntry, Listing, RawMessage, VehicleRow } from '../src/api/contract.ts'
import { silentLogger } from '../src/base/logger.ts'
import { openLogs } from '../src/compose/adapters.ts'
import { readConfig } from '../src/config/config.ts'
import { vehiclePassword } from '../src/model/vehicle-credential.ts'
import { openSecrets } from '../src/config/secrets.ts'
import { apiClient, signIn, type ApiClient } from './support/api-client.ts'
import { recordsOf } from './support/log-records.ts'
import { startSystem, temporaryFolder, type RunningSystem } from './support/running-system.ts'

const library = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1',
].find((file) => existsSync(file))
const skip = library === undefined && 'libfaketime (the Debian package faketime) is not on this machine'
const each = 40
const toleranceMs = 30_000

test(
  'a wall clock that jumps deletes nothing, ends no session and stamps nothing wrong',
  { skip, timeout: 240_000 },
  async () => {
    using folder = temporaryFolder()
    const dataDir = join(folder.path, 'data')
    const clockFile = join(folder.path, 'clock')
    const setClock = (by: string): void => writeFileSync(clockFile, by)
    const faketime = { FAKETIME_TIMESTAMP_FILE: clockFile, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' }
    const start = (): Promise<RunningSystem> =>
      startSystem({ dataDir, settings: { LD_PRELOAD: library ?? '', ...faketime } })
    setClock('+0')
    const beganAt = Date.now()
    let awayAt = 0
    let sent = 0
    const drive = async (system: RunningSystem): Promise<void> => void (sent += await publish(system, dataDir, sent))

    let cookie = ''
    let endedCookie = ''
    const people = async ({ dashboardUrl }: RunningSystem): Promise<void> => {
      assert.equal(
        (await fetch(`${dashboardUrl}/api/v1/session`, { headers: { cookie } })).status,
        200,
        'who is signed in stays so',
      )
      const gone = await fetch(`${dashboardUrl}/api/v1/session`, { headers: { cookie: endedCookie } })
      assert.equal(gone.status, 401, 'who has signed out stays so')
    }
    /** The session of a car that went away at the beginning: it is away since then, and has its
     *  hour. */
    const kept = async (system: RunningSystem): Promise<void> => {
      const session = await apiClient(system.dashboardUrl, cookie).get<ClientSessionDetail>('/sessions/demo/car-2')
      assertNear(session.sinceAt, awayAt, 'the session is away since')
      assertNear(session.expiresAt ?? 0, awayAt + 3_600_000, 'the session ends')
    }

    {
      await using system = await start()
      ;({ cookie } = await signIn(system.setupUrl ?? ''))
      endedCookie = await signInAndOut(system)
      await leaveSession(system, dataDir)
      awayAt = Date.now()
      for (const by of ['+0', '+10y', '-2h']) {
        setClock(by)
        await drive(system)
        await people(system)
        await kept(system)
      }
      setClock('+10y')
      assert.equal(await system.stop(), 0)
    }
    {
      // The start looks at once for what is too old.
      await using system = await start()
      await drive(system)
      await people(system)
      await kept(system)
      setClock('+0')
      await drive(system)
      assert.equal(await system.stop(), 0)
    }
    {
      await using system = await start()
      await drive(system)
      await people(system)
      await kept(system)
      const api = apiClient(system.dashboardUrl, cookie)
      await untilStored(api, sent)
      const { rows } = await api.get<Listing<RawMessage>>('/vehicles/car-1/messages?limit=500')
      assert.equal(rows.length, sent, 'raw messages are all there')
      const [row] = (await api.get<Listing<VehicleRow>>('/vehicles')).rows
      assertNear(row?.receivedAt ?? 0, Date.now(), 'the vehicle was last heard')
      assert.equal(row?.carClock?.state, 'right')
      assert.equal(await system.stop(), 0)
    }

    const config = readConfig({ ROADSTREAM_DATA: dataDir })
    assert.ok(config.ok)
    await using uplink = await openLogs(config.value, 'uplink', silentLogger)
    const records = await recordsOf(uplink.log, ['telemetry'])
    assert.equal(records.length, sent)
    for (const { appendedAt, receivedAt, at, offset } of records) {
      assert.ok(receivedAt >= beganAt - toleranceMs, `offset ${offset}`)
      assertNear(receivedAt, at, `offset ${offset} was received`)
      assertNear(appendedAt, at, `offset ${offset} was appended`)
    }
  },
)

/** Instants of this process, whose clock is right, and of the system. */
const assertNear = (at: number, wantedAt: number, what: string): void =>
  assert.ok(
    Math.abs(at - wantedAt) <= toleranceMs,
    `${what} ${new Date(at).toISOString()}, and not ${new Date(wantedAt).toISOString()}`,
  )

async function connectCar({ mqttUrl }: RunningSystem, dataDir: string, vehicle: string, sessionExpiryInterval = 0) {
  const ref = { tenant: 'demo', vehicle }
  const id = `demo/${vehicle}`
  const password = vehiclePassword(openSecrets(dataDir).fleetKey(ref.tenant), ref)
  const properties = { sessionExpiryInterval }
  return connectAsync(mqttUrl, {
    clientId: id,
    username: id,
    password,
    protocolVersion: 5,
    clean: sessionExpiryInterval === 0,
    properties,
  })
}

/** Messages of a car whose clock is right, from number `seq` on; gives how many. */
async function publish(system: RunningSystem, dataDir: string, seq: number): Promise<number> {
  const client = await connectCar(system, dataDir, 'car-1')
  for (let n = 0; n < each; n += 1) {
    const samples = [{ at: Date.now(), signals: { 'Vehicle.Speed': 50 } }]
    const message = { boot: '00000000000000aa', seq: seq + n, samples }
    await client.publishAsync('v1/demo/car-1/up/telemetry', JSON.stringify(message), { qos: 1 })
  }
  await client.endAsync()
  return each
}

/** A car with a session that lasts an hour goes away. */
async function leaveSession(system: RunningSystem, dataDir: string): Promise<void> {
  const client = await connectCar(system, dataDir, 'car-2', 3600)
  await client.subscribeAsync('v1/demo/car-2/down/command', { qos: 1 })
  await client.endAsync()
}

/** Gives the cookie of a session that its person has ended. */
async function signInAndOut({ dashboardUrl }: RunningSystem): Promise<string> {
  const address = `${dashboardUrl}/api/v1/session`
  const origin = new URL(dashboardUrl).origin
  const headers = { 'content-type': 'application/json', origin }
  const body = JSON.stringify({ name: 'ada', password: 'correct horse battery' })
  const answer = await fetch(address, { method: 'POST', headers, body })
  assert.equal(answer.status, 200)
  const cookie = (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
  assert.equal((await fetch(address, { method: 'DELETE', headers: { cookie, origin } })).status, 204)
  return cookie
}

/** Until the ledger has counted so many messages of the car. */
async function untilStored(api: ApiClient, count: number): Promise<void> {
  for (;;) {
    const { rows } = await api.get<Listing<LedgerEntry>>('/ledger')
    const entry = rows.find(({ vehicle }) => vehicle === 'car-1')
    if (entry?.stored === count) return assert.equal(entry.missing, 0)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
