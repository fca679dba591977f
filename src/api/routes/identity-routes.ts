// Signing in at an identity provider: a browser is sent there and comes back with a code. Both
// addresses are for browsers, not for programs: faults lead to the sign-in page, which says them.
import { Type } from 'typebox'
import { addressKey } from '../../base/address-key.ts'
import { Outage } from '../../base/errors.ts'
import { IdentityRefused } from '../../identity/identity-provider.ts'
import { answers } from '../answers.ts'
import type { ElsewhereFault, IdentityProviderState } from '../contract.ts'
import { tooMany } from '../problem.ts'
import { createRateLimit } from '../rate-limit.ts'
import { identityProviderStateSchema, named, query } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import { createWaitingSeal, ownPath, personOf, waitingMs, type IdentityOptions } from '../session/elsewhere.ts'
import { clearWaitingCookie, setWaitingCookie, waitingCookieOf } from '../session/session-cookie.ts'
import { signInAs, unknownSignIn, type SessionParts } from './session-routes.ts'
import type { FastifyRequest } from 'fastify'

export type IdentityParts = SessionParts & {
  readonly identity: IdentityOptions | undefined
  readonly secret: Uint8Array
  /** Where browsers reach us, without a final slash, when that is not what they ask for. */
  readonly publicUrl: string | undefined
}

const path = '/session/identity-provider'
const tags = ['session']
const moved = { status: 302, description: 'To the provider, or to a page of ours' } as const
/** Sign-ins that begin or end, from an address. */
const limit = { burst: 60, perSecond: 1, keysMax: 50_000 }

export function registerIdentityRoutes(server: Server, parts: IdentityParts): void {
  const { identity } = parts
  server.get(
    path,
    {
      config: { access: 'everyone' },
      schema: {
        tags,
        operationId: 'getIdentityProvider',
        summary: 'Whether people can sign in at an identity provider, and how they call it',
        security: [],
        response: answers({ status: 200, description: 'The provider', schema: named(identityProviderStateSchema) }, []),
      },
    },
    async (): Promise<IdentityProviderState> => ({ name: identity?.provider.name ?? null }),
  )
  registerWay(server, parts)
}

function registerWay(server: Server, parts: IdentityParts): void {
  const { identity, users, clock, cookie, metrics, audit } = parts
  const seal = createWaitingSeal(parts.secret, clock)
  const byAddress = createRateLimit(clock, limit)
  const count = (request: FastifyRequest): void => {
    const waitMs = byAddress.take(addressKey(request.ip))
    if (waitMs > 0) throw tooMany('There were too many sign-ins from this address. Wait, then try again.', waitMs)
  }
  const returnUrl = (request: FastifyRequest): string =>
    `${parts.publicUrl ?? `http://${request.headers.host ?? ''}`}/api/v1${path}/return`

  server.get(
    `${path}/start`,
    {
      config: { access: 'everyone' },
      schema: {
        tags,
        operationId: 'beginSignInElsewhere',
        summary: 'Sends the browser to the identity provider',
        security: [],
        querystring: query({
          back: Type.Optional(Type.String({ maxLength: 501, description: 'The page of ours to go on to.' })),
        }),
        response: answers(moved, ['too-many-requests']),
      },
    },
    async (request, reply) => {
      count(request)
      if (identity === undefined) return reply.redirect(faultPage('none'))
      try {
        const { url, secrets } = await identity.provider.begin(returnUrl(request))
        setWaitingCookie(reply, cookie, seal.seal({ ...secrets, back: ownPath(request.query.back) }), waitingMs)
        return await reply.redirect(url)
      } catch (error) {
        return await reply.redirect(faultPage(faultOf(request, error)))
      }
    },
  )

  server.get(
    `${path}/return`,
    {
      config: { access: 'everyone', isReturn: true },
      schema: {
        tags,
        operationId: 'endSignInElsewhere',
        summary: 'Where the identity provider sends the browser back: signs in, and goes on',
        security: [],
        querystring: Type.Record(Type.String(), Type.String({ maxLength: 8192 })),
        response: answers(moved, ['too-many-requests']),
      },
    },
    async (request, reply) => {
      count(request)
      const waiting = seal.open(waitingCookieOf(request, cookie))
      clearWaitingCookie(reply, cookie)
      if (identity === undefined) return reply.redirect(faultPage('none'))
      if (waiting === undefined) return reply.redirect(faultPage('expired'))
      const { back, ...secrets } = waiting
      const [, called = ''] = /^[^?]*(\?.*)?$/s.exec(request.url) ?? []
      try {
        const user = await personOf(
          await identity.provider.complete(returnUrl(request) + called, secrets),
          identity,
          users,
        )
        if (user === undefined || user.disabledAt !== undefined) {
          metrics.signIns.inc({ outcome: 'refused' })
          await audit.seldom(request, { ...unknownSignIn, reason: `no group at ${identity.provider.name} has a role` })
          return await reply.redirect(faultPage('no-role'))
        }
        await signInAs(parts, request, reply, user, identity.provider.name)
        metrics.signIns.inc({ outcome: 'accepted' })
        return await reply.redirect(back)
      } catch (error) {
        metrics.signIns.inc({ outcome: 'refused' })
        return await reply.redirect(faultPage(faultOf(request, error)))
      }
    },
  )
}

/** The sign-in page, which says what went wrong. */
const faultPage = (fault: ElsewhereFault): string => `/login?elsewhere=${fault}`

function faultOf(request: FastifyRequest, error: unknown): ElsewhereFault {
  if (error instanceof IdentityRefused) return 'refused'
  if (!(error instanceof Outage)) throw error
  // Its cause may quote what the provider said: the code is enough.
  request.log.warn({ code: error.code }, error.message)
  return 'unavailable'
}
