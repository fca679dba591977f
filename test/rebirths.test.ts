// Edge nodes of Sparkplug B at a broker that were born before anybody of ours listened: they are
// asked for their births, and what they say is read from then on. And brokers that do not let us
// ask.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { MqttClient } from 'mqtt'
import type { SystemState, VehicleDetail } from '../src/api/contract.ts'
import { noMosquitto, openMosquitto } from './engines/mosquitto.ts'
import { decodeBinary } from '../src/mapping/binary/decode-binary.ts'
import { payloadOf } from '../src/mapping/binary/sparkplug/payloads.testing.ts'
import type { Branch } from '../src/mapping/binary/tree.ts'
import { openAedes } from './support/aedes-broker.ts'
import { signIn, type ApiClient } from './support/api-client.ts'
import { openClient } from './support/publishing-client.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'

const speed = { name: 'Vehicle/Speed', alias: 1, datatype: 9, floatValue: 0 }

/** An edge node that was born long ago, and is born again where it is asked. */
class EdgeNode {
  /** Commands that came to it. */
  readonly asked: { readonly topic: string; readonly qos: number; readonly retain: boolean; readonly tree: Branch }[] =
    []
  readonly #client: MqttClient
  readonly #name: string
  #seq = 0

  private constructor(client: MqttClient, name: string) {
    this.#client = client
    this.#name = name
  }

  static async open(client: MqttClient, name: string): Promise<EdgeNode> {
    const node = new EdgeNode(client, name)
    client.on('message', (topic, payload, { qos, retain }) => void node.#obey(topic, payload, qos, retain))
    await client.subscribeAsync(`spBv1.0/fleet/NCMD/${name}`, { qos: 1 })
    return node
  }

  async say(kmh: number): Promise<void> {
    this.#seq = (this.#seq + 1) % 256
    const payload = payloadOf([{ alias: 1, timestamp: Date.now(), floatValue: kmh }], this.#seq)
    await this.#client.publishAsync(`spBv1.0/fleet/NDATA/${this.#name}`, payload, { qos: 0 })
  }

  async #obey(topic: string, payload: Uint8Array, qos: number, retain: boolean): Promise<void> {
    const read = decodeBinary('sparkplug-b', payload)
    assert.ok(read.ok)
    this.asked.push({ topic, qos, retain, tree: read.value.tree })
    this.#seq = 0
    await this.#client.publishAsync(`spBv1.0/fleet/NBIRTH/${this.#name}`, payloadOf([speed], 0), { qos: 0 })
  }
}

function settingsFor(folder: string, broker: string): Record<string, string> {
  const senders = join(folder, 'senders.json')
  writeFileSync(senders, JSON.stringify({ 'sparkplug-b': { 'fleet/car7': 'van' }, ovms: { CAR7: 'leaf' } }))
  return {
    ROADSTREAM_BRIDGE: broker,
    ROADSTREAM_BRIDGE_GROUP: '',
    ROADSTREAM_MAPPINGS: 'sparkplug-b,ovms',
    ROADSTREAM_SENDERS: senders,
    ROADSTREAM_SPARKPLUG_REBIRTH: 'on',
  }
}

async function speedOf(api: ApiClient, vehicle: string): Promise<unknown> {
  const response = await fetch(`${api.url}/api/v1/vehicles/${vehicle}`, { headers: { cookie: api.cookie } })
  if (response.status !== 200) return undefined
  const { signals } = (await response.json()) as VehicleDetail
  return signals.find(({ path }) => path === 'Vehicle.Speed')?.value
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await wait(50)
}

const stateOf = async (api: ApiClient) => {
  const state = await api.get<SystemState>('/system')
  return { ...state, sparkplug: state.publishers?.find(({ mapping }) => mapping === 'sparkplug-b') }
}

test(
  'a node whose birth was not heard is asked for it at a Mosquitto, once, and is a vehicle from then on',
  { timeout: 240_000, skip: noMosquitto },
  async () => {
    using folder = temporaryFolder()
    await using broker = await openMosquitto()
    const url = `mqtt://127.0.0.1:${broker.port}`
    await using opened = await openClient(url)
    const node = await EdgeNode.open(opened.client, 'car7')
    await using system = await startSystem({
      dataDir: join(folder.path, 'data'),
      settings: settingsFor(folder.path, url),
    })
    const api = await signIn(system.setupUrl!)
    await until(async () => (await stateOf(api)).bridge?.subscribed === 1)
    const before = Date.now()
    for (const kmh of [61, 62]) await node.say(kmh)
    await until(() => node.asked.length > 0)
    const [{ topic, qos, retain, tree }] = node.asked as [(typeof node.asked)[0]]
    assert.deepEqual([topic, qos, retain, tree['seq']], ['spBv1.0/fleet/NCMD/car7', 0, false, undefined])
    const [metric] = tree['metrics'] as readonly Branch[]
    assert.deepEqual(
      [metric!['name'], metric!['datatype'], metric!['booleanValue']],
      ['Node Control/Rebirth', 11, true],
    )
    const at = Number(tree['timestamp'])
    assert.ok(at >= before - 2_000 && at <= Date.now() + 2_000)
    await node.say(63)
    await until(async () => (await speedOf(api, 'van')) === 63)
    assert.equal(node.asked.length, 1)
    const { sparkplug } = await stateOf(api)
    assert.deepEqual(sparkplug?.rebirths, { asked: 1, unanswered: 0 })
    assert.deepEqual(sparkplug.refused, [{ reason: 'no-birth', count: 2 }])
    const metrics = await (await fetch(`${api.url}/metrics`, { headers: { cookie: api.cookie } })).text()
    assert.match(metrics, /roadstream_rebirth_requests_total\{[^}]*outcome="taken"[^}]*\} 1/)
    assert.equal(await system.stop(), 0)
  },
)

test(
  'a Mosquitto where the bridge may only read loses nothing by it, and the node is asked in vain',
  { timeout: 240_000, skip: noMosquitto },
  async () => {
    using folder = temporaryFolder()
    await using broker = await openMosquitto((at) => {
      // The bridge is who has no name.
      writeFileSync(join(at, 'acl'), ['topic read #', 'user node', 'topic readwrite #', ''].join('\n'))
      return ['allow_anonymous true', `acl_file ${at}/acl`]
    })
    const url = `mqtt://127.0.0.1:${broker.port}`
    await using opened = await openClient(url.replace('//', '//node@'))
    const node = await EdgeNode.open(opened.client, 'car7')
    await using system = await startSystem({
      dataDir: join(folder.path, 'data'),
      settings: settingsFor(folder.path, url),
    })
    const api = await signIn(system.setupUrl!)
    await until(async () => (await stateOf(api)).bridge?.subscribed === 1)
    await node.say(61)
    await until(async () => (await stateOf(api)).sparkplug?.rebirths.asked === 1)
    await opened.client.publishAsync('ovms/fleet/CAR7/metric/v/p/speed', '64', { qos: 1 })
    await until(async () => (await speedOf(api, 'leaf')) === 64)
    assert.deepEqual([node.asked, (await stateOf(api)).bridge?.trouble], [[], null])
    assert.equal(await system.stop(), 0)
  },
)

test(
  'a broker that ends the connection over it is asked three times in all; the bridge comes back, and other publishers are read on',
  { timeout: 240_000 },
  async () => {
    using folder = temporaryFolder()
    await using broker = await openAedes({ refuses: (topic) => topic.includes('/NCMD/') })
    await using opened = await openClient(broker.url)
    const { client } = opened
    const settings = settingsFor(folder.path, broker.url)
    await using system = await startSystem({ dataDir: join(folder.path, 'data'), settings })
    const api = await signIn(system.setupUrl!)
    await until(async () => (await stateOf(api)).bridge?.subscribed === 1)
    // Over a connection that is ended just then the broker may lose a message or send it twice:
    // each is said until it has arrived, at least once.
    const say = (topic: string, payload: Uint8Array | string, hasArrived: () => Promise<boolean>) =>
      until(async () => {
        await client.publishAsync(topic, Buffer.from(payload), { qos: 1 })
        return await hasArrived()
      })
    let nodes = 0
    const sayNews = async () => {
      const taken = async () => (await stateOf(api)).sparkplug?.taken ?? 0
      const before = await taken()
      await say(
        `spBv1.0/fleet/NDATA/node${nodes++}`,
        payloadOf([{ alias: 1, floatValue: 1 }], 1),
        async () => (await taken()) > before,
      )
    }
    while (!system.said().includes('so none is asked any more')) await sayNews()
    assert.equal(broker.refused(), 3)
    await sayNews()
    await say('ovms/fleet/CAR7/metric/v/p/speed', '64', async () => (await speedOf(api, 'leaf')) === 64)
    assert.equal(broker.refused(), 3)
    assert.equal(await system.stop(), 0)
  },
)
