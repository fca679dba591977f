// For tests: a gateway of the tenant `acme` on a log in memory, to which recordings are played.
import { Registry } from 'prom-client'
import { steadyClock, type Clock } from '../base/clock.ts'
import { silentLogger } from '../base/logger.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { vehicleAdmission } from '../gateway/admission/vehicle-admission.ts'
import { openGatewayStore } from '../gateway/gateway-store.ts'
import { openGateway } from '../gateway/gateway.ts'

export const fleetKey = Buffer.alloc(32, 3)

/** `clock` is the gateway's, and `logClock` that of the log: the wall's without it. */
export async function openFleetGateway({ clock, logClock }: { readonly clock: Clock; readonly logClock?: Clock }) {
  const { log, state } = openMemoryLog({ partitions: 4, ...(logClock !== undefined && { clock: logClock }) })
  const gateway = await openGateway({
    listeners: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
    store: openGatewayStore({ log, state }),
    admission: vehicleAdmission({ fleetKeys: new Map([['acme', fleetKey]]) }),
    clock,
    steady: steadyClock,
    logger: silentLogger,
    registry: new Registry(),
  })
  return {
    log,
    gateway,
    url: `mqtt://127.0.0.1:${gateway.port}`,
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  }
}
