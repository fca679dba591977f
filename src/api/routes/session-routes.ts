// Signing in and out, and the making of the first administrator. Attempts are limited (see
// sign-in-limits.ts), counted before the password is looked at; the answer and its time are the
// same whether the name exists or not.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { addressKey } from '../../base/address-key.ts'
import type { Clock } from '../../base/clock.ts'
import { rolesOf } from '../../rights/grant.ts'
import type { Holder } from '../../rights/sight.ts'
import type { User, UserStore } from '../../storage/user-store.ts'
import { answers, signedIn, withBody } from '../answers.ts'
import type { Audit } from '../audit/request-audit.ts'
import type { ApiMetrics } from '../api-metrics.ts'
import type { SessionInfo, SetupState } from '../contract.ts'
import { problem, tooMany } from '../problem.ts'
import { createRateLimit } from '../rate-limit.ts'
import type { Rights } from '../rights.ts'
import { credentialsSchema, named, sessionSchema, setupRequestSchema, setupStateSchema } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import type { KnownBrowsers } from '../session/known-browsers.ts'
import type { Passwords } from '../session/password.ts'
import {
  browserCookieOf,
  clearSessionCookie,
  setBrowserCookie,
  setSessionCookie,
  type CookieRule,
} from '../session/session-cookie.ts'
import type { SignIns } from '../session/sessions.ts'
import type { Setup } from '../session/setup.ts'
import { calledBy, personCalling } from './route-parts.ts'
import { browserName } from '../session/browser-name.ts'
import { askerOf, createSignInLimits } from '../session/sign-in-limits.ts'

export type SessionParts = {
  readonly users: UserStore
  readonly sessions: SignIns
  readonly browsers: KnownBrowsers
  readonly setup: Setup
  readonly passwords: Passwords
  readonly cookie: CookieRule
  readonly clock: Clock
  readonly metrics: ApiMetrics
  readonly rights: Rights
  readonly audit: Audit
  /** A session has ended: what hangs on it should too. */
  readonly ended: () => void
}

/** Attempts to set up, from an address. */
const setupLimit = { burst: 20, perSecond: 1 / 15, keysMax: 50_000 }

export function registerSessionRoutes(server: Server, parts: SessionParts): void {
  registerSetup(server, parts)
  registerSignIn(server, parts)
  registerSession(server, parts)
}

/** Whether there is an administrator, and the making of the first. */
function registerSetup(server: Server, parts: SessionParts): void {
  const { setup, audit, clock } = parts
  const byAddress = createRateLimit(clock, setupLimit)

  server.get(
    '/setup',
    {
      config: { access: 'everyone' },
      schema: {
        tags: ['session'],
        operationId: 'getSetup',
        summary: 'Whether the first administrator is still to be made',
        security: [],
        response: answers({ status: 200, description: 'The state', schema: named(setupStateSchema) }, []),
      },
    },
    async (): Promise<SetupState> => ({ needed: await setup.needed() }),
  )

  server.post(
    '/setup',
    {
      config: { access: 'everyone' },
      schema: {
        tags: ['session'],
        operationId: 'setUp',
        summary: 'Makes the first administrator with the token of the setup link, once, and signs in',
        security: [],
        body: setupRequestSchema,
        response: answers({ status: 201, description: 'Made and signed in', schema: named(sessionSchema) }, [
          'wrong-setup-token',
          'already-set-up',
          'too-many-requests',
          ...withBody,
        ]),
      },
    },
    async (request, reply): Promise<SessionInfo> => {
      const address = addressKey(request.ip)
      const waitMs = byAddress.take(address)
      if (waitMs > 0)
        throw tooMany(
          'There were too many attempts to set up from this address. Wait, then use the link the server printed.',
          waitMs,
        )
      const { token, name, password } = request.body
      const user = await setup.complete(token, name, password, askerOf({ address, browser: undefined }))
      request.log.warn({ tenant: user.tenant }, 'the first administrator was made; the setup link is void')
      await audit.record(request, { ...deedOf(user), action: 'set-up' })
      reply.status(201)
      return signInAs(parts, request, reply, user)
    },
  )
}

function registerSignIn(server: Server, parts: SessionParts): void {
  const { users, passwords, browsers, cookie, metrics, audit } = parts
  const limits = createSignInLimits(parts.clock)

  server.post(
    '/session',
    {
      config: { access: 'everyone' },
      schema: {
        tags: ['session'],
        operationId: 'signIn',
        summary: 'Signs in and sets the session cookie',
        security: [],
        body: credentialsSchema,
        response: answers({ status: 200, description: 'Signed in', schema: named(sessionSchema) }, [
          'wrong-credentials',
          'too-many-requests',
          ...withBody,
        ]),
      },
    },
    async (request, reply): Promise<SessionInfo> => {
      const { name, password } = request.body
      const browser = browsers.find(browserCookieOf(request, cookie), name)
      const attempt = { name, address: addressKey(request.ip), browser }
      const waitMs = limits.take(attempt)
      if (waitMs > 0) {
        metrics.signIns.inc({ outcome: 'limited' })
        await audit.seldom(request, { ...unknownSignIn, reason: 'too many attempts' })
        throw tooMany('There were too many attempts to sign in. Wait, then try again.', waitMs)
      }
      const user = await users.findByName(name)
      if (
        !(await passwords.verify(password, user?.passwordHash ?? undefined, askerOf(attempt))) ||
        user === undefined ||
        user.disabledAt !== undefined
      ) {
        metrics.signIns.inc({ outcome: 'refused' })
        await recordRefused(audit, request, user)
        throw problem('wrong-credentials', 'Check the name and the password and try again.')
      }
      limits.giveBack(attempt)
      metrics.signIns.inc({ outcome: 'accepted' })
      return signInAs(parts, request, reply, user)
    },
  )
}

/** Who is signed in, and signing out. */
function registerSession(server: Server, parts: SessionParts): void {
  const { users, sessions, cookie, audit, ended } = parts
  server.get(
    '/session',
    {
      config: { access: 'signed-in' },
      schema: {
        tags: ['session'],
        operationId: 'getSession',
        summary: 'Who is signed in',
        response: answers({ status: 200, description: 'The session', schema: named(sessionSchema) }, [...signedIn]),
      },
    },
    async (request): Promise<SessionInfo> => {
      const caller = calledBy(request)
      const user = caller.kind === 'person' ? await users.findById(caller.id) : undefined
      return infoOf(parts.rights, { ...caller, passwordHash: user?.passwordHash ?? null })
    },
  )

  server.delete(
    '/session',
    {
      config: { access: 'signed-in' },
      schema: {
        tags: ['session'],
        operationId: 'signOut',
        summary: 'Signs out: the session ends at once and everywhere',
        response: answers({ status: 204, description: 'Signed out' }, [...signedIn]),
      },
    },
    async (request, reply) => {
      const caller = personCalling(request)
      await audit.record(request, { action: 'sign-out', target: { kind: caller.kind, id: caller.id } })
      try {
        await sessions.end(caller.id, caller.session.id)
      } finally {
        ended()
      }
      clearSessionCookie(reply, cookie)
      return reply.status(204).send()
    },
  )
}

/** Signs in once it is written that this was done, `how` when not by a password. */
export async function signInAs(
  parts: SessionParts,
  request: FastifyRequest,
  reply: FastifyReply,
  user: User,
  how?: string,
): Promise<SessionInfo> {
  await parts.audit.record(request, {
    ...deedOf(user),
    action: 'sign-in',
    ...(how !== undefined && { after: { how } }),
  })
  const { sessions, browsers, cookie, clock } = parts
  const { token, session } = await sessions.issue(user, {
    address: request.ip,
    browser: browserName(request.headers['user-agent']),
  })
  setSessionCookie(reply, cookie, token, session.expiresAt - clock.now())
  setBrowserCookie(reply, cookie, browsers.issue(user.name))
  return infoOf(parts.rights, user)
}

const deedOf = ({ id, name, tenant }: Pick<User, 'id' | 'name' | 'tenant'>) =>
  ({ who: { kind: 'person', id, name }, target: { kind: 'person', id }, tenant }) as const

/** A name that nobody has is not kept: it may be a password that was typed in its place. */
export const unknownSignIn = { action: 'sign-in', target: { kind: 'person', id: '' }, result: 'refused' } as const

/** Attempts at a name that there is are limited, and all are written; of those at others, the first
 *  of an address in a quarter of an hour. */
const recordRefused = (audit: Audit, request: FastifyRequest, user: User | undefined): Promise<void> =>
  user === undefined
    ? audit.seldom(request, { ...unknownSignIn, reason: 'nobody has that name' })
    : audit.record(request, { ...deedOf(user), action: 'sign-in', result: 'refused', reason: 'the password is wrong' })

const infoOf = (rights: Rights, who: Holder & Pick<User, 'name' | 'passwordHash'>): SessionInfo => ({
  name: who.name,
  tenant: who.tenant,
  roles: rolesOf(who.grants),
  permissions: rights.allOf(who),
  hasPassword: who.passwordHash !== null,
})
