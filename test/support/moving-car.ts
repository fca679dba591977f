// A car with a session that lasts, which goes from gateway to gateway as a client must: what was
// not acknowledged is sent again, and what it has is not taken twice. It counts what it was told is
// stored, and which commands it got.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Packet } from 'mqtt-packet'
import {
  telemetry,
  connectPacket,
  openRawClient,
  publishPacket,
  type RawClient,
} from '../../src/gateway/gateway.testing.ts'
import { encodeAcknowledgement, encodeSubscribe } from '../../src/mqtt/encode-packet.ts'
import { packetType } from '../../src/mqtt/packet.ts'

type Sending = { readonly seq: number; readonly qos: 1 | 2; isReceived: boolean; done(): void }

/** Of the car that signs in by nothing. */
const anyone = { id: 'acme/car', password: undefined }
export const downlink = `v1/${anyone.id}/down/command`
const packetId = 7
const session = { cleanStart: false, properties: { sessionExpiryS: 3600 } }

/** `id`: `tenant/vehicle`. */
export type CarSignIn = { readonly id: string; readonly password: string | undefined }

export class MovingCar {
  readonly #signIn: CarSignIn
  /** Messages that it was told are stored. */
  readonly stored: number[] = []
  /** Commands in the order they came. */
  readonly commands: string[] = []
  /** Why connections ended: the reason code of DISCONNECT; null without a word. */
  readonly ends: (number | null)[] = []
  #client: RawClient | undefined
  #lastSeq = 0
  #sending: Sending | undefined
  /** Identifiers of QoS 2 commands that were not released. */
  readonly #held = new Set<number>()
  #news = Promise.withResolvers<void>()

  constructor(signIn: CarSignIn = anyone) {
    this.#signIn = signIn
  }

  /** Connects there. Gives whether its session was. The connection it had is left open. */
  async enter(port: number): Promise<boolean> {
    const client = await openRawClient(port)
    const { id, password } = this.#signIn
    client.send(connectPacket(5, id, { ...session, ...(password && { password: Buffer.from(password) }) }))
    const { sessionPresent, reasonCode } = await client.expect('connack')
    assert.equal(reasonCode, 0)
    this.#client = client
    void this.#listen(client)
    if (!sessionPresent) {
      const subscriptions = [
        {
          filter: `v1/${id}/down/command`,
          qos: 2,
          noLocal: false,
          retainAsPublished: false,
          retainHandling: 0,
        } as const,
      ]
      client.send(encodeSubscribe(5, { packetId: 1, subscriptions, subscriptionId: undefined }))
      await this.until(() => this.#isSubscribed)
    }
    if (this.#sending !== undefined) this.#send(true)
    return sessionPresent
  }
  #isSubscribed = false

  /** Ends its connection without a word. */
  async leave(): Promise<void> {
    const { socket } = this.#client!
    this.#client = undefined
    if (socket.destroyed) return
    const gone = once(socket, 'close')
    socket.destroy()
    await gone
  }

  /** Sends a message; resolves when it is told that it is stored, wherever it is by then. */
  publish(qos: 1 | 2): Promise<void> {
    assert.equal(this.#sending, undefined)
    return new Promise((done) => {
      this.#sending = { seq: ++this.#lastSeq, qos, isReceived: false, done }
      this.#send(false)
    })
  }

  get lastSeq(): number {
    return this.#lastSeq
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#news.promise
  }

  #send(isAgain: boolean): void {
    const { seq, qos, isReceived } = this.#sending!
    if (isReceived) this.#client!.send(encodeAcknowledgement(packetType.pubrel, 5, packetId))
    else
      this.#client!.send(
        publishPacket(5, `v1/${this.#signIn.id}/up/telemetry`, telemetry(seq), { qos, packetId, dup: isAgain }),
      )
  }

  async #listen(client: RawClient): Promise<void> {
    for (;;) {
      const packet = await client.next()
      if (packet === undefined || packet.cmd === 'disconnect') {
        this.ends.push(packet?.reasonCode ?? null)
        this.#told()
        return
      }
      this.#take(client, packet)
      this.#told()
    }
  }

  #told(): void {
    this.#news.resolve()
    this.#news = Promise.withResolvers<void>()
  }

  #take(client: RawClient, packet: Packet): void {
    const answer = (type: 4 | 5 | 6 | 7, id: number): void => client.send(encodeAcknowledgement(type, 5, id))
    if (packet.cmd === 'suback') this.#isSubscribed = true
    else if (packet.cmd === 'puback' || packet.cmd === 'pubcomp') this.#acknowledged()
    else if (packet.cmd === 'pubrec' && this.#sending !== undefined) {
      this.#sending.isReceived = true
      answer(packetType.pubrel, packetId)
    } else if (packet.cmd === 'pubrel') {
      this.#held.delete(packet.messageId!)
      answer(packetType.pubcomp, packet.messageId!)
    } else if (packet.cmd === 'publish') {
      const id = packet.messageId!
      if (!this.#held.has(id)) this.commands.push(packet.payload.toString())
      if (packet.qos === 2) this.#held.add(id)
      answer(packet.qos === 2 ? packetType.pubrec : packetType.puback, id)
    }
  }

  #acknowledged(): void {
    if (this.#sending === undefined) return
    const { seq, done } = this.#sending
    this.#sending = undefined
    this.stored.push(seq)
    done()
  }
}
