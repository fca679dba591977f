// The secret in a link: 32 random bytes, with a beginning by which it is told from other tokens and
// found where it should not be. Only its hash is kept.
import { createHash, randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

const beginning = 'rsl_'
/** Nobody guesses 256 bits, so a fast hash without salt is enough. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** A new token and its hash. */
export function newShareToken(): { readonly token: string; readonly hash: string } {
  const token = `${beginning}${randomBytes(32).toString('base64url')}`
  return { token, hash: hashOf(token) }
}

const isShareToken = (text: string): boolean => /^rsl_[\w-]{43}$/.test(text)

/** The token of a link that a request comes with; undefined where it comes with none. */
export function shareTokenOf({ headers }: FastifyRequest): string | undefined {
  const token = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
  return token?.startsWith(beginning) === true ? token : undefined
}

/** Undefined where it cannot be a token. */
export const hashOfShareToken = (text: string): string | undefined => (isShareToken(text) ? hashOf(text) : undefined)
