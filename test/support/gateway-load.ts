// The load of the gateway's kill test, and what is asked of it afterwards. Cars publish to their
// uplink topics, peers to each other and to retained topics, at QoS 1 and 2 and by both versions,
// each with a window of messages under way. Peers hear everything; one of them is away most of the
// time. A stream is what one publisher sends to one topic at one QoS; its messages are numbered.
import { setTimeout as wait } from 'node:timers/promises'
import { encodeMessage } from '../../src/model/message-codec.ts'
import { strictClient, type SentMessage, type StrictClient } from './strict-client.ts'

const window = 8
const stallMs = 60_000

type Sent = SentMessage & { readonly stream: string; readonly seq: number; isAcknowledged: boolean }
type Listener = {
  readonly client: StrictClient
  readonly counts: Map<Sent, number>
  readonly lastSeqs: Map<string, number>
}
/** A record of the log: the message it came from, by what is in it. */
export type StoredUplink = { readonly topic: string; readonly payload: string }

export class GatewayLoad {
  readonly #random: () => number
  readonly #port: number
  readonly #publishers: { readonly client: StrictClient; readonly next: () => SentMessage }[] = []
  readonly #listeners: Listener[] = []
  readonly #faults: string[] = []
  /** By topic and payload, which together are unique. */
  readonly #sent = new Map<string, Sent>()
  readonly #seqs = new Map<string, number>()
  /** By topic: the newest that was acknowledged. */
  readonly #retained = new Map<string, number>()
  #isSending = false
  #packets = 0
  #probes = 0

  constructor(port: number, random: () => number) {
    this.#port = port
    this.#random = random
    for (const version of [4, 5] as const) this.#addCar(`car-${version}`, version)
    for (const [index, version] of ([4, 5, 4, 5] as const).entries()) this.#addPeer(`peer-${index}`, version)
  }

  get sentCount(): number {
    return this.#sent.size
  }

  /** Connects everyone and waits until all have subscribed: from then on nothing may pass them
   *  by. */
  async begin(): Promise<void> {
    for (const client of this.#clients()) client.connect(this.#port)
    await this.#until(() => this.#clients().every(({ isConnected, isSubscribed }) => isConnected && isSubscribed))
    this.lose()
  }

  /** Publishes and receives until `packets` have come from the server. */
  async run(packets: number): Promise<void> {
    this.#isSending = true
    this.#packets = 0
    const sleeps = this.#random() < 0.7
    for (const client of this.#clients()) if (!(sleeps && client.clientId === 'peer-3')) client.connect(this.#port)
    const probe = this.#probe()
    await this.#until(() => this.#packets >= packets)
    probe.lose()
  }

  /** Every connection goes without a word. */
  lose(): void {
    for (const client of this.#clients()) client.lose()
  }

  /** Sends nothing new, and waits until every exchange has ended and everyone has heard
   *  everything. */
  async finish(): Promise<void> {
    this.#isSending = false
    for (const client of this.#clients()) client.connect(this.#port)
    const heard = () =>
      this.#listeners.every(({ counts }) => [...this.#sent.values()].every((it) => isState(it) || counts.has(it)))
    await this.#until(() => this.#clients().every(({ unfinished }) => unfinished === 0) && heard(), false)
    const missing = new Set(this.#retained.keys())
    const probe = this.#probe((topic) => void missing.delete(topic))
    await this.#until(() => missing.size === 0, false)
    for (const topic of missing) this.#faults.push(`nothing is retained at ${topic}`)
    probe.lose()
    this.lose()
  }

  /** Faults that were found, by the clients, by what they heard, and in the log. */
  faults(stored: readonly StoredUplink[]): string[] {
    return [
      ...this.#clients().flatMap(({ faults }) => faults),
      ...this.#faults,
      ...this.#faultsOfHearing(),
      ...this.#faultsOfLog(stored),
    ]
  }

  #clients(): StrictClient[] {
    return this.#publishers.map(({ client }) => client)
  }

  #addCar(vehicle: string, version: 4 | 5): void {
    const next = (): SentMessage => {
      const stream = this.#random() < 0.8 ? 'telemetry' : 'event'
      const qos = this.#random() < 0.5 ? 1 : 2
      const boot = `${stream === 'event' ? 'e' : 'f'}${qos}`.padEnd(16, '0')
      return this.#message(`v1/acme/${vehicle}/up/${stream}`, qos, (seq) => {
        const samples = [{ at: 1_700_000_000_000 + seq, signals: { 'Vehicle.Speed': seq } }]
        return Buffer.from(encodeMessage({ boot, seq, samples })).toString()
      })
    }
    this.#publishers.push({
      client: strictClient({ ...this.#duties(), clientId: `acme/${vehicle}`, version, filters: [] }),
      next,
    })
  }

  #addPeer(clientId: string, version: 4 | 5): void {
    const next = (): SentMessage => {
      const qos = this.#random() < 0.5 ? 1 : 2
      return this.#random() < 0.1
        ? this.#message(`state/${clientId}`, 1, String)
        : this.#message(`talk/${clientId}`, qos, (seq) => `${qos}:${seq}`)
    }
    const onMessage = (topic: string, payload: string, qos: number): void => this.#hear(listener, topic, payload, qos)
    const client = strictClient({ ...this.#duties(), clientId, version, filters: ['talk/#', 'v1/#'], onMessage })
    const listener: Listener = { client, counts: new Map(), lastSeqs: new Map() }
    this.#listeners.push(listener)
    this.#publishers.push({ client, next })
  }

  #duties() {
    return {
      onPacket: () => this.#onPacket(),
      onAcknowledged: ({ topic, payload }: SentMessage) => {
        const message = this.#sent.get(`${topic} ${payload}`)!
        message.isAcknowledged = true
        if (isState(message)) this.#retained.set(topic, message.seq)
      },
    }
  }

  #message(topic: string, qos: 1 | 2, payloadOf: (seq: number) => string): SentMessage {
    const stream = `${topic} at ${qos}`
    const seq = (this.#seqs.get(stream) ?? 0) + 1
    this.#seqs.set(stream, seq)
    const message = {
      topic,
      payload: payloadOf(seq),
      qos,
      retain: topic.startsWith('state/'),
      stream,
      seq,
      isAcknowledged: false,
    }
    this.#sent.set(`${topic} ${message.payload}`, message)
    return message
  }

  #onPacket(): void {
    this.#packets++
    if (!this.#isSending) return
    for (const { client, next } of this.#publishers)
      if (client.isConnected && client.unfinished < window) client.publish(next())
  }

  #hear({ client, counts, lastSeqs }: Listener, topic: string, payload: string, qos: number): void {
    const message = this.#sent.get(`${topic} ${payload}`)
    if (message === undefined) return void this.#faults.push(`${client.clientId} has what nobody sent: ${topic}`)
    if (qos !== message.qos) this.#faults.push(`${client.clientId} has ${message.stream} at QoS ${qos}`)
    const count = counts.get(message) ?? 0
    counts.set(message, count + 1)
    if (count > 0) return
    const last = lastSeqs.get(message.stream) ?? 0
    if (message.seq < last)
      this.#faults.push(`${client.clientId} has ${message.seq} of ${message.stream} after ${last}`)
    lastSeqs.set(message.stream, message.seq)
  }

  /** A new client that asks for what is retained, and finds nothing older than what was
   *  acknowledged before it asked. */
  #probe(onTopic: (topic: string) => void = () => undefined): StrictClient {
    const before = new Map(this.#retained)
    const probe = strictClient({
      clientId: `probe-${++this.#probes}`,
      version: this.#probes % 2 === 0 ? 4 : 5,
      filters: ['state/#'],
      isPersistent: false,
      onMessage: (topic, payload) => {
        onTopic(topic)
        const oldest = before.get(topic) ?? 0
        if (Number(payload) < oldest)
          this.#faults.push(`${payload} is retained at ${topic} after ${oldest} was acknowledged`)
      },
    })
    probe.connect(this.#port)
    return probe
  }

  #faultsOfHearing(): string[] {
    return this.#listeners.flatMap(({ client: { clientId }, counts }) =>
      [...this.#sent.values()].flatMap((message) => {
        const count = counts.get(message) ?? 0
        if (isState(message) || (message.qos === 2 ? count === 1 : count > 0)) return []
        return [`${clientId} has ${message.seq} of ${message.stream} ${count} times`]
      }),
    )
  }

  #faultsOfLog(stored: readonly StoredUplink[]): string[] {
    const faults: string[] = []
    const counts = new Map<Sent, number>()
    const lastSeqs = new Map<string, number>()
    for (const { topic, payload } of stored) {
      const message = this.#sent.get(`${topic} ${payload}`)
      if (message === undefined) {
        faults.push(`the log has what nobody sent: ${topic} ${payload}`)
        continue
      }
      const last = lastSeqs.get(message.stream) ?? 0
      if (!counts.has(message) && message.seq < last)
        faults.push(`the log has ${message.seq} of ${message.stream} after ${last}`)
      lastSeqs.set(message.stream, Math.max(last, message.seq))
      counts.set(message, (counts.get(message) ?? 0) + 1)
    }
    for (const message of this.#sent.values()) {
      if (!message.topic.startsWith('v1/') || !message.isAcknowledged) continue
      const count = counts.get(message) ?? 0
      if (count === 0 || (message.qos === 2 && count > 1))
        faults.push(`the log has ${message.seq} of ${message.stream} ${count} times`)
    }
    return faults
  }

  /** Waits for the server; ends the test when it says nothing for long and `isDemanded`, or else
   *  leaves it to the checks to say what is missing. */
  async #until(isDone: () => boolean, isDemanded = true): Promise<void> {
    const deadline = Date.now() + stallMs
    while (!isDone()) {
      if (Date.now() > deadline) {
        if (!isDemanded) return
        throw new Error(
          `The server says nothing more.\n${this.#clients()
            .flatMap(({ faults }) => faults)
            .slice(0, 20)
            .join('\n')}`,
        )
      }
      await wait(2)
    }
  }
}

const isState = ({ topic }: SentMessage): boolean => topic.startsWith('state/')
