// The client's errors as outages of the log, each with the setting that mends it. A broker's fault
// of a partition is a number of Kafka's protocol; the rest comes from sockets and TLS.
import { findErrorBy, protocolErrorsCodesById } from '@platformatic/kafka'
import { Outage } from '../../base/errors.ts'
import { kafkaSettingNames as names } from '../kafka-options.ts'

/** An error by its name in Kafka's protocol. */
export type KafkaFault = { readonly name: string; readonly topic: string | undefined }

export const faultName = (code: number): string => protocolErrorsCodesById[code] ?? `error ${code}`

/** The answer, also where the client throws it since it has faults: they are looked at one by
 *  one. */
export async function answerOf<Answer>(asking: Promise<Answer>): Promise<Answer> {
  try {
    return await asking
  } catch (error) {
    if (isProtocolError(error) && 'response' in (error as object))
      return (error as { readonly response: Answer }).response
    throw error
  }
}

/** Asked after the log was closed. */
export const closedLog = (): Outage => new Outage('LOG_CLOSED', 'The event log is closed.', { retryable: false })

const tooFewReplicas: ReadonlySet<string> = new Set(['NOT_ENOUGH_REPLICAS', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'])
const tooLarge: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])
/** A broker whose disk is full or broken takes the folder, or itself, out of service. */
const diskFaults: ReadonlySet<string> = new Set(['KAFKA_STORAGE_ERROR', 'LOG_DIR_NOT_FOUND'])
const missingTopic: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID'])

const tooOld = 'UNSUPPORTED_VERSION'

/** The right that a fault says is missing, and how it is given. */
const rights: ReadonlyMap<string, readonly [lacks: string, remedy: string]> = new Map([
  [
    'TOPIC_AUTHORIZATION_FAILED',
    [
      'use',
      `read, write, create and describe topics that begin with ${names.prefix}, and describe their configuration`,
    ],
  ],
  [
    'CLUSTER_AUTHORIZATION_FAILED',
    ['use the cluster for', `create topics, or make them and set ${names.creating}=off`],
  ],
  [
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    ['commit transactions to', `write and describe transactional ids that begin with ${names.prefix}`],
  ],
  [
    'GROUP_AUTHORIZATION_FAILED',
    ['be in the group of the jobs for', `read and describe groups that begin with ${names.prefix}`],
  ],
])

/** Whether it is the record's own fault, which no wait mends. */
export const isFaultOfRecord = (name: string): boolean => tooLarge.has(name)

/** Whether trying again may mend it. */
export const isPassingFault = (name: string): boolean => !rights.has(name) && !isFaultOfRecord(name) && name !== tooOld

/** The fault of a topic, or of Kafka itself, for those who look after it. */
export function faultOutage({ name, topic }: KafkaFault): Outage {
  const what = topic === undefined ? 'its topics' : `topic ${topic}`
  const told = (code: string, text: string): Outage => new Outage(code, text, { retryable: isPassingFault(name) })
  const right = rights.get(name)
  if (right !== undefined) {
    const [lacks, remedy] = right
    return told('LOG_DENIED', `Kafka does not let this user ${lacks} ${what} (${name}): let ${names.user} ${remedy}.`)
  }
  if (isFaultOfRecord(name))
    return told(
      'LOG_RECORD_TOO_LARGE',
      `Kafka does not take a record of this size in ${what} (${name}): raise max.message.bytes there.`,
    )
  if (name === tooOld)
    return told(
      'LOG_MISMATCH',
      `Kafka at ${names.brokers} does not know a request of ours (${name}): 3.1 or later is needed.`,
    )
  // A code of its own: brokers that go away are met first, and it would be taken for that fault.
  return told(tooFewReplicas.has(name) ? 'LOG_UNDER_REPLICATED' : 'LOG_UNAVAILABLE', passingText(name, what))
}

function passingText(name: string, what: string): string {
  if (tooFewReplicas.has(name))
    return `Kafka stores nothing in ${what}: fewer replicas are in sync than its min.insync.replicas (${name}). Start the brokers that are away; ${names.minInSync} says how many a record must be on.`
  if (name === 'REQUEST_TIMED_OUT')
    return `Kafka has not got what is for ${what} onto enough replicas in time (${name}): brokers are away, stand still or are slow; ${names.minInSync} says how many a record must be on.`
  if (missingTopic.has(name))
    return `A broker of Kafka has no ${what} (${name}). If it was deleted, what was in it is gone: start again, and it is made where ${names.creating} is on.`
  if (diskFaults.has(name))
    return `A broker of Kafka cannot use the disk with ${what} (${name}): give it room, or another disk, and start it again. ${names.brokers} names the cluster.`
  return `Kafka does not answer for ${what} (${name}): look whether all brokers of the cluster in ${names.brokers} run and have room on their disks.`
}

const certificateFaults: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])
/** No setting of an authority mends these. */
const untimely: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'has expired'],
  ['CERT_NOT_YET_VALID', 'is not valid yet'],
])

const knownFaults: ReadonlySet<string> = new Set(Object.values(protocolErrorsCodesById))
const signInFaults: ReadonlySet<string> = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
])

/** The codes of an error and of all that caused it. */
function codesOf(error: unknown, codes = new Set<string>()): Set<string> {
  if (!(error instanceof Error)) return codes
  for (const code of ['code' in error && error.code, 'apiId' in error && error.apiId])
    if (typeof code === 'string') codes.add(code)
  codesOf(error.cause, codes)
  if (error instanceof AggregateError) for (const each of error.errors) codesOf(each, codes)
  return codes
}

/** A broker by its host and port. `isNamedByBrokers`: others of the cluster gave the address, and
 *  no setting of ours. */
export type BrokerPlace = { readonly where: string; readonly isNamedByBrokers: boolean }

/** The fault of a broker, or of the way to it, as an outage. */
export function connectionOutage(error: unknown, place: BrokerPlace): Outage {
  if (error instanceof Outage) return error
  const { where, isNamedByBrokers } = place
  const codes = codesOf(error)
  const answer = isProtocolError(error) && [...codes].find((code) => knownFaults.has(code))
  if (answer !== false && answer !== undefined && !signInFaults.has(answer))
    return faultOutage({ name: answer, topic: undefined })
  const failed = (code: string, text: string): Outage => new Outage(code, text, { retryable: false, cause: error })
  const certificate = [...codes].find((code) => certificateFaults.has(code))
  if (certificate !== undefined)
    return failed(
      'LOG_UNTRUSTED',
      untimely.has(certificate)
        ? `The certificate of Kafka at ${where} ${untimely.get(certificate)}: renew it on that broker of the cluster in ${names.brokers}, or set the clock of this machine right.`
        : `The certificate of Kafka at ${where} is not trusted (${certificate}): ${names.ca} is the file with its authority, and ${isNamedByBrokers ? 'advertised.listeners of that broker' : names.brokers} has its name.`,
    )
  if (codes.has('PLT_KFK_USER') || codes.has('ERR_SSL_WRONG_VERSION_NUMBER') || codes.has('EPROTO'))
    return failed(
      'LOG_MISMATCH',
      `Kafka at ${where} and we do not agree on TLS: ${names.tls} is on for a listener with TLS, and off for one without.`,
    )
  if (codes.has('UNSUPPORTED_SASL_MECHANISM'))
    return failed('LOG_DENIED', `Kafka at ${where} does not sign in that way: give another ${names.sasl}.`)
  // A connection that ends while we sign in is no answer, whatever the client calls it.
  if (codes.has('SASL_AUTHENTICATION_FAILED') || (codes.has('PLT_KFK_AUTHENTICATION') && !codes.has('PLT_KFK_NETWORK')))
    return failed(
      'LOG_DENIED',
      `Kafka at ${where} does not know this user by this password: set ${names.user} and ${names.passwordFile} right.`,
    )
  return new Outage('LOG_UNAVAILABLE', unreachedText(codes, place), { retryable: true, cause: error })
}

const unresolved: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN'])

function unreachedText(codes: ReadonlySet<string>, { where, isNamedByBrokers }: BrokerPlace): string {
  const lookup = [...codes].find((code) => unresolved.has(code))
  const fact =
    lookup !== undefined
      ? `has a name that this machine cannot resolve (${lookup})`
      : codes.has('ECONNREFUSED')
        ? 'does not answer (nothing listens there, ECONNREFUSED)'
        : 'does not answer'
  if (isNamedByBrokers)
    return `Kafka's brokers name ${where} as the address of one of theirs, which ${fact} from here: start that broker, or set its advertised.listeners to an address that this machine reaches. ${names.brokers} is asked for those addresses alone.`
  if (lookup !== undefined)
    return `The broker of Kafka at ${where} ${fact}: give names in ${names.brokers} that it can.`
  return `Kafka at ${where} ${fact}: is it running, is ${names.brokers} right, and is ${names.tls} on where it speaks TLS?`
}

/** Codes of outages that end when somebody mends a setting, a right, a certificate or a topic. */
const mendable: ReadonlySet<string> = new Set(['LOG_DENIED', 'LOG_UNTRUSTED', 'LOG_MISMATCH'])

/** The error as a process that runs meets it: what somebody has to mend is waited for, where a
 *  start would end. */
export const waitedFor = (error: unknown): unknown =>
  error instanceof Outage && !error.retryable && mendable.has(error.code)
    ? new Outage(error.code, error.message, { retryable: true, cause: error.cause })
    : error

/** Rejects with what is waited for, as a log that is open. */
export async function untilMended<Value>(asking: Promise<Value>): Promise<Value> {
  try {
    return await asking
  } catch (error) {
    throw waitedFor(error)
  }
}

/** Whether the broker's answer says so, rather than the way to it. */
export const isProtocolError = (error: unknown): boolean =>
  error instanceof Error && findErrorBy(error, 'code', 'PLT_KFK_RESPONSE') !== null
