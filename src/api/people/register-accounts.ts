// Everything of accounts: one's own, those of others, and the links that make them.
import type { Storage } from '../../storage/storage.ts'
import type { RouteParts } from '../routes/route-parts.ts'
import type { SessionParts } from '../routes/session-routes.ts'
import type { Server } from '../server-types.ts'
import { createAccountLinks } from './account-links.ts'
import { registerAccountLinkRoutes } from './account-link-routes.ts'
import { registerAccountRoutes } from './account-routes.ts'
import { registerPeopleRoutes } from './people-routes.ts'

export function registerAccounts(
  server: Server,
  { signIns, accountLinks }: Pick<Storage, 'signIns' | 'accountLinks'>,
  parts: SessionParts & Pick<RouteParts, 'cursors'>,
): void {
  const links = createAccountLinks({ ...parts, links: accountLinks })
  registerAccountLinkRoutes(server, parts, links)
  registerAccountRoutes(server, { ...parts, signIns })
  registerPeopleRoutes(server, { ...parts, signIns, accountLinks, links })
}
