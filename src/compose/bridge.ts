// The gateway role when another broker holds the cars' connections.
import { Registry } from 'prom-client'
import { steadyClock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { brokerUrlText, type BridgeConfig } from '../config/bridge.ts'
import type { Config } from '../config/config.ts'
import { openSecrets } from '../config/secrets.ts'
import type { HomeAssistantMessage } from '../home-assistant/messages.ts'
import { sessionsElsewhere } from '../roles/gateways.ts'
import type { Role } from '../roles/role.ts'
import { openDerivedLog, openLogs } from './adapters.ts'
import { bridgeServer, derivedClientId, showsPassword } from './bridge-server.ts'
import { openHttpPublishers, openTrackers, openTranslations, startRebirths } from './publishers.ts'
import { openBackground, ownDrainMs, refusalOf, roleOf } from './role-parts.ts'

export async function openBridgeRole(
  config: Config,
  bridgeConfig: BridgeConfig,
  logger: Logger,
): Promise<Role<'gateway'>> {
  await using stack = new AsyncDisposableStack()
  const registry = new Registry()
  const { log, state, refusal } = stack.use(await openLogs(config, 'uplink', logger, { registry }))
  const derived = config.homeAssistant ? stack.use(await openDerivedLog(config, logger)).log : undefined
  const background = stack.use(openBackground())
  const { presence } = await import('../home-assistant/messages.ts')
  const { openBridge } = await import('../bridge/bridge.ts')
  const publishers = await openTranslations(config)
  const bridge = stack.use(
    openBridge({
      server: bridgeServer(bridgeConfig),
      clientId: bridgeConfig.clientId ?? derivedClientId(openSecrets(config.dataDir).fleetKey(config.tenant)),
      group: bridgeConfig.group,
      tenants: [config.tenant],
      publishers,
      presence: config.homeAssistant ? presence : undefined,
      connections: bridgeConfig.connections,
      log,
      limits: { drainTimeoutMs: ownDrainMs(config) },
      steady: steadyClock,
      logger,
      registry,
    }),
  )
  stack.use(await openHttpPublishers(config, publishers, { log, logger, registry }))
  stack.use(await openTrackers(config, { log, logger, registry }))
  if (derived !== undefined) {
    const { openHomeAssistant } = await import('../home-assistant/home-assistant.ts')
    const publish = ({ topic, payload }: HomeAssistantMessage) =>
      bridge.publish(topic, Buffer.from(payload), { qos: 1, retain: true })
    const reached = () => bridge.state().subscriptions
    const told = await openHomeAssistant({
      derived,
      state,
      tenant: config.tenant,
      publish,
      reached,
      steady: steadyClock,
      logger,
      registry,
    })
    background.run(told.run(background.signal))
  }
  background.run(startRebirths(config, bridge, { uplink: { log, state }, logger, registry, signal: background.signal }))
  const broker = brokerUrlText(bridgeConfig.url)
  if (showsPassword(bridgeConfig))
    logger.warn(
      { broker },
      "the bridge's password goes to the broker in clear text: let ROADSTREAM_BRIDGE begin with mqtts:// unless the network is yours",
    )
  return roleOf<'gateway'>(stack.move(), registry, background.ended, {
    ...sessionsElsewhere(broker),
    metrics: () => registry.getMetricsAsJSON(),
    report: async () => {
      const { connections, subscribed, trouble } = bridge.state()
      const report = { broker, connections, subscribed, trouble }
      return {
        port: null,
        addresses: [],
        connections: null,
        ack: bridge.ackLatency(),
        disconnects: {},
        reasonCodes: [],
        bridge: report,
        refusal: refusalOf(refusal),
      }
    },
  })
}
