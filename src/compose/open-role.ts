// How each role that may have a thread is loaded and opened. The code of a role is loaded with it
// alone: each thread has a heap of its own.
import type { Logger } from '../base/logger.ts'
import type { Config } from '../config/config.ts'
import type { GatewayShare } from '../roles/gateway-threads.ts'
import type { ThreadRole } from '../roles/questions.ts'
import type { Role } from '../roles/role.ts'

/** `share`: the part of one of several gateway threads. */
type OpenRole<Name extends ThreadRole> = (config: Config, logger: Logger, share?: GatewayShare) => Promise<Role<Name>>

/** Loads what the role needs whatever the settings, and gives what opens it. Rejects as `loadCity`
 *  does. */
export const loadRole: { readonly [Name in ThreadRole]: () => Promise<OpenRole<Name>> } = {
  gateway: async () => (await import('./gateway.ts')).openGatewayRole,
  jobs: async () => (await import('./jobs.ts')).openJobsRole,
  city: async () => (await import('./city.ts')).loadCityRole(),
}
