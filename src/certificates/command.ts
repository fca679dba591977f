// `roadstream certificates …`: an authority of one's own in a folder, for fleets that have none.
import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import { Outage } from '../base/errors.ts'
import { parseVehicleKey, type VehicleRef } from '../model/vehicle-id.ts'
import { openCertificateFolder, type CertificateFolder } from './folder.ts'

export type CertificatesDeps = {
  /** Default of --folder. */
  readonly folder: string
  readonly now: () => number
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
}

const daysMax = 3650
const help = `roadstream certificates: an authority of your own, for MQTT over TLS with certificates of cars.

  certificates server NAME …              the gateway's certificate, for the host names and addresses by which cars reach it
  certificates vehicle TENANT/VEHICLE …   a certificate for each of these cars
  certificates revoke TENANT/VEHICLE …    takes all certificates of these cars back

  --folder DIR   where the authority is, made when missing (default: certificates in the data folder)
  --days N       how long a certificate holds (default: server 365, vehicle 730)
`

type Call = {
  readonly folder: string
  readonly days: number | undefined
  readonly what: string
  readonly names: readonly string[]
}

/** Gives the exit code: 0 done, 1 it failed, 2 it was called wrongly. */
export function certificatesCommand(args: readonly string[], deps: CertificatesDeps): number {
  const call = parseCall(args, deps)
  if (typeof call === 'string') {
    if (call === help) deps.print(help)
    else deps.complain(`roadstream certificates: ${call}\n`)
    return call === help ? 0 : 2
  }
  const { what, names, days } = call
  try {
    const folder = openCertificateFolder(call.folder, deps.now)
    if (what === 'server') deps.print(serverText(folder, names, days ?? 365))
    else
      for (const ref of names.map(vehicleOf))
        deps.print(what === 'vehicle' ? vehicleText(folder, ref!, days ?? 730) : revokeText(folder, ref!))
    return 0
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause
    throw new Outage('CERTIFICATES', `The certificates in ${call.folder} cannot be read or written: ${cause.message}`, {
      retryable: false,
      cause,
    })
  }
}

const vehicleOf = (name: string): VehicleRef | undefined => {
  const ref = parseVehicleKey(name)
  return ref.ok ? ref.value : undefined
}

function serverText(folder: CertificateFolder, names: readonly string[], days: number): string {
  const [certFile, keyFile] = folder.server(names, days)
  return `${[
    'A certificate for the gateway. These settings use it, and ask cars for theirs:',
    '',
    '  ROADSTREAM_MQTTS=0.0.0.0:8883',
    `  ROADSTREAM_TLS_CERT=${certFile}`,
    `  ROADSTREAM_TLS_KEY=${keyFile}`,
    `  ROADSTREAM_TLS_CLIENT_CA=${folder.caFile}`,
    `  ROADSTREAM_TLS_CLIENT_CRL=${folder.crlFile}`,
    '',
    'A gateway that runs with them takes a new certificate by itself.',
  ].join('\n')}\n`
}

function vehicleText(folder: CertificateFolder, ref: VehicleRef, days: number): string {
  const [certFile, keyFile] = folder.vehicle(ref, days)
  return `${ref.tenant}/${ref.vehicle}: give the car ${certFile}, ${keyFile} and ${folder.caFile}\n`
}

function revokeText(folder: CertificateFolder, ref: VehicleRef): string {
  const count = folder.revoke(ref)
  return count === 0
    ? `${ref.tenant}/${ref.vehicle}: no certificate of it was left to take back\n`
    : `${ref.tenant}/${ref.vehicle}: ${count} taken back; a gateway that has the list ends what is connected with ${count === 1 ? 'it' : 'them'}\n`
}

function parseCall(args: readonly string[], deps: CertificatesDeps): Call | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { folder: { type: 'string' }, days: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    })
    const [what = '', ...names] = positionals
    if (values.help) return help
    if (!['server', 'vehicle', 'revoke'].includes(what))
      return `say server, vehicle or revoke, not "${what}"; --help says more`
    if (names.length === 0)
      return `${what} needs ${what === 'server' ? 'the host names of the gateway' : 'TENANT/VEHICLE'}; --help says more`
    const wrong = names.find((name) => (what === 'server' ? !isHost(name) : vehicleOf(name) === undefined))
    if (wrong !== undefined) return `"${wrong}" is no ${what === 'server' ? 'host name or address' : 'TENANT/VEHICLE'}`
    const days = values.days === undefined ? undefined : Number(values.days)
    if (days !== undefined && !(Number.isInteger(days) && days >= 1 && days <= daysMax))
      return `--days is a whole number from 1 to ${daysMax}`
    return { folder: values.folder ?? deps.folder, days, what, names }
  } catch (error) {
    return (error as Error).message
  }
}

/** A wildcard may stand for the first part of a name. */
const isHost = (name: string): boolean =>
  isIP(name) !== 0 ||
  (name.length <= 253 &&
    /^(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(name))
