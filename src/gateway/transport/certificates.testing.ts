// For tests of TLS: an authority, a server of 127.0.0.1 and localhost, and vehicles, in a folder
// that goes with the test.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { VehicleRef } from '../../model/vehicle-id.ts'
import { issueServer, issueVehicle, makeAuthority, type Issued, type Validity } from '../../certificates/authority.ts'

const dayMs = 86_400_000
/** From yesterday, for so many days. */
export const validFor = (days: number): Validity => ({
  notBefore: new Date(Date.now() - dayMs),
  notAfter: new Date(Date.now() + days * dayMs),
})

export type TestCertificates = Disposable & {
  readonly authority: Issued
  readonly ca: string
  readonly caFile: string
  readonly certFile: string
  readonly keyFile: string
  /** Writes a file of the folder; gives its path. */
  write(name: string, text: string): string
  vehicle(name: string, validity?: Validity): Issued
  vehicleOf(authority: Issued, name: string): Issued
  server(validity?: Validity): Issued
}

export function makeTestCertificates(): TestCertificates {
  const folder = mkdtempSync(join(tmpdir(), 'roadstream-'))
  const authority = makeAuthority('Test fleet', validFor(30))
  const write = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const newServer = (validity = validFor(30)): Issued => issueServer(authority, ['localhost', '127.0.0.1'], validity)
  const server = newServer()
  return {
    authority,
    ca: authority.cert,
    caFile: write('ca.pem', authority.cert),
    certFile: write('server.pem', server.cert),
    keyFile: write('server.key', server.key),
    write,
    server: newServer,
    vehicle: (name, validity = validFor(30)) => issueVehicle(authority, refOf(name), validity),
    vehicleOf: (other, name) => issueVehicle(other, refOf(name), validFor(30)),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

function refOf(name: string): VehicleRef {
  const [tenant = '', vehicle = ''] = name.split('/')
  return { tenant, vehicle }
}
