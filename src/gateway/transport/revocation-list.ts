// A certificate revocation list (RFC 5280, 5.1), read by ourselves: OpenSSL looks at it
// in handshakes only, and cannot be asked about a client that is in already. Which authority a list
// is of is compared as OpenSSL does it, by name, whatever the letters are encoded as; numbers as
// numbers, of which some authorities write negative ones.
import { X509Certificate } from 'node:crypto'
import { certificateParts } from '../../certificates/certificate-parts.ts'
import {
  context,
  contentText,
  contextAround,
  derChildren,
  derTags,
  derValueAt,
  extensionOf,
  integerDigits,
  onlyDerValue,
  pemBytes,
  type DerValue,
} from '../../certificates/der-values.ts'

export interface Revocations {
  /** Whether it is on the list of its authority, or its authority is on one. */
  has(certificate: X509Certificate): boolean
}

const pemList = /-----BEGIN (?:X509 )?CRL-----([\s\S]+?)-----END (?:X509 )?CRL-----/g

/** The PEM blocks, each by itself and under the name OpenSSL gives them: of several in one text it
 *  would take the first alone, and under the shorter name that some tools write none. */
export const revocationLists = (text: string): string[] =>
  Array.from(text.matchAll(pemList), ([, body]) => `-----BEGIN X509 CRL-----${body}-----END X509 CRL-----`)

/** Of TBSCertList: version?, signature, issuer, thisUpdate, nextUpdate?, revokedCertificates?,
 *  extensions?. */
type ListParts = {
  readonly issuer: DerValue | undefined
  readonly nextAt: DerValue | undefined
  readonly revoked: DerValue | undefined
  readonly extensions: DerValue | undefined
}

function partsOf(list: string): ListParts {
  const fields = derChildren(derChildren(onlyDerValue(pemBytes(list)))[0])
  const [, issuer, , ...rest] = fields[0]?.tag === derTags.integer ? fields.slice(1) : fields
  const isInstant = ({ tag }: DerValue): boolean => tag === derTags.utcTime || tag === derTags.generalizedTime
  return {
    issuer,
    nextAt: rest.find(isInstant),
    revoked: rest.find(({ tag }) => tag === derTags.sequence),
    extensions: derChildren(rest.find(({ tag }) => tag === contextAround(0)))[0],
  }
}

const deltaIndicator = '551d1b'
const distributionPoint = '551d1c'

/** Why a list cannot be gone by, where it is one of a kind that says less than it seems to;
 *  undefined for one that says all. */
export function listFault(list: string): string | undefined {
  const { extensions } = partsOf(list)
  if (extensionOf(extensions, deltaIndicator) !== undefined)
    return 'it holds a delta list, which says only what changed: give the whole list of that authority'
  const point = derChildren(extensionOf(extensions, distributionPoint)?.content)
  const isSet = (number: number): boolean =>
    point.some(({ tag, bytes, start }) => tag === context(number) && bytes[start] !== 0)
  if (isSet(4)) return 'it holds an indirect list, of certificates of other authorities: give the list of each'
  return isSet(2) || isSet(5)
    ? 'it holds a list that is not of the certificates of clients: give the whole list of that authority'
    : undefined
}

/** When the next list is due, epoch milliseconds, after which OpenSSL takes nobody by this one;
 *  undefined where it does not say. */
export function nextListAt(list: string): number | undefined {
  const { nextAt } = partsOf(list)
  if (nextAt === undefined) return undefined
  const digits = contentText(nextAt, 'utf8')
  // RFC 5280, 4.1.2.5.1: two digits of the year are of 1950 to 2049.
  const century = nextAt.tag === derTags.generalizedTime ? '' : Number(digits.slice(0, 2)) < 50 ? '20' : '19'
  const at = Date.parse(`${century}${digits}`.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  return Number.isNaN(at) ? undefined : at
}

/** Both PEM, one in each text, and taken by OpenSSL: what is malformed all the same names nobody.
 *  An authority that only clients show is not looked for on the lists: TLS does not keep it. */
export function parseRevocations(lists: readonly string[], authorities: readonly string[]): Revocations {
  const serialsOf = new Map<string, Set<string>>()
  for (const list of lists) {
    addList(partsOf(list), serialsOf)
  }
  const isListed = (certificate: X509Certificate): boolean => {
    const { serial, issuer } = certificateParts(certificate)
    for (const [name, serials] of serialsOf) if (serials.has(serial) && name === normalName(issuer)) return true
    return false
  }
  const revokedAuthorities = revokedOf(authorities, isListed)
  return {
    has: (certificate) =>
      isListed(certificate) ||
      (revokedAuthorities.size > 0 && revokedAuthorities.has(normalName(certificateParts(certificate).issuer))),
  }
}

/** The names of those that are revoked, or signed by one that is. */
function revokedOf(authorities: readonly string[], isListed: (certificate: X509Certificate) => boolean): Set<string> {
  const revoked = new Set<string>()
  const certificates = authorities.map((pem) => new X509Certificate(pem))
  for (let before = -1; before < revoked.size;) {
    before = revoked.size
    for (const certificate of certificates) {
      const { issuer, subject } = certificateParts(certificate)
      if (revoked.has(normalName(issuer)) || isListed(certificate)) revoked.add(normalName(subject))
    }
  }
  return revoked
}

function addList({ issuer, revoked }: ListParts, serialsOf: Map<string, Set<string>>): void {
  if (issuer === undefined || revoked === undefined) return
  const name = normalName(issuer)
  const serials = serialsOf.get(name) ?? new Set()
  serialsOf.set(name, serials)
  // There may be a hundred thousand, and the gateway waits.
  const { bytes, end } = revoked
  for (
    let entry = derValueAt(bytes, revoked.start, end);
    entry !== undefined;
    entry = derValueAt(bytes, entry.end, end)
  ) {
    const serial = derValueAt(bytes, entry.start, entry.end)
    if (serial?.tag === derTags.integer) serials.add(integerDigits(serial))
  }
}

/** RFC 5280, 7.1: case and repeated spaces do not count, nor which kind of string it is. */
function normalName(name: DerValue | undefined): string {
  if (name === undefined) return ''
  const relative = derChildren(name).map((set) =>
    derChildren(set).map((attribute) => {
      const [type, text] = derChildren(attribute)
      return [contentText(type, 'hex'), contentText(text, 'utf8').trim().replace(/\s+/g, ' ').toLowerCase()]
    }),
  )
  return JSON.stringify(relative)
}
