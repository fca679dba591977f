// Cuts a byte stream into packets, in place. Whole packets in a chunk are handed on as ranges of
// that chunk; only a packet split across chunks is copied, once. Of a packet longer than is kept
// the rest is read past: no memory is taken for it. Every split of a stream gives the same packets.
import { reasonCode, type ReasonCode } from './reason-code.ts'

/** The part of a packet that has come so far, and how many bytes of it were read past. It grows as
 *  bytes come, so a header that claims much reserves little. */
export type Carry = { bytes: Buffer; filled: number; passed: number }

export interface FrameSink {
  /** The largest packet taken now, bytes of the whole packet. */
  readonly packetBytesMax: number
  /** Of a larger packet only so many bytes are handed on, its first ones. At least as many as a
   *  fixed header has. */
  readonly keptBytesMax: number
  /** It stopped to go on later: what is behind the last packet is to be kept. */
  readonly isSuspended: boolean
  /** A whole packet: its first byte, the range of its body, and how many bytes behind that range
   *  were not kept. Valid during the call. Gives false to stop. */
  onFrame(first: number, bytes: Buffer, start: number, end: number, passed: number): boolean
  /** The stream cannot be cut further: 0x81 or 0x95. */
  onFrameFault(code: ReasonCode): void
}

const firstCarryBytes = 64
const incomplete = -1
const malformed = -2

/** The body length of the packet at `at` in the low bits, with the bytes of its length field:
 *  length * 8 + count. */
function lengthAt(bytes: Buffer, at: number, end: number): number {
  let value = 0
  for (let index = 0; index < 4; index++) {
    const position = at + 1 + index
    if (position >= end) return incomplete
    const byte = bytes[position]!
    value |= (byte & 0x7f) << (7 * index)
    if (byte < 0x80) return byte === 0 && index > 0 ? malformed : value * 8 + index + 1 // [MQTT-1.5.5-1] shortest form only
  }
  return malformed
}

/** Hands the packets of `carry` and `chunk` to the sink; gives what is left of an unfinished one.
 *  Packets given to a sink that is suspended may be whole packets too: it is the next chunk then,
 *  and no carry. */
export function cutFrames(carry: Carry | undefined, chunk: Buffer, sink: FrameSink): Carry | undefined {
  let at = 0
  if (carry !== undefined) {
    at = fillCarry(carry, chunk, sink)
    if (at < 0) return undefined
    if (at === chunk.length && !isWhole(carry)) return carry
    const { bytes, filled, passed } = carry
    const length = lengthAt(bytes, 0, filled)
    const kept = Math.min(filled, sink.keptBytesMax)
    if (!sink.onFrame(bytes[0]!, bytes, 1 + (length & 7), kept, passed + filled - kept)) return restOf(chunk, at, sink)
  }
  const end = chunk.length
  while (at < end) {
    const length = lengthAt(chunk, at, end)
    if (length === incomplete) break
    const start = at + 1 + (length & 7)
    const frameEnd = start + Math.floor(length / 8)
    if (length === malformed || frameEnd - at > sink.packetBytesMax) {
      sink.onFrameFault(length === malformed ? reasonCode.malformedPacket : reasonCode.packetTooLarge)
      return undefined
    }
    if (frameEnd > end) break
    const keptEnd = Math.min(frameEnd, at + sink.keptBytesMax)
    if (!sink.onFrame(chunk[at]!, chunk, start, keptEnd, frameEnd - keptEnd)) return restOf(chunk, frameEnd, sink)
    at = frameEnd
  }
  return at < end ? carryOf(chunk, at) : undefined
}

const restOf = (chunk: Buffer, at: number, { isSuspended }: FrameSink): Carry | undefined =>
  isSuspended && at < chunk.length ? carryOf(chunk, at) : undefined

function carryOf(chunk: Buffer, at: number): Carry {
  const filled = chunk.length - at
  const bytes = Buffer.allocUnsafeSlow(Math.max(firstCarryBytes, filled))
  chunk.copy(bytes, 0, at)
  return { bytes, filled, passed: 0 }
}

const wholeBytes = (carry: Carry): number => {
  const length = lengthAt(carry.bytes, 0, carry.filled)
  return length < 0 ? length : 1 + (length & 7) + Math.floor(length / 8)
}

const isWhole = (carry: Carry): boolean => wholeBytes(carry) === carry.filled + carry.passed

/** Moves bytes of the chunk into the carry until its packet is whole; gives how many, or -1 after a
 *  fault. */
function fillCarry(carry: Carry, chunk: Buffer, sink: FrameSink): number {
  let at = 0
  let wanted = wholeBytes(carry)
  while (wanted === incomplete && at < chunk.length) {
    carry.bytes[carry.filled++] = chunk[at++]!
    wanted = wholeBytes(carry)
  }
  if (wanted === malformed || wanted > sink.packetBytesMax) {
    sink.onFrameFault(wanted === malformed ? reasonCode.malformedPacket : reasonCode.packetTooLarge)
    return -1
  }
  if (wanted === incomplete) return at
  const count = Math.min(wanted - carry.filled - carry.passed, chunk.length - at)
  keep(carry, chunk.subarray(at, at + count), Math.min(wanted, sink.keptBytesMax))
  return at + count
}

/** Takes bytes into the carry until it holds `bytesMax`, and counts the others. */
function keep(carry: Carry, bytes: Buffer, bytesMax: number): void {
  const kept = Math.max(0, Math.min(bytes.length, bytesMax - carry.filled))
  if (carry.filled + kept > carry.bytes.length) {
    const larger = Buffer.allocUnsafeSlow(Math.min(bytesMax, Math.max(carry.bytes.length * 2, carry.filled + kept)))
    carry.bytes.copy(larger, 0, 0, carry.filled)
    carry.bytes = larger
  }
  bytes.copy(carry.bytes, carry.filled, 0, kept)
  carry.filled += kept
  carry.passed += bytes.length - kept
}
