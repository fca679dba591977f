// An MQTT client that keeps its session as the standard demands, through any number of lost
// connections: what is unacknowledged goes again, in order, with DUP and the same packet
// identifier; for what PUBREC has come only PUBREL goes again; a QoS 2 message is received once. It
// takes the lowest free identifier, so that a server which has not forgotten an identifier in time
// mistakes the next message for the last one. Breaches of the standard by the server are written
// down in `faults`.
import { connect, type Socket } from 'node:net'
import mqttPacket, { type Packet } from 'mqtt-packet'
import { encodeAcknowledgement, encodeConnect, encodePublish, encodeSubscribe } from '../../src/mqtt/encode-packet.ts'
import { packetType, type ProtocolVersion, type Qos } from '../../src/mqtt/packet.ts'
import { noProperties } from '../../src/mqtt/properties.ts'

export type SentMessage = {
  readonly topic: string
  readonly payload: string
  readonly qos: 1 | 2
  readonly retain: boolean
}
type Outbound = SentMessage & { isReceived: boolean }

export type StrictClientOptions = {
  readonly clientId: string
  readonly version: ProtocolVersion
  readonly filters: readonly string[]
  /** False: the session goes with the connection. */
  readonly isPersistent?: boolean
  /** A packet of any kind has come. */
  readonly onPacket?: () => void
  /** The server has taken a message on: PUBACK, or PUBREC. */
  readonly onAcknowledged?: (message: SentMessage) => void
  readonly onMessage?: (topic: string, payload: string, qos: Qos, retain: boolean) => void
}

export interface StrictClient {
  readonly clientId: string
  readonly faults: string[]
  /** CONNACK has come on the connection there is now. */
  readonly isConnected: boolean
  /** Each filter was granted, on this connection or an earlier one. */
  readonly isSubscribed: boolean
  /** Messages whose exchange has not ended. */
  readonly unfinished: number
  connect(port: number): void
  /** At once when connected, or else with the next connection. */
  publish(message: SentMessage): void
  /** Ends the connection without a word. */
  lose(): void
}

export function strictClient(options: StrictClientOptions): StrictClient {
  const { clientId, version, filters, isPersistent = true } = options
  const outbound = new Map<number, Outbound>()
  const received = new Set<number>()
  const faults: string[] = []
  let socket: Socket | undefined
  let hasSession = false
  let isConnected = false
  let isSubscribed = filters.length === 0

  const write = (bytes: Buffer): void => void socket?.write(bytes)
  const answer = (type: 4 | 5 | 6 | 7, packetId: number): void => write(encodeAcknowledgement(type, version, packetId))
  const fault = (text: string): void => void faults.push(`${clientId}: ${text}`)

  function sendPublish(packetId: number, { topic, payload, qos, retain }: Outbound, dup: boolean): void {
    write(
      encodePublish(version, {
        topic,
        payload: Buffer.from(payload),
        qos,
        dup,
        retain,
        packetId,
        properties: noProperties,
      }),
    )
  }

  function onConnack({ sessionPresent, returnCode, reasonCode }: Extract<Packet, { cmd: 'connack' }>): void {
    if ((version === 5 ? reasonCode : returnCode) !== 0) return fault(`CONNACK ${reasonCode ?? returnCode}`)
    if (sessionPresent !== (hasSession && isPersistent)) fault(`session present is ${String(sessionPresent)}`)
    hasSession = isConnected = true
    for (const [packetId, message] of outbound)
      if (message.isReceived) answer(packetType.pubrel, packetId)
      else sendPublish(packetId, message, true)
    if (isSubscribed) return
    const one = { qos: 2, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
    const subscriptions = filters.map((filter) => ({ filter, ...one }))
    write(encodeSubscribe(version, { packetId: 65_535, subscriptions, subscriptionId: undefined }))
  }

  function onAcknowledgement(cmd: 'puback' | 'pubrec' | 'pubcomp', packetId: number, reason: number): void {
    const message = outbound.get(packetId)
    if (message === undefined) return fault(`${cmd} for ${packetId}, which is not under way`)
    // 0x92: the server ended the exchange before the connection was lost. It is an end.
    if (reason >= 0x80 && !(cmd === 'pubcomp' && reason === 0x92)) fault(`${cmd} with ${reason.toString(16)}`)
    if ((cmd === 'puback') !== (message.qos === 1)) fault(`${cmd} for a message at QoS ${message.qos}`)
    if (cmd === 'pubcomp' && !message.isReceived) fault(`PUBCOMP for ${packetId} before PUBREL`)
    if (cmd !== 'pubcomp' && !message.isReceived) options.onAcknowledged?.(message)
    message.isReceived = true
    if (cmd === 'pubrec') answer(packetType.pubrel, packetId)
    else outbound.delete(packetId)
  }

  function onPublish({ topic, payload, qos, dup, retain, messageId = 0 }: Extract<Packet, { cmd: 'publish' }>): void {
    const isKnown = qos === 2 && received.has(messageId)
    if (isKnown && !dup) fault(`QoS 2 identifier ${messageId} used again before PUBREL`)
    if (!isKnown) options.onMessage?.(topic, payload.toString(), qos, retain)
    if (qos === 2) received.add(messageId)
    if (qos > 0) answer(qos === 2 ? packetType.pubrec : packetType.puback, messageId)
  }

  function onPacket(packet: Packet): void {
    if (packet.cmd === 'connack') onConnack(packet)
    else if (packet.cmd === 'publish') onPublish(packet)
    else if (packet.cmd === 'puback' || packet.cmd === 'pubrec' || packet.cmd === 'pubcomp')
      onAcknowledgement(packet.cmd, packet.messageId ?? 0, packet.reasonCode ?? 0)
    else if (packet.cmd === 'pubrel') {
      received.delete(packet.messageId ?? 0)
      answer(packetType.pubcomp, packet.messageId ?? 0)
    } else if (packet.cmd === 'suback') isSubscribed = true
    else fault(`unexpected ${packet.cmd}`)
    options.onPacket?.()
  }

  return {
    clientId,
    faults,
    get isConnected() {
      return isConnected
    },
    get isSubscribed() {
      return isSubscribed
    },
    get unfinished() {
      return outbound.size
    },
    connect(port) {
      const parser = mqttPacket.parser({ protocolVersion: version })
      parser.on('packet', onPacket)
      parser.on('error', (error) => fault(`unreadable: ${error.message}`))
      const own = (socket = connect({ port, host: '127.0.0.1', noDelay: true }))
      own.on('error', () => undefined)
      own.on('close', () => {
        if (socket !== own) return
        isConnected = false
        socket = undefined
      })
      own.on('data', (chunk) => {
        if (socket === own) parser.parse(chunk)
      })
      const properties = version === 5 && isPersistent ? { sessionExpiryS: 0xffff_ffff } : noProperties
      const rest = { keepAliveS: 60, username: undefined, password: undefined, will: undefined, properties }
      write(encodeConnect({ version, clientId, cleanStart: !isPersistent, ...rest }))
    },
    publish(message) {
      let packetId = 1
      while (outbound.has(packetId)) packetId++
      const kept = { ...message, isReceived: false }
      outbound.set(packetId, kept)
      if (isConnected) sendPublish(packetId, kept, false)
    },
    lose() {
      socket?.destroy()
      socket = undefined
      isConnected = false
    },
  }
}
