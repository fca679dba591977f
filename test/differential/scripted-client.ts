// One client of a differential script: it sends and reads packets by another project's codec, keeps
// its side of the QoS 1 and 2 exchanges, withholds acknowledgements when told to, and writes down
// everything it is sent. Its actions depend on its script and on what the server sends, never on
// time.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import mqttPacket, { type IPublishPacket, type Packet } from 'mqtt-packet'
import type { Version } from './actions.ts'

/** An event that a client saw. A delivery carries the topic its alias stands for. */
export type Seen =
  | { readonly what: 'delivery'; readonly packet: IPublishPacket }
  /** The message that is released, or undefined when the client never had it. */
  | { readonly what: 'pubrel'; readonly text: string | undefined }
  | { readonly what: 'answer'; readonly packet: Packet }
  | { readonly what: 'end' }
  /** The server never answered. */
  | { readonly what: 'silence'; readonly packetIds: readonly number[] }

/** Stands for the CONNACK among the packet identifiers that wait for an answer. */
export const connectAnswer = 0

/** A network connection of a client. */
export class Link {
  readonly socket: Socket
  readonly version: Version
  /** Its QoS 2 messages that were answered with PUBREL. */
  readonly released = new Set<number>()
  readonly aliasesSent = new Map<number, string>()
  readonly #aliases = new Map<number, string>()
  #pings: (() => void)[] = []
  isOpen = true
  readonly closed: Promise<unknown>
  readonly #greeting = Promise.withResolvers<void>()
  /** CONNACK has come, or the end. */
  readonly greeted = this.#greeting.promise

  constructor(port: number, version: Version, onPacket: (packet: Packet) => void, onEnd: () => void) {
    this.version = version
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.closed = once(this.socket, 'close').catch(() => undefined)
    const parser = mqttPacket.parser({ protocolVersion: version })
    parser.on('packet', (packet) => {
      if (packet.cmd === 'connack') this.#greeting.resolve()
      if (packet.cmd === 'pingresp') this.#pings.shift()?.()
      else onPacket(packet.cmd === 'publish' ? this.#named(packet) : packet)
    })
    parser.on('error', (error) => {
      throw error
    })
    this.socket.on('data', (chunk) => void parser.parse(chunk))
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => {
      this.isOpen = false
      this.#greeting.resolve()
      for (const resolve of this.#pings) resolve()
      this.#pings = []
      onEnd()
    })
  }

  #named(packet: IPublishPacket): IPublishPacket {
    const alias = packet.properties?.topicAlias
    if (alias === undefined) return packet
    if (packet.topic !== '') this.#aliases.set(alias, packet.topic)
    return { ...packet, topic: this.#aliases.get(alias) ?? `unknown alias ${alias}` }
  }

  send(packet: Packet): void {
    if (this.isOpen) this.socket.write(mqttPacket.generate(packet, { protocolVersion: this.version }))
  }

  /** Resolves when everything sent so far was read by the server and what it says to it was read
   *  here, or the connection is gone. */
  async ping(): Promise<void> {
    await this.greeted
    if (!this.isOpen) return
    const answered = Promise.withResolvers<void>()
    this.#pings.push(answered.resolve)
    this.send({ cmd: 'pingreq' })
    await answered.promise
  }
}

export class ScriptedClient {
  link: Link | undefined
  /** The session ends with its connection. */
  isEphemeral = true
  /** The will, if any, of its connection, or of its last one. */
  will: 'none' | 'at once' | 'delayed' = 'none'
  isHolding = false
  /** Everything seen since the last `take`. */
  #seen: Seen[] = []
  seenCount = 0
  /** Packet identifiers of its own messages that wait for an answer of the server. */
  readonly unanswered = new Set<number>()
  /** Of its QoS 2 messages, those whose PUBREL waits for `release`. */
  readonly opened = new Set<number>()
  #withheld: { readonly packetId: number; readonly qos: 1 | 2; readonly isReleased: boolean }[] = []
  readonly #texts = new Map<number, string>()
  #packetId = 0

  open(port: number, version: Version): Link {
    const link = new Link(
      port,
      version,
      (packet) => this.#onPacket(link, packet),
      () => {
        this.#note({ what: 'end' })
        if (this.link !== link) return
        this.link = undefined
        this.#forgetExchanges()
      },
    )
    this.link = link
    this.#forgetExchanges()
    return link
  }

  /** Unacknowledged messages come again on the next connection, or never. */
  #forgetExchanges(): void {
    this.#withheld = []
    this.unanswered.clear()
  }

  nextPacketId(): number {
    do this.#packetId = (this.#packetId % 60_000) + 1
    while (this.opened.has(this.#packetId))
    return this.#packetId
  }

  /** Gives up on what the server has not answered. */
  giveUp(): void {
    if (this.unanswered.size > 0) this.#note({ what: 'silence', packetIds: [...this.unanswered] })
    this.unanswered.clear()
  }

  take(): Seen[] {
    const seen = this.#seen
    this.#seen = []
    return seen
  }

  #note(seen: Seen): void {
    this.#seen.push(seen)
    this.seenCount++
  }

  #onPacket(link: Link, packet: Packet): void {
    const { cmd, messageId = connectAnswer } = packet
    if (cmd === 'publish') {
      this.#note({ what: 'delivery', packet })
      this.#onDelivery(link, packet)
      return
    }
    if (cmd === 'pubrel') {
      this.#note({ what: 'pubrel', text: this.#texts.get(messageId) })
      if (this.isHolding) this.#withheld.push({ packetId: messageId, qos: 2, isReleased: true })
      else link.send({ cmd: 'pubcomp', messageId })
      return
    }
    this.#note({ what: 'answer', packet })
    if (cmd === 'pubrec') this.#onReceived(link, messageId, packet.reasonCode ?? 0)
    else this.unanswered.delete(cmd === 'connack' ? connectAnswer : messageId)
    if (cmd === 'connack' && !packet.sessionPresent) this.opened.clear()
  }

  /** One PUBREL, however often PUBREC comes. */
  #onReceived(link: Link, packetId: number, reason: number): void {
    if (reason >= 0x80 || this.opened.has(packetId)) this.unanswered.delete(packetId)
    else if (!link.released.has(packetId)) {
      link.released.add(packetId)
      link.send({ cmd: 'pubrel', messageId: packetId })
    }
  }

  #onDelivery(link: Link, { qos, messageId, payload }: IPublishPacket): void {
    if (qos === 0) return
    const packetId = messageId!
    this.#texts.set(packetId, payload.toString())
    if (this.isHolding) this.#withheld.push({ packetId, qos, isReleased: false })
    else link.send({ cmd: qos === 1 ? 'puback' : 'pubrec', messageId: packetId })
  }

  /** Sends the acknowledgements it owes, in order; `upTo` PUBREC only leaves the last step of QoS 2
   *  out. */
  acknowledge(upTo: 'pubrec' | 'pubcomp'): void {
    const withheld = this.#withheld
    this.#withheld = []
    for (const owed of withheld) {
      const { packetId, qos, isReleased } = owed
      if (isReleased && upTo === 'pubrec') this.#withheld.push(owed)
      else this.link?.send({ cmd: isReleased ? 'pubcomp' : qos === 1 ? 'puback' : 'pubrec', messageId: packetId })
    }
  }
}
