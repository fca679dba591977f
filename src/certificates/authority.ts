// A certificate authority for fleets without one of their own: signs the gateway's certificate and
// those of vehicles (RFC 5280). ECDSA on P-256, which keeps handshakes short; names what the
// gateway looks for, and nothing more than that.
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import { isIP } from 'node:net'
import { vehicleKey, type VehicleRef } from '../model/vehicle-id.ts'
import * as der from './der.ts'

/** A certificate with its private key, both PEM; the key PKCS#8 without a passphrase. */
export type Issued = { readonly cert: string; readonly key: string }

export type Validity = { readonly notBefore: Date; readonly notAfter: Date }

export type Revocation = { readonly serial: string; readonly revokedAt: Date }

const oids = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
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
const algorithm = der.sequence(der.oid(oids.ecdsaWithSha256))
/** Bits of KeyUsage, from the left. */
const digitalSignature = der.bitString(Buffer.of(0x80), 7)
const certAndCrlSign = der.bitString(Buffer.of(0x06), 1)
/** ub-common-name of X.520. */
const commonNameChars = 64
const privilegeWithdrawn = 9

/** A new authority that signs itself. `name`: at most 64 characters. */
export function makeAuthority(name: string, validity: Validity): Issued {
  const { publicKey, privateKey } = newKeys()
  const signer = { name: nameOf(name), key: privateKey, keyId: keyIdOf(publicKey) }
  const extensions = [
    extension(oids.basicConstraints, der.sequence(der.boolean(true), der.integer(0)), true),
    extension(oids.keyUsage, certAndCrlSign, true),
  ]
  return { cert: certificate(signer, name, publicKey, validity, extensions), key: pemOf(privateKey) }
}

/** A certificate for the gateway: `names` are the host names and addresses by which cars reach it,
 *  at least one. */
export function issueServer(authority: Issued, names: readonly string[], validity: Validity): Issued {
  const alternatives = names.map((name) =>
    isIP(name) === 0 ? der.taggedBytes(2, Buffer.from(name)) : der.taggedBytes(7, addressBytes(name)),
  )
  return issue(authority, names[0]!.slice(0, commonNameChars), validity, oids.serverAuth, alternatives)
}

/** A certificate for a vehicle, which it names as a URI and, where there is room for it, as its
 *  common name. */
export function issueVehicle(authority: Issued, ref: VehicleRef, validity: Validity): Issued {
  const name = vehicleKey(ref)
  const uri = der.taggedBytes(6, Buffer.from(`urn:roadstream:vehicle:${name}`))
  return issue(authority, name.length <= commonNameChars ? name : ref.vehicle, validity, oids.clientAuth, [uri])
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
    algorithm,
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
  return pem('X509 CRL', signed(tbs, signer.key))
}

/** The serial number that names a certificate in a revocation list: hexadecimal digits. */
export const serialOf = (cert: string): string => new X509Certificate(cert).serialNumber.toLowerCase()

function issue(
  authority: Issued,
  name: string,
  validity: Validity,
  purpose: string,
  alternatives: readonly Buffer[],
): Issued {
  const { publicKey, privateKey } = newKeys()
  const extensions = [
    extension(oids.basicConstraints, der.sequence(), true),
    extension(oids.keyUsage, digitalSignature, true),
    extension(oids.extendedKeyUsage, der.sequence(der.oid(purpose))),
    extension(oids.subjectAltName, der.sequence(...alternatives)),
  ]
  return { cert: certificate(signerOf(authority), name, publicKey, validity, extensions), key: pemOf(privateKey) }
}

type Signer = { readonly name: Buffer; readonly key: KeyObject; readonly keyId: Buffer }

/** Throws RangeError for an authority that was not made here: its name would have to be copied bit
 *  by bit. */
function signerOf({ cert, key }: Issued): Signer {
  const { subject, publicKey } = new X509Certificate(cert)
  const name = /^CN=([^\n\\+"]+)$/.exec(subject)?.[1]
  if (name === undefined)
    throw new RangeError('The authority has another name than a common name: it was not made here.')
  return { name: nameOf(name), key: createPrivateKey(key), keyId: keyIdOf(publicKey) }
}

function certificate(
  signer: Signer,
  name: string,
  publicKey: KeyObject,
  validity: Validity,
  extensions: readonly Buffer[],
): string {
  const serial = randomBytes(16)
  // Positive, and without a zero in front.
  serial[0] = (serial[0]! & 0x7f) | 0x40
  const tbs = der.sequence(
    der.tagged(0, der.integer(2)),
    der.integer(...serial),
    algorithm,
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
  return pem('CERTIFICATE', signed(tbs, signer.key))
}

const signed = (tbs: Buffer, key: KeyObject): Buffer =>
  der.sequence(tbs, algorithm, der.bitString(sign('sha256', tbs, key)))

const extension = (id: string, content: Buffer, isCritical = false): Buffer =>
  der.sequence(der.oid(id), ...(isCritical ? [der.boolean(true)] : []), der.octetString(content))

const nameOf = (commonName: string): Buffer =>
  der.sequence(der.set(der.sequence(der.oid(oids.commonName), der.utf8String(commonName))))

/** RFC 5280, 4.2.1.2 (1): SHA-1 of the bits of the key, which names a key and protects nothing. An
 *  uncompressed point of P-256 has 65 bytes. */
const keyIdOf = (publicKey: KeyObject): Buffer =>
  createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }).subarray(-65))
    .digest()

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
