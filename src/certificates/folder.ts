// The folder of an authority: its certificate and key, the gateway's, those of vehicles, and what
// was issued and revoked, one line each. Reading the keys in it is being the fleet, so only its
// owner can; the authority's key need not be where the gateway runs.
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { syncFolder, syncFoldersAbove } from '../base/sync-folder.ts'
import { vehicleKey, type VehicleRef } from '../model/vehicle-id.ts'
import {
  issueServer,
  issueVehicle,
  makeAuthority,
  revocationList,
  serialOf,
  type Issued,
  type Validity,
} from './authority.ts'

const dayMs = 86_400_000
const authorityDays = 3650
/** Cars' clocks and ours do not agree to the second. */
const earlierMs = 3_600_000

export type CertificateFolder = {
  readonly caFile: string
  readonly crlFile: string
  /** Makes or renews the gateway's certificate; gives the files of certificate and key. */
  server(names: readonly string[], days: number): readonly [certFile: string, keyFile: string]
  /** Makes or renews a vehicle's certificate. Earlier ones hold on. */
  vehicle(ref: VehicleRef, days: number): readonly [certFile: string, keyFile: string]
  /** Takes back all certificates of the vehicle; gives how many those are that were not taken back
   *  before. */
  revoke(ref: VehicleRef): number
}

/** Opens the folder, and makes it with an authority in it when it is not there. */
export function openCertificateFolder(folder: string, now: () => number): CertificateFolder {
  const path = (name: string): string => join(folder, name)
  const validFor = (days: number): Validity => ({
    notBefore: new Date(now() - earlierMs),
    notAfter: new Date(now() + days * dayMs),
  })
  if (mkdirSync(path('vehicles'), { recursive: true, mode: 0o700 }) !== undefined) syncFoldersAbove(path('vehicles'))

  /** The key first: a certificate without its key is of no use to the gateway, which looks at the
   *  files while they are written. */
  function put(name: string, { cert, key }: Issued): readonly [string, string] {
    replace(path(`${name}.key`), key, 0o600)
    replace(path(`${name}.pem`), cert, 0o644)
    return [path(`${name}.pem`), path(`${name}.key`)]
  }
  const authority = (): Issued => ({
    cert: readFileSync(path('ca.pem'), 'utf8'),
    key: readFileSync(path('ca.key'), 'utf8'),
  })
  const list = (): void => {
    const revoked = lines(path('revoked')).map(([serial = '', at = '']) => ({ serial, revokedAt: new Date(at) }))
    replace(path('revoked.pem'), revocationList(authority(), revoked, validFor(authorityDays)), 0o644)
  }
  if (!existsSync(path('ca.pem'))) {
    // Every car has a certificate that this key signed.
    if (existsSync(path('ca.key')))
      throw Object.assign(
        new Error('ca.key is there and ca.pem is not. Put it back, or move the key away for a new authority'),
        {
          code: 'ENOENT',
        },
      )
    put(
      'ca',
      makeAuthority(`Roadstream authority ${new Date(now()).toISOString().slice(0, 10)}`, validFor(authorityDays)),
    )
    list()
  }
  return {
    caFile: path('ca.pem'),
    crlFile: path('revoked.pem'),
    server: (names, days) => put('server', issueServer(authority(), names, validFor(days))),
    vehicle(ref, days) {
      const issued = issueVehicle(authority(), ref, validFor(days))
      // Before it is handed out: what nobody remembers cannot be taken back.
      appendFileSync(path('issued'), `${serialOf(issued.cert)} ${vehicleKey(ref)}\n`, { mode: 0o600, flush: true })
      return put(join('vehicles', `${ref.tenant},${ref.vehicle}`), issued)
    },
    revoke(ref) {
      const known = new Set(lines(path('revoked')).map(([serial]) => serial))
      const serials = lines(path('issued')).flatMap(([serial, name]) =>
        name === vehicleKey(ref) && !known.has(serial) ? [serial] : [],
      )
      const at = new Date(now()).toISOString()
      for (const serial of serials) appendFileSync(path('revoked'), `${serial} ${at}\n`, { mode: 0o600, flush: true })
      list()
      return serials.length
    },
  }
}

const lines = (path: string): string[][] =>
  !existsSync(path)
    ? []
    : readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split(' '))

/** Whole or not at all, for whoever reads meanwhile and after a power cut. */
function replace(path: string, text: string, mode: number): void {
  writeFileSync(`${path}.new`, text, { mode, flush: true })
  renameSync(`${path}.new`, path)
  syncFolder(dirname(path))
}
