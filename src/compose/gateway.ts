// The gateway role: the MQTT server on this machine's addresses, in one thread or several, with the
// listeners for publishers and trackers beside it.
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { steadyClock, systemClock } from '../base/clock.ts'
import { lockFolder } from '../base/folder-lock.ts'
import type { Logger } from '../base/logger.ts'
import { carsInClear } from '../config/clear-text.ts'
import type { Config } from '../config/config.ts'
import { openSecrets } from '../config/secrets.ts'
import type { GatewayStore } from '../gateway/gateway-store.ts'
import type { ListenerOptions } from '../gateway/gateway.ts'
import type { GatewayShare } from '../roles/gateway-threads.ts'
import type { Role } from '../roles/role.ts'
import { openLogs, type OpenedLogs } from './adapters.ts'
import { openBridgeRole } from './bridge.ts'
import { openHttpPublishers, openTrackers, openTranslations } from './publishers.ts'
import { openBackground, ownDrainMs, refusalOf, roleOf } from './role-parts.ts'

function listenersOf({ transports: { mqtt, mqtts, ws, wss, tls, proxyFrom, origins } }: Config): ListenerOptions[] {
  const behind = proxyFrom === undefined ? {} : { proxyFrom }
  const web = { ...behind, ...(origins === undefined ? {} : { origins }) }
  return [
    ...(mqtt === undefined ? [] : [{ kind: 'tcp' as const, ...mqtt, ...behind }]),
    ...(mqtts === undefined || tls === undefined ? [] : [{ kind: 'tls' as const, ...mqtts, tls, ...behind }]),
    ...(ws === undefined ? [] : [{ kind: 'ws' as const, ...ws, ...web }]),
    ...(wss === undefined || tls === undefined ? [] : [{ kind: 'wss' as const, ...wss, tls, ...web }]),
  ]
}

export async function openGatewayRole(config: Config, logger: Logger, share?: GatewayShare): Promise<Role<'gateway'>> {
  if (share === undefined) for (const warning of config.warnings) logger.warn(warning)
  if (config.bridge !== undefined) return openBridgeRole(config, config.bridge, logger)
  if (config.gateway.threads === 1 || share !== undefined) return openOneGateway(config, logger, share)
  const { openGatewayThreads } = await import('../roles/gateway-threads.ts')
  const { freePortsFor } = await import('../gateway/transport/listener.ts')
  const ports = await freePortsFor(listenersOf(config))
  return openGatewayThreads({ config, ports, open: (own) => openOneGateway(config, logger, own) })
}

function warnOfClearText(config: Config, logger: Logger): void {
  const inClear = carsInClear(config)
  if (inClear.length > 0)
    logger.warn(
      { addresses: inClear },
      "cars' passwords and messages travel without TLS: give ROADSTREAM_MQTTS, and let these addresses be none or 127.0.0.1, unless the network is yours",
    )
}

async function openStore({ log, state, isSplit }: OpenedLogs, logger: Logger): Promise<GatewayStore> {
  const { gatewayTask, openGatewayStore } = await import('../gateway/gateway-store.ts')
  if (!isSplit) return openGatewayStore({ log, state })
  if (state.tasks().includes(gatewayTask))
    logger.warn(
      'the data folder has sessions and retained messages of the embedded event log, which are not used on Kafka: unset ROADSTREAM_KAFKA and carry them by `roadstream move`, or clients subscribe again (docs/moving.md)',
    )
  const { openSharedGatewayStore } = await import('../gateway/claims/shared-store.ts')
  return openSharedGatewayStore({ log, local: state, logger })
}

/** `share`: it is one of several threads that are one gateway. */
async function openOneGateway(
  config: Config,
  logger: Logger,
  share: GatewayShare | undefined,
): Promise<Role<'gateway'>> {
  await using stack = new AsyncDisposableStack()
  const registry = new Registry()
  const isFirst = share === undefined || share.member.index === 0
  // However it ends: the others wait for this thread, and hear by that that it does not come.
  stack.defer(() => share?.member.ports.forEach((port) => port?.close()))
  // Sessions have one owner at a time: what two processes store of the same clients, the one takes
  // from the other.
  if (isFirst) stack.use(await lockFolder(join(config.dataDir, 'log')))
  const opened = stack.use(await openLogs(config, 'uplink', logger, { registry }))
  const { log, refusal } = opened
  const background = stack.use(openBackground())
  const { openGateway } = await import('../gateway/gateway.ts')
  const { vehicleAdmission } = await import('../gateway/admission/vehicle-admission.ts')
  const store = await openStore(opened, logger)
  const gateway = stack.use(
    await openGateway({
      listeners: listenersOf(config).map((own, index) =>
        share === undefined ? own : { ...own, port: share.ports[index]!, reusePort: true },
      ),
      ...(share === undefined ? {} : { member: share.member }),
      store,
      limits: { ...config.gateway.rates, drainTimeoutMs: ownDrainMs(config) },
      admission: vehicleAdmission({
        fleetKeys: new Map([[config.tenant, openSecrets(config.dataDir).fleetKey(config.tenant)]]),
      }),
      clock: systemClock,
      steady: steadyClock,
      logger,
      registry,
    }),
  )
  if (store.claims !== undefined) background.run(store.claims.follow(background.signal))
  if (isFirst) {
    warnOfClearText(config, logger)
    stack.use(await openHttpPublishers(config, await openTranslations(config), { log, logger, registry }))
    stack.use(await openTrackers(config, { log, logger, registry }))
  }
  return roleOf<'gateway'>(stack.move(), registry, background.ended, {
    list: gateway.sessions.list,
    inspect: async (session) => gateway.sessions.inspect(session),
    disconnect: gateway.sessions.disconnect,
    metrics: () => registry.getMetricsAsJSON(),
    report: async () => ({
      port: gateway.addresses.find(({ kind }) => kind === 'tcp')?.port ?? null,
      addresses: gateway.addresses,
      connections: gateway.connectionCount(),
      ack: gateway.ackLatency(),
      disconnects: gateway.disconnects(),
      reasonCodes: gateway.reasonCodes(),
      bridge: null,
      refusal: refusalOf(refusal),
    }),
  })
}
