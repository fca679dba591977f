// How a publisher that comes by HTTP proves who it is: by a secret in the path or the head, by a
// signature of the body, or by both where both are set. Whose a car is, is told by ids that anybody
// may know; so nothing is believed without a proof. All comparisons take the same time, whatever
// was given.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** At least one of them. */
export type Proof = {
  readonly secret?: string
  /** The key of the signature: SC-Signature, hex of HMAC-SHA256 over the body as received
   *  (Smartcar, payload verification). */
  readonly key?: string
}

/** Where the secret is that a request gives. `path` is what follows the mapping; what is left of it
 *  is the publisher's. */
export function givenSecret(
  path: string,
  headers: IncomingHttpHeaders,
): { readonly secret: string; readonly rest: string } {
  const ofHead = secretOfHead(headers.authorization)
  if (ofHead !== undefined) return { secret: ofHead, rest: path }
  const slash = path.indexOf('/')
  return slash < 0 ? { secret: path, rest: '' } : { secret: path.slice(0, slash), rest: path.slice(slash + 1) }
}

/** `Bearer SECRET`, or the password of `Basic` (RFC 6750, RFC 7617), whatever the user. */
function secretOfHead(authorization: string | undefined): string | undefined {
  const [, scheme, value = ''] = /^(bearer|basic) +(\S+)$/i.exec(authorization ?? '') ?? []
  if (scheme === undefined) return undefined
  if (scheme.toLowerCase() === 'bearer') return value
  const text = Buffer.from(value, 'base64').toString()
  return text.slice(text.indexOf(':') + 1)
}

export const isSecret = (given: string, secret: string): boolean => isSame(digest(given), digest(secret))

export function isSigned(body: Uint8Array, given: string | string[] | undefined, key: string): boolean {
  const text = typeof given === 'string' && /^[0-9a-f]{64}$/i.test(given) ? given : ''
  return isSame(digest(text.toLowerCase()), digest(signatureOf(key, body)))
}

/** The form of a challenge: never like a body, or its answer would be the signature of one that
 *  somebody made up. */
const challengeForm = /^[\w+/=.-]{1,200}$/

/** The answer to a request that only asks whether we have the key (Smartcar, callback verification,
 *  2.0 and 4.0); undefined for any other. */
export function challengeAnswer(body: Uint8Array, key: string): string | undefined {
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(body).toString())
  } catch {
    return undefined
  }
  const { eventType, eventName, data, payload } = fieldsOf(json)
  const challenge =
    eventType === 'VERIFY'
      ? fieldsOf(data)['challenge']
      : eventName === 'verify'
        ? fieldsOf(payload)['challenge']
        : undefined
  if (typeof challenge !== 'string' || !challengeForm.test(challenge)) return undefined
  return JSON.stringify({ challenge: signatureOf(key, Buffer.from(challenge)) })
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}

const signatureOf = (key: string, bytes: Uint8Array): string => createHmac('sha256', key).update(bytes).digest('hex')
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
const isSame = (one: Buffer, other: Buffer): boolean => timingSafeEqual(one, other)
