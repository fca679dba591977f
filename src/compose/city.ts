// The simulated city of a demonstration.
import { Registry } from 'prom-client'
import type { Logger } from '../base/logger.ts'
import { loadCity, type City } from '../city/city.ts'
import { carsUrl } from '../config/cars-url.ts'
import type { Config } from '../config/config.ts'
import { openSecrets } from '../config/secrets.ts'
import type { Role } from '../roles/role.ts'
import { simulate } from '../sim/simulate.ts'
import { planStreets } from '../sim/streets.ts'
import { openBackground, roleOf } from './role-parts.ts'

/** Builds the streets, and gives what lets cars drive in them. Rejects as `loadCity` does. */
export async function loadCityRole() {
  const city = await loadCity()
  planStreets(city)
  return (config: Config, logger: Logger): Promise<Role<'city'>> => openCityRole(city, config, logger)
}

async function openCityRole(city: City, config: Config, logger: Logger): Promise<Role<'city'>> {
  await using stack = new AsyncDisposableStack()
  const registry = new Registry()
  const background = stack.use(openBackground())
  const { cars, seed } = config.demo
  const run = simulate({
    city,
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
