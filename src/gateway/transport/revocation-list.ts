// A certificate revocation list (RFC 5280, 5.1), read by ourselves: OpenSSL looks at it
// in handshakes only, and cannot be asked about a client that is in already. Which authority a list
// is of is compared as OpenSSL does it, by name, whatever the letters are encoded as.
import { X509Certificate } from 'node:crypto'

export interface Revocations {
  /** Whether it is on the list of its authority, or its authority is on one. */
  has(certificate: X509Certificate): boolean
}

const pemList = /-----BEGIN X509 CRL-----([\s\S]+?)-----END X509 CRL-----/g

/** The PEM blocks, each by itself: of several in one text OpenSSL would take the first alone. */
export const revocationLists = (text: string): string[] => Array.from(text.matchAll(pemList), ([block]) => block)

const innerOf = (list: string): readonly Value[] => {
  const [content] = contents(Buffer.from(list.replace(/-----[^-]+-----/g, ''), 'base64'))
  return content === undefined ? [] : children(content)
}

/** When the next list is due, epoch milliseconds, after which OpenSSL takes nobody by this one;
 *  undefined where it does not say. */
export function nextListAt(list: string): number | undefined {
  const fields = innerOf(list)
  const next = fields[fields[0]?.tag === tags.integer ? 4 : 3]
  if (next === undefined || (next.tag !== tags.utcTime && next.tag !== tags.generalizedTime)) return undefined
  const digits = textOf(next, 'utf8')
  // RFC 5280, 4.1.2.5.1: two digits of the year are of 1950 to 2049.
  const century = next.tag === tags.generalizedTime ? '' : Number(digits.slice(0, 2)) < 50 ? '20' : '19'
  const at = Date.parse(`${century}${digits}`.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  return Number.isNaN(at) ? undefined : at
}

/** Both PEM, one in each text, and taken by OpenSSL: what is malformed all the same names nobody.
 *  An authority that only clients show is not looked for on the lists: TLS does not keep it. */
export function parseRevocations(lists: readonly string[], authorities: readonly string[]): Revocations {
  const serialsOf = new Map<string, Set<string>>()
  for (const list of lists) {
    addList(innerOf(list), serialsOf)
  }
  const isListed = (certificate: X509Certificate): boolean => {
    const serial = certificate.serialNumber.toLowerCase().replace(/^(00)+/, '')
    for (const [issuer, serials] of serialsOf)
      if (serials.has(serial) && issuer === namesOf(certificate).issuer) return true
    return false
  }
  const revokedAuthorities = revokedOf(authorities, isListed)
  return {
    has: (certificate) =>
      isListed(certificate) || (revokedAuthorities.size > 0 && revokedAuthorities.has(namesOf(certificate).issuer)),
  }
}

/** The names of those that are revoked, or signed by one that is. */
function revokedOf(authorities: readonly string[], isListed: (certificate: X509Certificate) => boolean): Set<string> {
  const revoked = new Set<string>()
  const certificates = authorities.map((pem) => new X509Certificate(pem))
  for (let before = -1; before < revoked.size;) {
    before = revoked.size
    for (const certificate of certificates) {
      const { issuer, subject } = namesOf(certificate)
      if (revoked.has(issuer) || isListed(certificate)) revoked.add(subject)
    }
  }
  return revoked
}

/** version?, signature, issuer, thisUpdate, nextUpdate?, revokedCertificates? … */
function addList(fields: readonly Value[], serialsOf: Map<string, Set<string>>): void {
  const rest = fields[0]?.tag === tags.integer ? fields.slice(1) : fields
  const issuer = rest[1]
  const revoked = rest.slice(3).find(({ tag }) => tag === tags.sequence)
  if (issuer === undefined || revoked === undefined) return
  const name = normalName(issuer)
  const serials = serialsOf.get(name) ?? new Set()
  serialsOf.set(name, serials)
  // There may be a hundred thousand, and the gateway waits.
  const { bytes, end } = revoked
  for (let entry = valueAt(bytes, revoked.start, end); entry !== undefined; entry = valueAt(bytes, entry.end, end)) {
    const serial = valueAt(bytes, entry.start, entry.end)
    if (serial === undefined) continue
    let from = serial.start
    while (bytes[from] === 0 && from < serial.end) from++
    serials.add(bytes.toString('hex', from, serial.end))
  }
}

/** Of TBSCertificate: version?, serialNumber, signature, issuer, validity, subject … */
function namesOf({ raw }: X509Certificate): { readonly issuer: string; readonly subject: string } {
  const [content] = contents(raw)
  const fields = content === undefined ? [] : children(content)
  const [, , issuer, , subject] = fields[0]?.tag === tags.version ? fields.slice(1) : fields
  return {
    issuer: issuer === undefined ? '' : normalName(issuer),
    subject: subject === undefined ? '' : normalName(subject),
  }
}

/** RFC 5280, 7.1: case and repeated spaces do not count, nor which kind of string it is. */
function normalName(name: Value): string {
  const relative = children(name).map((set) =>
    children(set).map((attribute) => {
      const [type, text] = children(attribute)
      return [textOf(type, 'hex'), textOf(text, 'utf8').trim().replace(/\s+/g, ' ').toLowerCase()]
    }),
  )
  return JSON.stringify(relative)
}

const tags = { integer: 0x02, utcTime: 0x17, generalizedTime: 0x18, sequence: 0x30, version: 0xa0 } as const
/** The bytes between `start` and `end` of `bytes`. */
type Value = { readonly tag: number; readonly bytes: Buffer; readonly start: number; readonly end: number }

const textOf = (value: Value | undefined, encoding: 'hex' | 'utf8'): string =>
  value === undefined ? '' : value.bytes.toString(encoding, value.start, value.end)
const wholeOf = (bytes: Buffer): Value => ({ tag: 0, bytes, start: 0, end: bytes.length })

/** The part that is signed, the algorithm, the signature. */
function contents(signed: Buffer): Value[] {
  const [whole] = children(wholeOf(signed))
  return whole === undefined ? [] : children(whole)
}

/** The DER values side by side in it, up to the first that does not fit. */
function children({ bytes, start, end }: Value): Value[] {
  const found: Value[] = []
  for (let each = valueAt(bytes, start, end); each !== undefined; each = valueAt(bytes, each.end, end)) found.push(each)
  return found
}

/** The DER value that begins there; undefined when there is none, or it goes beyond `limit`. */
function valueAt(bytes: Buffer, at: number, limit: number): Value | undefined {
  if (at + 2 > limit) return undefined
  const first = bytes[at + 1]!
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  const start = at + 2 + lengthBytes
  if (lengthBytes > 4 || start > limit) return undefined
  const end = start + (lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes))
  return end > limit ? undefined : { tag: bytes[at]!, bytes, start, end }
}
