// The settings of the database: a PostgreSQL server that somebody runs, instead of the embedded
// one.
import { hostOf } from '../base/host-text.ts'
import { accepted, refused, type Result } from '../base/errors.ts'
import { file, secretUrl, span, type Setting } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'
import { readTextFile } from './text-file.ts'

/** The names of libpq: TLS without a look at the certificate, with one at its authority, and at its
 *  name as well. */
const tlsModes = ['require', 'verify-ca', 'verify-full'] as const
export type TlsMode = (typeof tlsModes)[number]

export type PostgresServerConfig = {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string | undefined
  /** Undefined: without TLS. */
  readonly tls: TlsMode | undefined
  /** Certificates in PEM; undefined: the public authorities. */
  readonly ca: string | undefined
}

export type PostgresConfig = PostgresServerConfig & {
  /** A standby that reports are read from while it is at most so far behind; undefined: none. */
  readonly replica: { readonly server: PostgresServerConfig; readonly delayMsMax: number } | undefined
}

type ServerUrl = Omit<PostgresServerConfig, 'ca'>

const defaultPort = 5432
/** Of a file with a password, and of one with authorities. */
const passwordCharsMax = 10_000
const caCharsMax = 1_000_000

const urlRemedy =
  'give postgres://user:password@host:port/database?sslmode=verify-full (port 5432 when there is none; a folder of a Unix socket as the host, %2Frun%2Fpostgresql; a sign of a name or password that is none of a URL as %XX)'

/** Parses the URL of a server. A text that is refused is not repeated: it may hold a password. */
function parseServerUrl(given: string): Result<ServerUrl> {
  const url = URL.canParse(given) ? new URL(given) : undefined
  const [host, user, password, database] = [url?.hostname, url?.username, url?.password, url?.pathname].map(decoded)
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol) || !host || !user || password === undefined)
    return refused('setting', urlRemedy)
  if (database === undefined || !/^\/[^/]+$/.test(database) || url.hash !== '' || url.port === '0')
    return refused('setting', urlRemedy)
  const { sslmode = 'disable', ...others } = Object.fromEntries(url.searchParams)
  if (Object.keys(others).length > 0) return refused('setting', 'give no parameter but sslmode')
  const tls = tlsModes.find((mode) => mode === sslmode)
  if (tls === undefined && sslmode !== 'disable')
    return refused('setting', `give sslmode=disable or ${tlsModes.join(' or ')}`)
  return accepted({
    host: hostOf(host),
    port: url.port === '' ? defaultPort : Number(url.port),
    database: database.slice(1),
    user,
    password: password === '' ? undefined : password,
    tls,
  })
}

/** Undefined where it is no text of a URL. */
function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text)
  } catch {
    return undefined
  }
}

export const postgresSettings = {
  url: secretUrl(
    'ROADSTREAM_POSTGRES',
    'a PostgreSQL server for the tables, postgres://user:password@host:port/database?sslmode=…, instead of the embedded one',
    parseServerUrl,
  ),
  passwordFile: file('ROADSTREAM_POSTGRES_PASSWORD_FILE', 'file with the password of that user, instead of in the URL'),
  caFile: file(
    'ROADSTREAM_POSTGRES_CA',
    'file with the certificate authority of that server (PEM), when it is not a public one',
  ),
  replica: secretUrl(
    'ROADSTREAM_POSTGRES_REPLICA',
    'a streaming replica of that server, in the same form: lists and sums over history are read there; without a password it has the same',
    parseServerUrl,
  ),
  replicaDelay: span(
    'ROADSTREAM_POSTGRES_REPLICA_DELAY',
    '10s',
    'how far behind the replica may be; further, and such lists come from the server itself',
    2_000,
    3_600_000,
  ),
} satisfies Record<string, Setting<unknown>>

/** Undefined without a URL, also where it is wrong: the database is the embedded one. */
export function postgresConfig({ takeAll, isSet, problems }: SettingsReader): PostgresConfig | undefined {
  const { url, passwordFile, caFile, replica, replicaDelay } = takeAll(postgresSettings)
  const names = { url: postgresSettings.url.name, password: postgresSettings.passwordFile.name }
  const read = (setting: Setting<string>, path: string, what: string, charsMax: number): string | undefined => {
    if (path === '') return undefined
    if (url === undefined) {
      if (!isSet(postgresSettings.url))
        problems.push(`${setting.name} is set, and ${names.url} is not: name the server there`)
      return undefined
    }
    const found = readTextFile(path, what, charsMax)
    if ('text' in found) return found.text
    problems.push(`${setting.name} is "${path}", which ${found.fault}`)
    return undefined
  }
  const password = read(postgresSettings.passwordFile, passwordFile, 'password', passwordCharsMax)?.replace(
    /\r?\n$/,
    '',
  )
  const ca = read(postgresSettings.caFile, caFile, 'file of certificates', caCharsMax)
  if (url === undefined) {
    if (replica !== undefined && !isSet(postgresSettings.url))
      problems.push(`${postgresSettings.replica.name} is set, and ${names.url} is not: name the server there`)
    return undefined
  }
  if (passwordFile !== '' && url.password !== undefined)
    problems.push(`${names.password} is set, and ${names.url} has a password: leave one of them out`)
  const isLookedAt = ({ tls }: ServerUrl): boolean => tls === 'verify-ca' || tls === 'verify-full'
  if (caFile !== '' && !isLookedAt(url) && !(replica !== undefined && isLookedAt(replica)))
    problems.push(
      `${postgresSettings.caFile.name} goes with a look at the certificate: give sslmode=verify-full in ${names.url}`,
    )
  const own = { ...url, password: password ?? url.password, ca }
  const server = replica && { ...replica, password: replica.password ?? own.password, ca }
  return { ...own, replica: server && { server, delayMsMax: replicaDelay } }
}
