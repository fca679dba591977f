// Asks edge nodes of Sparkplug B for their births, by the broker that we bridge from: follows the
// topic `rebirth`, which the translator writes with what needs them. A request is past in the log
// before it is published, so a kill loses it and never sends it twice; the node's next message that
// cannot be read has it asked again.
//
//   rebirth ──► young? ──► commit position ──► NCMD, so many a round       a broker that ends the connection over it, some times in a row ──► no more
import { Counter, type Registry } from 'prom-client'
import type { Logger } from '../base/logger.ts'
import { onceAnOutage } from '../base/once-an-outage.ts'
import { orPause, pause } from '../base/wait-out.ts'
import { openLogReader } from '../eventlog/log-reader.ts'
import { askedNodeOf } from '../eventlog/rebirth-record.ts'
import type { StoredRecord } from '../eventlog/event-log.ts'
import type { LogAndState } from '../eventlog/state-store.ts'
import { rebirthTopic } from '../eventlog/topics.ts'
import { rebirthCommand } from '../mapping/binary/sparkplug/rebirth-command.ts'
import { rebirthLimits, type RebirthLimits } from './rebirth-limits.ts'

export type RebirthsOptions = {
  /** The log with `rebirth`, and where the position in it is kept: one owner at a time. */
  readonly uplink: Pick<LogAndState, 'log' | 'state'>
  /** Gives a command to the broker within `expiryS`, at QoS 0 and not to be kept; resolves with
   *  what became of it. */
  readonly publish: (
    command: { readonly topic: string; readonly payload: Uint8Array },
    expiryS: number,
  ) => Promise<string>
  /** How often the connection by which they are published was lost. */
  readonly losses: () => number
  readonly limits?: Partial<RebirthLimits>
  readonly logger: Logger
  readonly registry: Registry
}

export interface Rebirths {
  /** Asks those that come next, so many as a round has. One call at a time; rejects with the log's
   *  Outage. */
  round(): Promise<'idle' | 'read' | 'asked'>
  /** Rounds until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

const task = 'rebirths@1'
const idleMs = 10_000
const retryMs = 5_000

export function openRebirths({
  uplink: { log, state },
  publish,
  losses,
  logger,
  registry,
  ...options
}: RebirthsOptions): Rebirths {
  const limits: RebirthLimits = { ...rebirthLimits, ...options.limits }
  const open = () => openLogReader(log, { topics: [rebirthTopic], order: 'fair' }, state.positions(task))
  const counts = new Counter({
    name: 'roadstream_rebirth_requests_total',
    help: 'Edge nodes of Sparkplug B that were to be asked for their births, by what became of it.',
    labelNames: ['outcome'],
    registers: [registry],
  })
  let reader = open()
  /** Losses there were when nodes were last asked; undefined where the connection has outlived
   *  that. */
  let lossesBefore: number | undefined
  let ends = 0

  /** At QoS 0 a broker says nothing of what it does not allow, but some end the connection over
   *  it. */
  function noteEnd(): void {
    if (lossesBefore === undefined) return
    ends = losses() === lossesBefore ? 0 : ends + 1
    lossesBefore = undefined
    if (ends !== limits.endsMax) return
    logger.error(
      'The broker ends the connection of the bridge when edge nodes are asked for their births, so none is asked any more: let its user publish to spBv1.0/+/NCMD/+, or set ROADSTREAM_SPARKPLUG_REBIRTH=off, and start again.',
    )
  }

  async function ask(record: StoredRecord): Promise<boolean> {
    const node = askedNodeOf(record)
    const leftMs = record.receivedAt + limits.lateMs - log.now()
    const untold =
      node === undefined ? 'unreadable' : ends >= limits.endsMax ? 'withheld' : leftMs <= 0 ? 'late' : undefined
    if (node === undefined || untold !== undefined) {
      counts.inc({ outcome: untold ?? 'unreadable' })
      return false
    }
    lossesBefore ??= losses()
    counts.inc({ outcome: await publish(rebirthCommand(node, log.now()), Math.ceil(leftMs / 1000)) })
    return true
  }

  async function round(): Promise<'idle' | 'read' | 'asked'> {
    noteEnd()
    const batch = await reader.poll({ records: limits.roundNodes, bytes: limits.batchBytes })
    if (!batch.isNews) return 'idle'
    // Too old to be asked for, or not to be read.
    for (const { from, to } of batch.gaps) counts.inc({ outcome: 'lost' }, to - from)
    try {
      await state.commit([{ task, positions: batch.to, state: [] }], [])
    } catch (error) {
      // Requests that were not asked are read again.
      reader = open()
      throw error
    }
    const asked = await Promise.all(batch.records.map(ask))
    return asked.includes(true) ? 'asked' : 'read'
  }

  async function run(signal: AbortSignal): Promise<void> {
    const unread = onceAnOutage(({ code }) =>
      logger.warn({ code }, 'who is to be asked for its births cannot be read, and is tried again'),
    )
    while (!signal.aborted) {
      const news = new AbortController()
      // Asked before reading, so that nothing appended meanwhile is slept over.
      const appended = log.appended([rebirthTopic], AbortSignal.any([signal, news.signal]), idleMs)
      try {
        const did = await orPause(round, retryMs, signal, unread)
        if (did === 'idle') await appended
        else if (did === 'asked') await pause(limits.roundMs, signal)
      } finally {
        news.abort()
        await appended
      }
    }
  }

  return { round, run }
}
