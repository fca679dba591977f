// Messages that a vehicle has said and the server has not yet acknowledged, in memory. No I/O: the
// connection takes messages out and settles them, a journal (outbox-file.ts) may follow along.
// Invariants, each held by a property test:
//   - a message leaves by acknowledgement, refusal or a counted drop, once, and by nothing else;
//   - within a stream messages go out in the order they came in, and after a lost connection again
//     in that order;
//   - `messages <= messagesMax` and `bytes <= bytesMax` after every call;
//   - a message is never dropped while a less important one could be.
import type { UplinkStream } from '../model/topic.ts'

/** From 0, the first to go out and the last to be dropped, to the first to be dropped. */

const rankOf: Readonly<Record<UplinkStream, number>> = {
  critical: 0,
  result: 1,
  event: 2,
  session: 3,
  snapshot: 4,
  telemetry: 5,
}

/** A message waiting to be acknowledged. One object for its whole life. */
export type OutboxEntry = {
  readonly stream: UplinkStream
  readonly boot: string
  readonly seq: number
  /** The message as JSON; empty once it was dropped while in flight. */
  payload: string
  /** Length of the payload in UTF-8. */
  bytes: number
  /** Order of arrival in this outbox. */
  readonly age: number
  /** MQTT packet identifier while in flight, else 0. */
  packetId: number
}

/** Follows an outbox so that it can be brought back. `settle` may be forgotten by a crash: a
 *  message sent twice is a duplicate, which (boot, seq) shows. */
export interface OutboxJournal {
  put(entry: OutboxEntry): void
  settle(entry: OutboxEntry): void
}

/** 65,535 is left to SUBSCRIBE, which shares the identifiers [MQTT-2.2.1-3]. */
const packetIdMax = 65_534

export type OutboxLimits = { readonly messagesMax: number; readonly bytesMax: number }

/** First in, first out, with a cheap shift: the array is cut when half of it is gone. */
type Queue = { items: OutboxEntry[]; head: number }

const shift = (queue: Queue): OutboxEntry | undefined => {
  const entry = queue.items[queue.head]
  if (entry === undefined) return undefined
  queue.head++
  if (queue.head === queue.items.length) {
    queue.items = []
    queue.head = 0
  } else if (queue.head > 64 && queue.head * 2 > queue.items.length) {
    queue.items = queue.items.slice(queue.head)
    queue.head = 0
  }
  return entry
}

export class VehicleOutbox {
  messages = 0
  bytes = 0
  sent = 0
  acknowledged = 0
  refused = 0
  dropped = 0
  /** On the wire or to be sent again first, in the order first sent. At most the window. */
  readonly #inFlight: OutboxEntry[] = []
  /** How many of `#inFlight`, from the front, were sent on this connection. */
  #transmitted = 0
  readonly #queues: (Queue | undefined)[] = []
  readonly #limits: OutboxLimits
  readonly #journal: OutboxJournal | undefined
  #nextAge = 0
  #lastPacketId = 0

  constructor(limits: OutboxLimits, journal?: OutboxJournal) {
    this.#limits = limits
    this.#journal = journal
  }

  get inFlight(): number {
    return this.#inFlight.length
  }

  /** Takes a message. `displaced`: the buffer was full and something was dropped, perhaps this
   *  message itself. */
  put(stream: UplinkStream, boot: string, seq: number, payload: string, bytes: number): 'queued' | 'displaced' {
    this.sent++
    const entry: OutboxEntry = { stream, boot, seq, payload, bytes, age: this.#nextAge++, packetId: 0 }
    const rank = rankOf[stream]
    let displaced = false
    if (bytes > this.#limits.bytesMax) {
      this.dropped++
      return 'displaced'
    }
    while (this.messages + 1 > this.#limits.messagesMax || this.bytes + bytes > this.#limits.bytesMax) {
      displaced = true
      if (!this.#dropLeastImportant(rank)) {
        this.dropped++
        return 'displaced'
      }
    }
    this.#enqueue(entry)
    this.#journal?.put(entry)
    return displaced ? 'displaced' : 'queued'
  }

  /** Takes back a message of an earlier run, oldest first; the journal has it already. Over the
   *  limits, the usual policy drops. */
  restore(stream: UplinkStream, boot: string, seq: number, payload: string): void {
    const entry: OutboxEntry = {
      stream,
      boot,
      seq,
      payload,
      bytes: Buffer.byteLength(payload),
      age: this.#nextAge++,
      packetId: 0,
    }
    this.sent++
    this.#enqueue(entry)
    while (this.messages > this.#limits.messagesMax || this.bytes > this.#limits.bytesMax) this.#dropLeastImportant(-1)
  }

  /** The next message to send, with its packet id set, while fewer than `windowMax` are in flight.
   *  `again`: it was sent on an earlier connection. */
  take(windowMax: number): { readonly entry: OutboxEntry; readonly again: boolean } | undefined {
    const again = this.#inFlight[this.#transmitted]
    if (again !== undefined) {
      if (this.#transmitted >= windowMax) return undefined
      this.#transmitted++
      return { entry: again, again: true }
    }
    if (this.#inFlight.length >= windowMax) return undefined
    for (const queue of this.#queues) {
      const entry = queue === undefined ? undefined : shift(queue)
      if (entry === undefined) continue
      entry.packetId = this.#freePacketId()
      this.#inFlight.push(entry)
      this.#transmitted++
      return { entry, again: false }
    }
    return undefined
  }

  /** The server has the message stored (`stored`), or stored as refused. False when no such message
   *  is in flight. */
  settle(packetId: number, stored: boolean): boolean {
    const entry = this.#removeInFlight(packetId)
    if (entry === undefined) return false
    if (entry.payload === '') {
      if (!stored) return true
      this.dropped--
      this.acknowledged++
      return true
    }
    if (stored) this.acknowledged++
    else this.refused++
    this.#forget(entry)
    return true
  }

  /** The server has no room now: the message waits again, in its old place. */
  postpone(packetId: number): boolean {
    const entry = this.#removeInFlight(packetId)
    if (entry === undefined) return false
    entry.packetId = 0
    if (entry.payload === '') return true
    const queue = this.#queue(rankOf[entry.stream])
    let at = queue.head
    while (at < queue.items.length && queue.items[at]!.age < entry.age) at++
    queue.items.splice(at, 0, entry)
    return true
  }

  /** The connection is gone: what was in flight is sent again, first and in its order
   *  (MQTT-4.4.0-1, MQTT-4.6.0-1). */
  disconnect(): void {
    this.#transmitted = 0
    for (let at = this.#inFlight.length - 1; at >= 0; at--)
      if (this.#inFlight[at]?.payload === '') this.#inFlight.splice(at, 1)
  }

  /** All that is unsettled, oldest first. */
  *pending(): Iterable<OutboxEntry> {
    const all = [...this.#inFlight, ...this.#queues.flatMap((queue) => queue?.items.slice(queue.head) ?? [])]
    for (const entry of all.sort((a, b) => a.age - b.age)) if (entry.payload !== '') yield entry
  }

  #queue(rank: number): Queue {
    return (this.#queues[rank] ??= { items: [], head: 0 })
  }

  #enqueue(entry: OutboxEntry): void {
    this.#queue(rankOf[entry.stream]).items.push(entry)
    this.messages++
    this.bytes += entry.bytes
  }

  /** Drops the oldest message of the least important stream, if that is not more important than
   *  `rank`. Messages that wait go before what is in flight, which most likely arrived: its slot
   *  stays taken until the server answers. */
  #dropLeastImportant(rank: number): boolean {
    for (let least = rankOf.telemetry; least >= Math.max(rank, 0); least--) {
      const queue = this.#queues[least]
      const entry =
        (queue === undefined ? undefined : shift(queue)) ??
        this.#inFlight.find((candidate) => candidate.payload !== '' && rankOf[candidate.stream] === least)
      if (entry === undefined) continue
      // The newcomer is of the same stream and only in-flight messages could give way: they are
      // older but further.
      if (entry.packetId !== 0 && least === rank) return false
      this.dropped++
      this.#forget(entry)
      // Nobody will answer for what is not on this connection's wire.
      const at = this.#inFlight.indexOf(entry, this.#transmitted)
      if (at >= 0) this.#inFlight.splice(at, 1)
      return true
    }
    return false
  }

  #forget(entry: OutboxEntry): void {
    this.messages--
    this.bytes -= entry.bytes
    this.#journal?.settle(entry)
    entry.payload = ''
    entry.bytes = 0
  }

  #removeInFlight(packetId: number): OutboxEntry | undefined {
    for (let at = 0; at < this.#transmitted; at++) {
      const entry = this.#inFlight[at]
      if (entry?.packetId !== packetId) continue
      this.#inFlight.splice(at, 1)
      this.#transmitted--
      return entry
    }
    return undefined
  }

  #freePacketId(): number {
    do {
      this.#lastPacketId = (this.#lastPacketId % packetIdMax) + 1
    } while (this.#inFlight.some((entry) => entry.packetId === this.#lastPacketId))
    return this.#lastPacketId
  }
}
