// The wire format of protobuf (protobuf.dev, "Encoding"): what stands in the bytes, before anything
// is known of its meaning. Invariant: nothing is read beyond the end of the message one is in.
import { BinaryFault } from '../tree.ts'

export const wireType = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const

/** Of groups within groups, which nothing that we read has: they are only passed over. */
const groupDepthMax = 32

// A byte order mark is a character of the text, not of its coding.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class Wire {
  at = 0
  /** Of the message that is being read. */
  end: number
  readonly #bytes: Buffer
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.end = bytes.byteLength
  }

  /** Of the next field, the number in all but the last three bits, the wire type in those. */
  tag(): number {
    const tag = this.varint()
    if (tag < 8 || tag >= 2 ** 32) throw new BinaryFault('malformed', `byte ${this.at}: no field has such a number`)
    return Number(tag)
  }

  /** An unsigned integer of up to 64 bits: a number while seven bytes hold it, which is by far
   *  faster. */
  varint(): number | bigint {
    let low = 0
    let weight = 1
    for (let taken = 0; taken < 7; taken++) {
      const byte = this.#byte()
      low += (byte & 0x7f) * weight
      if (byte < 0x80) return low
      weight *= 128
    }
    let value = BigInt(low)
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new BinaryFault('malformed', `byte ${this.at}: an integer of more than ten bytes`)
  }

  fixed32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  fixed64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true)
  }

  float(): number {
    return this.#view.getFloat32(this.#take(4), true)
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  /** How many bytes follow, all of them there. */
  length(): number {
    const length = Number(this.varint())
    if (length > this.end - this.at)
      throw new BinaryFault('cut', `byte ${this.at}: ${length} bytes should follow, and ${this.end - this.at} do`)
    return length
  }

  bytes(): Uint8Array {
    const length = this.length()
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  text(): string {
    const length = this.length()
    const start = this.#take(length)
    // Nearly all texts are names of ASCII, of which the decoder of any text takes several times as
    // long.
    let index = start
    while (index < this.at && (this.#bytes[index] ?? 0) < 0x80) index++
    if (index === this.at) return this.#bytes.toString('latin1', start, this.at)
    try {
      return utf8.decode(this.#bytes.subarray(start, this.at))
    } catch {
      throw new BinaryFault('not-utf8', `byte ${start}: a text that is not UTF-8`)
    }
  }

  /** Passes over the value that belongs to a tag. */
  skip(tag: number, depth = 0): void {
    switch (tag & 7) {
      case wireType.varint:
        return void this.varint()
      case wireType.fixed64:
        return void this.#take(8)
      case wireType.bytes:
        return void this.#take(this.length())
      case wireType.fixed32:
        return void this.#take(4)
      case wireType.groupStart:
        return this.#skipGroup(tag >>> 3, depth)
      default:
        throw new BinaryFault('malformed', `byte ${this.at}: a value of wire type ${tag & 7}`)
    }
  }

  #skipGroup(number: number, depth: number): void {
    if (depth === groupDepthMax)
      throw new BinaryFault('too-deep', `byte ${this.at}: groups nested more than ${groupDepthMax} deep`)
    for (;;) {
      const tag = this.tag()
      if ((tag & 7) !== wireType.groupEnd) this.skip(tag, depth + 1)
      else if (tag >>> 3 === number) return
      else throw new BinaryFault('malformed', `byte ${this.at}: the end of another group`)
    }
  }

  #byte(): number {
    return this.at < this.end ? (this.#bytes[this.at++] ?? 0) : (this.#bytes[this.#take(1)] ?? 0)
  }

  #take(count: number): number {
    const start = this.at
    if (count > this.end - start) throw new BinaryFault('cut', `byte ${start}: the message ends within a value`)
    this.at = start + count
    return start
  }
}
