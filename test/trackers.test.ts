// A tracker from its socket to the API, by the mapping that comes with Roadstream: through
// listener, log, translator, jobs and tables.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { VehicleDetail } from '../src/api/contract.ts'
import { freePort } from '../src/base/port.testing.ts'
import { imei, RawTracker, recordOf } from '../src/trackers/tracker.testing.ts'
import { encodeFrame } from '../src/mapping/binary/encoders.testing.ts'
import { mappingNames } from '../src/replay/mapping-catalogue.ts'
import { signIn, type ApiClient } from './support/api-client.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'

const skip = mappingNames().includes('teltonika') ? false : 'there is no mapping of Teltonika'

type Told = Readonly<Record<string, readonly [value: unknown, at: number]>>

/** The values of the vehicle once its odometer is told of that instant. */
async function toldOnce(api: ApiClient, at: number): Promise<Told> {
  for (;;) {
    const response = await fetch(`${api.url}/api/v1/vehicles/van-7`, { headers: { cookie: api.cookie } })
    const { signals } = response.status === 200 ? ((await response.json()) as VehicleDetail) : { signals: [] }
    const told: Told = Object.fromEntries(signals.map(({ path, value, at: when }) => [path, [value, when]]))
    if (told['Vehicle.TraveledDistance']?.[1] === at) return told
    await wait(50)
  }
}

test(
  'what a tracker sends is its vehicle, and what it does not know is unknown and never 0',
  { skip, timeout: 120_000 },
  async () => {
    using folder = temporaryFolder()
    const file = (name: string, content: object): string => {
      const path = join(folder.path, name)
      writeFileSync(path, JSON.stringify(content))
      return path
    }
    const port = await freePort()
    const settings = {
      ROADSTREAM_MAPPINGS: 'teltonika',
      ROADSTREAM_SENDERS: file('senders.json', { teltonika: { [imei]: 'van-7' } }),
      ROADSTREAM_TELTONIKA: `127.0.0.1:${port}`,
      ROADSTREAM_TELTONIKA_FROM: file('networks.json', { '*': ['127.0.0.0/8'] }),
    }
    await using system = await startSystem({ dataDir: join(folder.path, 'data'), settings })
    assert.ok(system.said().includes(`trackers    127.0.0.1:${port}`), system.said())
    const tracker = new RawTracker(port)
    assert.equal(await tracker.logIn(), 1)
    const at = Date.now() - 5_000
    const first = { ...recordOf(0), timestamp: BigInt(at) }
    tracker.send(encodeFrame('8E', [first]))
    assert.equal(await tracker.answer(), 1)
    const api = await signIn(system.setupUrl!)
    const told = await toldOnce(api, at)
    assert.deepEqual(told['Vehicle.Speed'], [63, at])
    assert.deepEqual(told['Vehicle.CurrentLocation.Latitude'], [-34.9055, at])
    assert.deepEqual(told['Vehicle.CurrentLocation.Longitude'], [-56.1913, at])
    // No satellites: the place is the last one, and 0 km/h is not known.
    const second = {
      ...first,
      timestamp: BigInt(at + 1_000),
      satellites: 0,
      speed: 0,
      io: [[16, Buffer.of(0, 2, 0xdd, 0xe6)]] as const,
    }
    tracker.send(encodeFrame('8E', [second]))
    assert.equal(await tracker.answer(), 1)
    const later = await toldOnce(api, at + 1_000)
    for (const path of ['Speed', 'CurrentLocation.Latitude', 'CurrentLocation.Longitude'])
      assert.deepEqual(later[`Vehicle.${path}`], [null, at + 1_000], path)
    tracker.socket.destroy()
    assert.equal(await system.stop(), 0)
    assert.ok(!system.said().includes(imei))
  },
)
