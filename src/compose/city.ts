// The simulated city of a demonstration.
import { Registry } from 'prom-client'
import type { Logger } from '../base/logger.ts'
import { carsUrl, type Config } from '../config/config.ts'
import { openSecrets } from '../config/secrets.ts'
import type { Role } from '../roles/role.ts'
import { openBackground, roleOf } from './role-parts.ts'

export async function openCityRole(config: Config, logger: Logger): Promise<Role<'city'>> {
  await using stack = new AsyncDisposableStack()
  const registry = new Registry()
  const background = stack.use(openBackground())
  const { simulate } = await import('../sim/simulate.ts')
  const { cars, seed } = config.demo
  const run = simulate({
    url: carsUrl(config),
    tenant: config.tenant,
    fleetKey: openSecrets(config.dataDir).fleetKey(config.tenant),
    cars,
    seed,
    signal: background.signal,
    logger,
  })
  background.run(run.then(() => {}))
  return roleOf<'city'>(stack.move(), registry, background.ended, {
    report: async () => ({ cars }),
    metrics: () => registry.getMetricsAsJSON(),
  })
}
