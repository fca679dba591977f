// The API role: the API and the dashboard, with the writers and the tables they fill.
import { fileURLToPath } from 'node:url'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { watchDamage } from '../api/log-damage.ts'
import type { Logger } from '../base/logger.ts'
import { databasesInClear, peopleInClear } from '../config/clear-text.ts'
import type { Config } from '../config/config.ts'
import { openSecrets } from '../config/secrets.ts'
import { openControlSocket } from '../roles/control-socket.ts'
import { allSessions } from '../roles/gateways.ts'
import { heldData } from '../roles/held-data.ts'
import { openRates } from '../roles/message-rates.ts'
import type { ApiRole } from '../roles/role.ts'
import { metricsText, reportedRefusals, systemParts, systemPeers, type Threads } from '../roles/system-state.ts'
import type { Written } from '../writers/writers.ts'
import { beginStorage, openDerivedLog, openLogs } from './adapters.ts'
import { openRoomOf } from './room.ts'

/** The API with the writers and the tables they fill. `threads` may be filled in later: it is
 *  looked at when someone asks. `onWritten` is told of every batch of rows once it is committed. */
export async function openApiRole(
  config: Config,
  logger: Logger,
  threads: Threads,
  onWritten?: (written: Written) => void,
): Promise<ApiRole> {
  await using stack = new AsyncDisposableStack()
  const registry = new Registry()
  collectProcessMetrics(registry)
  const uplinkLog = stack.use(await openLogs(config, 'uplink', logger, { isOnlyRead: true }))
  const derivedLog = stack.use(await openDerivedLog(config, logger))
  const [uplink, derived] = [uplinkLog.log, derivedLog.log]
  const { opened } = await beginStorage(config, logger, registry)
  // Loaded while a server of the tables starts.
  const loading = loadParts()
  const storage = stack.use(await opened)
  const parts = await loading
  const { openWriters, openApi, openMessageList, createCatalogue, createCatalogueOf } = parts
  const organisation = stack.use(await parts.openOrganisation({ store: storage.registry, logger }))
  const writers = stack.use(
    await openWriters({
      uplink,
      derived,
      storage,
      clock: uplink,
      logger,
      registry,
      messages: config.messages,
      rowRetentionMs: config.retention,
      ...(onWritten === undefined ? {} : { onWritten }),
    }),
  )
  const rates = stack.use(await openRates(uplink, logger))
  const room = stack.use(openRoomOf(config, { uplink: uplinkLog, derived: derivedLog, storage, logger }))
  const peers = systemPeers(config.dataDir, threads)
  const vehicles = parts.createVehicles(config.vehicles)
  const token = (await storage.users.count()) === 0 ? parts.newSetupToken() : undefined
  const identity = await identityOf(config)
  const startedAt = uplink.now()
  const api = stack.use(
    await openApi({
      ...config.http,
      storage: { ...storage, messages: openMessageList(config.messages.store, uplink, storage) },
      registered: organisation,
      derived,
      uplink,
      held: writers.held,
      refusals: async () => [...refusalsOf([uplinkLog, derivedLog]), ...(await reportedRefusals(peers))],
      catalogue: createCatalogue(config.signals),
      catalogueOf: createCatalogueOf(config.signals, vehicles),
      vehicles,
      clockAheadMs: config.clockAheadMs,
      damage: watchDamage([uplink, derived], registry),
      room: room.report,
      streetMap: loadStreetMap,
      dashboardDir: fileURLToPath(new URL('../../web/dist', import.meta.url)),
      system: () => systemParts({ peers, rates, rowLatency: writers.latency, lag: writers.lag, startedAt }),
      ...(identity === undefined ? {} : { identity }),
      clientSessions: allSessions(peers.gateway),
      metrics: () => metricsText(registry, threads),
      setup: { tenant: config.tenant, ...(token === undefined ? {} : { token }) },
      sessionSecret: openSecrets(config.dataDir).sessionSecret(),
      clock: uplink,
      logger,
      registry,
    }),
  )
  stack.use(await openControlSocket({ dataDir: config.dataDir, role: 'api' }, heldData(storage.twins), logger))
  warnOfClearText(config, logger)
  const moved = stack.move()
  return {
    ended: writers.ended,
    url: api.url,
    setupUrl: token === undefined ? undefined : `${config.http.publicUrl ?? api.url}/setup?token=${token}`,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  }
}

/** Loaded where there is a provider. */
async function identityOf({ identityProvider }: Config) {
  if (identityProvider === undefined) return undefined
  const { createOpenIdProvider } = await import('../identity/openid-provider.ts')
  return { provider: createOpenIdProvider(identityProvider), groups: identityProvider.groups }
}

/** Looked at every 10 ms, as it would be by itself, the event loop of a quiet system is woken by
 *  little else. */
const collectProcessMetrics = (register: Registry): void =>
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: 100 })

const refusalsOf = (logs: readonly Pick<Awaited<ReturnType<typeof openDerivedLog>>, 'refusal'>[]) =>
  logs.flatMap((log) => log.refusal() ?? [])

async function loadStreetMap() {
  const [{ loadCity }, { streetMap }] = await Promise.all([import('../city/city.ts'), import('../city/street-map.ts')])
  return streetMap(await loadCity())
}

function warnOfClearText(config: Config, logger: Logger): void {
  if (peopleInClear(config))
    logger.warn(
      { address: `${config.http.listen.host}:${config.http.listen.port}` },
      "people's passwords travel without TLS: put a TLS proxy before ROADSTREAM_HTTP and name its address in ROADSTREAM_HTTP_URL, unless the network is yours",
    )
  for (const database of databasesInClear(config))
    logger.warn(
      { database },
      'rows and the sign-in at the database travel without TLS: give sslmode=verify-full in its URL (ROADSTREAM_POSTGRES, ROADSTREAM_POSTGRES_REPLICA), unless the network is yours',
    )
}

async function loadParts() {
  const [writers, api, messages, catalogue, vehicles, setup, organisation] = await Promise.all([
    import('../writers/writers.ts'),
    import('../api/api.ts'),
    import('../raw-messages/message-list.ts'),
    import('../model/catalogue.ts'),
    import('../model/vehicles.ts'),
    import('../api/session/setup.ts'),
    import('../registry/organisation.ts'),
  ])
  const { openWriters } = writers
  const { openApi } = api
  const { openMessageList } = messages
  const { createCatalogue, createCatalogueOf } = catalogue
  const { createVehicles } = vehicles
  const { newSetupToken } = setup
  const { openOrganisation } = organisation
  return {
    openWriters,
    openApi,
    openMessageList,
    createCatalogue,
    createCatalogueOf,
    createVehicles,
    newSetupToken,
    openOrganisation,
  }
}
