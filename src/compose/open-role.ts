// How each role that may have a thread is opened.
import type { Logger } from '../base/logger.ts'
import type { Config } from '../config/config.ts'
import type { GatewayShare } from '../roles/gateway-threads.ts'
import type { ThreadRole } from '../roles/questions.ts'
import type { Role } from '../roles/role.ts'
import { openCityRole } from './city.ts'
import { openGatewayRole } from './gateway.ts'
import { openJobsRole } from './jobs.ts'

/** `share`: the part of one of several gateway threads. */
export const openRole: {
  readonly [Name in ThreadRole]: (config: Config, logger: Logger, share?: GatewayShare) => Promise<Role<Name>>
} = {
  gateway: openGatewayRole,
  jobs: openJobsRole,
  city: openCityRole,
}
