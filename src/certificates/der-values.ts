// Reads DER (ITU-T X.690) as bytes within bytes: certificates, requests and lists of others, of
// which names, numbers and key identifiers are taken as they stand. Nothing is copied, nothing
// throws, and no value reaches beyond the one around it.

/** A value: its contents are [start, end) of `bytes`, its head begins at `at`. */
export type DerValue = {
  readonly tag: number
  readonly bytes: Buffer
  readonly at: number
  readonly start: number
  readonly end: number
}

export const derTags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** Context-specific: of a choice, or of something that may be left out. */
export const context = (number: number): number => 0x80 | number
/** The same around other values. */
export const contextAround = (number: number): number => 0xa0 | number

/** The value that begins there; undefined when there is none, or it goes beyond `limit`. */
export function derValueAt(bytes: Buffer, at: number, limit: number): DerValue | undefined {
  if (at + 2 > limit) return undefined
  const first = bytes[at + 1]!
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  const start = at + 2 + lengthBytes
  // Of no stated length (0x80): that is BER.
  if (first === 0x80 || lengthBytes > 4 || start > limit) return undefined
  const end = start + (lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes))
  return end > limit ? undefined : { tag: bytes[at]!, bytes, at, start, end }
}

/** The values side by side in it, up to the first that does not fit. */
export function derChildren(value: DerValue | undefined): DerValue[] {
  const found: DerValue[] = []
  if (value === undefined) return found
  const { bytes, start, end } = value
  for (let each = derValueAt(bytes, start, end); each !== undefined; each = derValueAt(bytes, each.end, end))
    found.push(each)
  return found
}

/** The only value of the bytes; undefined where there is none, or something after it. */
export function onlyDerValue(bytes: Buffer): DerValue | undefined {
  const value = derValueAt(bytes, 0, bytes.length)
  return value?.end === bytes.length ? value : undefined
}

/** Tag, length and contents, as they came. */
export const wholeBytes = ({ bytes, at, end }: DerValue): Buffer => bytes.subarray(at, end)
export const contentBytes = ({ bytes, start, end }: DerValue): Buffer => bytes.subarray(start, end)
export const contentText = (value: DerValue | undefined, encoding: 'hex' | 'utf8'): string =>
  value === undefined ? '' : value.bytes.toString(encoding, value.start, value.end)

/** The number of an INTEGER as hexadecimal digits of its shortest form, in two's complement: what
 *  is written longer than it need be is the same number, and ff01 is not 00ff01. */
export function integerDigits({ bytes, start, end }: DerValue): string {
  let from = start
  while (from + 1 < end && isSpare(bytes[from]!, bytes[from + 1]!)) from++
  return bytes.toString('hex', from, end)
}

const isSpare = (byte: number, next: number): boolean =>
  (byte === 0x00 && next < 0x80) || (byte === 0xff && next >= 0x80)

export type DerExtension = { readonly isCritical: boolean; readonly content: DerValue | undefined }

/** The extension of that identifier (the bytes of the OID in hexadecimal digits) among those of a
 *  certificate, a list or a request: SEQUENCE OF { OID, critical?, OCTET STRING }. */
export function extensionOf(extensions: DerValue | undefined, oid: string): DerExtension | undefined {
  for (const extension of derChildren(extensions)) {
    const [id, ...rest] = derChildren(extension)
    if (id?.tag !== derTags.oid || contentText(id, 'hex') !== oid) continue
    const octets = rest.at(-1)
    const critical = rest.length > 1 ? rest[0] : undefined
    return {
      isCritical: critical?.tag === derTags.boolean && critical.bytes[critical.start] !== 0,
      content: octets?.tag === derTags.octetString ? derValueAt(octets.bytes, octets.start, octets.end) : undefined,
    }
  }
  return undefined
}

/** Bytes of the first PEM block; empty where there is none. */
export const pemBytes = (pem: string): Buffer =>
  Buffer.from(/-----BEGIN [^-]+-----([\s\S]*?)-----END /.exec(pem)?.[1] ?? '', 'base64')
