// What a certificate revocation list (RFC 5280, 5.1) says, read by ourselves: OpenSSL looks at it in handshakes only, and cannot be asked about a
// client that is in already. Which authority a list is of is compared as OpenSSL does it, by name, whatever the letters are encoded as.
import { X509Certificate } from 'node:crypto'

export interface Revocations {
  /** Whether it is on the list of its authority, or its authority is on one. */
  has(certificate: X509Certificate): boolean
}

const pemList = /-----BEGIN X509 CRL-----([\s\S]+?)-----END X509 CRL-----/g

/** The PEM blocks, each by itself: of several in one text OpenSSL would take the first alone. */
export const revocationLists = (text: string): string[] => Array.from(text.matchAll(pemList), ([block]) => block)

/** Both PEM, one in each text, and taken by OpenSSL: what is malformed all the same names nobody. An authority that only clients show is not looked for
 *  on the lists: TLS does not keep it. */
export function parseRevocations(lists: readonly string[], authorities: readonly string[]): Revocations {
  const serialsOf = new Map<string, Set<string>>()
  for (const list of lists) {
    const [content] = contents(Buffer.from(list.replace(/-----[^-]+-----/g, ''), 'base64'))
    if (content !== undefined) addList(children(content.value), serialsOf)
  }
  const isListed = (certificate: X509Certificate): boolean => {
    const serial = normalSerial(certificate.serialNumber)
    for (const [issuer, serials] of serialsOf) if (serials.has(serial) && issuer === namesOf(certificate).issuer) return true
    return false
  }
  const revokedAuthorities = revokedOf(authorities, isListed)
  return {
    has: (certificate) => isListed(certificate) || (revokedAuthorities.size > 0 && revokedAuthorities.has(namesOf(certificate).issuer)),
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
  for (const entry of children(revoked.value)) {
    const [serial] = children(entry.value)
    if (serial !== undefined) serials.add(normalSerial(serial.value.toString('hex')))
  }
}

/** Of TBSCertificate: version?, serialNumber, signature, issuer, validity, subject … */
function namesOf({ raw }: X509Certificate): { readonly issuer: string; readonly subject: string } {
  const [content] = contents(raw)
  const fields = content === undefined ? [] : children(content.value)
  const [, , issuer, , subject] = fields[0]?.tag === tags.version ? fields.slice(1) : fields
  return { issuer: issuer === undefined ? '' : normalName(issuer), subject: subject === undefined ? '' : normalName(subject) }
}

const normalSerial = (hex: string): string => hex.toLowerCase().replace(/^0+/, '')

/** RFC 5280, 7.1: case and repeated spaces do not count, nor which kind of string it is. */
function normalName(name: Value): string {
  const relative = children(name.value).map((set) =>
    children(set.value).map((attribute) => {
      const [type, text] = children(attribute.value)
      return [type?.value.toString('hex'), text?.value.toString('utf8').trim().replace(/\s+/g, ' ').toLowerCase()]
    }),
  )
  return JSON.stringify(relative)
}

const tags = { integer: 0x02, sequence: 0x30, version: 0xa0 } as const
type Value = { readonly tag: number; readonly value: Buffer }

/** What is signed, the algorithm, the signature. */
function contents(signed: Buffer): Value[] {
  const [whole] = children(signed)
  return whole === undefined ? [] : children(whole.value)
}

/** The DER values side by side in `bytes`, up to the first that does not fit. */
function children(bytes: Buffer): Value[] {
  const found: Value[] = []
  for (let at = 0; at + 2 <= bytes.length;) {
    const tag = bytes[at]!
    const first = bytes[at + 1]!
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f
    const start = at + 2 + lengthBytes
    if (lengthBytes > 4 || start > bytes.length) break
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes)
    if (start + length > bytes.length) break
    found.push({ tag, value: bytes.subarray(start, start + length) })
    at = start + length
  }
  return found
}
