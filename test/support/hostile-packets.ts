// Packets for the fuzzers: valid ones of every type a client may send, of both versions and with
// all properties, and what can be done to them. The same random numbers give the same bytes.
import {
  encodeAcknowledgement,
  encodeConnect,
  encodeDisconnect,
  encodePublish,
  encodeSubscribe,
  encodeUnsubscribe,
  pingRequest,
} from '../../src/mqtt/encode-packet.ts'
import { packetType, type ProtocolVersion, type Qos, type SubscriptionRequest } from '../../src/mqtt/packet.ts'
import { noProperties, type Properties } from '../../src/mqtt/properties.ts'
import type { Random } from '../../src/sim/random.ts'

const levels = ['a', 'b', 'up', 'telemetry', '', '__proto__', 'ü', '𝄞']
/** In a topic name a wildcard is a fault, and a level with `$` at the start is not for clients. */
const names = [...levels, '+', '#', '$SYS']
const streams = ['telemetry', 'event', 'critical', 'nonsense']
const packetIdOf = (random: Random): number => (random.chance(0.9) ? 1 + random.below(20) : random.below(0x10000))
const qosOf = (random: Random): Qos => random.pick([0, 1, 2])

const topicOf = (random: Random): string =>
  random.chance(0.4)
    ? `v1/fuzz/car-${random.below(20)}/up/${random.pick(streams)}`
    : Array.from({ length: 1 + random.below(4) }, () => random.pick(random.chance(0.995) ? levels : names)).join('/')

const filterOf = (random: Random): string =>
  (random.chance(0.2) ? `$share/${random.pick(names)}/` : '') +
  (random.chance(0.5)
    ? topicOf(random)
    : Array.from({ length: 1 + random.below(4) }, () => random.pick(names)).join('/'))

function payloadOf(random: Random): Buffer {
  const kind = random.unit()
  if (kind < 0.3)
    return Buffer.from(
      '{"boot":"0123456789abcdef","seq":1,"samples":[{"at":1700000000000,"signals":{"Vehicle.Speed":1}}]}',
    )
  if (kind < 0.4)
    return Buffer.from('{"boot":"0123456789abcdef","seq":1,"event":"x","at":1,"data":{"__proto__":[[[[1e999]]]]}}')
  const bytes = Buffer.allocUnsafe(kind < 0.98 ? random.below(300) : random.below(70_000))
  for (let at = 0; at < bytes.length; at++) bytes[at] = random.below(256)
  return bytes
}

const maybe = <Value>(random: Random, value: () => Value): Value | undefined =>
  random.chance(0.3) ? value() : undefined

/** Each property of a list with some chance; a few that may not stand there, now and then. */
function propertiesOf(random: Random, version: ProtocolVersion, wanted: readonly (keyof Properties)[]): Properties {
  if (version === 4 || random.chance(0.4)) return noProperties
  const all: { [Name in keyof Properties]: () => NonNullable<Properties[Name]> } = {
    payloadFormat: () => random.below(2),
    messageExpiryS: () => random.below(100),
    contentType: () => random.pick(names),
    responseTopic: () => topicOf(random) || 'r',
    correlationData: () => payloadOf(random).subarray(0, 100),
    subscriptionIds: () => [1 + random.below(1000)],
    sessionExpiryS: () => random.pick([0, 1, 100, 0xffffffff]),
    authenticationMethod: () => random.pick(names),
    authenticationData: () => payloadOf(random).subarray(0, 100),
    requestProblemInformation: () => random.below(2),
    willDelayS: () => random.below(3),
    requestResponseInformation: () => random.below(2),
    reasonString: () => random.pick(names),
    receiveMaximum: () => 1 + random.below(10),
    topicAliasMaximum: () => random.below(30),
    topicAlias: () => (random.chance(0.98) ? 1 + random.below(16) : random.below(18)),
    userProperties: () => Array.from({ length: 1 + random.below(5) }, () => [random.pick(names), random.pick(names)]),
    maximumPacketBytes: () => 1 + random.below(1000),
    serverKeepAliveS: () => random.below(100),
  }
  const chosen = random.chance(0.005) ? (Object.keys(all) as (keyof Properties)[]) : wanted
  const found: Record<string, unknown> = {}
  for (const name of chosen) {
    const value = maybe(random, () => all[name]?.())
    if (value !== undefined) found[name] = value
  }
  return found
}

const willProperties = [
  'payloadFormat',
  'messageExpiryS',
  'contentType',
  'responseTopic',
  'correlationData',
  'willDelayS',
  'userProperties',
] as const
const connectProperties = [
  'sessionExpiryS',
  'receiveMaximum',
  'maximumPacketBytes',
  'topicAliasMaximum',
  'requestProblemInformation',
  'userProperties',
] as const
const publishProperties = [
  'payloadFormat',
  'messageExpiryS',
  'contentType',
  'responseTopic',
  'correlationData',
  'topicAlias',
  'userProperties',
] as const

export const hostileConnect = (random: Random, version: ProtocolVersion): Buffer =>
  encodeConnect({
    version,
    clientId: random.chance(0.9) ? `fuzz-${random.below(40)}` : '',
    cleanStart: random.chance(0.6),
    keepAliveS: random.below(100),
    username: maybe(random, () => random.pick(names)),
    password: undefined,
    will: maybe(random, () => ({
      topic: random.chance(0.9) ? `wills/${random.below(9)}` : topicOf(random),
      payload: payloadOf(random).subarray(0, 500),
      qos: qosOf(random),
      retain: random.chance(0.3),
      properties: propertiesOf(random, version, willProperties),
    })),
    properties: propertiesOf(random, version, connectProperties),
  })

function publish(random: Random, version: ProtocolVersion): Buffer {
  const qos = qosOf(random)
  const topic = random.chance(0.02) ? '' : topicOf(random)
  const properties = propertiesOf(random, version, publishProperties)
  return encodePublish(version, {
    topic,
    payload: payloadOf(random),
    qos,
    dup: qos > 0 && random.chance(0.2),
    retain: random.chance(0.2),
    packetId: packetIdOf(random),
    properties,
  })
}

const subscription = (random: Random): SubscriptionRequest => ({
  filter: filterOf(random),
  qos: qosOf(random),
  noLocal: random.chance(0.2),
  retainAsPublished: random.chance(0.2),
  retainHandling: random.pick([0, 1, 2]),
})

const listOf = <Item>(random: Random, item: () => Item): Item[] => Array.from({ length: 1 + random.below(4) }, item)
const acknowledgements = [packetType.puback, packetType.pubrec, packetType.pubrel, packetType.pubcomp] as const

/** A packet for an open connection, which a client may send there. */
export function hostilePacket(random: Random, version: ProtocolVersion): Buffer {
  const kind = random.unit()
  if (kind < 0.5) return publish(random, version)
  if (kind < 0.65)
    return encodeSubscribe(version, {
      packetId: packetIdOf(random),
      subscriptions: listOf(random, () => subscription(random)),
      subscriptionId: maybe(random, () => 1 + random.below(100)),
    })
  if (kind < 0.75)
    return encodeUnsubscribe(version, { packetId: packetIdOf(random), filters: listOf(random, () => filterOf(random)) })
  if (kind < 0.93)
    return encodeAcknowledgement(
      random.pick(acknowledgements),
      version,
      packetIdOf(random),
      random.chance(0.3) ? random.below(256) : 0,
    )
  if (kind < 0.99) return pingRequest
  if (kind < 0.992) return Buffer.from([packetType.auth << 4, 2, 0x18, 0])
  if (kind < 0.994) return hostileConnect(random, version)
  return encodeDisconnect(version, {
    reason: random.pick([0, 4, 0x80, 255]),
    properties: propertiesOf(random, version, ['sessionExpiryS', 'reasonString', 'userProperties']),
  })
}

const mutations: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  function flipBits(bytes, random) {
    for (let count = 1 + random.below(8); count > 0; count--) bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
    return bytes
  },
  function flipABitNearTheStart(bytes, random) {
    bytes[random.below(Math.min(bytes.length, 12))]! ^= 1 << random.below(8)
    return bytes
  },
  function cutOff(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length))
  },
  function lieAboutTheLength(bytes, random) {
    bytes[1] = random.below(256)
    return bytes
  },
  function claimTheLongest(bytes, random) {
    return Buffer.concat([
      bytes.subarray(0, 1),
      Buffer.from([0xff, 0xff, random.pick([0xff, 0x7f, 0x01]), 0x7f]),
      bytes.subarray(2),
    ])
  },
  function repeatAPart(bytes, random) {
    const from = random.below(bytes.length)
    return Buffer.concat([bytes, bytes.subarray(from, from + random.below(200))])
  },
  function insertProperties(bytes, random) {
    const soup = Buffer.from(
      Array.from({ length: 1 + random.below(40) }, () =>
        random.chance(0.5) ? 1 + random.below(0x2b) : random.below(256),
      ),
    )
    const at = random.below(bytes.length)
    const mixed = Buffer.concat([bytes.subarray(0, at), soup, bytes.subarray(at)])
    if (mixed.length < 130 && mixed.length > 2) mixed[1] = mixed.length - 2
    return mixed
  },
  function overwriteWithNoise(bytes, random) {
    const from = random.below(bytes.length)
    for (let at = from; at < Math.min(bytes.length, from + 20); at++) bytes[at] = random.below(256)
    return bytes
  },
  function changeTheType(bytes, random) {
    bytes[0] = random.below(256)
    return bytes
  },
]

/** The packet as a fault, a lie or an attack would change it. */
export const mutated = (packet: Buffer, random: Random): Buffer => random.pick(mutations)(Buffer.from(packet), random)
