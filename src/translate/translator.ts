// The translator's only loop: a batch of each partition of `foreign`, translated, and committed in
// one transaction of the log they came from: positions, what is remembered, our messages, dead
// letters. So a crash leaves all of a round or none of it, and nothing is said twice.
//
//   foreign, mark ──read──► translating ──► commit { positions, memories, lines } + telemetry, snapshot, rebirth, dead-letter
//
// Positions are kept without the log's epochs where they and the log are one store, so they cannot
// be of another one: a log that was salvaged keeps its offsets, and reading it from its oldest
// record would say again what it holds already.
import { randomBytes } from 'node:crypto'
import type { Registry } from 'prom-client'
import type { Logger } from '../base/logger.ts'
import { onceAnOutage } from '../base/once-an-outage.ts'
import { orPause, pause } from '../base/wait-out.ts'
import { epochPrefix, positionKey, type EventLog, type Gap, type Positions } from '../eventlog/event-log.ts'
import { gatherMs } from '../eventlog/gathering.ts'
import { openLogReader, type LogReader } from '../eventlog/log-reader.ts'
import type { LogAndState, StateStore } from '../eventlog/state-store.ts'
import { foreignTopic, markTopics } from '../eventlog/topics.ts'
import { createCommitter, type Commit } from '../engine/committer.ts'
import { isMark, markFor } from '../engine/marks.ts'
import { clockAheadMs } from '../model/car-clock.ts'
import type { Translation } from '../mapping/foreign.ts'
import type { VehicleTable } from '../model/vehicle-table.ts'
import { translatorLimits, type TranslatorLimits } from './limits.ts'
import type { PublisherReport } from '../model/publisher-report.ts'
import { Translating } from './translating.ts'
import type { ToldCounts } from './told.ts'
import { createTranslatorMetrics, type TranslatorMetrics } from './translator-metrics.ts'

export type TranslatorOptions = {
  readonly translations: readonly Translation[]
  /** By mapping, the vehicle of each of the publisher's ids. */
  readonly senders: ReadonlyMap<string, VehicleTable>
  readonly tenant: string
  /** The log with `foreign`, where all is committed. */
  readonly uplink: Pick<LogAndState, 'log' | 'state'>
  /** The state is elsewhere than the log, which may be another one then. */
  readonly isSplit?: boolean
  readonly logger: Logger
  readonly registry: Registry
  /** Ends the loop after the round under way. */
  readonly signal: AbortSignal
  readonly clockAheadMs?: number
  /** Whether edge nodes of Sparkplug B are asked for their births, by records of the topic
   *  `rebirth`; they are not where it is left out. */
  readonly asksForRebirths?: boolean
  readonly limits?: Partial<TranslatorLimits>
  /** Ends the loop once everything in the log was read; no marks are appended. For tests. */
  readonly untilRead?: boolean
  /** 16 hexadecimal digits. */
  readonly random?: () => string
}

export type Translator = {
  /** Since the start, by mapping. */
  report(): readonly PublisherReport[]
  /** Runs until the signal aborts. Outages that may pass are waited out; any other rejects. */
  run(): Promise<void>
}

export const translatorTask = 'translate@1'
const generationKey = 'generation'
const topics = [foreignTopic, markTopics.uplink]
const idleMs = 1_000
const retryMs = 1_000
/** Marks alone change nothing: where they were read to is kept with the next round that says
 *  something, or after so many. */
const marksUnsavedMax = 1_000

export async function openTranslator(options: TranslatorOptions): Promise<Translator> {
  const { uplink, registry, logger, signal } = options
  let retries = 0
  const commit = createCommitter({ state: uplink.state, logger, signal, retried: () => void (retries += 1) })
  const rounds = await Rounds.open(options, commit)
  const metrics = createTranslatorMetrics(registry, options.translations, {
    lag: () => rounds.lag(),
    senders: () => rounds.size,
    open: () => rounds.open,
    retries: () => retries,
    limits: { ...translatorLimits, ...options.limits },
  })
  return {
    report: () => metrics.report(),
    run: () => follow(options, rounds, metrics),
  }
}

async function follow(
  { uplink: { log }, signal, untilRead = false }: TranslatorOptions,
  rounds: Rounds,
  metrics: TranslatorMetrics,
) {
  while (!signal.aborted) {
    const news = new AbortController()
    // Asked before reading, so that nothing appended meanwhile is slept over.
    const appended = log.appended(topics, AbortSignal.any([signal, news.signal]), idleMs)
    const round = await rounds.orAgain(() => rounds.run(metrics))
    if (round === 'idle' && untilRead) return news.abort()
    const dueInMs = untilRead || round === 'behind' ? Infinity : rounds.dueAt() - log.now()
    if (dueInMs <= 0) await rounds.orAgain(() => rounds.giveMarks())
    else if (round === 'idle')
      await Promise.race([appended, pause(Math.min(idleMs, dueInMs), AbortSignal.any([signal, news.signal]))])
    else if (round === 'read' && !untilRead) await pause(Math.min(gatherMs.translator, dueInMs), signal)
    news.abort()
    await appended
  }
}

type OrAgain = <Value>(work: () => Promise<Value>) => Promise<Value | undefined>

function openOrAgain({ logger, signal }: Pick<TranslatorOptions, 'logger' | 'signal'>): OrAgain {
  const failed = onceAnOutage(({ code, message }) =>
    logger.warn({ code, reason: message }, 'the translator cannot use the log and tries again'),
  )
  return (work) => orPause(work, retryMs, signal, failed)
}

type Seat = { readonly partition: number; readonly reader: LogReader }

class Rounds {
  /** A log that does not answer is asked again in the next round. */
  readonly orAgain: OrAgain
  readonly #options: TranslatorOptions
  readonly #commit: Commit
  readonly #translating: Translating
  readonly #seats: readonly Seat[]
  readonly #limits: TranslatorLimits
  #marksUnsaved = 0
  #open: number
  #isFirst: boolean
  readonly #unansweredOf = new Set<string>()
  readonly #generation: string

  private constructor(options: TranslatorOptions, commit: Commit, seats: readonly Seat[], stored: string | undefined) {
    const { uplink, random = () => randomBytes(8).toString('hex') } = options
    this.#options = options
    this.orAgain = openOrAgain(options)
    this.#commit = commit
    this.#seats = seats
    this.#limits = { ...translatorLimits, ...options.limits }
    this.#isFirst = stored === undefined
    this.#generation = stored ?? random()
    this.#translating = new Translating({
      clockAheadMs,
      asksForRebirths: false,
      ...options,
      partitions: seats.length,
      state: uplink.state,
      task: translatorTask,
      generation: this.#generation,
      limits: this.#limits,
      onFault: (mapping, cause) =>
        options.logger.error(
          { mapping, where: whereOf(cause) },
          'a mapping threw on a message, which is kept as a dead letter',
        ),
    })
    this.#open = this.#translating.open
  }

  static async open(options: TranslatorOptions, commit: Commit): Promise<Rounds> {
    const { log, state } = options.uplink
    const stored = state.get(translatorTask, generationKey)
    const positions = await beginnings(log, state)
    const seats = Array.from({ length: log.partitionsOf(foreignTopic) }, (_, partition) => ({
      partition,
      reader: openLogReader(log, { topics, partitions: [partition], order: 'arrival' }, positions),
    }))
    return new Rounds(options, commit, seats, stored === undefined ? undefined : Buffer.from(stored).toString())
  }

  get size(): number {
    return this.#translating.size
  }

  /** Senders of which something is open, as it is stored. */
  get open(): number {
    return this.#open
  }

  dueAt(): number {
    return this.#seats.reduce((least, { partition }) => Math.min(least, this.#translating.dueAt(partition)), Infinity)
  }

  /** Records of `foreign` to come. */
  async lag(): Promise<number> {
    const lags = await Promise.all(this.#seats.map(({ reader }) => reader.lag()))
    return lags.flat().reduce((sum, { topic, records }) => (topic === foreignTopic ? sum + records : sum), 0)
  }

  async run(metrics: TranslatorMetrics): Promise<'idle' | 'read' | 'behind'> {
    let isBehind = false
    let isNews = false
    for (const seat of this.#seats) {
      const batch = await this.orAgain(() => seat.reader.poll(this.#share()))
      if (batch === undefined || !batch.isNews) continue
      isNews = true
      isBehind ||= batch.behind.length > 0
      this.#tell(batch.gaps, batch.restarted.length, metrics)
      for (const record of batch.records) {
        if (isMark(record.topic)) this.#marksUnsaved += 1
        else this.#translating.take(record)
        this.#translating.pass(seat.partition, record.appendedAt)
      }
    }
    if (!isNews) return 'idle'
    await this.#store(metrics)
    // Others in this process get their turn.
    await new Promise(setImmediate)
    return isBehind ? 'behind' : 'read'
  }

  /** Lets time pass, in the log, where something is due and nothing comes. Only to be called once
   *  everything there is was read. */
  async giveMarks(): Promise<void> {
    const { log } = this.#options.uplink
    const now = log.now()
    const due = this.#seats.filter(({ partition }) => this.#translating.dueAt(partition) <= now)
    await log.append(due.map(({ partition }) => markFor(log, markTopics.uplink, partition, now)))
  }

  async #store(metrics: TranslatorMetrics): Promise<void> {
    const { state, outputs, told } = this.#translating.settle()
    if (state.length === 0 && outputs.length === 0 && told.size === 0 && this.#marksUnsaved < marksUnsavedMax) return
    const first = this.#isFirst ? [{ key: generationKey, value: Buffer.from(this.#generation) }] : []
    const isStored = await this.#commit(
      [{ task: translatorTask, positions: this.#positions(), state: [...first, ...state] }],
      outputs,
    )
    // Otherwise the process ends, and what is in memory with it.
    if (!isStored) return
    this.#isFirst = false
    this.#marksUnsaved = 0
    this.#open = this.#translating.open
    metrics.count(told)
    this.#tellUnanswered(told)
  }

  /** A broker that lets nobody command its nodes says nothing of it at QoS 0. */
  #tellUnanswered(told: ToldCounts): void {
    for (const [mapping, { unanswered }] of told) {
      if (unanswered === 0 || this.#unansweredOf.has(mapping)) continue
      this.#unansweredOf.add(mapping)
      this.#options.logger.warn(
        { mapping },
        'An edge node of Sparkplug B was to be asked for its births and gave none: if roadstream_rebirth_requests_total{outcome="late"} stands still, see that the broker lets the user of the bridge publish to spBv1.0/+/NCMD/+, and that the node takes commands. It is told once.',
      )
    }
  }

  #positions(): Positions {
    const all = this.#seats.flatMap(({ reader }) => Object.entries(reader.positions()))
    const own = this.#seats.flatMap(({ partition, reader }) =>
      topics.map(
        (topic) => [positionKey(topic, partition), reader.positions()[positionKey(topic, partition)] ?? 0] as const,
      ),
    )
    const { isSplit = false } = this.#options
    const kept = isSplit ? all : all.filter(([key]) => !key.startsWith(epochPrefix))
    return { ...Object.fromEntries(kept), ...Object.fromEntries(own) }
  }

  #share(): { readonly records: number; readonly bytes: number } {
    const { roundRecords, roundBytes } = this.#limits
    const parts = this.#seats.length
    return { records: Math.max(1, Math.ceil(roundRecords / parts)), bytes: Math.max(1, Math.ceil(roundBytes / parts)) }
  }

  #tell(gaps: readonly Gap[], restarted: number, metrics: TranslatorMetrics): void {
    const { logger } = this.#options
    for (const { topic, partition, from, to, why } of gaps) {
      metrics.countLost(topic, why, to - from)
      if (topic === foreignTopic)
        logger.error(
          { topic, partition, from, to, why },
          'records of publishers were passed over: they are gone or damaged',
        )
    }
    if (restarted > 0)
      logger.error(
        { partitions: restarted },
        'the log is shorter than the translator has read it: it is read again from its oldest record',
      )
  }
}

/** Where to read on. Marks of before the first start say nothing to it. */
async function beginnings(log: EventLog, state: StateStore): Promise<Positions> {
  const stored = state.positions(translatorTask)
  const positions: Record<string, number> = { ...stored }
  for (let partition = 0; partition < log.partitionsOf(foreignTopic); partition += 1) {
    const key = positionKey(markTopics.uplink, partition)
    positions[key] ??= (await log.bounds(markTopics.uplink, partition)).end
  }
  return positions
}

/** Where an error was thrown. Its message stays out of the log: it may quote the payload. */
const whereOf = (cause: unknown): string =>
  cause instanceof Error
    ? `${cause.name} ${cause.stack?.split('\n').find((line) => line.startsWith('    at ')) ?? ''}`
    : typeof cause
