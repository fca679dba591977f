// Writes DER, the encoding of X.509 (ITU-T X.690): what certificates of our own are made of. It
// only writes; `der-values.ts` reads.

const tags = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  oid: 6,
  enumerated: 10,
  utf8: 12,
  set: 0x31,
  sequence: 0x30,
  utcTime: 23,
  time: 24,
}

/** One value: tag, length in its shortest form, content. */
export function value(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  const short = length.subarray(length.findIndex((byte) => byte !== 0))
  return Buffer.concat([Buffer.of(tag, 0x80 | short.length), short, body])
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => value(tags.sequence, ...content)
export const set = (...content: readonly Uint8Array[]): Buffer => value(tags.set, ...content)
export const boolean = (yes: boolean): Buffer => value(tags.boolean, Buffer.of(yes ? 0xff : 0))
/** NULL, which stands where an algorithm of RSA has no parameters. */
export const nullValue = (): Buffer => value(tags.null)
export const octetString = (bytes: Uint8Array): Buffer => value(tags.octetString, bytes)
export const utf8String = (text: string): Buffer => value(tags.utf8, Buffer.from(text))
export const enumerated = (number: number): Buffer => value(tags.enumerated, Buffer.of(number))
/** `[number]`: context-specific, constructed. */
export const tagged = (number: number, ...content: readonly Uint8Array[]): Buffer => value(0xa0 | number, ...content)
/** `[number]`: context-specific, primitive. */
export const taggedBytes = (number: number, bytes: Uint8Array): Buffer => value(0x80 | number, bytes)

/** Whole bytes, the first of them below 0x80 and not a zero before such a one. */
export const integer = (...bytes: readonly number[]): Buffer => value(tags.integer, Buffer.from(bytes))

/** `unused`: bits at the end that do not count, at most 7. */
export const bitString = (bytes: Uint8Array, unused = 0): Buffer => value(tags.bitString, Buffer.of(unused), bytes)

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return value(tags.oid, Buffer.from([first * 40 + second, ...rest].flatMap(base128)))
}

function base128(number: number): number[] {
  const bytes = [number & 0x7f]
  for (let left = number >>> 7; left > 0; left >>>= 7) bytes.unshift(0x80 | (left & 0x7f))
  return bytes
}

/** RFC 5280, 4.1.2.5: UTCTime through 2049, GeneralizedTime from then on; whole seconds. */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return at.getUTCFullYear() < 2050
    ? value(tags.utcTime, Buffer.from(digits.slice(2)))
    : value(tags.time, Buffer.from(digits))
}
