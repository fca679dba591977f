// Writes MQTT data types into bytes that grow. For the rare packets; PUBLISH and the
// acknowledgements write theirs directly.

/** How many bytes a variable byte integer takes. */
export const varintBytes = (value: number): number =>
  value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4

/** Writes a variable byte integer and gives the index after it. */
export function writeVarint(bytes: Buffer, value: number, at: number): number {
  let rest = value
  let next = at
  while (rest >= 0x80) {
    bytes[next++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[next++] = rest
  return next
}

export class ByteWriter {
  #bytes: Buffer = Buffer.allocUnsafe(128)
  length = 0

  #room(count: number): void {
    if (this.length + count <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.length + count))
    this.#bytes.copy(larger, 0, 0, this.length)
    this.#bytes = larger
  }

  u8(value: number): this {
    this.#room(1)
    this.#bytes[this.length++] = value
    return this
  }

  u16(value: number): this {
    return this.u8(value >>> 8).u8(value & 0xff)
  }

  u32(value: number): this {
    return this.u16(Math.floor(value / 0x1_0000)).u16(value & 0xffff)
  }

  varint(value: number): this {
    this.#room(4)
    this.length = writeVarint(this.#bytes, value, this.length)
    return this
  }

  raw(value: Uint8Array): this {
    this.#room(value.length)
    this.#bytes.set(value, this.length)
    this.length += value.length
    return this
  }

  binary(value: Uint8Array): this {
    return this.u16(value.length).raw(value)
  }

  text(value: string): this {
    return this.binary(Buffer.from(value, 'utf8'))
  }

  /** The bytes written: a view, valid until the next write. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.length)
  }

  /** The bytes written as the body of a packet, behind its fixed header. */
  packet(first: number): Buffer {
    const bytes = Buffer.allocUnsafe(1 + varintBytes(this.length) + this.length)
    bytes[0] = first
    this.#bytes.copy(bytes, writeVarint(bytes, this.length, 1), 0, this.length)
    return bytes
  }
}
