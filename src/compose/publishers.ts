// The parts of roles for publishers: mappings made ready, the listeners for those that send
// by HTTP and for trackers, and the translator.
import type { Registry } from 'prom-client'
import { steadyClock } from '../base/clock.ts'
import type { Outage } from '../base/errors.ts'
import type { Logger } from '../base/logger.ts'
import type { Config } from '../config/config.ts'
import { isLoopback } from '../base/loopback.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import type { LogAndState } from '../eventlog/state-store.ts'
import type { Bridge } from '../bridge/bridge.ts'
import type { PublishersListener } from '../publishers/publishers-listener.ts'
import type { TrackersListener } from '../trackers/trackers-listener.ts'
import type { Translation } from '../mapping/foreign.ts'
import type { PublisherReport } from '../model/publisher-report.ts'
import { openTranslatorState } from './adapters.ts'
import { ownDrainMs } from './role-parts.ts'

/** The mappings of the settings made ready, in their order; none where only our own messages are
 *  taken. */
export async function openTranslations({
  publishers,
  signals,
}: Pick<Config, 'publishers' | 'signals'>): Promise<readonly Translation[]> {
  if (publishers === undefined) return []
  const [{ openTranslation }, { createCatalogue }] = await Promise.all([
    import('../mapping/messages/open-translation.ts'),
    import('../model/catalogue.ts'),
  ])
  const catalogue = createCatalogue(signals)
  return publishers.mappings.map((mapping) => openTranslation(mapping, catalogue))
}

/** Opens the listener for those that send by HTTP, and gives where; undefined where there is
 *  none. */
export async function openHttpPublishers(
  config: Config,
  translations: readonly Translation[],
  { log, logger, registry }: { readonly log: EventLog; readonly logger: Logger; readonly registry: Registry },
): Promise<PublishersListener | undefined> {
  const http = config.publishers?.http
  if (http === undefined) return undefined
  const { openPublishersListener } = await import('../publishers/publishers-listener.ts')
  const publishers = translations.flatMap((translation) => {
    const proof = http.proofs.get(translation.name)
    return proof === undefined ? [] : [{ name: translation.name, senderOf: translation.senderOf, proof }]
  })
  if (!isLoopback(http.listen.host))
    logger.warn(
      { address: `${http.listen.host}:${http.listen.port}` },
      "publishers' secrets and positions travel without TLS: put a TLS proxy before ROADSTREAM_PUBLISHERS_HTTP, unless the network is yours",
    )
  const limits = { drainTimeoutMs: ownDrainMs(config) }
  return openPublishersListener({ listen: http.listen, publishers, log, limits, steady: steadyClock, logger, registry })
}

/** Opens the listener for trackers, and gives where; undefined where there is none. */
export async function openTrackers(
  config: Config,
  { log, logger, registry }: { readonly log: EventLog; readonly logger: Logger; readonly registry: Registry },
): Promise<TrackersListener | undefined> {
  const teltonika = config.publishers?.teltonika
  if (teltonika === undefined) return undefined
  const { openTrackersListener } = await import('../trackers/trackers-listener.ts')
  const { listen, trackers } = teltonika
  if (!isLoopback(listen.host))
    logger.warn(
      { address: `${listen.host}:${listen.port}` },
      'trackers say who they are by their IMEI alone, without TLS: let only their network reach ROADSTREAM_TELTONIKA, by a private APN or a VPN',
    )
  const { tenant, gateway } = config
  const limits = { drainTimeoutMs: ownDrainMs(config) }
  return openTrackersListener({
    listen,
    trackers,
    tenant,
    log,
    limits,
    rates: gateway.rates,
    steady: steadyClock,
    logger,
    registry,
  })
}

type Runs = {
  readonly uplink: Pick<LogAndState, 'log' | 'state'>
  readonly logger: Logger
  readonly registry: Registry
  readonly signal: AbortSignal
}

/** Asks edge nodes for their births by the bridge, until the signal aborts. Nobody is asked
 *  unless the settings say so. */
export async function startRebirths(
  config: Config,
  bridge: Pick<Bridge, 'publish' | 'state'>,
  { signal, ...runs }: Runs,
): Promise<void> {
  if (config.publishers?.asksForRebirths !== true) return
  const { openRebirths } = await import('../rebirths/rebirths.ts')
  const rebirths = openRebirths({
    ...runs,
    publish: ({ topic, payload }, expiryS) => bridge.publish(topic, payload, { qos: 0, expiryS }),
    losses: () => bridge.state().losses,
  })
  await rebirths.run(signal)
}

/** Runs the translator until the signal aborts. There is none without publishers. */
export async function startTranslator(
  config: Config,
  runs: Runs,
): Promise<{ readonly ran: Promise<void>; report(): readonly PublisherReport[]; refusal(): Outage | undefined }> {
  const { publishers, tenant, clockAheadMs } = config
  if (publishers === undefined) return { ran: Promise.resolve(), report: () => [], refusal: () => undefined }
  const { senders, asksForRebirths } = publishers
  const { openTranslator } = await import('../translate/translator.ts')
  await using opening = new AsyncDisposableStack()
  const { state, isSplit, refusal } = opening.use(await openTranslatorState(config, runs.uplink, runs))
  const uplink = { log: runs.uplink.log, state }
  const options = { ...runs, uplink, isSplit, senders, asksForRebirths, tenant, clockAheadMs }
  const translator = await openTranslator({ ...options, translations: await openTranslations(config) })
  const opened = opening.move()
  const run = async (): Promise<void> => {
    await using _ = opened
    await translator.run()
  }
  return { ran: run(), report: translator.report, refusal }
}
