// Which vehicle a client's certificate names. Who signed it and until when it holds was checked by
// TLS.
import type { X509Certificate } from 'node:crypto'
import { parseVehicleKey } from '../../model/vehicle-id.ts'

/** An authenticated certificate. */
export type VehicleCertificate = {
  /** `tenant/vehicle`; undefined when it names no vehicle, or more than one. */
  readonly vehicle: string | undefined
}

/** The subject alternative name (URI) of a vehicle is this with `tenant/vehicle` behind it. */
export const vehicleUri = 'urn:roadstream:vehicle:'

/** One name as Node writes it: the value in quotes, as JSON, when it holds a character that could
 *  be taken for the end of it. */
const alternativeName = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y

/** The vehicle that the certificate names: by its only URI `urn:roadstream:vehicle:tenant/vehicle`,
 *  or, when it has no such URI, by its only common name `tenant/vehicle` (which X.509 bounds to 64
 *  characters). Undefined when there is none, several, or one that is no vehicle key. */
export function certifiedVehicle(certificate: Pick<X509Certificate, 'subjectAltName' | 'subject'>): string | undefined {
  const uris = alternativeNames(certificate.subjectAltName ?? '').filter((name) => name.startsWith(vehicleUri))
  if (uris.length > 0) return uris.length === 1 ? vehicleNamed(uris[0]!.slice(vehicleUri.length)) : undefined
  const names = (certificate.subject ?? '').split('\n').filter((line) => line.startsWith('CN='))
  return names.length === 1 ? vehicleNamed(names[0]!.slice(3)) : undefined
}

/** A name vouched for by a proxy that checked the certificate. */
export const vehicleNamed = (name: string): string | undefined => (parseVehicleKey(name).ok ? name : undefined)

function alternativeNames(text: string): string[] {
  const uris: string[] = []
  alternativeName.lastIndex = 0
  while (alternativeName.lastIndex < text.length) {
    const match = alternativeName.exec(text)
    // A name that cannot be read to its end is not trusted in its beginning.
    if (match === null) return []
    if (match[1] === 'URI') uris.push(match[2]!)
  }
  return uris
}
