// Reads MQTT data types from bytes in place. Nothing here throws: the first thing that is wrong
// sets `fault`, and every read after it gives an empty value, so a decoder checks once, at its end.
import { isUtf8 } from 'node:buffer'
import { reasonCode, type ReasonCode } from './reason-code.ts'

const noBytes = Buffer.alloc(0)

/** [MQTT-1.5.4-1] well-formed UTF-8, [MQTT-1.5.4-2] without U+0000. */
export const isText = (encoded: Buffer): boolean => isUtf8(encoded) && !encoded.includes(0)

export class Cursor {
  readonly bytes: Buffer
  at: number
  readonly end: number
  /** 0 while all is well. */
  fault: ReasonCode = 0
  /** The fault in words, for the author of the client; undefined when the code says it all. */
  detail: string | undefined

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  get remaining(): number {
    return this.end - this.at
  }

  /** Notes the first fault and moves to the end, so that loops over what remains stop. */
  fail(code: ReasonCode = reasonCode.malformedPacket, detail?: string): 0 {
    if (this.fault === 0) {
      this.fault = code
      this.detail = detail
    }
    this.at = this.end
    return 0
  }

  u8(): number {
    return this.at < this.end ? this.bytes[this.at++]! : this.fail()
  }

  u16(): number {
    if (this.remaining < 2) return this.fail()
    this.at += 2
    return (this.bytes[this.at - 2]! << 8) | this.bytes[this.at - 1]!
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16()
  }

  /** A variable byte integer, 1 to 4 bytes. [MQTT-1.5.5-1] the shortest form: a longer one is
   *  malformed. */
  varint(): number {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8()
      value |= (byte & 0x7f) << shift
      if ((byte & 0x80) === 0)
        return byte === 0 && shift > 0
          ? this.fail(reasonCode.malformedPacket, 'A variable byte integer is longer than it need be.')
          : value
    }
    return this.fail()
  }

  /** Binary data with a two-byte length: a view, not a copy. */
  binary(): Buffer {
    const length = this.u16()
    if (this.remaining < length)
      this.fail(reasonCode.malformedPacket, 'A field is longer than what is left of its packet.')
    if (this.fault !== 0) return noBytes
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  /** U+FEFF at the beginning stays [MQTT-1.5.4-3]. */
  text(): string {
    const encoded = this.binary()
    if (!isText(encoded)) {
      this.fail(reasonCode.malformedPacket, 'A text is not UTF-8, or holds a surrogate or U+0000.')
      return ''
    }
    return encoded.toString('utf8')
  }

  rest(): Buffer {
    const from = this.at
    this.at = this.end
    return this.bytes.subarray(from, this.end)
  }
}
