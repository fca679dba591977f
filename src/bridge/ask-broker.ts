// Asks a broker by MQTT 5 whether it lets a client in and grants what it subscribes to, and leaves
// nothing there.
//
//   CONNECT ──► CONNACK: refused │ a session is there ──► DISCONNECT, and it stays
//                        new session ──► SUBSCRIBE ──► SUBACK ──► DISCONNECT, and it is gone
//
// Brokers may make the client id of the user's name. So it may be the session of the bridge that is
// there, with all that waits for it, and a clean start would end it.
import type { Socket } from 'node:net'
import { Cursor } from '../mqtt/cursor.ts'
import { decodeDisconnect } from '../mqtt/decode-packet.ts'
import { encodeConnect, encodeDisconnect, encodeSubscribe } from '../mqtt/encode-packet.ts'
import { cutFrames, type Carry, type FrameSink } from '../mqtt/frames.ts'
import { packetType } from '../mqtt/packet.ts'
import { defaultBridgeLimits } from './bridge-limits.ts'
import {
  disconnectEnd,
  lostEnd,
  protocolEnd,
  refusedEnd,
  socketEnd,
  subscriptionEnd,
  type ConnectionEnd,
} from './connection-end.ts'
import { decodeConnack, decodeSuback } from './decode-answer.ts'

export type BrokerQuestion = {
  readonly user: string | undefined
  readonly password: string | undefined
  /** Nobody else has it. */
  readonly clientId: string
  /** At least one, none of a group of others: as a member of it, it would be handed their
   *  messages. */
  readonly filters: readonly string[]
}

/** `in-session`: let in, and not asked further, since a session was there. */
export type BrokerAnswer = 'granted' | 'in-session' | ConnectionEnd

type Packet = { readonly type: number; readonly body: Buffer }

const subscribePacketId = 1
const { keepAliveS, sessionExpiryS, packetBytes } = defaultBridgeLimits

/** Speaks on a socket that is connected, until the broker has closed it. Undefined where nothing
 *  was answered before the signal. */
export async function askBroker(
  socket: Socket,
  question: BrokerQuestion,
  signal: AbortSignal,
): Promise<BrokerAnswer | undefined> {
  const { user, password, clientId, filters } = question
  let answer: BrokerAnswer | undefined
  let isLetIn = false
  /** Before CONNACK nobody knows whose session it is. */
  let goodbye = leaving()
  signal.addEventListener('abort', () => {
    socket.end(goodbye)
    socket.destroySoon()
  })
  const told = ({ type, body }: Packet): BrokerAnswer | undefined => {
    const cursor = new Cursor(body, 0, body.length)
    if (!isLetIn) {
      const connack = type === packetType.connack ? decodeConnack(cursor, 5) : undefined
      if (connack === undefined) return protocolEnd('its first packet is no CONNACK')
      if (connack.code !== 0) return refusedEnd(5, connack.code, connack.properties.reasonString)
      isLetIn = true
      if (connack.isSessionPresent) return 'in-session'
      goodbye = leaving(0)
      if (connack.properties.sharedSubscriptionAvailable === 0 && filters[0]!.startsWith('$share/'))
        return subscriptionEnd(filters[0]!, 0x9e, undefined)
      const wanted = { qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 2 } as const
      const subscriptions = filters.map((filter) => ({ filter, ...wanted }))
      socket.write(encodeSubscribe(5, { packetId: subscribePacketId, subscriptions, subscriptionId: undefined }))
      return undefined
    }
    if (type === packetType.disconnect) {
      const packet = decodeDisconnect(cursor, 5)
      return disconnectEnd(packet?.reason ?? 0, packet?.properties.reasonString, clientId, filters)
    }
    if (type !== packetType.suback) return undefined
    const suback = decodeSuback(cursor, 5)
    if (suback?.codes.length !== filters.length) return protocolEnd('a SUBACK that answers nothing')
    const refused = suback.codes.findIndex((code) => code !== 1)
    return refused < 0
      ? 'granted'
      : subscriptionEnd(filters[refused]!, suback.codes[refused]!, suback.properties.reasonString)
  }
  socket.write(
    encodeConnect({
      version: 5,
      clientId,
      cleanStart: false,
      keepAliveS,
      username: user,
      password: password === undefined ? undefined : Buffer.from(password),
      will: undefined,
      // As the bridge has it, should the session be its own.
      properties: { sessionExpiryS, maximumPacketBytes: packetBytes },
    }),
  )
  try {
    // Read to the end: to close with bytes unread would take back the goodbye.
    for await (const packet of packetsOf(socket)) {
      if (answer !== undefined) continue
      answer = told(packet)
      if (answer === undefined) continue
      if (isLetIn) socket.end(goodbye)
      else socket.end()
    }
  } catch (error) {
    if (!signal.aborted) answer ??= socketEnd(error as NodeJS.ErrnoException, true)
  }
  return answer ?? (signal.aborted ? undefined : lostEnd(isLetIn, 'encrypted' in socket))
}

/** `expiryS`: of the session from then on; undefined: as CONNECT has said. */
const leaving = (expiryS?: number): Buffer =>
  encodeDisconnect(5, { reason: 0, properties: expiryS === undefined ? {} : { sessionExpiryS: expiryS } })

/** All but PUBLISHes, which are not asked for. */
async function* packetsOf(socket: Socket): AsyncGenerator<Packet> {
  let carry: Carry | undefined
  const packets: Packet[] = []
  const sink: FrameSink = {
    packetBytesMax: packetBytes,
    keptBytesMax: Number.POSITIVE_INFINITY,
    isSuspended: false,
    onFrame(first, bytes, start, end) {
      const type = first >> 4
      if (type !== packetType.publish) packets.push({ type, body: Buffer.from(bytes.subarray(start, end)) })
      return true
    },
    onFrameFault: () => void packets.push({ type: 0, body: Buffer.alloc(0) }),
  }
  for await (const chunk of socket) {
    carry = cutFrames(carry, chunk as Buffer, sink)
    yield* packets.splice(0)
  }
}
