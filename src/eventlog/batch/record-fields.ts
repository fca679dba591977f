// The parts of a record of a batch as bytes. Each is written at an index, and gives the index after
// it.

/** Lengths below it are varints of one byte. */
const shortMax = 64

/** A number of 32 bits as Kafka writes it in records, negative ones between the others. */
export function putVarint(bytes: Buffer, value: number, at: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  let end = at
  while (rest >= 0x80) {
    bytes[end++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[end++] = rest
  return end
}

/** The same of a whole number that is not below zero and may be beyond 32 bits. */
export function putVarlong(bytes: Buffer, value: number, at: number): number {
  let rest = value * 2
  let end = at
  while (rest >= 0x80) {
    bytes[end++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  bytes[end++] = rest
  return end
}

export const lengthBytes = (length: number): number =>
  length < shortMax ? 1 : length < 0x2000 ? 2 : length < 0x10_0000 ? 3 : length < 0x800_0000 ? 4 : 5

export function putBytes(bytes: Buffer, given: Uint8Array, at: number): number {
  for (let index = 0; index < given.length; index++) bytes[at + index] = given[index]!
  return at + given.length
}

/** Behind its length. A short text is ASCII as a rule, and is written as it is looked at. */
export function putText(bytes: Buffer, text: string, at: number): number {
  const { length } = text
  if (length < shortMax) {
    let seen = 0
    bytes[at] = length << 1
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      bytes[at + 1 + index] = code
      seen |= code
    }
    if (seen < 0x80) return at + 1 + length
  }
  const start = putVarint(bytes, Buffer.byteLength(text), at)
  return start + bytes.write(text, start)
}

/** Instants of these centuries have so many digits. */
const digits = 13
const [digitsFrom, digitsBelow] = [10 ** (digits - 1), 10 ** digits]
/** Splits them into two numbers that are reckoned with as 32 bits. */
const lowDigits = 7
const low = 10 ** lowDigits

/** As decimal text behind its length. */
export function putNumber(bytes: Buffer, value: number, at: number): number {
  if (!(value >= digitsFrom && value < digitsBelow && Number.isInteger(value)))
    return putText(bytes, Object.is(value, -0) ? '-0' : String(value), at)
  const high = Math.floor(value / low)
  bytes[at] = digits << 1
  putDigits(bytes, high, at + 1, digits - lowDigits)
  putDigits(bytes, value - high * low, at + 1 + digits - lowDigits, lowDigits)
  return at + 1 + digits
}

function putDigits(bytes: Buffer, value: number, at: number, count: number): void {
  let rest = value | 0
  for (let index = at + count - 1; index >= at; index--) {
    const above = (rest / 10) | 0
    bytes[index] = 0x30 + rest - above * 10
    rest = above
  }
}

/** Behind its length. Kafka's tombstone is no value at all. */
export function putValue(bytes: Buffer, value: Uint8Array, at: number): number {
  if (value.byteLength === 0) return putVarint(bytes, -1, at)
  const start = putVarint(bytes, value.byteLength, at)
  bytes.set(value, start)
  return start + value.byteLength
}
