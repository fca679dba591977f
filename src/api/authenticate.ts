// Who calls: a program by its token, somebody with a link by that of the link, or a person by the
// cookie of a session. A request with a token is the program's, whatever cookie comes with it, and
// one that a page of another origin made is never a person's.
import type { FastifyRequest } from 'fastify'
import { addressKey } from '../base/address-key.ts'
import { ApiProblem, problem } from './problem.ts'
import type { AccessTokens } from './programs/access-token.ts'
import { callerOfProgram, type ProgramAccess } from './programs/program-access.ts'
import type { Caller, ProgramCaller } from './server-types.ts'
import { shareEnded, type ShareAccess } from './shares/share-access.ts'
import { shareTokenOf } from './shares/share-token.ts'
import { sessionCookieOf, type CookieRule } from './session/session-cookie.ts'
import { callerOfSession, type SignIns } from './session/sessions.ts'

/** Undefined where the caller does not say who it is. Throws a problem where it says so and is not
 *  let in. */
export type Authenticate = (request: FastifyRequest) => Promise<Caller | undefined>

export type AuthenticateParts = {
  readonly sessions: SignIns
  readonly cookie: CookieRule
  readonly shares: Pick<ShareAccess, 'find'>
  readonly programs: Pick<ProgramAccess, 'find' | 'findByHash'>
  readonly accessTokens: AccessTokens
}

export function createAuthenticate(parts: AuthenticateParts): Authenticate {
  const { sessions, cookie, shares } = parts
  return async (request) => {
    const shareToken = shareTokenOf(request)
    if (shareToken !== undefined) return (await shares.find(shareToken)) ?? refuse(shareEnded())
    const { authorization } = request.headers
    if (authorization !== undefined) return (await programOf(authorization, request.ip, parts)) ?? refuse(noSuchToken())
    const text = sessionCookieOf(request, cookie)
    const session = text === undefined ? undefined : await sessions.find(text)
    return session && callerOfSession(session)
  }
}

async function programOf(
  authorization: string,
  ip: string,
  { programs, accessTokens }: AuthenticateParts,
): Promise<ProgramCaller | undefined> {
  const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1]
  if (token === undefined) return undefined
  const claims = accessTokens.open(token)
  const address = addressKey(ip)
  const admitted = claims ? await programs.findByHash(claims.hash, address) : await programs.find(token, address)
  return admitted && callerOfProgram(admitted, claims?.scope)
}

function refuse(error: Error): never {
  throw error
}

/** Undefined as well where it says who it is and is not let in. */
export const callerOrNobody =
  (authenticate: Authenticate): Authenticate =>
  async (request) => {
    try {
      return await authenticate(request)
    } catch (error) {
      if (error instanceof ApiProblem) return undefined
      throw error
    }
  }

export const notSignedIn = (): Error =>
  problem(
    'not-signed-in',
    'Sign in first (POST /api/v1/session; a session lasts 12 hours), or send a token of a program as "authorization: Bearer …".',
  )

const noSuchToken = (): Error =>
  problem(
    'not-signed-in',
    'The authorization is not a token of this system, or the token has expired or was revoked. Send "authorization: Bearer rs_…" with one of a program, or none.',
    { headers: { 'www-authenticate': 'Bearer realm="roadstream", error="invalid_token"' } },
  )
