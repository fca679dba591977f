// One's own account: where one is signed in, and the password. To change what lets somebody in,
// the person has to have proved who he is lately: a browser left open is not enough.
import { Type } from 'typebox'
import { addressKey } from '../../base/address-key.ts'
import type { SignInStore } from '../../storage/sign-in-store.ts'
import { answers, signedIn, withBody } from '../answers.ts'
import type { SessionInfo, SignInList } from '../contract.ts'
import { problem, tooMany } from '../problem.ts'
import { signInAs, type SessionParts } from '../routes/session-routes.ts'
import { personCalling } from '../routes/route-parts.ts'
import { named, rowId, sessionSchema } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import { passwordFault } from '../session/password-rules.ts'
import { askerOf, createSignInLimits } from '../session/sign-in-limits.ts'
import { faultyField } from './account-links.ts'
import { passwordRequestSchema, signInListSchema } from './people-schemas.ts'
import { signInList } from './sign-in-list.ts'

export type AccountParts = SessionParts & { readonly signIns: SignInStore }

const tags = ['account']
const config = { access: 'signed-in' } as const

export function registerAccountRoutes(server: Server, parts: AccountParts): void {
  registerSignIns(server, parts)
  registerPassword(server, parts)
}

function registerSignIns(server: Server, { signIns, sessions, clock, audit, ended }: AccountParts): void {
  server.get(
    '/account/sign-ins',
    {
      config,
      schema: {
        tags,
        operationId: 'listSignIns',
        summary: 'Where you are signed in, the newest first',
        response: answers({ status: 200, description: 'All', schema: named(signInListSchema) }, signedIn),
      },
    },
    async (request): Promise<SignInList> => {
      const { id, session } = personCalling(request)
      return signInList(await signIns.of(id), session.id, clock.now())
    },
  )
  server.delete(
    '/account/sign-ins',
    {
      config,
      schema: {
        tags,
        operationId: 'endOtherSignIns',
        summary: 'Signs you out everywhere but here',
        response: answers({ status: 204, description: 'Signed out' }, signedIn),
      },
    },
    async (request, reply) => {
      const { id, session } = personCalling(request)
      await audit.change(request, { action: 'end', target: { kind: 'person', id } }, () =>
        sessions.endAll(id, session.id),
      )
      ended()
      return reply.status(204).send()
    },
  )
  server.delete(
    '/account/sign-ins/:signIn',
    {
      config,
      schema: {
        tags,
        operationId: 'endSignIn',
        summary: 'Signs you out in one browser',
        params: Type.Object({ signIn: rowId }),
        response: answers({ status: 204, description: 'Signed out' }, ['not-found', ...signedIn]),
      },
    },
    async (request, reply) => {
      const { id } = personCalling(request)
      await audit.change(request, { action: 'end', target: { kind: 'person', id } }, async () => {
        if (!(await sessions.end(id, request.params.signIn)))
          throw problem('not-found', 'You are signed in nowhere by that id. The list has where you are.')
      })
      ended()
      return reply.status(204).send()
    },
  )
}

function registerPassword(server: Server, parts: AccountParts): void {
  const { users, sessions, passwords, clock, audit, ended } = parts
  const limits = createSignInLimits(clock)
  server.put(
    '/account/password',
    {
      config,
      schema: {
        tags,
        operationId: 'changePassword',
        summary: 'Gives you another password, and signs you out everywhere but here',
        body: passwordRequestSchema,
        response: answers({ status: 200, description: 'Changed', schema: named(sessionSchema) }, [
          'wrong-password',
          ...signedIn,
          ...withBody,
        ]),
      },
    },
    async (request, reply): Promise<SessionInfo> => {
      const { id, name } = personCalling(request)
      const { old, password } = request.body
      const attempt = { name, address: addressKey(request.ip), browser: id }
      const waitMs = limits.take(attempt)
      if (waitMs > 0) throw tooMany('There were too many wrong passwords. Wait, then try again.', waitMs)
      const user = await users.findById(id)
      if (!(await passwords.verify(old, user?.passwordHash ?? undefined, askerOf(attempt))) || user === undefined)
        throw problem('wrong-password', 'The old password is not yours. Check it and try again.', {
          errors: [{ field: 'old', message: 'It is not your password.' }],
        })
      limits.giveBack(attempt)
      const fault = await passwordFault(password, name)
      if (fault !== undefined) throw faultyField('password', fault)
      const passwordHash = await passwords.hash(password, askerOf(attempt))
      const deed = { action: 'change', target: { kind: 'person', id }, after: { what: 'how to sign in' } } as const
      await audit.change(request, deed, () => users.setPassword(id, passwordHash))
      await sessions.endAll(id)
      ended()
      return signInAs(parts, request, reply, { ...user, passwordHash })
    },
  )
}
