// The series of a signal from the raw messages that are kept. Bounded in what it reads and gives:
// what is left out is told.
import { checkMessage } from '../../model/message-check.ts'
import type { Catalogue } from '../../model/catalogue.ts'
import type { Twin } from '../../model/twin.ts'
import type { UplinkStream } from '../../model/topic.ts'
import type { MessageFilter, MessageList } from '../../storage/message-store.ts'
import type { ReachSpan } from '../../storage/reach.ts'
import { pageRowsMax } from '../../storage/page.ts'
import type { SignalSeries } from '../contract.ts'
import { thinSeries } from './thin-series.ts'
import { createToldValues, type ToldValues } from './told-values.ts'

/** A day of a message a second is within them. Samples are those of all signals between the two
 *  instants, and are put in order at once, which holds the process up for a fifth of a second when
 *  there are so many; of a page no more are expected than `pageSamples`, wherever they lie. */
export const readLimits = { messages: 100_000, samples: 200_000, pageSamples: 20_000, firstPage: 100 } as const

/** A message is looked at if it was received, or its newest sample measured, at most this much
 *  after the end. So one that spans more is found by its newest instant, and the messages of a
 *  vehicle that says much are not used up before the end is reached. */
const laterMs = 3_600_000

/** The streams whose values are those of the vehicle: what its twin is made of. */
const streams: ReadonlySet<string> = new Set<UplinkStream>(['telemetry', 'event', 'critical', 'snapshot'])

export type Asked = {
  readonly path: string
  /** Epoch milliseconds, `from` ≤ `to`; both are within. */ readonly from: number
  readonly to: number
  /** Messages received within one of them are read; all when absent. */
  readonly spans?: readonly ReachSpan[]
}
export type Rules = {
  readonly catalogue: Catalogue
  readonly clockAheadMs: number
  readonly limits?: { readonly [Name in keyof typeof readLimits]: number }
}

/** Values are taken by the catalogue there is now. Instants that are marked are found as far ahead
 *  as the vehicle's clock is known to be. Ends early, with what it has, when `isGone`. Rejects as
 *  the store does. */
export async function readSeries(
  messages: MessageList,
  { tenant, vehicle, carClock }: Pick<Twin, 'tenant' | 'vehicle' | 'carClock'>,
  { path, from, to, spans }: Asked,
  rules: Rules,
  isGone: () => boolean = () => false,
): Promise<SignalSeries> {
  const told = createToldValues(path, from, to, rules.clockAheadMs)
  const filter: MessageFilter = {
    receivedFrom: from - Math.max(rules.clockAheadMs, carClock?.offsetMs ?? 0),
    ...(spans !== undefined && { receivedIn: spans }),
    atFrom: from,
    eitherTo: to + laterMs,
  }
  const read = (page: { readonly limit: number; readonly after?: string }) =>
    messages.list({ tenant, vehicle }, filter, page)
  const unreadBefore = await readInto(told, read, rules, isGone)
  const { entries, said, clock } = told.result()
  const { entries: given, thinnedMs } = thinSeries(entries, from, to)
  const marks = given.flatMap(({ doubt, clockDoubt }, index) =>
    doubt === undefined && clockDoubt === undefined
      ? []
      : [{ index, ...(doubt !== undefined && { doubt }), ...(clockDoubt !== undefined && { clockDoubt }) }],
  )
  const unit = rules.catalogue.find(path)?.unit ?? null
  const columns = { at: given.map(({ at }) => at), value: given.map(({ value }) => value) }
  return { path, unit, from, to, ...columns, marks, clock, said, thinnedMs, unreadBefore }
}

type Read = (page: { readonly limit: number; readonly after?: string }) => ReturnType<MessageList['list']>

/** Newest receipt first. Gives the instant of receipt before which messages are left unread; null
 *  where none is. */
async function readInto(
  told: ToldValues,
  read: Read,
  { catalogue, limits = readLimits }: Rules,
  isGone: () => boolean,
): Promise<number | null> {
  let count = 0
  let samples = 0
  let limit: number = limits.firstPage
  for (let after: string | undefined; !isGone();) {
    const { rows, next } = await read({ limit, ...(after !== undefined && { after }) })
    for (const [index, { stream, receivedAt, body }] of rows.entries()) {
      const message = streams.has(stream) ? checkMessage(body, catalogue) : undefined
      if (message?.ok === true) samples += told.take(message.value, receivedAt)
      count += 1
      const isFull = count >= limits.messages || told.taken >= limits.samples
      if (isFull && (next !== undefined || index + 1 < rows.length)) return receivedAt + 1
    }
    if (next === undefined) return null
    after = next
    // A page of messages that are all bursts would be large.
    limit = Math.max(1, Math.min(pageRowsMax, Math.floor((limits.pageSamples * count) / Math.max(1, samples))))
  }
  return null
}
