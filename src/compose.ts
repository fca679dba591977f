// Config -> adapters -> roles. The only file that knows which adapter stands behind a port; each is loaded when a role
// needs it. What is opened here is closed here, in the opposite order, by an AsyncDisposableStack.
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { fileURLToPath } from 'node:url'
import { steadyClock, systemClock } from './base/clock.ts'
import { lockFolder } from './base/folder-lock.ts'
import type { Logger } from './base/logger.ts'
import { brokerUrlText, type BridgeConfig } from './config/bridge.ts'
import { carsInClear, peopleInClear } from './config/clear-text.ts'
import { carsUrl, type Config } from './config/config.ts'
import { openControlSocket } from './roles/control-socket.ts'
import { heldData } from './roles/held-data.ts'
import { allSessions, sessionsElsewhere } from './roles/gateways.ts'
import type { GatewayShare } from './roles/gateway-threads.ts'
import type { EventLog, TopicSpec } from './eventlog/event-log.ts'
import type { HomeAssistantMessage } from './home-assistant/messages.ts'
import type { ListenerOptions } from './gateway/gateway.ts'
import { derivedLogTopics, uplinkTopics } from './eventlog/topics.ts'
import type { JobsReport, Questions, ThreadRole } from './roles/questions.ts'
import type { ApiRole, Role } from './roles/role.ts'
import { openSecrets } from './config/secrets.ts'
import type { Storage } from './storage/storage.ts'
import type { Written } from './writers/writers.ts'
import type { StateStore } from './eventlog/state-store.ts'
import { watchDamage } from './log-damage.ts'
import { openRates } from './roles/message-rates.ts'
import { openHttpPublishers, openTrackers, openTranslations, startRebirths, startTranslator } from './publishers.ts'
import { metricsText, systemParts, systemPeers, type Threads } from './roles/system-state.ts'

/** The log of what cars publish, and that of what jobs derive with the jobs' state beside it; `more` are topics that are the
 *  caller's own. */
export async function openLogs(
  config: Config,
  which: 'uplink' | 'derived',
  logger: Logger,
  more: readonly TopicSpec[] = [],
): Promise<AsyncDisposable & { readonly log: EventLog; readonly state: StateStore }> {
  const [{ openLmdbLog }, { checkedOpening }] = await Promise.all([
    import('./eventlog/lmdb/lmdb-log.ts'),
    import('./eventlog/lmdb/checked-opening.ts'),
  ])
  const dir = join(config.dataDir, which === 'uplink' ? 'log' : 'derived')
  await using stack = new AsyncDisposableStack()
  // Threads come after the process they are of, which has looked.
  if (isMainThread) stack.use(checkedOpening(dir))
  const retention = { ms: config.log.retentionMs, bytes: config.log.retentionBytes }
  const declared = [...more, ...(which === 'uplink' ? uplinkTopics : derivedLogTopics)]
  const topics = new Map(declared.map((topic) => [topic.name, topic]))
  const { log, state } = stack.use(
    openLmdbLog({
      dir,
      partitions: config.log.partitions,
      topics: [...topics.values()].map((topic) => ({ retention, ...topic })),
      bytesMax: config.log.bytesMax,
      clockJump: config.log.clockJump,
      logger,
    }),
  )
  const opened = stack.move()
  return { log, state, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** What `salvage` needs of the log's adapter. */
export async function salvageTools() {
  const [{ isWhole }, { salvageLog }] = await Promise.all([import('./eventlog/lmdb/is-whole.ts'), import('./eventlog/lmdb/salvage.ts')])
  return { isWhole, salvageLog }
}

export async function openStorage(config: Config, logger: Logger): Promise<Storage> {
  const { openPgliteStorage } = await import('./storage/postgres/pglite-storage.ts')
  return openPgliteStorage({ dir: join(config.dataDir, 'postgres'), logger })
}

/** Background work of a role: aborted and awaited on disposal; the first of it to fail ends the role. */
function openTasks() {
  const stop = new AbortController()
  const failed = Promise.withResolvers<void>()
  failed.promise.catch(() => {})
  const running: Promise<void>[] = []
  return {
    signal: stop.signal,
    ended: failed.promise,
    run(task: Promise<void>): void {
      running.push(
        task.catch((error: unknown) => {
          if (!stop.signal.aborted) failed.reject(error)
        }),
      )
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all(running)
      failed.resolve()
    },
  }
}

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

async function openGatewayRole(config: Config, logger: Logger, share?: GatewayShare): Promise<Role<'gateway'>> {
  if (share === undefined) for (const warning of config.warnings) logger.warn(warning)
  if (config.bridge !== undefined) return openBridgeRole(config, config.bridge, logger)
  if (config.gateway.threads === 1 || share !== undefined) return openOneGateway(config, logger, share)
  const { openGatewayThreads } = await import('./roles/gateway-threads.ts')
  const { freePortsFor } = await import('./gateway/transport/listener.ts')
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

/** `share`: it is one of several threads that are one gateway. */
async function openOneGateway(config: Config, logger: Logger, share: GatewayShare | undefined): Promise<Role<'gateway'>> {
  await using stack = new AsyncDisposableStack()
  const registry = new Registry()
  const isFirst = share === undefined || share.member.index === 0
  // However it ends: the others wait for this thread, and hear by that that it does not come.
  stack.defer(() => share?.member.ports.forEach((port) => port?.close()))
  // Sessions have one owner at a time: what two processes store of the same clients, the one takes from the other.
  if (isFirst) stack.use(await lockFolder(join(config.dataDir, 'log')))
  const { log, state } = stack.use(await openLogs(config, 'uplink', logger))
  const tasks = stack.use(openTasks())
  const { openGateway } = await import('./gateway/gateway.ts')
  const { vehicleAdmission } = await import('./gateway/admission/vehicle-admission.ts')
  const gateway = stack.use(
    await openGateway({
      listeners: listenersOf(config).map((own, index) =>
        share === undefined ? own : { ...own, port: share.ports[index]!, reusePort: true },
      ),
      ...(share === undefined ? {} : { member: share.member }),
      log,
      state,
      // Less than the whole, so that there is time left to say goodbye.
      limits: { ...config.gateway.rates, drainTimeoutMs: 0.8 * config.drainTimeoutMs },
      admission: vehicleAdmission({ fleetKeys: new Map([[config.tenant, openSecrets(config.dataDir).fleetKey(config.tenant)]]) }),
      clock: systemClock,
      steady: steadyClock,
      logger,
      registry,
    }),
  )
  if (isFirst) {
    warnOfClearText(config, logger)
    stack.use(await openHttpPublishers(config, await openTranslations(config), { log, logger, registry }))
    stack.use(await openTrackers(config, { log, logger, registry }))
  }
  return role<'gateway'>(stack.move(), registry, tasks.ended, {
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
    }),
  })
}

/** The gateway role when another broker holds the cars' connections. */
async function openBridgeRole(config: Config, bridgeConfig: BridgeConfig, logger: Logger): Promise<Role<'gateway'>> {
  await using stack = new AsyncDisposableStack()
  const registry = new Registry()
  const { log, state } = stack.use(await openLogs(config, 'uplink', logger))
  const derived = config.homeAssistant ? stack.use(await openLogs(config, 'derived', logger)).log : undefined
  const tasks = stack.use(openTasks())
  const { presence } = await import('./home-assistant/messages.ts')
  const { openBridge } = await import('./gateway/bridge/bridge.ts')
  const { bridgeServer, derivedClientId, showsPassword } = await import('./bridge-server.ts')
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
      limits: { drainTimeoutMs: 0.8 * config.drainTimeoutMs },
      steady: steadyClock,
      logger,
      registry,
    }),
  )
  stack.use(await openHttpPublishers(config, publishers, { log, logger, registry }))
  stack.use(await openTrackers(config, { log, logger, registry }))
  if (derived !== undefined) {
    const { openHomeAssistant } = await import('./home-assistant/home-assistant.ts')
    const publish = ({ topic, payload }: HomeAssistantMessage) => bridge.publish(topic, Buffer.from(payload), { qos: 1, retain: true })
    const reached = () => bridge.state().subscriptions
    const told = await openHomeAssistant({ derived, state, tenant: config.tenant, publish, reached, steady: steadyClock, logger, registry })
    tasks.run(told.run(tasks.signal))
  }
  tasks.run(startRebirths(config, bridge, { uplink: { log, state }, logger, registry, signal: tasks.signal }))
  const broker = brokerUrlText(bridgeConfig.url)
  if (showsPassword(bridgeConfig))
    logger.warn(
      { broker },
      "the bridge's password goes to the broker in clear text: let ROADSTREAM_BRIDGE begin with mqtts:// unless the network is yours",
    )
  return role<'gateway'>(stack.move(), registry, tasks.ended, {
    ...sessionsElsewhere(broker),
    metrics: () => registry.getMetricsAsJSON(),
    report: async () => {
      const { connections, subscribed, trouble } = bridge.state()
      const report = { broker, connections, subscribed, trouble }
      return { port: null, addresses: [], connections: null, ack: bridge.ackLatency(), disconnects: {}, reasonCodes: [], bridge: report }
    },
  })
}

async function openJobsRole(config: Config, logger: Logger): Promise<Role<'jobs'>> {
  await using stack = new AsyncDisposableStack()
  const registry = new Registry()
  // The state of a task has one owner at a time: two processes would each write over the other's checkpoints.
  stack.use(await lockFolder(join(config.dataDir, 'derived')))
  const { log: uplink, state } = stack.use(await openLogs(config, 'uplink', logger))
  const [{ jobs }, { jobSettingsOf, runBy }] = await Promise.all([import('./jobs/jobs.ts'), import('./jobs/job-settings.ts')])
  const derived = stack.use(
    await openLogs(
      config,
      'derived',
      logger,
      jobs.flatMap(({ writes }) => writes),
    ),
  )
  const tasks = stack.use(openTasks())
  const { runJobsBy } = await import('./engine/settings-change.ts')
  let rebuilds: JobsReport['rebuilds'] = []
  const onProgress = (now: typeof rebuilds): void => {
    rebuilds = now
  }
  const { signal } = tasks
  const options = { uplink, derived, clock: uplink, steady: steadyClock, logger, registry, signal, onProgress }
  tasks.run(runJobsBy(jobSettingsOf(config), runBy, options))
  const translator = await startTranslator(config, { uplink: { log: uplink, state }, logger, registry, signal })
  tasks.run(translator.ran)
  return role<'jobs'>(stack.move(), registry, tasks.ended, {
    report: async () => ({ rebuilds, publishers: translator.report() }),
    metrics: () => registry.getMetricsAsJSON(),
  })
}

async function openCityRole(config: Config, logger: Logger): Promise<Role<'city'>> {
  await using stack = new AsyncDisposableStack()
  const registry = new Registry()
  const tasks = stack.use(openTasks())
  const { simulate } = await import('./sim/simulate.ts')
  const { cars, seed } = config.demo
  const run = simulate({
    url: carsUrl(config),
    tenant: config.tenant,
    fleetKey: openSecrets(config.dataDir).fleetKey(config.tenant),
    cars,
    seed,
    signal: tasks.signal,
    logger,
  })
  tasks.run(run.then(() => {}))
  return role<'city'>(stack.move(), registry, tasks.ended, { report: async () => ({ cars }), metrics: () => registry.getMetricsAsJSON() })
}

/** The API with the writers and the tables they fill. `threads` may be filled in later: it is looked at when someone asks.
 *  `onWritten` is told of every batch of rows once it is committed. */
export async function openApiRole(
  config: Config,
  logger: Logger,
  threads: Threads,
  onWritten?: (written: Written) => void,
): Promise<ApiRole> {
  await using stack = new AsyncDisposableStack()
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const { log: uplink } = stack.use(await openLogs(config, 'uplink', logger))
  const { log: derived } = stack.use(await openLogs(config, 'derived', logger))
  const storage = stack.use(await openStorage(config, logger))
  const { openWriters } = await import('./writers/writers.ts')
  const writers = stack.use(
    await openWriters({
      uplink,
      derived,
      storage,
      clock: uplink,
      logger,
      registry,
      retentionMs: config.messages.retentionMs,
      ...(onWritten === undefined ? {} : { onWritten }),
    }),
  )
  const rates = stack.use(await openRates(uplink, logger))
  const peers = systemPeers(config.dataDir, threads)
  const { openApi } = await import('./api/api.ts')
  const { createCatalogue, createCatalogueOf } = await import('./model/catalogue.ts')
  const vehicles = (await import('./model/vehicles.ts')).createVehicles(config.vehicles)
  const { newSetupToken } = await import('./api/session/setup.ts')
  const token = (await storage.users.count()) === 0 ? newSetupToken() : undefined
  const startedAt = uplink.now()
  const api = stack.use(
    await openApi({
      ...config.http,
      storage,
      derived,
      uplink,
      catalogue: createCatalogue(config.signals),
      catalogueOf: createCatalogueOf(config.signals, vehicles),
      vehicles,
      clockAheadMs: config.clockAheadMs,
      damage: watchDamage([uplink, derived], registry),
      streetMap: async () => {
        const [{ loadCity }, { streetMap }] = await Promise.all([import('./city/city.ts'), import('./city/street-map.ts')])
        return streetMap(await loadCity())
      },
      dashboardDir: fileURLToPath(new URL('../web/dist', import.meta.url)),
      system: () => systemParts({ peers, rates, rowLatency: writers.latency, lag: writers.lag, startedAt }),
      clientSessions: allSessions(peers.gateway),
      metrics: () => metricsText(registry, threads),
      setup: { tenant: config.tenant, ...(token === undefined ? {} : { token }) },
      sessionSecret: openSecrets(config.dataDir).sessionSecret(),
      revokedSessionsFile: join(config.dataDir, 'revoked-sessions'),
      clock: uplink,
      logger,
      registry,
    }),
  )
  stack.use(await openControlSocket({ dataDir: config.dataDir, role: 'api' }, heldData(storage.twins), logger))
  if (peopleInClear(config))
    logger.warn(
      { address: `${config.http.listen.host}:${config.http.listen.port}` },
      "people's passwords travel without TLS: put a TLS proxy before ROADSTREAM_HTTP and name its address in ROADSTREAM_HTTP_URL, unless the network is yours",
    )
  const moved = stack.move()
  return {
    ended: writers.ended,
    url: api.url,
    setupUrl: token === undefined ? undefined : `${config.http.publicUrl ?? api.url}/setup?token=${token}`,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  }
}

const role = <Name extends ThreadRole>(
  stack: AsyncDisposableStack,
  registry: Registry,
  ended: Promise<void>,
  answers: Questions[Name],
): Role<Name> => ({
  ended,
  registry,
  answers,
  [Symbol.asyncDispose]: () => stack.disposeAsync(),
})

/** How each role that may have a thread is opened. */
export const openRole: { readonly [Name in ThreadRole]: (config: Config, logger: Logger, share?: GatewayShare) => Promise<Role<Name>> } = {
  gateway: openGatewayRole,
  jobs: openJobsRole,
  city: openCityRole,
}
