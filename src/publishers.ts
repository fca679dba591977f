// The parts of publishers' messages that roles are composed of: mappings made ready, and the translator.
import type { Registry } from 'prom-client'
import type { Logger } from './base/logger.ts'
import type { Config } from './config.ts'
import type { LogAndState } from './eventlog/state-store.ts'
import type { Translation } from './mapping/foreign.ts'
import type { PublisherReport } from './translate/publisher-report.ts'

/** The mappings of the settings made ready, in their order; none where only our own messages are taken. */
export async function openTranslations({ publishers, signals }: Pick<Config, 'publishers' | 'signals'>): Promise<readonly Translation[]> {
  if (publishers === undefined) return []
  const [{ openTranslation }, { createCatalogue }] = await Promise.all([
    import('./mapping/messages/open-translation.ts'),
    import('./model/catalogue.ts'),
  ])
  const catalogue = createCatalogue(signals)
  return publishers.mappings.map((mapping) => openTranslation(mapping, catalogue))
}

type Runs = {
  readonly uplink: Pick<LogAndState, 'log' | 'state'>
  readonly logger: Logger
  readonly registry: Registry
  readonly signal: AbortSignal
}

/** Runs the translator until the signal aborts. There is none without publishers. */
export async function startTranslator(
  config: Config,
  runs: Runs,
): Promise<{ readonly ran: Promise<void>; report(): readonly PublisherReport[] }> {
  const { publishers, tenant, clockAheadMs } = config
  if (publishers === undefined) return { ran: Promise.resolve(), report: () => [] }
  const { openTranslator } = await import('./translate/translator.ts')
  const translations = await openTranslations(config)
  const translator = await openTranslator({ ...runs, translations, senders: publishers.senders, tenant, clockAheadMs })
  return { ran: translator.run(), report: translator.report }
}
