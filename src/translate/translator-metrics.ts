// Metrics of the translator for Prometheus and the system page, by mapping. No id of a publisher is
// a label: there is no end of them, and they may be a VIN.
import { Counter, Gauge, type Registry } from 'prom-client'
import { pulledMetrics } from '../base/pulled-metrics.ts'
import type { Gap } from '../eventlog/event-log.ts'
import type { Translation } from '../mapping/foreign.ts'
import type { TranslatorLimits } from './limits.ts'
import type { PublisherReport } from '../model/publisher-report.ts'
import { add, countsOf, noValues, valueCountsOf, type MappingCounts, type ToldCounts } from './told.ts'

export type TranslatorMetrics = {
  /** Of a round that is stored. */
  count(told: ToldCounts): void
  countLost(topic: string, why: Gap['why'], records: number): void
  /** Each mapping there is, and each of which messages were read. */
  report(): PublisherReport[]
}

type Sources = {
  readonly lag: () => Promise<number>
  readonly senders: () => number
  readonly open: () => number
  readonly retries: () => number
  readonly limits: Pick<TranslatorLimits, 'reasons' | 'unknownIds'>
}

const prefix = 'roadstream_publishers_'

export function createTranslatorMetrics(
  registry: Registry,
  translations: readonly Translation[],
  sources: Sources,
): TranslatorMetrics {
  const totals: ToldCounts = new Map()
  for (const { name } of translations) countsOf(totals, name)
  const lost = registerCounters(registry, totals)
  const { gauge, total } = pulledMetrics(registry, prefix)
  void new Gauge({
    name: `${prefix}lag_records`,
    help: 'Messages of publishers that are stored and not yet read.',
    registers: [registry],
    async collect() {
      this.set(await sources.lag())
    },
  })
  gauge('senders', 'Senders that are remembered.', sources.senders)
  gauge(
    'open_senders',
    'Of them, those that told a part of what is said together once its time has passed.',
    sources.open,
  )
  total('commit_retries_total', 'Commits tried again after an outage.', sources.retries)
  return {
    count(told) {
      for (const [mapping, counts] of told) addCounts(countsOf(totals, mapping), counts, sources.limits)
    },
    countLost: (topic, why, records) => lost.inc({ topic, why }, records),
    report: () =>
      [...totals].map(([mapping, counts]) =>
        reportOf(
          mapping,
          counts,
          translations.find(({ name }) => name === mapping),
        ),
      ),
  }
}

function registerCounters(registry: Registry, totals: ToldCounts): Counter<'topic' | 'why'> {
  const registers = [registry]
  /** One line for each mapping and each of what `of` gives of its counts. */
  const counter = (
    name: string,
    help: string,
    label: string | undefined,
    of: (counts: MappingCounts) => Iterable<[string, number]>,
  ): void =>
    void new Counter({
      name: `${prefix}${name}_total`,
      help,
      labelNames: label === undefined ? ['mapping'] : ['mapping', label],
      registers,
      collect() {
        this.reset()
        for (const [mapping, counts] of totals)
          for (const [value, count] of of(counts))
            this.inc(label === undefined ? { mapping } : { mapping, [label]: value }, count)
      },
    })
  const sumOf = (counts: ReadonlyMap<string, number>): number =>
    [...counts.values()].reduce((sum, count) => sum + count, 0)
  counter('taken', 'Messages of publishers that were read.', undefined, ({ taken }) => [['', taken]])
  counter('said', 'Messages of ours that were made of them.', undefined, ({ said }) => [['', said]])
  counter('samples', 'Samples in those.', undefined, ({ samples }) => [['', samples]])
  counter('values', 'Values in those, by what they are: taken, unknown or invalid.', 'outcome', ({ values }) =>
    outcomesOf(values),
  )
  counter('refused', 'Messages, and parts of them, that became dead letters.', 'reason', ({ refused }) => refused)
  counter(
    'unknown',
    'Times that something was said of a vehicle that is not in ROADSTREAM_SENDERS.',
    undefined,
    ({ unknown }) => [['', sumOf(unknown)]],
  )
  counter(
    'rebirths',
    'Times that an edge node of Sparkplug B was to be asked for its births.',
    undefined,
    ({ rebirths }) => [['', rebirths]],
  )
  counter(
    'rebirths_unanswered',
    'Of them, those when it had given none since it was asked before.',
    undefined,
    ({ unanswered }) => [['', unanswered]],
  )
  counter(
    'forgotten',
    'Senders that were forgotten: there are too many, or the memory of one has grown too large.',
    'why',
    ({ forgotten }) => forgotten,
  )
  return new Counter({
    name: `${prefix}lost_total`,
    help: 'Records that were passed over: dropped by retention before they were read, or damaged.',
    labelNames: ['topic', 'why'],
    registers,
  })
}

function outcomesOf(values: MappingCounts['values']): readonly [string, number][] {
  const all = [...values.values()]
  return (['taken', 'unknown', 'invalid'] as const).map((outcome) => [
    outcome,
    all.reduce((sum, counts) => sum + counts[outcome], 0),
  ])
}

const other = 'other'
const reasonForm = /^[a-z0-9-]{1,40}$/

function addCounts(to: MappingCounts, from: MappingCounts, { reasons, unknownIds }: Sources['limits']): void {
  to.taken += from.taken
  to.said += from.said
  to.samples += from.samples
  to.rebirths += from.rebirths
  to.unanswered += from.unanswered
  for (const [reason, count] of from.refused) {
    const isTold = reasonForm.test(reason) && (to.refused.has(reason) || to.refused.size < reasons)
    add(to.refused, isTold ? reason : other, count)
  }
  for (const [path, { taken, unknown, invalid }] of from.values) {
    const counts = valueCountsOf(to.values, path)
    counts.taken += taken
    counts.unknown += unknown
    counts.invalid += invalid
  }
  for (const [why, count] of from.forgotten) add(to.forgotten, why, count)
  for (const [foreignId, count] of from.unknown) hearUnknown(to.unknown, foreignId, count, unknownIds)
}

/** Those heard last are kept, in the order in which they were; the count of the others stays under
 *  no name. */
function hearUnknown(unknown: Map<string, number>, foreignId: string, count: number, most: number): void {
  const all = (unknown.get(foreignId) ?? 0) + count
  unknown.delete(foreignId)
  unknown.set(foreignId, all)
  if (unknown.size <= most) return
  const oldest = [...unknown.keys()].find((id) => id !== '')!
  const gone = unknown.get(oldest)!
  unknown.delete(oldest)
  unknown.set('', (unknown.get('') ?? 0) + gone)
}

const reportOf = (
  mapping: string,
  { taken, said, refused, unknown, values, rebirths, unanswered }: MappingCounts,
  translation: Translation | undefined,
): PublisherReport => ({
  mapping,
  taken,
  said,
  refused: [...refused].map(([reason, count]) => ({ reason, count })).sort((one, another) => another.count - one.count),
  unknown: [...unknown]
    .filter(([foreignId]) => foreignId !== '')
    .map(([foreignId, count]) => ({ foreignId, count }))
    .toReversed(),
  signals: (translation?.signals ?? []).map((signal) => ({ signal, ...(values.get(signal) ?? noValues) })),
  unread: translation?.unread() ?? [],
  rebirths: { asked: rebirths, unanswered },
})
