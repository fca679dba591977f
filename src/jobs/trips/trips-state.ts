// What the trips job remembers of a vehicle: the samples of the lateness window by minute, each minute summed up (ten
// together in a group), what came before the window summed up in one stretch, and what was said.
import { jsonCodec, type BytesCodec, type PartCodecs, type TextCodec } from '../../engine/part-codec.ts'
import { jumpsCodec, type StreamJumps } from './jumps.ts'
import { minuteCodec, type Minute } from './minute.ts'
import { stretchOf, type Stretch } from './stretch.ts'

/** Summaries by minute number, ascending. */
export type Group = Map<number, Stretch[]>
export const groupMinutes = 10

export type SaidTrip = { readonly id: string; readonly startAt: number; readonly endAt: number }

export type Window = {
  /** The last stretch before the window. */
  readonly before: Stretch | null
  /** The groups in the window, ascending. */
  readonly groups: number[]
  readonly said: readonly SaidTrip[]
}

export type Now = {
  /** Samples before this instant are summed up for good. */
  foldedTo: number
  /** Boots in the order they were first heard, and those of them with marked messages that may yet turn out to be lone jumps. */
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

export type TripsParts = { now: Now; window: Window; group: Group; minute: Minute; jumps: StreamJumps }

export const newNow = (): Now => ({ foldedTo: -1, boots: [], open: [], changed: [], openEndAt: -1, unknownFrom: -1, urgent: false })

const fields = Object.keys(
  stretchOf({ at: 0, receivedAt: 0, ignition: 0, lat: 0, lon: 0, speedKmh: 0, usedL: 0, tankL: 0, fuelLh: 0, usedKwh: 0, powerW: 0 }, 0),
) as readonly (keyof Stretch)[]

/** [minute, number of stretches, their fields …] for each minute, as doubles. */
const groupCodec: BytesCodec<Group> = {
  form: 'bytes',
  encode(group) {
    const numbers: number[] = []
    for (const [minute, stretches] of group) {
      numbers.push(minute, stretches.length)
      for (const stretch of stretches) for (const field of fields) numbers.push(stretch[field])
    }
    return new Uint8Array(Float64Array.from(numbers).buffer)
  },
  decode(bytes) {
    const numbers = new Float64Array(bytes.slice().buffer)
    const group: Group = new Map()
    for (let next = 0; next < numbers.length;) {
      const stretches: Stretch[] = []
      group.set(numbers[next]!, stretches)
      const end = next + 2 + numbers[next + 1]! * fields.length
      for (next += 2; next < end; next += fields.length) stretches.push(stretchFrom(numbers, next))
    }
    return group
  },
}

function stretchFrom(numbers: Float64Array, from: number): Stretch {
  const stretch = {} as Stretch
  for (let index = 0; index < fields.length; index += 1) stretch[fields[index]!] = numbers[from + index]!
  return stretch
}

/** JSON has no NaN: it is null there. */
const windowCodec: TextCodec<Window> = {
  form: 'text',
  encode: ({ before, groups, said }) => JSON.stringify({ before: before && fields.map((field) => before[field]), groups, said }),
  decode(text) {
    const stored = JSON.parse(text) as Omit<Window, 'before'> & {
      readonly before: readonly (number | null)[] | null
    }
    const numbers = stored.before && Float64Array.from(stored.before, (number) => number ?? NaN)
    return { ...stored, before: numbers && stretchFrom(numbers, 0) }
  },
}

export const tripsCodecs: PartCodecs<TripsParts> = {
  now: jsonCodec(),
  window: windowCodec,
  group: groupCodec,
  minute: minuteCodec,
  jumps: jumpsCodec,
}
