// The commands that talk to a running system from outside: they need its address and its fleet key,
// and nothing it holds open.
import { join } from 'node:path'
import { steadyClock, systemClock } from '../base/clock.ts'
import { openLogger } from '../base/logger.ts'

import { certificatesCommand } from '../certificates/command.ts'
import { carsUrl } from '../config/cars-url.ts'
import type { Config } from '../config/config.ts'
import { openSecrets } from '../config/secrets.ts'
import { latenessMs } from '../engine/lateness.ts'
import { createCatalogue } from '../model/catalogue.ts'
import { vehiclePassword } from '../model/vehicle-credential.ts'
import { parseVehicleKey } from '../model/vehicle-id.ts'
import { replayCommand } from '../replay/command.ts'
import { moveCommand } from '../move/command.ts'
import { mappingCommand } from '../replay/mapping-command.ts'
import { simulateCommand } from '../sim/command.ts'
import { auditCommand } from './audit.ts'
import { newestHeld } from './held-data.ts'
import { stopSignal } from './process-life.ts'
import { salvageCommand } from './salvage.ts'
import { userCommand } from './user.ts'

/** `password TENANT/VEHICLE`: prints the vehicle's MQTT password, and nothing else, to standard
 *  output. */
export async function password(args: readonly string[], config: Config): Promise<number> {
  const ref = parseVehicleKey(args[0] ?? '')
  if (!ref.ok || args.length !== 1) {
    process.stderr.write(`roadstream password TENANT/VEHICLE: ${ref.ok ? 'give one vehicle' : ref.detail}\n`)
    return 2
  }
  process.stdout.write(`${vehiclePassword(openSecrets(config.dataDir).fleetKey(ref.value.tenant), ref.value)}\n`)
  return 0
}

const printing = {
  print: (text: string): void => void process.stdout.write(text),
  complain: (text: string): void => void process.stderr.write(text),
}

/** `simulate …`: a city of cars against a gateway. */
export async function simulate(args: readonly string[], config: Config): Promise<number> {
  return simulateCommand(args, {
    url: carsUrl(config),
    tenant: config.tenant,
    fleetKey: openSecrets(config.dataDir).fleetKey,
    logger: openLogger(config.logLevel),
    signal: stopSignal(),
    ...printing,
  })
}

/** `replay FILE …`: a recorded drive, played as a car against a gateway. */
export async function replay(args: readonly string[], config: Config): Promise<number> {
  return replayCommand(args, {
    url: carsUrl(config),
    tenant: config.tenant,
    fleetKey: openSecrets(config.dataDir).fleetKey,
    catalogue: createCatalogue(config.signals),
    latenessMs,
    held: { newestAt: (keys) => newestHeld(config.dataDir, keys) },
    signal: stopSignal(),
    ...(process.stderr.isTTY ? { terminalColumns: process.stderr.columns } : {}),
    ...printing,
  })
}

/** `mapping test`: mappings held against their examples. */
export async function mapping(args: readonly string[], config: Config): Promise<number> {
  return mappingCommand(args, { catalogue: createCatalogue(config.signals), ...printing })
}

/** `certificates …`: an authority of one's own, in a folder. */
export async function certificates(args: readonly string[], config: Config): Promise<number> {
  return certificatesCommand(args, { folder: join(config.dataDir, 'certificates'), now: systemClock.now, ...printing })
}

/** `move --to FILE`: log and tables, to other engines. `env`: where the settings are from. */
export async function moveEngines(
  args: readonly string[],
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const logger = openLogger(config.logLevel)
  return moveCommand(args, config, env, { now: systemClock.now, steady: steadyClock.now, logger, ...printing })
}

/** `user …`: the people who may sign in. */
export async function user(args: readonly string[], config: Config): Promise<number> {
  return userCommand(args, config, { logger: openLogger(config.logLevel), ...printing })
}

/** `audit verify`: the entries of the audit held against their chain. */
export async function audit(args: readonly string[], config: Config): Promise<number> {
  return auditCommand(args, config, { logger: openLogger(config.logLevel), ...printing })
}

/** `salvage`: what can still be read of a damaged event log, into a new one. */
export async function salvage(args: readonly string[], config: Config): Promise<number> {
  return salvageCommand(args, config, { now: systemClock.now, ...printing })
}
