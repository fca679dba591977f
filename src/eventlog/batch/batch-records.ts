// The records of a batch, one after the other, once they are unpacked.
import type { StoredRecord, Topic } from '../event-log.ts'
import { attributeBits, type BatchHead } from './batch-form.ts'
import { knownText } from './known-texts.ts'
import { headerNames } from './record-headers.ts'

const names = {
  at: Buffer.from(headerNames.at),
  receivedAt: Buffer.from(headerNames.receivedAt),
  appendedAt: Buffer.from(headerNames.appendedAt),
} as const
/** Digits of which every number is exact. */
const exactDigits = 15
const none = new Uint8Array(0)

export class BatchRecords {
  readonly #bytes: Buffer
  readonly #head: BatchHead
  readonly #topic: Topic
  readonly #partition: number
  readonly #isLogAppendTime: boolean
  #left: number
  #at = 0

  /** `bytes`: the records as they were before compression. */
  constructor(bytes: Buffer, head: BatchHead, place: { readonly topic: Topic; readonly partition: number }) {
    this.#bytes = bytes
    this.#head = head
    this.#topic = place.topic
    this.#partition = place.partition
    this.#isLogAppendTime = (head.attributes & attributeBits.isLogAppendTime) !== 0
    this.#left = head.count
  }

  /** The next record at `from` or after it; its value is a view of the bytes. Undefined after the
   *  last. */
  next(from: number): StoredRecord | undefined {
    while (this.#left > 0) {
      this.#left--
      const length = this.#varint()
      const end = this.#at + length
      this.#at += 1
      const ms = this.#varlong()
      const offset = this.#head.base + this.#varint()
      if (offset >= from) {
        const record = this.#record(
          offset,
          this.#isLogAppendTime ? this.#head.maxTimestamp : this.#head.firstTimestamp + ms,
        )
        this.#at = end
        return record
      }
      this.#at = end
    }
    return undefined
  }

  #record(offset: number, storedAt: number): StoredRecord {
    const key = this.#key()
    const value = this.#value()
    let appendedAt = storedAt
    let left = this.#varint()
    if (left > 0 && this.#isNamed(names.appendedAt)) {
      appendedAt = this.#number(storedAt)
      left--
    }
    let at = storedAt
    if (left > 0 && this.#isNamed(names.at)) {
      at = this.#number(storedAt)
      left--
    }
    let receivedAt = appendedAt
    if (left > 0 && this.#isNamed(names.receivedAt)) {
      receivedAt = this.#number(appendedAt)
      left--
    }
    const stored = {
      topic: this.#topic,
      key,
      value,
      at,
      partition: this.#partition,
      offset,
      appendedAt,
      receivedAt,
    }
    return left > 0 ? { ...stored, headers: this.#headers(left) } : stored
  }

  #headers(count: number): Record<string, string> {
    const headers: Record<string, string> = {}
    for (let left = count; left > 0; left--) {
      const name = this.#text()
      // Also for a name such as `__proto__`.
      Object.defineProperty(headers, name, {
        value: this.#text(),
        enumerable: true,
        configurable: true,
        writable: true,
      })
    }
    return headers
  }

  /** Whether the next header has the name, which is then passed over. */
  #isNamed(name: Uint8Array): boolean {
    const start = this.#at
    if (this.#varint() === name.byteLength) {
      let i = 0
      while (i < name.byteLength && this.#bytes[this.#at + i] === name[i]) i++
      if (i === name.byteLength) {
        this.#at += i
        return true
      }
    }
    this.#at = start
    return false
  }

  /** A decimal number; `absent` where there is no text. */
  #number(absent: number): number {
    const length = this.#varint()
    if (length <= 0) return absent
    const start = this.#at
    this.#at += length
    let value = 0
    for (let at = start; at < this.#at; at++) {
      const digit = this.#bytes[at]! - 0x30
      if (digit < 0 || digit > 9 || length > exactDigits) return Number(this.#bytes.toString('latin1', start, this.#at))
      value = value * 10 + digit
    }
    return value
  }

  #varint(): number {
    let raw = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++]!
      raw |= (byte & 0x7f) << shift
      if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1)
    }
  }

  #varlong(): number {
    let raw = 0
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#bytes[this.#at++]!
      raw += (byte & 0x7f) * factor
      if (byte < 0x80) return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
    }
  }

  /** Empty for none. */
  #value(): Uint8Array {
    const length = this.#varint()
    if (length <= 0) return none
    this.#at += length
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + this.#at - length, length)
  }

  /** Keys come again and again: one that was read before is not decoded anew. */
  #key(): string {
    const length = this.#varint()
    if (length <= 0) return ''
    this.#at += length
    return knownText(this.#bytes, this.#at - length, this.#at)
  }

  #text(): string {
    const length = this.#varint()
    if (length <= 0) return ''
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }
}
