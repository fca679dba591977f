// One connection of the bridge to the other broker, from TCP connect to its end; it never connects
// again by itself (see link.ts). It is the owner of what it brings to ingest, so an acknowledgement
// can only go out on the connection its PUBLISH came on: identifiers mean nothing on another one.
//
//   connecting ──CONNACK 0──► subscribing ──SUBACK 1──► subscribed       any ──refusal, fault, silence, loss, close()──► ended, told once
import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext } from 'node:tls'
import type { Clock } from '../base/clock.ts'
import { Cursor } from '../mqtt/cursor.ts'
import { decodeAcknowledgement, decodeDisconnect } from '../mqtt/decode-packet.ts'
import {
  encodeConnect,
  encodeDisconnect,
  encodeSubscribe,
  encodeUnsubscribe,
  pingRequest,
} from '../mqtt/encode-packet.ts'
import { cutFrames, type Carry, type FrameSink } from '../mqtt/frames.ts'
import type { IngestOwner } from '../ingest/ingest.ts'
import { packetType, type PacketType, type ProtocolVersion, type Will } from '../mqtt/packet.ts'
import { noProperties, type Properties } from '../mqtt/properties.ts'
import { reasonCode } from '../mqtt/reason-code.ts'
import type { BridgeFilter } from './bridge-filters.ts'
import type { BridgeLimits } from './bridge-limits.ts'
import {
  disconnectEnd,
  drained,
  lostEnd,
  protocolEnd,
  refusedEnd,
  socketEnd,
  subscriptionEnd,
  timedOut,
  type ConnectionEnd,
} from './connection-end.ts'
import { decodeConnack, decodeSuback } from './decode-answer.ts'
import type { OutboxLink } from './outbox.ts'

/** The other broker, and who we are there. */
export type BridgeServer = {
  readonly host: string
  readonly port: number
  /** Undefined without TLS. */
  readonly tls: { readonly context: SecureContext; readonly servername: string | undefined } | undefined
  readonly user: string | undefined
  readonly password: string | undefined
}

export type ConnectionOptions = {
  readonly server: BridgeServer
  readonly version: ProtocolVersion
  readonly clientId: string
  readonly filters: readonly BridgeFilter[]
  /** The message the broker publishes for us when we are gone without a word. */
  readonly will?: Pick<Will, 'topic' | 'payload'> | undefined
  readonly limits: BridgeLimits
  readonly steady: Clock
  readonly events: ConnectionEvents
}

export interface ConnectionEvents {
  /** `sessionExpiryS` is what the broker grants. */
  onConnected(link: OutboxLink, sessionExpiryS: number): void
  onSubscribed(): void
  /** Gives what is wrong with the PUBLISH, if anything. */
  onPublish(connection: BridgeConnection, first: number, bytes: Buffer, start: number, end: number): string | undefined
  onAcknowledgement(type: PacketType, packetId: number, reason: number): void
  /** After each chunk that was read. */
  onRead(connection: BridgeConnection, bytes: number): void
  onWritten(bytes: number): void
  onAcknowledged(count: number): void
  onEnded(end: ConnectionEnd): void
}

export interface BridgeConnection extends IngestOwner {
  readonly isSubscribed: boolean
  /** `performance.now()` of the read under way. */
  readonly readAt: number
  pause(): void
  resume(): void
  /** Looks at deadlines, and pings. To be called after the poll for input, so that what has arrived
   *  is heard before anyone is called silent. */
  sweep(): void
  /** Says goodbye and resolves when the socket is gone. The session stays at the broker. */
  close(): Promise<void>
}

/** The outbox uses the others. */
const subscribePacketId = 65_535
/** Bytes of a read at most. */
const readBytes = 64 * 1024
/** Without MQTT 5 nobody tells the broker a limit, and a packet that ends the connection would come
 *  again for ever: all are taken that can be. */
const packetBytesAny = 5 + 0x0fff_ffff

export function openConnection(options: ConnectionOptions): BridgeConnection {
  const { server, version, clientId, filters, limits, steady, events } = options
  const startedAt = steady.now()
  const names = filters.map(({ filter }) => filter)
  let state: 'connecting' | 'subscribing' | 'subscribed' = 'connecting'
  let carry: Carry | undefined
  let isOpen = true
  let readAt = 0
  let isSocketOpen = false
  let isPaused = false
  let keepAliveMs = limits.keepAliveS * 1000
  let pingedAt = startedAt
  /** Since when an answer to a ping is waited for. */
  let unansweredAt: number | undefined
  const gone = Promise.withResolvers<void>()

  /** Bytes that come are copied out of it, so that a read takes no more memory than it brings. */
  const into = Buffer.allocUnsafeSlow(readBytes)
  const socket = open(server, {
    buffer: into,
    callback(count) {
      onData(Buffer.from(into.subarray(0, count)))
      return true
    },
  })
  /** Runs out when what has come meanwhile is to be read. */
  let gathering: NodeJS.Timeout | undefined
  socket.setNoDelay(true)
  socket.once(server.tls === undefined ? 'connect' : 'secureConnect', () => {
    isSocketOpen = true
    write(connectPacket(options))
  })
  socket.on('error', (error: NodeJS.ErrnoException) => finish(socketEnd(error, isSocketOpen)))
  socket.on('close', () => {
    finish(lostEnd(state !== 'connecting', server.tls !== undefined))
    gone.resolve()
  })

  const sink: FrameSink = {
    packetBytesMax: version === 5 ? limits.packetBytes : packetBytesAny,
    keptBytesMax: Number.POSITIVE_INFINITY,
    isSuspended: false,
    onFrame(first, bytes, start, end) {
      const fault = handleFrame(first, bytes, start, end)
      if (fault !== undefined) fail(fault)
      return isOpen
    },
    onFrameFault: (code) =>
      fail(code === reasonCode.packetTooLarge ? 'a packet above the maximum we named' : 'a malformed packet'),
  }

  const it: BridgeConnection = {
    version,
    pendingBytes: 0,
    ackBytes: 0,
    ackAt: -1,
    get isOpen() {
      return isOpen
    },
    get readAt() {
      return readAt
    },
    get isSubscribed() {
      return isOpen && state === 'subscribed'
    },
    writeAcknowledgements(bytes: Buffer): void {
      // Each has four bytes: there are none with a reason.
      events.onAcknowledged(bytes.length / 4)
      write(bytes)
    },
    exchangeCompleted(): void {},
    pause(): void {
      if (isPaused || !isOpen) return
      isPaused = true
      socket.pause()
    },
    resume(): void {
      if (!isPaused) return
      isPaused = false
      // Its answer may lie in what is read only now.
      if (unansweredAt !== undefined) unansweredAt = steady.now()
      socket.resume()
    },
    sweep,
    close(): Promise<void> {
      finish(drained, state === 'connecting' ? undefined : goodbyeOf(version))
      return gone.promise
    },
  }

  function write(bytes: Buffer): void {
    if (!isOpen) return
    events.onWritten(bytes.length)
    socket.write(bytes)
  }

  function finish(end: ConnectionEnd, goodbye?: Buffer): void {
    if (!isOpen) return
    if (goodbye !== undefined && isSocketOpen) {
      write(goodbye)
      socket.destroySoon()
      setTimeout(() => socket.destroy(), limits.closeTimeoutMs).unref()
    } else socket.destroy()
    isOpen = false
    carry = undefined
    clearTimeout(gathering)
    events.onEnded(end)
  }

  function fail(what: string): void {
    const goodbye =
      version === 5 ? encodeDisconnect(5, { reason: reasonCode.protocolError, properties: noProperties }) : undefined
    finish(protocolEnd(what), goodbye)
  }

  function onData(chunk: Buffer): void {
    if (!isOpen) return
    readAt = performance.now()
    unansweredAt = undefined
    carry = cutFrames(carry, chunk, sink)
    events.onRead(it, chunk.length)
    if (chunk.length < readBytes) gather()
  }

  /** Reads nothing for a moment, where all that had come was read: brokers send each message by
   *  itself, and to be woken for each costs more than all else that is done with it. */
  function gather(): void {
    if (!isOpen || isPaused || state !== 'subscribed' || limits.gatherMs === 0) return
    socket.pause()
    gathering = gathering?.refresh() ?? setTimeout(readOn, limits.gatherMs)
  }

  function readOn(): void {
    if (!isPaused) socket.resume()
  }

  /** Gives what is wrong with the packet, if anything is. */
  function handleFrame(first: number, bytes: Buffer, start: number, end: number): string | undefined {
    const type = first >> 4
    if (state === 'connecting')
      return type === packetType.connack ? handleConnack(new Cursor(bytes, start, end)) : 'a packet before CONNACK'
    if (type === packetType.publish) return events.onPublish(it, first, bytes, start, end)
    const cursor = new Cursor(bytes, start, end)
    switch (type) {
      case packetType.puback:
      case packetType.pubrec:
      case packetType.pubcomp: {
        const packet = decodeAcknowledgement(cursor, version, type)
        if (packet === undefined) return 'a malformed acknowledgement'
        events.onAcknowledgement(type, packet.packetId, packet.reason)
        return undefined
      }
      case packetType.suback:
        return handleSuback(cursor)
      case packetType.disconnect:
        return handleDisconnect(cursor)
      case packetType.pingresp:
      case packetType.unsuback:
        return undefined
      default:
        return 'a packet that only clients send'
    }
  }

  function handleConnack(cursor: Cursor): string | undefined {
    const connack = decodeConnack(cursor, version)
    if (connack === undefined) return 'a malformed CONNACK'
    const { code, properties } = connack
    if (code !== 0) {
      finish(refusedEnd(version, code, properties.reasonString))
      return undefined
    }
    if (properties.serverKeepAliveS !== undefined) keepAliveMs = properties.serverKeepAliveS * 1000
    if (properties.sharedSubscriptionAvailable === 0 && names.some((name) => name.startsWith('$share/'))) {
      finish(subscriptionEnd(names[0]!, 0x9e, undefined), goodbyeOf(version))
      return undefined
    }
    state = 'subscribing'
    // Asked for on every connection: it changes nothing when it is there, and its answer says
    // whether it still may be.
    write(
      encodeSubscribe(version, {
        packetId: subscribePacketId,
        subscriptions: filters.map(subscriptionTo),
        subscriptionId: undefined,
      }),
    )
    events.onConnected(
      outboxLink(version, connack.isSessionPresent, properties, write),
      properties.sessionExpiryS ?? limits.sessionExpiryS,
    )
    return undefined
  }

  function handleSuback(cursor: Cursor): string | undefined {
    const suback = decodeSuback(cursor, version)
    if (suback?.packetId !== subscribePacketId || suback.codes.length !== filters.length)
      return 'a SUBACK that answers nothing'
    const refused = suback.codes.findIndex((code) => code !== 1)
    if (refused >= 0) {
      // One at QoS 0 would draw messages away from the others of the group, to lose them.
      write(encodeUnsubscribe(version, { packetId: subscribePacketId, filters: names }))
      finish(
        subscriptionEnd(names[refused]!, suback.codes[refused]!, suback.properties.reasonString),
        goodbyeOf(version),
      )
      return undefined
    }
    state = 'subscribed'
    events.onSubscribed()
    return undefined
  }

  function handleDisconnect(cursor: Cursor): string | undefined {
    const packet = decodeDisconnect(cursor, version)
    if (version === 4 || packet === undefined) return 'a malformed DISCONNECT'
    finish(disconnectEnd(packet.reason, packet.properties.reasonString, clientId, names))
    return undefined
  }

  function sweep(): void {
    if (!isOpen) return
    const now = steady.now()
    if (state !== 'subscribed' && now - startedAt > limits.answerTimeoutMs) return finish(timedOut(unansweredIn(state)))
    if (unansweredAt !== undefined && !isPaused && now - unansweredAt > limits.answerTimeoutMs)
      return finish(timedOut('PINGREQ'))
    // Whether or not anything else is sent, and whether or not we read: the broker hears us, and
    // what is silent is found out.
    if (state === 'connecting' || keepAliveMs === 0 || now - pingedAt < keepAliveMs / 2) return
    pingedAt = now
    unansweredAt ??= now
    write(pingRequest)
  }

  return it
}

function open({ host, port, tls }: BridgeServer, onread: OnReadOpts): Socket {
  const keepAlive = { keepAlive: true, keepAliveInitialDelay: 30_000, onread }
  if (tls === undefined) return connectTcp({ host, port, ...keepAlive })
  // By RFC 6066 an address is no server name.
  const servername = tls.servername ?? (isIP(host) === 0 ? host : undefined)
  return connectTls({
    host,
    port,
    secureContext: tls.context,
    ...(servername === undefined ? {} : { servername }),
    ...keepAlive,
  })
}

function connectPacket({ server: { user, password }, version, clientId, will, limits }: ConnectionOptions): Buffer {
  const { receiveMaximum, sessionExpiryS, packetBytes } = limits
  return encodeConnect({
    version,
    clientId,
    cleanStart: false,
    keepAliveS: limits.keepAliveS,
    username: user,
    password: password === undefined ? undefined : Buffer.from(password),
    will: will === undefined ? undefined : { ...will, qos: 1, retain: true, properties: noProperties },
    properties: version === 5 ? { receiveMaximum, sessionExpiryS, maximumPacketBytes: packetBytes } : noProperties,
  })
}

const subscriptionTo = ({ filter, wantsRetained }: BridgeFilter) =>
  ({ filter, qos: 1, noLocal: false, retainAsPublished: false, retainHandling: wantsRetained ? 1 : 2 }) as const

const goodbyeOf = (version: ProtocolVersion): Buffer =>
  encodeDisconnect(version, { reason: 0, properties: noProperties })

const unansweredIn = (state: 'connecting' | 'subscribing'): string => (state === 'connecting' ? 'CONNECT' : 'SUBSCRIBE')

const outboxLink = (
  version: ProtocolVersion,
  isSessionPresent: boolean,
  properties: Properties,
  send: (bytes: Buffer) => void,
): OutboxLink => ({
  version,
  isSessionPresent,
  receiveMaximum: properties.receiveMaximum ?? 65_535,
  packetBytesMax: properties.maximumPacketBytes ?? packetBytesAny,
  maximumQos: properties.maximumQos ?? 2,
  isRetainAvailable: properties.retainAvailable !== 0,
  send,
})
