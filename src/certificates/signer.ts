// An authority that signs: its own, or that of another tool. Its name and key identifier are copied
// from its certificate as bytes, since what is written anew is another name to OpenSSL and others;
// and nothing is handed out that Node does not take as issued by it.
import { createHash, createPrivateKey, sign, X509Certificate, type KeyObject } from 'node:crypto'
import { Outage } from '../base/errors.ts'
import { certificateParts } from './certificate-parts.ts'
import { contentBytes, derChildren, onlyDerValue, wholeBytes } from './der-values.ts'
import * as der from './der.ts'

/** A certificate with its private key, both PEM; the key PKCS#8 without a passphrase. */
export type Issued = { readonly cert: string; readonly key: string }

export type Signer = {
  /** The DER of its name. */
  readonly name: Buffer
  /** The key identifier that certificates of it refer to. */
  readonly keyId: Buffer
  /** The DER of the algorithm it signs by. */
  readonly algorithm: Buffer
  sign(tbs: Buffer): Buffer
}

type Signing = { readonly algorithm: Buffer; readonly digest: string | null }

const signings: Readonly<Record<string, Signing>> = {
  prime256v1: { algorithm: der.sequence(der.oid('1.2.840.10045.4.3.2')), digest: 'sha256' },
  secp384r1: { algorithm: der.sequence(der.oid('1.2.840.10045.4.3.3')), digest: 'sha384' },
  secp521r1: { algorithm: der.sequence(der.oid('1.2.840.10045.4.3.4')), digest: 'sha512' },
  ed25519: { algorithm: der.sequence(der.oid('1.3.101.112')), digest: null },
  rsa: { algorithm: der.sequence(der.oid('1.2.840.113549.1.1.11'), der.nullValue()), digest: 'sha256' },
}

/** How a key signs; undefined for a kind of key that signs no certificates here. */
function signingOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Signing | undefined {
  const kind = asymmetricKeyType === 'ec' ? asymmetricKeyDetails?.namedCurve : asymmetricKeyType
  return kind !== undefined && Object.hasOwn(signings, kind) ? signings[kind] : undefined
}

/** A signer of that name, with a key of a kind in `signings`. */
export function signerWith(name: Buffer, key: KeyObject, keyId: Buffer): Signer {
  const signing = signingOf(key)
  if (signing === undefined)
    throw badAuthority('its key is of a kind that signs no certificates here: P-256, P-384, P-521, Ed25519 and RSA do')
  return { name, keyId, algorithm: signing.algorithm, sign: (tbs) => sign(signing.digest, tbs, key) }
}

/** Throws Outage AUTHORITY for one that cannot sign certificates of vehicles. */
export function signerOf({ cert, key }: Issued): Signer & { readonly certificate: X509Certificate } {
  const certificate = new X509Certificate(cert)
  const privateKey = createPrivateKey(key)
  if (!certificate.ca) throw badAuthority('its certificate is not one of an authority (basic constraints: CA)')
  if (!certificate.checkPrivateKey(privateKey)) throw badAuthority('its key is not the one of its certificate')
  const { subject, subjectKeyId } = certificateParts(certificate)
  if (subject === undefined) throw badAuthority('its certificate names nobody')
  const signer = signerWith(wholeBytes(subject), privateKey, subjectKeyId ?? keyIdOf(certificate.publicKey))
  return { ...signer, certificate }
}

/** RFC 5280, 4.2.1.2 (1): SHA-1 of the bits of the key, which names a key and protects nothing. Of
 *  an authority whose certificate states none it is what others reckon out as well. */
export function keyIdOf(publicKey: KeyObject): Buffer {
  const [, bits] = derChildren(onlyDerValue(publicKey.export({ type: 'spki', format: 'der' })))
  return createHash('sha1').update(contentBytes(bits!).subarray(1)).digest()
}

export const badAuthority = (why: string): Outage =>
  new Outage('AUTHORITY', `The authority of vehicles' certificates cannot be used: ${why}.`, { retryable: false })
