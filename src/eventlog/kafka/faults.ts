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
const denied: ReadonlySet<string> = new Set(['TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED'])
const tooLarge: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/** Whether trying again may mend it. */
export const isPassingFault = (name: string): boolean =>
  !denied.has(name) && !tooLarge.has(name) && !/^(TRANSACTIONAL_ID|GROUP)_AUTHORIZATION_FAILED$/.test(name)

/** The fault of a topic, or of Kafka itself, for those who look after it. */
export function faultOutage({ name, topic }: KafkaFault): Outage {
  const what = topic === undefined ? 'its topics' : `topic ${topic}`
  if (tooFewReplicas.has(name))
    return new Outage(
      'LOG_UNAVAILABLE',
      `Kafka stores nothing in ${what}: fewer replicas are in sync than its min.insync.replicas (${name}). Start the brokers that are away; ${names.minInSync} says how many a record must be on.`,
      { retryable: true },
    )
  if (name === 'REQUEST_TIMED_OUT')
    return new Outage(
      'LOG_UNAVAILABLE',
      `Kafka has not got what is for ${what} onto enough replicas in time (${name}): brokers are away, stand still or are slow; ${names.minInSync} says how many a record must be on.`,
      { retryable: true },
    )
  if (name === 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
    return new Outage(
      'LOG_DENIED',
      `Kafka does not let this user commit transactions (${name}): let ${names.user} write and describe transactional ids that begin with ${names.prefix}.`,
      { retryable: false },
    )
  if (name === 'GROUP_AUTHORIZATION_FAILED')
    return new Outage(
      'LOG_DENIED',
      `Kafka does not let this user be in the group of the jobs (${name}): let ${names.user} read groups that begin with ${names.prefix}.`,
      { retryable: false },
    )
  if (denied.has(name))
    return new Outage(
      'LOG_DENIED',
      `Kafka does not let this user use ${what} (${name}): let ${names.user} read, write, create and describe topics that begin with ${names.prefix}.`,
      { retryable: false },
    )
  if (tooLarge.has(name))
    return new Outage(
      'LOG_RECORD_TOO_LARGE',
      `Kafka does not take a record of this size in ${what} (${name}): raise max.message.bytes there.`,
      { retryable: false },
    )
  return new Outage(
    'LOG_UNAVAILABLE',
    `Kafka does not answer for ${what} (${name}): look whether all brokers of the cluster in ${names.brokers} run.`,
    { retryable: true },
  )
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

/** The fault of a broker as an outage; `where`: its host and port. */
export function connectionOutage(error: unknown, where: string): Outage {
  if (error instanceof Outage) return error
  const codes = codesOf(error)
  const answer = isProtocolError(error) && [...codes].find((code) => knownFaults.has(code))
  if (answer !== false && answer !== undefined && !signInFaults.has(answer))
    return faultOutage({ name: answer, topic: undefined })
  const failed = (code: string, text: string): Outage => new Outage(code, text, { retryable: false, cause: error })
  const certificate = [...codes].find((code) => certificateFaults.has(code))
  if (certificate !== undefined)
    return failed(
      'LOG_UNTRUSTED',
      certificate === 'CERT_HAS_EXPIRED'
        ? `The certificate of Kafka at ${where} has expired: renew it on the broker.`
        : `The certificate of Kafka at ${where} is not trusted (${certificate}): ${names.ca} is the file with its authority, and ${names.brokers} has its name.`,
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
  return new Outage(
    'LOG_UNAVAILABLE',
    `Kafka at ${where} does not answer: is it running, is ${names.brokers} right, and is ${names.tls} on where it speaks TLS?`,
    {
      retryable: true,
      cause: error,
    },
  )
}

/** Whether the broker's answer says so, rather than the way to it. */
export const isProtocolError = (error: unknown): boolean =>
  error instanceof Error && findErrorBy(error, 'code', 'PLT_KFK_RESPONSE') !== null
