// A client's connection, as it is read: bytes become packets and go to their handlers, as fast as
// the client may send and no faster.
// Invariant: no byte that was read before the socket was paused is lost.
import { cutFrames, type Carry, type FrameSink } from '../mqtt/frames.ts'
import { packetType } from '../mqtt/packet.ts'
import { reasonCode, type ReasonCode } from '../mqtt/reason-code.ts'
import { Connection } from './connection.ts'
import { handlePacket } from './handlers/handle-packet.ts'
import { handlePublish } from './handlers/handle-publish.ts'

/** A sign of life is a whole packet [MQTT-3.1.2-22], or a good part of one: a slow line is no dead
 *  one, and who dribbles the bytes of a packet that never ends is not kept. Less than the least
 *  that a TCP segment may be limited to. */
const progressBytes = 512

/** A reader hangs on its socket by this name, so that the listeners are a few functions for all
 *  sockets and not as many closures each. */
export const readerOf = Symbol('reader')

/** The listener of a socket's bytes. */
export function onSocketData(this: { readonly [readerOf]: PacketReader }, chunk: Buffer): void {
  // oxlint-disable-next-line oxc/no-this-in-exported-function -- a listener is called on its socket
  this[readerOf].onData(chunk)
}

export class PacketReader extends Connection implements FrameSink {
  #carry: Carry | undefined
  #discardedBytes = 0

  get packetBytesMax(): number {
    const { limits } = this.gateway
    return this.session === undefined ? limits.connectPacketBytes : limits.packetBytes
  }

  get keptBytesMax(): number {
    return this.gateway.limits.keptPacketBytes
  }

  onData(chunk: Buffer): void {
    if (!this.isOpen) {
      this.discard(chunk)
      return
    }
    if (chunk.length >= progressBytes) this.hasSpoken = true
    this.gateway.metrics.countReceived(chunk.length)
    if (this.isSuspended) this.keep(chunk)
    else this.read(chunk)
  }

  private read(chunk: Buffer): void {
    const { reading, door } = this.gateway
    reading.begin()
    const before = this.messagesReceived
    this.#carry = cutFrames(this.#carry, chunk, this)
    const messages = this.messagesReceived - before + reading.extraMessages
    door.rates.charge(this, messages, chunk.length + reading.extraBytes)
    this.pauseIfAhead()
  }

  /** PUBLISH goes straight to its handler. Six arguments and no object, here and behind it: a
   *  packet costs no allocation before its record. */
  onFrame(first: number, bytes: Buffer, start: number, end: number, passed: number): boolean {
    this.hasSpoken = true
    if (first >> 4 === packetType.publish && this.session !== undefined)
      handlePublish(this, first, bytes, start, end, passed)
    else handlePacket(this, first, bytes, start, end, passed)
    return this.isReadOn
  }

  onFrameFault(code: ReasonCode): void {
    this.close(code === reasonCode.packetTooLarge ? 'packet-too-large' : 'malformed', code)
  }

  /** Keeps a chunk that comes although the client is not read: frames of a WebSocket that were read
   *  with the one before. */
  private keep(chunk: Buffer): void {
    const { bytes, filled } = this.#carry ?? { bytes: chunk, filled: 0 }
    if (filled + chunk.length > this.gateway.limits.connectionPendingBytes) {
      this.finish('packet-too-large')
      return
    }
    this.#carry = { bytes: Buffer.concat([bytes.subarray(0, filled), chunk]), filled: filled + chunk.length, passed: 0 }
  }

  /** Throws away a chunk that comes after the end: a socket that is to take our last words is read
   *  on, but not for ever. */
  private discard(chunk: Buffer): void {
    this.#discardedBytes += chunk.length
    if (this.#discardedBytes > this.gateway.limits.connectionPendingBytes) this.socket.destroy()
  }

  /** Goes on with what came behind the CONNECT. */
  protected readKept(): void {
    const rest = this.#carry
    this.#carry = undefined
    if (rest !== undefined && this.isOpen && !this.gateway.door.isDraining)
      this.read(rest.bytes.subarray(0, rest.filled))
  }

  protected dropCarry(): void {
    this.#carry = undefined
  }
}
