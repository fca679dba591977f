// The wall clock of a running system is set ten years ahead, two hours back, and right again, with a restart in between: nothing is
// deleted, and what comes afterwards is stamped with the right time. The clock is libfaketime's, which leaves the steady clock
// alone, as a machine does whose clock is set.
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { connectAsync } from 'mqtt'
import { silentLogger } from '../src/base/logger.ts'
import { openLogs } from '../src/compose.ts'
import { readConfig } from '../src/config.ts'
import { vehiclePassword } from '../src/model/vehicle-credential.ts'
import { openSecrets } from '../src/secrets.ts'
import { signIn } from './support/api-client.ts'
import { recordsOf } from './support/log-records.ts'
import { startSystem, temporaryFolder, type RunningSystem } from './support/running-system.ts'

const library = ['/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1', '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1'].find(
  (file) => existsSync(file),
)
const skip = library === undefined && 'libfaketime (the Debian package faketime) is not on this machine'
const each = 40
const toleranceMs = 30_000
const vehicle = 'demo/car-1'

test('a wall clock that jumps deletes nothing and stamps nothing wrong afterwards', { skip, timeout: 180_000 }, async () => {
  using folder = temporaryFolder()
  const clockFile = join(folder.path, 'clock')
  const setClock = (by: string): void => writeFileSync(clockFile, by)
  setClock('+0')
  const dataDir = join(folder.path, 'data')
  const settings = {
    LD_PRELOAD: library ?? '',
    FAKETIME_TIMESTAMP_FILE: clockFile,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
  let seq = 0
  const send = async ({ mqttUrl }: RunningSystem): Promise<void> => {
    const password = vehiclePassword(openSecrets(dataDir).fleetKey('demo'), { tenant: 'demo', vehicle: 'car-1' })
    const client = await connectAsync(mqttUrl, { clientId: vehicle, username: vehicle, password, protocolVersion: 5 })
    for (let n = 0; n < each; n += 1) {
      const samples = [{ at: Date.now(), signals: { 'Vehicle.Speed': 50 } }]
      await client.publishAsync(`v1/${vehicle}/up/telemetry`, JSON.stringify({ boot: '00000000000000aa', seq: seq++, samples }), { qos: 1 })
    }
    await client.endAsync()
  }

  let cookie = ''
  {
    await using system = await startSystem({ dataDir, settings })
    ;({ cookie } = await signIn(system.setupUrl ?? ''))
    for (const by of ['+0', '+10y', '-2h']) {
      setClock(by)
      await send(system)
    }
    setClock('+10y')
    assert.equal(await system.stop(), 0)
  }
  let backAt = 0
  {
    // The start looks at once for what is too old.
    await using system = await startSystem({ dataDir, settings })
    await send(system)
    setClock('+0')
    backAt = Date.now()
    await send(system)
    assert.equal(await system.stop(), 0)
  }
  {
    await using system = await startSystem({ dataDir, settings })
    await send(system)
    const get = async <Answer>(path: string): Promise<Answer> => {
      const answer = await fetch(`${system.dashboardUrl}/api/v1${path}`, { headers: { cookie } })
      assert.equal(answer.status, 200, `${path}: ${await answer.clone().text()}`)
      return (await answer.json()) as Answer
    }
    await untilStored(get, seq)
    const { rows } = await get<{ rows: readonly { readonly receivedAt: number }[] }>(`/vehicles/car-1/messages?limit=500`)
    assert.equal(rows.length, seq, 'raw messages are all there')
    assert.equal(await system.stop(), 0)
  }

  const config = readConfig({ ROADSTREAM_DATA: dataDir })
  assert.ok(config.ok)
  await using uplink = await openLogs(config.value, 'uplink', silentLogger)
  const records = await recordsOf(uplink.log, ['telemetry'])
  assert.equal(records.length, seq)
  for (const { appendedAt, receivedAt, offset } of records.slice(4 * each))
    for (const at of [appendedAt, receivedAt])
      assert.ok(at >= backAt - toleranceMs && at <= Date.now() + toleranceMs, `offset ${offset} is stamped ${new Date(at).toISOString()}`)
})

/** Until the ledger has counted so many messages of the car. */
async function untilStored(get: <Answer>(path: string) => Promise<Answer>, count: number): Promise<void> {
  for (;;) {
    const { rows } = await get<{ rows: readonly { readonly vehicle: string; readonly stored: number; readonly missing: number }[] }>(
      '/ledger',
    )
    const entry = rows.find((row) => row.vehicle === 'car-1')
    if (entry?.stored === count) return assert.equal(entry.missing, 0)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
