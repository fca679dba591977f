// The secret in a link: 32 random bytes, with a beginning by which it is told from other tokens and
// found where it should not be. Only its hash is kept.
import { randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { hashOfSecret } from '../signed-text.ts'

const beginning = 'rsl_'

/** A new token and its hash. */
export function newShareToken(): { readonly token: string; readonly hash: string } {
  const token = `${beginning}${randomBytes(32).toString('base64url')}`
  return { token, hash: hashOfSecret(token) }
}

const isShareToken = (text: string): boolean => /^rsl_[\w-]{43}$/.test(text)

/** The token of a link that a request comes with; undefined where it comes with none. */
export function shareTokenOf({ headers }: FastifyRequest): string | undefined {
  const token = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
  return token?.startsWith(beginning) === true ? token : undefined
}

/** Undefined where it cannot be a token. */
export const hashOfShareToken = (text: string): string | undefined =>
  isShareToken(text) ? hashOfSecret(text) : undefined
