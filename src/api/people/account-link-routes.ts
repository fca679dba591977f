// The use of a link that makes an account, or sets a password anew, by whoever has it. Attempts
// are counted by address, before the link is looked at.
import { addressKey } from '../../base/address-key.ts'
import { answers, withBody } from '../answers.ts'
import type { AccountLinkInfo, SessionInfo } from '../contract.ts'
import { tooMany } from '../problem.ts'
import { createRateLimit } from '../rate-limit.ts'
import { signInAs, type SessionParts } from '../routes/session-routes.ts'
import { given } from '../routes/route-parts.ts'
import { named, sessionSchema } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import { askerOf } from '../session/sign-in-limits.ts'
import type { AccountLinks } from './account-links.ts'
import { accountLinkInfoSchema, accountLinkTokenSchema, accountLinkUseSchema } from './people-schemas.ts'

const tags = ['session']
const attempts = { burst: 20, perSecond: 1 / 15, keysMax: 50_000 }

export function registerAccountLinkRoutes(server: Server, parts: SessionParts, links: AccountLinks): void {
  const byAddress = createRateLimit(parts.clock, attempts)
  const count = (ip: string): string => {
    const address = addressKey(ip)
    const waitMs = byAddress.take(address)
    if (waitMs > 0) throw tooMany('There were too many attempts from this address. Wait, then open the link.', waitMs)
    return address
  }
  server.post(
    '/account-links/look',
    {
      config: { access: 'everyone' },
      schema: {
        tags,
        operationId: 'lookAtAccountLink',
        summary: 'For whom a link is that makes an account or sets a password anew',
        security: [],
        body: accountLinkTokenSchema,
        response: answers({ status: 200, description: 'The link', schema: named(accountLinkInfoSchema) }, [
          'link-not-valid',
          'too-many-requests',
          ...withBody,
        ]),
      },
    },
    async (request): Promise<AccountLinkInfo> => {
      const address = count(request.ip)
      const { link, user } = await links.look(request.body.token)
      byAddress.giveBack(address)
      const { tenant, label, madeBy, expiresAt } = link
      return { tenant, name: user?.name ?? null, label, madeBy, expiresAt }
    },
  )
  server.post(
    '/account-links/use',
    {
      config: { access: 'everyone' },
      schema: {
        tags,
        operationId: 'useAccountLink',
        summary: 'Makes the account, or sets its password anew and ends its sessions, once; and signs in',
        security: [],
        body: accountLinkUseSchema,
        response: answers({ status: 201, description: 'Signed in', schema: named(sessionSchema) }, [
          'link-not-valid',
          'name-taken',
          'too-many-requests',
          ...withBody,
        ]),
      },
    },
    async (request, reply): Promise<SessionInfo> => {
      const address = count(request.ip)
      const { token, password, name } = request.body
      const user = await links.use({ token, password, ...given({ name }) }, askerOf({ address, browser: undefined }))
      byAddress.giveBack(address)
      await parts.audit.record(request, {
        action: 'make',
        target: { kind: 'account', id: user.id },
        who: { kind: 'person', id: user.id, name: user.name },
        tenant: user.tenant,
      })
      await parts.sessions.endAll(user.id)
      parts.ended()
      reply.status(201)
      return signInAs(parts, request, reply, user, 'a link')
    },
  )
}
