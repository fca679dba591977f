// The reading of errors with which a server refuses all that it is asked, or a kind of it: what is
// wrong there, and the remedy. A start and a server that runs are read alike; only a start ends by
// what somebody has to mend, and whoever runs waits until it is mended.
import { Outage } from '../../base/errors.ts'
import { saidBy, sqlOutage, sqlStateOf } from './sql-outage.ts'

/** The server as people are told of it. */
export type ServerPlace = {
  /** Host, port and database, or the folder of the embedded one; without user and password. */
  readonly text: string
  /** By which it is named; undefined of the embedded one. */
  readonly setting: ServerSetting | undefined
  readonly user: string
  readonly database: string
  readonly hasTls: boolean
}

export type ServerSetting = 'ROADSTREAM_POSTGRES' | 'ROADSTREAM_POSTGRES_REPLICA'

type Named = Pick<ServerPlace, 'user' | 'database'> & { readonly setting: ServerSetting }

type Fault = {
  /** SQLSTATE, or the code of Node. */
  readonly codes: RegExp
  /** Of the outage. */
  readonly code: string
  /** It does not pass by itself. */
  readonly isToMend: boolean
  readonly what: (place: ServerPlace) => string
  readonly remedy: (place: Named) => string
  /** Of the embedded one, where it is another. */
  readonly embedded?: string
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Where the start looks, and where a server changes under those who write. */
export const readOnlyFault = 'takes no changes (a standby, or default_transaction_read_only is on)'
export const readOnlyRemedy = 'name the server that takes them'

/** A server is given so long to take a connection. */
export const silentMs = 10_000

const away = 'STORE_UNAVAILABLE'
const certificate = { code: 'STORE_UNTRUSTED', isToMend: true }

/** In the order in which they are looked for. Class 53: it lacks something; 57P0: it stops or
 *  starts; 58: the system it runs on fails it. A file system that became read-only is 42501. */
const faults: readonly Fault[] = [
  {
    codes: /^28/,
    code: 'STORE_DENIED',
    isToMend: true,
    what: ({ user }) => `refuses the user ${user} or its password`,
    remedy: ({ setting }) =>
      `check ${setting} and ROADSTREAM_POSTGRES_PASSWORD_FILE, which a start reads, and pg_hba.conf of that server, which says who may come from where and whether TLS is needed (sslmode)`,
  },
  {
    codes: /^3D000$/,
    code: 'STORE_MISSING',
    isToMend: true,
    what: () => 'is not there',
    remedy: ({ database, user }) =>
      `\`create database ${quoted(database)} owner ${quoted(user)} encoding 'UTF8' template template0\`, or name another one`,
  },
  {
    codes: /^(3F000|42P01)$/,
    code: 'STORE_MISSING',
    isToMend: true,
    what: () => 'lacks a schema or a table that was there',
    remedy: ({ setting, user }) =>
      `restore it from a backup, with the search_path of the user ${user}; or remove the other tables too and start anew, which writes rows from the logs and knows no users; or name another one in ${setting}`,
  },
  {
    codes: /^42501$/,
    code: 'STORE_NO_RIGHT',
    isToMend: true,
    what: ({ user }) => `does not give the user ${user} the rights it needs`,
    remedy: ({ database, user, setting }) =>
      `\`grant connect on database ${quoted(database)} to ${quoted(user)}\`, \`grant usage, create on schema …\` and \`grant all on all tables in schema …\` to it, which must own them; or name another user in ${setting}`,
  },
  {
    codes: /^25006$/,
    code: 'STORE_READ_ONLY',
    isToMend: true,
    what: () => readOnlyFault,
    remedy: ({ setting }) => `${readOnlyRemedy} in ${setting}, or have it take changes again`,
  },
  {
    codes: /^CERT_HAS_EXPIRED$/,
    ...certificate,
    what: () => 'shows a certificate that has ended',
    remedy: () => 'renew it there, or set the clock of this machine right',
  },
  {
    codes: /^(ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/,
    ...certificate,
    what: () => 'shows a certificate that is not accepted',
    remedy: () => 'name its authority in ROADSTREAM_POSTGRES_CA, and the host as the certificate does',
  },
  {
    codes: /^53100$/,
    code: 'STORE_FULL',
    isToMend: false,
    what: () => 'has a full disk',
    remedy: () => 'free room on the disk of that server, or give it a larger one',
    embedded: 'free room there, or start with ROADSTREAM_DATA on a larger disk and the folder moved to it',
  },
  {
    codes: /^53300$/,
    code: 'STORE_BUSY',
    isToMend: false,
    what: () => 'has no connection left',
    remedy: () => 'end some there, or raise its max_connections or the limit of that user or database',
  },
  {
    codes: /^53/,
    code: 'STORE_SHORT',
    isToMend: false,
    what: () => 'lacks memory or another thing it needs',
    remedy: () => 'see its log, and give it more',
    embedded: 'give this machine more memory',
  },
  {
    codes: /^58/,
    code: 'STORE_DISK',
    isToMend: false,
    what: () => 'cannot read or write its files',
    remedy: () => 'see the disk of that server and its log',
    embedded: 'see the disk of that folder',
  },
  {
    codes: /^57P03$/,
    code: away,
    isToMend: false,
    what: () => 'is starting or stopping',
    remedy: () => 'see its log if that lasts',
  },
]

/** Of a server that refuses a connection for another reason. */
const closed: Fault = {
  codes: /^/,
  code: 'STORE_DENIED',
  isToMend: true,
  what: () => 'takes no connection',
  remedy: ({ setting }) => `have it take some, or name another one in ${setting}`,
}

const embeddedRemedy =
  'see `npm run roadstream -- doctor`, or name a PostgreSQL server of your own (ROADSTREAM_POSTGRES)'

/** Class 08: the connection failed; 57P0: the server ended it, or ends itself. */
const ofLink = /^(08|57P0)/

/** Those that a start ends by. */
const toMend: ReadonlySet<string> = new Set(faults.filter(({ isToMend }) => isToMend).map(({ code }) => code))
export const isToMend = ({ code }: Outage): boolean => toMend.has(code)

/** Of a server that does not answer: nothing that was asked there is refused. */
export const isAway = ({ code, isTold }: Outage): boolean => isTold && code === away

const faultOf = (code: unknown): Fault | undefined =>
  typeof code === 'string' ? faults.find(({ codes }) => codes.test(code)) : undefined

/** Whether it says something of the server, and not of a statement and its values alone. */
export const isOfServer = (sqlState: string): boolean => ofLink.test(sqlState) || faultOf(sqlState) !== undefined

const nameOf = ({ text, setting }: ServerPlace): string =>
  setting === undefined ? `The embedded database in ${text}` : `The database ${text} (${setting})`

const remedyOf = ({ remedy, embedded }: Fault, { setting, ...place }: ServerPlace): string =>
  setting === undefined ? (embedded ?? embeddedRemedy) : remedy({ ...place, setting })

/** Of a call that failed: whether the server had taken the connection, and whether it took as long
 *  as a server that says nothing makes it. */
export type FailedCall = { readonly isConnected: boolean; readonly isLong: boolean }

/** The error of a call as the outage that it is, with the remedy where it is the server's, and as
 *  `sqlOutage` gives it else. Retryable, but a row that is refused. */
export function readServerFault(error: unknown, place: ServerPlace, { isConnected, isLong }: FailedCall): Outage {
  const { code } = error as { readonly code?: unknown }
  const sqlState = sqlStateOf(error)
  const said = saidBy(error)
  const isOfLink = sqlState !== undefined && ofLink.test(sqlState)
  const fault = faultOf(code) ?? (sqlState === undefined || isOfLink || isConnected ? undefined : closed)
  if (fault !== undefined)
    return ofServer(fault.code, `${nameOf(place)} ${fault.what(place)}: ${remedyOf(fault, place)} (${said}).`, error)
  if (sqlState !== undefined && !isOfLink) return sqlOutage({ message: said, sqlState })
  const isOfDriver = code === undefined
  return ofServer(away, isOfDriver && isLong ? hangText(place) : silenceText(place, said, isOfDriver), error)
}

const ofServer = (code: string, message: string, cause: unknown): Outage =>
  new Outage(code, message, { retryable: true, isTold: true, cause })

function silenceText(place: ServerPlace, said: string, isOfDriver: boolean): string {
  const { setting, hasTls } = place
  const remedy =
    setting === undefined
      ? 'it is started again where it ended'
      : `start it, or name the server that runs${hasTls && isOfDriver ? '; one without TLS wants no sslmode' : ''}`
  return `${nameOf(place)} does not answer (${said}): ${remedy}.`
}

const hangText = (place: ServerPlace): string =>
  `${nameOf(place)} does not answer for ${silentMs / 1000} s or more: it hangs or has too much to do${
    place.setting === undefined
      ? `; ${embeddedRemedy}`
      : ", or something on the way drops what is sent. See that server's log and the firewalls, or name another server"
  }.`
