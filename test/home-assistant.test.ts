// Home Assistant at a broker: what it is told of a car from its message on, that we are there or
// gone, and through a kill of all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openAedes } from './support/aedes-broker.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'
import { openClient } from './support/publishing-client.ts'

const availability = 'roadstream/ha/availability'
const soc = 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Current'

test(
  'a car is a device of Home Assistant, through a kill, and the broker says when nobody tells of it',
  { timeout: 240_000 },
  async () => {
    using folder = temporaryFolder()
    await using broker = await openAedes()
    const settings = { ROADSTREAM_BRIDGE: broker.url, ROADSTREAM_BRIDGE_GROUP: '', ROADSTREAM_HOMEASSISTANT: 'on' }
    await using first = await openClient(broker.url)
    const { client } = first
    /** The newest of each topic, and whether the broker keeps it. */
    const heard = new Map<string, string>()
    client.on('message', (topic, payload) => void heard.set(topic, payload.toString()))
    await client.subscribeAsync(['homeassistant/#', 'roadstream/ha/#'], { qos: 1 })
    const untilHeard = async (topic: string, payload: string | undefined): Promise<void> => {
      while (heard.get(topic) !== payload) await wait(10)
    }
    const say = async (seq: number, at: number, signals: object): Promise<void> => {
      const message = { boot: '0123456789abcdef', seq, samples: [{ at, signals }] }
      await client.publishAsync('v1/demo/car-7/up/telemetry', JSON.stringify(message), { qos: 1 })
    }
    const at = Date.now()
    {
      await using system = await startSystem({ dataDir: folder.path, settings })
      while (!broker.hasSubscriber('v1/demo/+/up/#')) await wait(10)
      await untilHeard(availability, 'online')
      await say(0, at, {
        'Vehicle.Speed': 63,
        [soc]: 71.5,
        'Vehicle.CurrentLocation.Latitude': -34.9055,
        'Vehicle.CurrentLocation.Longitude': -56.1913,
      })
      await untilHeard('roadstream/ha/car-7/state', '{"speed":63,"battery":71.5}')
      await untilHeard('roadstream/ha/car-7/place', '{"latitude":-34.9055,"longitude":-56.1913,"gps_accuracy":100}')
      await system.kill()
    }
    await untilHeard(availability, 'offline')
    heard.clear()
    await say(1, at + 1_000, { 'Vehicle.Speed': 'unknown-to-all', 'Vehicle.TraveledDistance': 187_654_300 })
    await using system = await startSystem({ dataDir: folder.path, settings })
    await untilHeard('roadstream/ha/car-7/state', '{"speed":null,"odometer":187654.3,"battery":71.5}')
    await untilHeard(availability, 'online')
    // A client that comes to the broker later hears it as well.
    await using second = await openClient(broker.url)
    const late = second.client
    const kept = new Map<string, string>()
    late.on('message', (topic, payload, { retain }) => void (retain && kept.set(topic, payload.toString())))
    await late.subscribeAsync(['homeassistant/#', 'roadstream/ha/#'], { qos: 1 })
    while (kept.size < 4) await wait(10)
    const config = JSON.parse(kept.get('homeassistant/device/roadstream_car-7/config')!) as { cmps: object }
    assert.deepEqual(Object.keys(config.cmps), ['speed', 'odometer', 'battery', 'place'])
    assert.equal(kept.get('roadstream/ha/car-7/state'), '{"speed":null,"odometer":187654.3,"battery":71.5}')
    assert.equal(await system.stop(), 0)
    await untilHeard(availability, 'offline')
    assert.ok(!/34\.9|56\.19/.test(system.said()))
  },
)
