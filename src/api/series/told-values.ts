// Values that messages say of one signal, in order of time. Invariant: it depends on the set of
// messages alone, not on their order, and one that came twice counts once. A value that is none
// never becomes a number: it breaks the line, as the silence of a vehicle does.
import { isAhead } from '../../model/car-clock.ts'
import {
  clockOfRank,
  clockRank,
  isInvalid,
  type ClockRank,
  type Message,
  type Sample,
  type SampleClock,
  type SignalValue,
} from '../../model/message.ts'
import type { DoubtReason } from '../../model/value-doubt.ts'
import { doubtsAlone } from '../../plausibility/alone.ts'
import type { SignalSeries } from '../contract.ts'

/** A number at the instant of its sample, or null: a break between the numbers before and after
 *  it. */
export type Entry = {
  readonly at: number
  readonly value: number | null
  readonly doubt?: DoubtReason
  readonly clockDoubt?: 'ahead'
}

export type ToldValues = {
  /** Takes in what a message says between the two instants. Gives how many samples it has, an event
   *  counting as one, wherever they lie. */
  take(message: Message, receivedAt: number): number
  /** Samples and events between the two instants, other signals' among them. */
  readonly taken: number
  result(): {
    readonly entries: readonly Entry[]
    readonly said: SignalSeries['said']
    readonly clock: SampleClock | null
  }
}

type Kind = keyof SignalSeries['said']
const kinds: readonly Kind[] = ['values', 'unavailable', 'invalid', 'other']

type Told = {
  readonly at: number
  readonly kind: Kind
  /** 0 of what is no number; it is never given. */
  readonly number: number
  doubt: DoubtReason | undefined
  ahead: boolean
  clock: ClockRank
}

/** A vehicle of which nothing is heard for longer than this was silent. Until then what it does not
 *  send is unchanged (docs/messages.md). Milliseconds. */
const silenceMs = 300_000
const slotMs = 60_000

/** Instants are `from` ≤ at ≤ `to`; `clockAheadMs` is the bound of marked ones. Epoch
 *  milliseconds. */
export function createToldValues(path: string, from: number, to: number, clockAheadMs: number): ToldValues {
  const told: Told[] = []
  /** The first and the last instant that anything was told of, by slots of time. */
  const heard = new Map<number, { first: number; last: number }>()
  let taken = 0

  const hear = (at: number): void => {
    const slot = Math.floor(at / slotMs)
    const known = heard.get(slot)
    if (known === undefined) heard.set(slot, { first: at, last: at })
    else {
      known.first = Math.min(known.first, at)
      known.last = Math.max(known.last, at)
    }
  }

  return {
    get taken() {
      return taken
    },
    take(message, receivedAt) {
      const samples: readonly Sample[] = 'event' in message ? [{ at: message.at, signals: {} }] : message.samples
      for (const { at, signals, clock } of samples) {
        if (at < from || at > to) continue
        taken += 1
        hear(at)
        const value = Object.hasOwn(signals, path) ? signals[path] : undefined
        if (value === undefined) continue
        const number = typeof value === 'number' ? value : 0
        const doubt = doubtsAlone(signals)?.[path]
        told.push({
          at,
          kind: kindOf(value),
          number,
          doubt,
          ahead: isAhead(at, receivedAt, clockAheadMs),
          clock: clockRank(clock),
        })
      }
      return samples.length
    },
    result() {
      const once = eachOnce(told)
      const said = { values: 0, unavailable: 0, invalid: 0, other: 0 }
      for (const { kind } of once) said[kind] += 1
      const rank = once.reduce((most, { kind, clock }) => (kind === 'values' ? Math.max(most, clock) : most), 0)
      return { entries: linesOf([...once.map(entryOf), ...silences(heard)]), said, clock: clockOfRank(rank) }
    },
  }
}

function kindOf(value: SignalValue): Kind {
  if (typeof value === 'number') return 'values'
  return value === null ? 'unavailable' : isInvalid(value) ? 'invalid' : 'other'
}

/** Values said of one instant more than once, as one: doubted where each is, marked where any is,
 *  by the clock that says most of the measurement. */
function eachOnce(told: readonly Told[]): Told[] {
  const sorted = told.toSorted(
    (a, b) => a.at - b.at || kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.number - b.number,
  )
  const once: Told[] = []
  for (const each of sorted) {
    const last = once.at(-1)
    if (last === undefined || last.at !== each.at || last.kind !== each.kind || last.number !== each.number)
      once.push({ ...each })
    else {
      last.doubt =
        last.doubt === undefined || each.doubt === undefined
          ? undefined
          : last.doubt < each.doubt
            ? last.doubt
            : each.doubt
      last.ahead ||= each.ahead
      last.clock = last.clock < each.clock ? last.clock : each.clock
    }
  }
  return once
}

const entryOf = ({ at, kind, number, doubt, ahead }: Told): Entry =>
  kind === 'values'
    ? { at, value: number, ...(doubt !== undefined && { doubt }), ...(ahead && { clockDoubt: 'ahead' as const }) }
    : { at, value: null }

/** A break for each silence, at the last instant before it. */
function silences(heard: ReadonlyMap<number, { readonly first: number; readonly last: number }>): Entry[] {
  const slots = [...heard].sort(([one], [other]) => one - other).map(([, slot]) => slot)
  return slots.flatMap(({ last }, index) =>
    (slots[index + 1]?.first ?? last) - last > silenceMs ? [{ at: last, value: null }] : [],
  )
}

/** In order of time, with one break where there are several in a row, and none before the first
 *  number or after the last. A break at the instant of a number comes after it, as it does in what
 *  is given. */
const linesOf = (entries: readonly Entry[]): Entry[] => withBreaks(entries.toSorted((a, b) => a.at - b.at))

/** Of entries in order the numbers, with one break between two where there are any. */
export function withBreaks(entries: readonly Entry[]): Entry[] {
  const lines: Entry[] = []
  let broken: Entry | undefined
  for (const entry of entries) {
    if (entry.value === null) broken ??= entry
    else {
      if (broken !== undefined && lines.length > 0) lines.push(broken)
      broken = undefined
      lines.push(entry)
    }
  }
  return lines
}
