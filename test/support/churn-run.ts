// Churn: cars that connect, subscribe, publish, are taken over, leave in every way there is and
// come back, many times a second, for as long as is asked. They must leave nothing behind.
import { connect, type Socket } from 'node:net'
import mqttPacket, { type Packet } from 'mqtt-packet'
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
import { noProperties } from '../../src/mqtt/properties.ts'
import { Random } from '../../src/sim/random.ts'
import { someSource } from './client-source.ts'

export type ChurnOptions = {
  readonly port: number
  readonly seed: number
  readonly durationMs: number
  /** Lives at once. There are as many client ids, so that they meet. */
  readonly width: number
}

export type ChurnResult = {
  readonly lives: number
  readonly acknowledged: number
  readonly delivered: number
  /** Lives that ended because another connection took over. */
  readonly takenOver: number
}

const telemetry = Buffer.from(
  '{"boot":"0123456789abcdef","seq":1,"samples":[{"at":1700000000000,"signals":{"Vehicle.Speed":1}}]}',
)
/** A life that is not over by then is ended. */
const patienceMs = 2000

type Tally = { -readonly [Name in keyof ChurnResult]: ChurnResult[Name] }

const requestOf = (random: Random, filter: string): SubscriptionRequest => ({
  filter,
  qos: random.pick([0, 1, 2]),
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 0,
})

const topicOf = (random: Random): string => `churn/${random.below(10)}/${random.below(10)}`

function connectBytes(random: Random, version: ProtocolVersion, clientId: string): Buffer {
  const will = random.chance(0.3)
    ? {
        topic: topicOf(random),
        payload: telemetry,
        qos: 1 as Qos,
        retain: false,
        properties: version === 5 ? { willDelayS: random.below(2) } : noProperties,
      }
    : undefined
  const properties =
    version === 5
      ? { sessionExpiryS: random.below(2), receiveMaximum: 1 + random.below(20), topicAliasMaximum: random.below(5) }
      : noProperties
  return encodeConnect({
    version,
    clientId,
    cleanStart: random.chance(0.5),
    keepAliveS: 30,
    username: undefined,
    password: undefined,
    will,
    properties,
  })
}

/** The business of a car once it is in, in one write, and how many answers it waits for before it
 *  leaves. */
function business(
  random: Random,
  version: ProtocolVersion,
  clientId: string,
): { readonly bytes: Buffer; readonly answers: number } {
  const packets: Buffer[] = []
  const filters = Array.from({ length: 1 + random.below(4) }, () =>
    random.pick([
      topicOf(random),
      `churn/${random.below(10)}/+`,
      '$share/group/churn/#',
      `${clientId}/own/${random.below(100)}`,
    ]),
  )
  packets.push(
    encodeSubscribe(version, {
      packetId: 1,
      subscriptions: filters.map((filter) => requestOf(random, filter)),
      subscriptionId: undefined,
    }),
  )
  const messages = random.below(15)
  let answers = 1
  for (let packetId = 10; packetId < 10 + messages; packetId++) {
    const qos: Qos = random.pick([0, 1, 2])
    if (qos > 0) answers++
    const topic = random.chance(0.5) ? `v1/churn/${clientId}/up/telemetry` : topicOf(random)
    packets.push(
      encodePublish(version, {
        topic,
        payload: telemetry,
        qos,
        dup: false,
        retain: random.chance(0.05),
        packetId: qos === 0 ? 0 : packetId,
        properties: noProperties,
      }),
    )
  }
  if (random.chance(0.5)) packets.push(encodeUnsubscribe(version, { packetId: 2, filters: filters.slice(0, 1) }))
  packets.push(pingRequest)
  return { bytes: Buffer.concat(packets), answers }
}

/** Answers what came; gives whether it was one of the answers the business waits for. */
function answer(packet: Packet, socket: Socket, version: ProtocolVersion, tally: Tally): boolean {
  const say = (type: 4 | 5 | 6 | 7, packetId: number | undefined): void =>
    void socket.write(encodeAcknowledgement(type, version, packetId!))
  if (packet.cmd === 'pingresp') return true
  if (packet.cmd === 'publish') {
    tally.delivered++
    if (packet.qos > 0) say(packet.qos === 1 ? packetType.puback : packetType.pubrec, packet.messageId)
  } else if (packet.cmd === 'puback' || packet.cmd === 'pubcomp') {
    tally.acknowledged++
    return true
  } else if (packet.cmd === 'pubrec') say(packetType.pubrel, packet.messageId)
  else if (packet.cmd === 'pubrel') say(packetType.pubcomp, packet.messageId)
  else if (packet.cmd === 'disconnect' && packet.reasonCode === 0x8e) tally.takenOver++
  return false
}

function leave(socket: Socket, random: Random, version: ProtocolVersion): void {
  // Once: a socket that is ended and then reset never says that it is closed.
  if (socket.writableEnded || socket.destroyed) return
  const manner = random.unit()
  if (manner < 0.4)
    socket.end(
      encodeDisconnect(version, { reason: version === 5 && random.chance(0.3) ? 4 : 0, properties: noProperties }),
    )
  else if (manner < 0.6) socket.destroy()
  else if (manner < 0.8) socket.resetAndDestroy()
  else socket.end()
}

function live(port: number, random: Random, width: number, tally: Tally): Promise<void> {
  const version: ProtocolVersion = random.chance(0.5) ? 5 : 4
  const clientId = `churn-${random.below(width)}`
  const parser = mqttPacket.parser({ protocolVersion: version })
  const { bytes, answers } = business(random, version, clientId)
  let missing = answers
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...someSource(random) })
    socket.setTimeout(patienceMs, () => socket.destroy())
    socket.once('connect', () => {
      socket.write(connectBytes(random, version, clientId))
      // Some are gone before they are in.
      if (random.chance(0.05)) leave(socket, random, version)
    })
    parser.on('packet', (packet: Packet) => {
      if (socket.writableEnded || socket.destroyed) return
      if (packet.cmd === 'connack') socket.write(bytes)
      else if ((answer(packet, socket, version, tally) && --missing === 0) || random.chance(0.01))
        leave(socket, random, version)
    })
    socket.on('data', (chunk) => void parser.parse(chunk))
    socket.on('error', () => undefined)
    socket.once('close', () => {
      tally.lives++
      resolve()
    })
  })
}

export async function runChurn({ port, seed, durationMs, width }: ChurnOptions): Promise<ChurnResult> {
  const tally: Tally = { lives: 0, acknowledged: 0, delivered: 0, takenOver: 0 }
  const until = performance.now() + durationMs
  const worker = async (index: number): Promise<void> => {
    const random = new Random(seed, index)
    while (performance.now() < until) await live(port, random, width, tally)
  }
  await Promise.all(Array.from({ length: width }, (_, index) => worker(index)))
  return tally
}
