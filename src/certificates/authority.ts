// A certificate authority for fleets, which another tool may have made: signs the gateway's
// certificate and those of vehicles (RFC 5280). Keys made here are ECDSA on P-256, which keeps
// handshakes short; certificates name what the gateway looks for, and nothing more than that.
import { generateKeyPairSync, randomBytes, X509Certificate, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { vehicleKey, type VehicleRef } from '../model/vehicle-id.ts'
import { certificateParts } from './certificate-parts.ts'
import * as der from './der.ts'
import { keyIdOf, signerOf, signerWith, badAuthority, type Issued, type Signer } from './signer.ts'

export type { Issued } from './signer.ts'
export type Validity = { readonly notBefore: Date; readonly notAfter: Date }
/** `serial`: the bytes of the number in hexadecimal digits. */
export type Revocation = { readonly serial: string; readonly revokedAt: Date }

const oids = {
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  crlReason: '2.5.29.21',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
}
/** Bits of KeyUsage, from the left. */
const digitalSignature = der.bitString(Buffer.of(0x80), 7)
const certAndCrlSign = der.bitString(Buffer.of(0x06), 1)
/** ub-common-name of X.520. */
const commonNameChars = 64
const privilegeWithdrawn = 9

/** A new authority that signs itself. `name`: at most 64 characters. */
export function makeAuthority(name: string, validity: Validity): Issued {
  const { publicKey, privateKey } = newKeys()
  const signer = signerWith(nameOf(name), privateKey, keyIdOf(publicKey))
  const extensions = [
    extension(oids.basicConstraints, der.sequence(der.boolean(true), der.integer(0)), true),
    extension(oids.keyUsage, certAndCrlSign, true),
  ]
  return { cert: certificate(signer, { name, publicKey, validity, extensions }), key: pemOf(privateKey) }
}

/** A certificate for the gateway: `names` are the host names and addresses by which cars reach it,
 *  at least one. */
export function issueServer(authority: Issued, names: readonly string[], validity: Validity): Issued {
  const alternatives = names.map((name) =>
    isIP(name) === 0 ? der.taggedBytes(2, Buffer.from(name)) : der.taggedBytes(7, addressBytes(name)),
  )
  return issue(authority, names[0]!.slice(0, commonNameChars), validity, oids.serverAuth, alternatives)
}

/** A certificate for a vehicle with a new key. */
export function issueVehicle(authority: Issued, ref: VehicleRef, validity: Validity): Issued {
  const { publicKey, privateKey } = newKeys()
  return { cert: openCertifier(authority)(ref, { publicKey, validity }), key: pemOf(privateKey) }
}

/** Gives certificates of the authority for keys of vehicles, PEM. Such a certificate names the
 *  vehicle as a URI and, where there is room for it, as its common name. Throws Outage AUTHORITY
 *  for an authority that cannot sign. */
export function openCertifier(authority: Issued): (ref: VehicleRef, vehicle: Certified) => string {
  const signer = signerOf(authority)
  return (ref, vehicle) => {
    const key = vehicleKey(ref)
    const uri = der.taggedBytes(6, Buffer.from(`urn:roadstream:vehicle:${key}`))
    const name = key.length <= commonNameChars ? key : ref.vehicle
    return checked(signer, { ...vehicle, name, extensions: endExtensions(oids.clientAuth, [uri]) })
  }
}

/** The list of certificates that the authority has taken back (CRL version 2), PEM. Later lists
 *  have larger numbers. */
export function revocationList(authority: Issued, revoked: readonly Revocation[], validity: Validity): string {
  const signer = signerOf(authority)
  const reason = der.sequence(extension(oids.crlReason, der.enumerated(privilegeWithdrawn)))
  const entries = revoked.map(({ serial, revokedAt }) =>
    der.sequence(der.integer(...Buffer.from(serial, 'hex')), der.time(revokedAt), reason),
  )
  const number = Buffer.alloc(8)
  number.writeBigUInt64BE(BigInt(validity.notBefore.getTime()))
  const tbs = der.sequence(
    der.integer(1),
    signer.algorithm,
    signer.name,
    der.time(validity.notBefore),
    der.time(validity.notAfter),
    ...(entries.length === 0 ? [] : [der.sequence(Buffer.concat(entries))]),
    der.tagged(
      0,
      der.sequence(
        extension(oids.authorityKeyIdentifier, der.sequence(der.taggedBytes(0, signer.keyId))),
        extension(oids.crlNumber, der.integer(...number.subarray(number.findIndex((byte) => byte !== 0)))),
      ),
    ),
  )
  return pem('X509 CRL', signed(tbs, signer))
}

/** The serial number that names a certificate in a revocation list: the bytes of it as hexadecimal
 *  digits. */
export const serialOf = (cert: string): string => certificateParts(new X509Certificate(cert)).serial

export type Certified = {
  readonly publicKey: KeyObject
  readonly validity: Validity
  /** 16 bytes, of which the first two bits are made 01; random when absent. */
  readonly serial?: Uint8Array
}
type Contents = Certified & { readonly name: string; readonly extensions: readonly Buffer[] }

function issue(
  authority: Issued,
  name: string,
  validity: Validity,
  purpose: string,
  alternatives: readonly Buffer[],
): Issued {
  const { publicKey, privateKey } = newKeys()
  const extensions = endExtensions(purpose, alternatives)
  return { cert: checked(signerOf(authority), { name, publicKey, validity, extensions }), key: pemOf(privateKey) }
}

/** Of one who is no authority. */
const endExtensions = (purpose: string, alternatives: readonly Buffer[]): readonly Buffer[] => [
  extension(oids.basicConstraints, der.sequence(), true),
  extension(oids.keyUsage, digitalSignature, true),
  extension(oids.extendedKeyUsage, der.sequence(der.oid(purpose))),
  extension(oids.subjectAltName, der.sequence(...alternatives)),
]

/** Held against the authority by OpenSSL, name, key identifier and signature, before anybody has
 *  it: what it does not take here, no gateway takes. */
function checked(signer: ReturnType<typeof signerOf>, contents: Contents): string {
  const cert = certificate(signer, contents)
  const made = new X509Certificate(cert)
  if (!made.checkIssued(signer.certificate) || !made.verify(signer.certificate.publicKey))
    throw badAuthority('a certificate that it signed is not taken as one of it; it may not sign (key usage)')
  return cert
}

function certificate(signer: Signer, { name, publicKey, validity, extensions, serial }: Contents): string {
  const number = Buffer.from(serial ?? randomBytes(16))
  // Positive, and without a zero in front.
  number[0] = (number[0]! & 0x7f) | 0x40
  const tbs = der.sequence(
    der.tagged(0, der.integer(2)),
    der.integer(...number),
    signer.algorithm,
    signer.name,
    der.sequence(der.time(validity.notBefore), der.time(validity.notAfter)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der.tagged(
      3,
      der.sequence(
        ...extensions,
        extension(oids.subjectKeyIdentifier, der.octetString(keyIdOf(publicKey))),
        extension(oids.authorityKeyIdentifier, der.sequence(der.taggedBytes(0, signer.keyId))),
      ),
    ),
  )
  return pem('CERTIFICATE', signed(tbs, signer))
}

const signed = (tbs: Buffer, signer: Signer): Buffer =>
  der.sequence(tbs, signer.algorithm, der.bitString(signer.sign(tbs)))

const extension = (id: string, content: Buffer, isCritical = false): Buffer =>
  der.sequence(der.oid(id), ...(isCritical ? [der.boolean(true)] : []), der.octetString(content))

const nameOf = (commonName: string): Buffer =>
  der.sequence(der.set(der.sequence(der.oid(oids.commonName), der.utf8String(commonName))))

const newKeys = (): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

const pem = (kind: string, bytes: Buffer): string =>
  `-----BEGIN ${kind}-----\n${bytes.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END ${kind}-----\n`

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  // As URL writes it: groups in hexadecimal, one run of zeros left out.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (part: string): string[] => part.split(':').filter((group) => group !== '')
  const [before, after] = [groups(head), groups(tail ?? '')]
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex')
}
