// One connection of a tracker. It is read no further while its packet is on its way to the log, so
// a slow log slows the tracker by TCP, and there is never more of a connection than a packet and a
// chunk. Invariant: an answer with a number of records leaves once they are durable, and never
// before.
//
//   login ──IMEI that may come in──► reading ──packet──► storing ──durable──► answer, reading        any ──► ended, told once
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { Outage } from '../base/errors.ts'
import type { EventLog, NewRecord } from '../eventlog/event-log.ts'
import { decodeBinary } from '../mapping/binary/decode-binary.ts'
import { answerToLogin, answerToRecords } from '../mapping/binary/teltonika/answers.ts'
import type { RateClient, RateLimit, TenantRate } from '../tcp/rate-limit.ts'
import type { Admitted, KnownTrackers } from './known-trackers.ts'
import { PacketCutter } from './packet-cutter.ts'
import type { Filed, PacketFiling } from './packet-filing.ts'
import type { TrackerLimits } from './tracker-limits.ts'
import type { TrackerMetrics } from './tracker-metrics.ts'

/** State the connections share. */
export type TrackerHost = {
  readonly limits: TrackerLimits
  /** As how many messages, and times its bytes, a refused packet counts. */
  readonly refusedCost: number
  readonly log: Pick<EventLog, 'append'>
  readonly steady: Clock
  readonly tenant: string
  readonly known: KnownTrackers
  readonly filing: PacketFiling
  readonly rate: RateLimit
  readonly metrics: TrackerMetrics
  /** IMEIs of those whose packet is on its way to the log. */
  readonly storing: Set<string>
  /** The connection has said who it is; an earlier one of the same tracker has ended when this
   *  returns. */
  entered(connection: TrackerConnection, imei: string): void
  /** It has ended; once. */
  left(connection: TrackerConnection, why: EndReason): void
  /** The log took nothing. */
  noteOutage(code: string): void
}

/** Metric labels. */
export type EndReason =
  | 'closed'
  | 'login-timeout'
  | 'packet-timeout'
  | 'silent'
  | 'turned-away'
  | 'no-login'
  | 'unreadable'
  | 'not-taking-answers'
  | 'replaced'
  | 'log-away'
  | 'stopped'

export class TrackerConnection implements RateClient {
  isOpen = true
  paidUntil = 0
  tenantRate: TenantRate | undefined
  /** Undefined until it has said who it is. */
  tracker: Admitted | undefined
  readonly #socket: Socket
  readonly #host: TrackerHost
  readonly #cutter: PacketCutter
  #endsAt: number
  #endsFor: EndReason = 'login-timeout'
  #released: PromiseWithResolvers<void> | undefined
  #isStoring = false
  #isStopping = false

  constructor(socket: Socket, host: TrackerHost) {
    this.#socket = socket
    this.#host = host
    this.#cutter = new PacketCutter(host.limits.packetBytes)
    this.#endsAt = host.steady.now() + host.limits.loginTimeoutMs
  }

  /** Reads until the end, and resolves then. Rejects for a fault of ours alone. */
  async run(): Promise<void> {
    const chunks = (this.#socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
    while (this.isOpen) {
      // However it breaks, it has ended.
      const chunk = await chunks.next().catch(() => undefined)
      if (chunk === undefined || chunk.done === true) return this.end('closed')
      await this.#read(chunk.value)
    }
  }

  /** Ends it when a time is over. To be called after the poll for input. */
  look(): void {
    if (this.#host.steady.now() < this.#endsAt) return
    if (this.isOpen) this.end(this.#endsFor)
    else this.#socket.destroy()
  }

  /** Lets a packet that is on its way to the log be answered, and ends. */
  stop(): void {
    this.#isStopping = true
    if (!this.#isStoring) this.end('stopped')
  }

  /** Ends it without waiting for anything. */
  abandon(): void {
    this.end('stopped')
    this.#socket.destroy()
  }

  end(why: EndReason, answer?: Uint8Array): void {
    if (!this.isOpen) return
    this.isOpen = false
    if (this.tracker !== undefined) this.#host.rate.leave(this, this.tracker.imei)
    this.#released?.resolve()
    if (answer !== undefined) this.#socket.write(answer)
    this.#socket.destroySoon()
    this.#endsAt = this.#host.steady.now() + this.#host.limits.closeTimeoutMs
    this.#host.left(this, why)
  }

  pause(): void {
    this.#released ??= Promise.withResolvers<void>()
  }

  resume(): void {
    this.#released?.resolve()
    this.#released = undefined
  }

  async #read(chunk: Buffer): Promise<void> {
    const { packetTimeoutMs, silenceTimeoutMs } = this.#host.limits
    let isBegun = this.#cutter.bytes === 0
    this.#cutter.add(chunk)
    if (this.tracker !== undefined && !(await this.#isPaid(0, chunk.length))) return
    for (;;) {
      const packet = this.#cutter.next()
      if (!packet.ok) return this.#giveUp(packet)
      if (packet.value === undefined) break
      await this.#take(packet.value)
      if (!this.isOpen) return
      isBegun = true
    }
    // Bytes alone do not move the end of a login or of a packet.
    if (this.tracker === undefined || !isBegun) return
    if (this.#cutter.bytes === 0) this.#endAfter(silenceTimeoutMs, 'silent')
    else this.#endAfter(packetTimeoutMs, 'packet-timeout')
  }

  async #take(packet: Buffer): Promise<void> {
    if (this.tracker === undefined) this.#login(packet)
    else await this.#file(this.tracker, packet)
  }

  #login(packet: Buffer): void {
    const { known, metrics, rate, tenant } = this.#host
    const decoded = decodeBinary('teltonika', packet)
    const imei = decoded.ok ? decoded.value.tree['imei'] : undefined
    if (typeof imei !== 'string') return this.end('no-login')
    const admitted = known.admit(imei, this.#socket.remoteAddress)
    metrics.countLogin(typeof admitted === 'string' ? admitted : 'accepted')
    if (typeof admitted === 'string') return this.end('turned-away', answerToLogin(false))
    this.tracker = admitted
    this.#host.entered(this, imei)
    // Only now does it owe what its earlier connection did.
    rate.admit(this, imei, tenant)
    this.#answer(answerToLogin(true))
  }

  async #file(tracker: Admitted, packet: Buffer): Promise<void> {
    const { filing, metrics } = this.#host
    const filed = filing.file(tracker, packet)
    if (filed === undefined) return this.end('unreadable')
    if (!(await this.#settle(tracker, packet, filed))) return
    metrics.countRecords(tracker.mapping, filed.count)
    this.#answer(answerToRecords(filed.count))
    if (this.#isStopping) this.end('stopped')
  }

  /** Bytes that begin no packet end the connection, without an answer: its tracker has all of it
   *  still. A stranger's bytes are not kept. */
  async #giveUp(why: { readonly reason: string; readonly detail: string }): Promise<void> {
    const { tracker } = this
    if (tracker === undefined) return this.end('no-login')
    const bytes = this.#cutter.rest()
    if (await this.#settle(tracker, bytes, this.#host.filing.fileUnreadable(tracker, bytes, why)))
      this.end('unreadable')
  }

  /** Whether what it is filed as is durable, and its tracker still there. */
  async #settle({ mapping }: Admitted, bytes: Buffer, { result, record, onStored }: Filed): Promise<boolean> {
    // Its bytes are paid for once already.
    const cost = result === 'stored' ? 1 : this.#host.refusedCost
    if (!(await this.#isPaid(cost, (cost - 1) * bytes.length))) return false
    if (record !== undefined && !(await this.#store(record, onStored))) return false
    this.#host.metrics.countPacket(mapping, result)
    return true
  }

  /** Charges its rate, and waits where it is above it; false when the connection has ended
   *  meanwhile. */
  async #isPaid(messages: number, bytes: number): Promise<boolean> {
    this.#host.rate.charge(this, messages, bytes)
    if (this.#released === undefined) return this.isOpen
    const leftMs = this.#endsAt - this.#host.steady.now()
    this.#endsAt = Number.POSITIVE_INFINITY
    await this.#released.promise
    // While it is not read it is not late.
    if (this.isOpen) this.#endAfter(leftMs, this.#endsFor)
    return this.isOpen
  }

  /** Whether it is durable and its tracker is still to be told. */
  async #store(record: NewRecord, onStored?: () => void): Promise<boolean> {
    const { storeTimeoutMs, storeRetryMinMs, storeRetryMaxMs } = this.#host.limits
    this.#endAfter(storeTimeoutMs, 'log-away')
    for (let waitMs: number = storeRetryMinMs; this.isOpen; waitMs = Math.min(2 * waitMs, storeRetryMaxMs)) {
      const stored = await this.#append(record)
      if (stored === 'stored') {
        onStored?.()
        return this.isOpen
      }
      if (stored === 'lost') this.end('log-away')
      else if (this.#isStopping) this.end('stopped')
      else await wait(waitMs, undefined, { ref: false })
    }
    return false
  }

  async #append(record: NewRecord): Promise<'stored' | 'again' | 'lost'> {
    const { storing } = this.#host
    const { imei } = this.tracker!
    // Of an earlier connection, which was let go: however long the log takes, a tracker has one
    // packet on its way.
    if (storing.has(imei)) return 'again'
    storing.add(imei)
    this.#isStoring = true
    try {
      await this.#host.log.append([record])
      return 'stored'
    } catch (error) {
      if (!(error instanceof Outage)) throw error
      this.#host.noteOutage(error.code)
      return error.retryable ? 'again' : 'lost'
    } finally {
      storing.delete(imei)
      this.#isStoring = false
    }
  }

  #answer(bytes: Uint8Array): void {
    if (!this.isOpen) return
    this.#socket.write(bytes)
    if (this.#socket.writableLength > this.#host.limits.unreadAnswerBytes) this.end('not-taking-answers')
  }

  #endAfter(ms: number, why: EndReason): void {
    if (!this.isOpen) return
    this.#endsAt = this.#host.steady.now() + ms
    this.#endsFor = why
  }
}
