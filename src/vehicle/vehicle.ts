// The vehicle SDK: what a car's unit embeds to speak to Roadstream, and what the simulator and the
// player of recordings use.
//
//                    CONNACK                 lost, refused, timeout
//   connecting ------------------> online --------------------------> waiting --(full jitter)--> connecting
//        \________________________________ setNetwork(false) __________/
//                                     offline --setNetwork(true)--> connecting       any --dispose--> closed
//
// Invariants: a message is sent again until the server acknowledged it with its (boot, seq), unless
// the buffer was full and its policy dropped it, which is counted; a boot that is not given is new
// for every run, so a seq never comes twice within one.
import { randomBytes } from 'node:crypto'
import { systemClock, type Clock } from '../base/clock.ts'
import { silentLogger, type Logger } from '../base/logger.ts'
import {
  downlinkChannels,
  uplinkStreams,
  uplinkTopic,
  type DownlinkChannel,
  type UplinkStream,
} from '../model/topic.ts'
import { parseVehicleKey, vehicleKey, type VehicleRef } from '../model/vehicle-id.ts'
import { clearDeadline, newDeadline, setDeadline } from './deadlines.ts'
import { parseEndpoint, type Endpoint, type VehicleTls } from './endpoint.ts'
import { encodeBody, type MessageBody } from './message-body.ts'
import {
  MqttConnection,
  type CloseReason,
  type ConnectionOwner,
  type ConnectOptions,
  type ServerLimits,
} from './mqtt-connection.ts'
import { publishBytes, writePublish } from './mqtt-packets.ts'
import { openOutboxFile, type OutboxFile } from './outbox-file.ts'
import { VehicleOutbox, type OutboxEntry } from './outbox.ts'
import { backoffMs, isTakeOver, ReconnectWaits } from './reconnect-waits.ts'
import { vehicleLimits, type VehicleLimits } from './vehicle-limits.ts'

export type { CloseReason } from './mqtt-connection.ts'
export type { VehicleTls } from './endpoint.ts'
export type { MessageBody } from './message-body.ts'
export type { VehicleLimits } from './vehicle-limits.ts'

export type VehicleState = 'connecting' | 'online' | 'waiting' | 'offline' | 'closed'

export type VehicleOptions = {
  /** mqtt://host:port, or mqtts://host:port for TLS; port 1883 or 8883 when it is left out. */
  readonly url: string
  readonly ref: VehicleRef
  /** May be left out when the vehicle has a certificate. */
  readonly password?: string
  /** With mqtts. */
  readonly tls?: VehicleTls
  /** Where unacknowledged messages survive the process. Many vehicles may share a folder. Without
   *  one they live in memory. */
  readonly folder?: string
  readonly limits?: Partial<VehicleLimits>
  /** 16 hexadecimal digits, for messages that are made anew and are to be known as those sent
   *  before. Without it each run has a new one. */
  readonly boot?: string
  readonly clock?: Clock
  /** For the jitter: from 0 to below 1. Boots that are not given are drawn from the system's
   *  randomness. */
  readonly random?: () => number
  readonly logger?: Logger
  /** A command, config or notice for this vehicle; acknowledged to the server when it returns.
   *  Without it, nothing is subscribed. */
  readonly onDown?: (channel: DownlinkChannel, payload: Uint8Array) => void
  readonly onState?: (state: VehicleState) => void
}

/** `sent` = `acknowledged` + `refused` + `dropped` + `pending`, at every moment; what the folder
 *  still held counts as sent. */
export type VehicleStats = {
  readonly sent: number
  readonly acknowledged: number
  /** The server keeps it as a dead letter (reason code from 0x80), or it is larger than the server
   *  takes. */
  readonly refused: number
  readonly dropped: number
  readonly pending: number
  readonly pendingBytes: number
  /** How often another client signed in with this vehicle's id and so ended the connection. */
  readonly takenOver: number
}

export interface Vehicle extends AsyncDisposable {
  /** 16 hexadecimal digits, new for each run unless it was given. */
  readonly boot: string
  readonly state: VehicleState
  readonly stats: VehicleStats
  /** Why the last connection ended; undefined while online and before the first. */
  readonly trouble: CloseReason | undefined
  /** Takes a message at once and sends it when it can. `displaced`: the buffer was full, and the
   *  oldest of the least important messages was dropped, which may be this one. Throws a TypeError
   *  for a body that is no message, an Error once closed. */
  send(stream: UplinkStream, body: MessageBody): 'queued' | 'displaced'
  /** False drops the connection and stays away, as a tunnel does; true connects at once. */
  setNetwork(available: boolean): void
  /** True when nothing is pending any more, false when that took longer than `timeoutMs`. */
  flush(timeoutMs: number): Promise<boolean>
}

/** Opens a vehicle; it connects in the background, for ever. Throws a TypeError or RangeError
 *  naming a wrong option, and an `Outage` (`OUTBOX_FOLDER`, `OUTBOX_BUSY`) when the folder cannot
 *  be used. */
export function openVehicle(options: VehicleOptions): Vehicle {
  const endpoint = parseEndpoint(options.url, options.tls)
  const key = parseVehicleKey(vehicleKey(options.ref))
  if (!key.ok) throw new TypeError(`ref: ${key.detail}`)
  if (options.password === '' || (options.password === undefined && options.tls?.cert === undefined))
    throw new TypeError(
      'password: a vehicle needs its password, or a certificate in tls; the registry of the fleet gives it',
    )
  if (options.boot !== undefined && !/^[0-9a-f]{16}$/.test(options.boot))
    throw new TypeError('boot: it is 16 lower-case hexadecimal digits')
  const limits = vehicleLimits(options.limits)
  const file =
    options.folder === undefined
      ? undefined
      : openOutboxFile({
          folder: options.folder,
          ref: options.ref,
          syncMs: limits.syncMs,
          logger: options.logger ?? silentLogger,
        })
  return new ConnectedVehicle(options, limits, file, endpoint)
}

/** MQTT 5 reason code of a PUBACK: the server's quota is used up for now, so the message may come
 *  again. */
const quotaExceeded = 0x97
/** Bytes handed to the socket in one write, at least one message. */
const writeBytesMax = 64 * 1024

/** Vehicles with something to send, once a microtask: so all that a car says in one go is one
 *  write. */
const ready: ConnectedVehicle[] = []
function pumpReady(): void {
  for (const vehicle of ready.splice(0)) vehicle.pump()
}

class ConnectedVehicle implements Vehicle, ConnectionOwner {
  readonly boot: string
  #state: VehicleState = 'connecting'
  readonly #options: VehicleOptions
  readonly #limits: VehicleLimits
  readonly #endpoint: Endpoint
  readonly #file: OutboxFile | undefined
  readonly #outbox: VehicleOutbox
  readonly #seqs: number[] = uplinkStreams.map(() => 0)
  #connection: MqttConnection | undefined
  #trouble: CloseReason | undefined
  #server: ServerLimits = { receiveMaximum: 1, packetBytesMax: 0 }
  readonly #waits: ReconnectWaits
  #takenOver = 0
  #postponed = 0
  #onlineAt = 0
  #isReady = false
  /** The socket has enough for now. */
  #isFull = false
  readonly #reconnect = newDeadline(() => this.#connect())
  readonly #retry = newDeadline(() => this.pump())
  readonly #flushes = new Set<(done: boolean) => void>()

  constructor(options: VehicleOptions, limits: VehicleLimits, file: OutboxFile | undefined, endpoint: Endpoint) {
    this.boot = options.boot ?? randomBytes(8).toString('hex')
    this.#options = options
    this.#limits = limits
    this.#endpoint = endpoint
    this.#file = file
    this.#outbox = new VehicleOutbox(limits, file)
    this.#waits = new ReconnectWaits(limits, this.#random)
    if (file !== undefined) {
      file.pending = () => this.#outbox.pending()
      for (const { stream, boot, seq, payload } of file.left) this.#outbox.restore(stream, boot, seq, payload)
    }
    this.#connect()
  }

  get state(): VehicleState {
    return this.#state
  }

  get trouble(): CloseReason | undefined {
    return this.#trouble
  }

  get stats(): VehicleStats {
    const { sent, acknowledged, refused, dropped, messages, bytes } = this.#outbox
    return { sent, acknowledged, refused, dropped, pending: messages, pendingBytes: bytes, takenOver: this.#takenOver }
  }

  send(stream: UplinkStream, body: MessageBody): 'queued' | 'displaced' {
    if (this.#state === 'closed') throw new Error('the vehicle is closed: nothing can be sent any more')
    const index = uplinkStreams.indexOf(stream)
    if (index < 0) throw new TypeError(`stream: ${JSON.stringify(stream)} is none of ${uplinkStreams.join(', ')}`)
    const seq = this.#seqs[index]!
    const { payload, bytes } = encodeBody(this.boot, seq, body)
    this.#seqs[index] = seq + 1
    const taken = this.#outbox.put(stream, this.boot, seq, payload, bytes)
    if (this.#state === 'online' && !this.#isReady) {
      this.#isReady = true
      if (ready.push(this) === 1) queueMicrotask(pumpReady)
    }
    return taken
  }

  setNetwork(available: boolean): void {
    if (this.#state === 'closed' || available === (this.#state !== 'offline')) return
    this.#waits.forgetTroubles()
    if (available) return this.#connect()
    this.#connection?.destroy()
    this.#leave('offline')
  }

  async flush(timeoutMs: number): Promise<boolean> {
    if (this.#outbox.messages === 0) return true
    if (this.#state === 'closed') return false
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const deadline = newDeadline(() => resolve(false))
    this.#flushes.add(resolve)
    setDeadline(deadline, timeoutMs)
    const done = await promise
    clearDeadline(deadline)
    this.#flushes.delete(resolve)
    return done
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'closed') return
    const connection = this.#connection
    this.#leave('closed')
    for (const resolve of this.#flushes) resolve(this.#outbox.messages === 0)
    this.#file?.[Symbol.dispose]()
    await connection?.close()
  }

  /** Sends what the window, the socket and the server's quota allow. */
  pump(): void {
    this.#isReady = false
    if (this.#state !== 'online' || this.#isFull || this.#retry.tick >= 0) return
    const window = Math.min(this.#limits.inFlightMax, this.#server.receiveMaximum)
    for (;;) {
      const batch: { readonly entry: OutboxEntry; readonly again: boolean; readonly topic: string }[] = []
      let bytes = 0
      while (bytes < writeBytesMax) {
        const next = this.#outbox.take(window)
        if (next === undefined) break
        const topic = uplinkTopic(this.#options.ref, next.entry.stream)
        const length = publishBytes(topic.length, next.entry.bytes)
        if (length > this.#server.packetBytesMax) {
          this.#settle(next.entry.packetId, false)
          continue
        }
        batch.push({ ...next, topic })
        bytes += length
      }
      if (batch.length === 0) return
      const out = Buffer.allocUnsafe(bytes)
      let at = 0
      for (const { entry, again, topic } of batch)
        at = writePublish(out, at, {
          topic,
          payload: entry.payload,
          payloadBytes: entry.bytes,
          packetId: entry.packetId,
          again,
        })
      if (this.#connection?.write(out) !== true) {
        this.#isFull = true
        return
      }
    }
  }

  connected(limits: ServerLimits): void {
    this.#server = limits
    this.#onlineAt = this.#now()
    this.#isFull = false
    this.#trouble = undefined
    this.#turn('online')
    this.pump()
  }

  writable(): void {
    this.#isFull = false
    this.pump()
  }

  acknowledged(packetId: number, reason: number): void {
    if (reason === quotaExceeded) {
      if (this.#outbox.postpone(packetId))
        setDeadline(this.#retry, backoffMs(this.#postponed++, this.#limits, this.#random))
      return
    }
    if (reason < 0x80) this.#postponed = 0
    else this.#log.warn({ vehicle: vehicleKey(this.#options.ref), mqttReason: reason }, 'the server refused a message')
    this.#settle(packetId, reason < 0x80)
    this.pump()
  }

  delivered(topic: string, payload: Uint8Array): number {
    const name = topic.slice(topic.lastIndexOf('/') + 1)
    const channel = downlinkChannels.find((known) => known === name)
    if (channel === undefined) return 0
    try {
      this.#options.onDown?.(channel, payload)
      return 0
    } catch (error) {
      this.#log.error(
        { vehicle: vehicleKey(this.#options.ref), channel, err: error },
        'onDown threw: the message is lost',
      )
      return 0x83
    }
  }

  subscriptionRefused(reason: number): void {
    this.#log.error(
      { vehicle: vehicleKey(this.#options.ref), mqttReason: reason },
      'the server refused the subscription: nothing will reach this vehicle',
    )
  }

  closed(reason: CloseReason): void {
    this.#trouble = reason
    const waitMs = this.#waits.after(reason, this.#state === 'online' ? this.#now() - this.#onlineAt : 0)
    const { code, mqttReason, cause } = reason
    const details = { vehicle: vehicleKey(this.#options.ref), code, mqttReason, waitMs, err: cause }
    if (isTakeOver(reason)) {
      this.#takenOver++
      this.#log.warn(details, "another client signed in with this vehicle's id: only one of them may have it")
    } else
      this.#log[code === 'refused' || code === 'protocol' ? 'warn' : 'debug'](
        details,
        'the connection ended; trying again',
      )
    this.#leave('waiting')
    setDeadline(this.#reconnect, waitMs)
  }

  #connect(): void {
    const { ref, password, onDown } = this.#options
    const options: ConnectOptions = {
      ...this.#endpoint,
      clientId: vehicleKey(ref),
      password,
      subscribe: onDown === undefined ? undefined : `v1/${vehicleKey(ref)}/down/#`,
      keepAliveSeconds: this.#limits.keepAliveSeconds,
      answerTimeoutMs: this.#limits.answerTimeoutMs,
      sessionExpirySeconds: this.#limits.sessionExpirySeconds,
      downlinkBytesMax: this.#limits.downlinkBytesMax,
    }
    this.#connection = new MqttConnection(this, options)
    this.#turn('connecting')
  }

  #leave(state: 'waiting' | 'offline' | 'closed'): void {
    this.#connection = undefined
    clearDeadline(this.#reconnect)
    clearDeadline(this.#retry)
    this.#outbox.disconnect()
    this.#turn(state)
  }

  #settle(packetId: number, stored: boolean): void {
    this.#outbox.settle(packetId, stored)
    if (this.#outbox.messages === 0) for (const resolve of this.#flushes) resolve(true)
  }

  #turn(state: VehicleState): void {
    if (state === this.#state) return
    this.#state = state
    this.#options.onState?.(state)
  }

  #now(): number {
    return (this.#options.clock ?? systemClock).now()
  }

  get #random(): () => number {
    return this.#options.random ?? Math.random
  }

  get #log(): Logger {
    return this.#options.logger ?? silentLogger
  }
}
