// The parts of a certificate that others are held against, as bytes: a name that is written anew
// in another kind of string is another name to many a program.
import type { X509Certificate } from 'node:crypto'
import {
  contentBytes,
  contextAround,
  derChildren,
  derTags,
  extensionOf,
  integerDigits,
  onlyDerValue,
  type DerValue,
} from './der-values.ts'

export type CertificateParts = {
  /** See `integerDigits`. */
  readonly serial: string
  readonly issuer: DerValue | undefined
  readonly subject: DerValue | undefined
  /** Undefined when it has none. */
  readonly subjectKeyId: Buffer | undefined
}

const subjectKeyIdentifier = '551d0e'

/** Of TBSCertificate: version?, serialNumber, signature, issuer, validity, subject, key, …,
 *  extensions?. OpenSSL has read it: what is missing all the same is undefined. */
export function certificateParts({ raw }: Pick<X509Certificate, 'raw'>): CertificateParts {
  const all = derChildren(derChildren(onlyDerValue(raw))[0])
  const [serial, , issuer, , subject, ...rest] = all[0]?.tag === contextAround(0) ? all.slice(1) : all
  const [extensions] = derChildren(rest.find(({ tag }) => tag === contextAround(3)))
  const keyId = extensionOf(extensions, subjectKeyIdentifier)?.content
  return {
    serial: serial === undefined ? '' : integerDigits(serial),
    issuer,
    subject,
    subjectKeyId: keyId?.tag === derTags.octetString ? contentBytes(keyId) : undefined,
  }
}
