// The memory of the trips job of a vehicle: the samples of the lateness window by minute; each
// minute's marks and sums (ten together in a group); the pieces that reach into the window from
// before it, with the sums of their trips so far; and what was said.
import { jsonCodec, type PartCodecs, type TextCodec } from '../../engine/part-codec.ts'
import { jumpsCodec, type StreamJumps } from './jumps.ts'
import type { Mark } from './marks.ts'
import { groupCodec } from './group-codec.ts'
import { minuteCodec } from './minute-codec.ts'
import type { Minute } from './minute.ts'
import type { Past } from './past.ts'
import { newScan, type Scan } from './pieces.ts'
import type { Sums } from './sums.ts'
import type { DoubtCounts } from './doubt-counts.ts'
import type { Course } from './trip.ts'
import type { Odometers, ToldPiece, Ways } from './unheard.ts'

/** A minute summed up. */
export type MinuteSummary = { readonly marks: readonly Mark[]; readonly sums: Sums }

/** Summaries by minute number, ascending. */
export type Group = Map<number, MinuteSummary>
export const groupMinutes = 10

/** A course as it was last said; without an id it was too short for a trip. */
export type SaidCourse = Course & Odometers & Ways & { readonly id: string | null }
export const isTrip = ({ id }: SaidCourse): boolean => id !== null

/** The sums of the samples before the window from `startAt` on, up to `endAt`; null: up to the
 *  window, for trips that go on in it. */
export type KeptSums = { readonly startAt: number; readonly endAt: number | null; readonly sums: Sums }

export type TripsWindow = {
  /** The pieces as the marks before the window leave them. */
  readonly scan: Scan
  readonly kept: readonly KeptSums[]
  /** The last piece before them that is over; null: none yet. */
  readonly over: ToldPiece | null
  /** The groups in the window, ascending. */
  readonly groups: number[]
  /** The minutes in the window that are not calm, ascending. */
  readonly odd: readonly number[]
  /** How often what is doubted; null = nothing ever was. */
  readonly doubts: DoubtCounts | null
  readonly said: readonly SaidCourse[]
  /** Made anew where it is not known; it is not stored. */
  readonly past: Past | null
}

export const emptyWindow = (): TripsWindow => ({
  scan: newScan(),
  kept: [],
  over: null,
  groups: [],
  odd: [],
  doubts: null,
  said: [],
  past: null,
})

export type TripsNow = {
  /** Samples before this instant are summed up for good. */
  foldedTo: number
  /** Boots in the order they were first heard, and those of them with marked messages that may yet
   *  turn out to be lone jumps. */
  boots: string[]
  open: string[]
  /** Minutes whose samples changed since they were last summed up. */
  changed: number[]
  /** The end of the last trip while it is open; −1 otherwise. */
  openEndAt: number
  /** A car in motion after this is not known to be on a trip: say so at once. */
  unknownFrom: number
  urgent: boolean
}

export type TripsParts = { now: TripsNow; window: TripsWindow; group: Group; minute: Minute; jumps: StreamJumps }

export const newNow = (): TripsNow => ({
  foldedTo: -1,
  boots: [],
  open: [],
  changed: [],
  openEndAt: -1,
  unknownFrom: -1,
  urgent: false,
})

/** JSON has no NaN: it is null there, and where null means something it is named here. */
const windowCodec: TextCodec<TripsWindow> = {
  form: 'text',
  encode: (window) => JSON.stringify({ ...window, past: undefined }),
  decode: (text) => ({
    ...(JSON.parse(text, (name, value: unknown) => (value === null && !nullable.has(name) ? NaN : value)) as Omit<
      TripsWindow,
      'past'
    >),
    past: null,
  }),
}
const nullable: ReadonlySet<string> = new Set([
  'before',
  'open',
  'over',
  'doubts',
  'id',
  'endedBy',
  'endAt',
  'head',
  'tail',
])

export const tripsCodecs: PartCodecs<TripsParts> = {
  now: jsonCodec(),
  window: windowCodec,
  group: groupCodec,
  minute: minuteCodec,
  jumps: jumpsCodec,
}
