// The one Float32Array that carries every car from the worker to the GPU: `carStride` floats a car,
// a slot each. Positions are Mercator relative to `anchor`, times are seconds relative to
// `epochAt`, so that 32 bits are enough: 2 cm and 1 ms in the city. Only an instant that was
// measured long ago is coarser, 4 s after a year and a half.
import { mercatorX, mercatorY, type Mercator } from '../map/mercator.ts'

export const carStride = 12

/** Offsets in a car's floats. It goes from `from` to `to` between `start` and
 *  `start + duration`. */
export const column = {
  fromX: 0,
  fromY: 1,
  toX: 2,
  toY: 3,
  startS: 4,
  durationS: 5,
  /** Degrees clockwise from north; −1 = not known. */
  fromHeading: 6,
  turn: 7,
  /** When the car was last heard, by the gateway's clock; `neverHeardS` = not known. */
  heardAtS: 8,
  /** km/h; −1 = not known. */
  speedKmh: 9,
  /** 1 when the filter lets it through. */
  shown: 10,
  /** When the place was measured, by the car's clock. */
  measuredAtS: 11,
} as const

/** Stands for a receipt that is not known: 31 years before the epoch, and so silent whatever the
 *  shader compares. */
export const neverHeardS = -1e9

/** The middle of Montevideo. Far from it positions are coarser, 0.6 m on the other side of the
 *  world. */
export const anchor: Mercator = { x: mercatorX(-56.16), y: mercatorY(-34.87) }

/** From this on what is shown of a car looks stale. */
export const staleAfterMs = 60_000
/** From this on a car counts as silent; the same as the API's `state=silent`, and as the silence
 *  that ends a trip. */
export const silentAfterMs = 300_000
/** At and above it a car counts as moving. The feed's speeds are whole: this is any speed but
 *  zero. */
export const movingFromKmh = 0.5

/** How long ago a car was heard; for ever when that is not known. Milliseconds. */
export const heardAgo = (receivedAt: number | null, nowAt: number): number =>
  receivedAt === null ? Number.POSITIVE_INFINITY : nowAt - receivedAt

export type CarState = 'moving' | 'parked' | 'silent'

/** `ageMs`: since the car was last heard, by our clock; what it measured may be of any time. */
export function carState(ageMs: number, speedKmh: number | null): CarState {
  if (ageMs > silentAfterMs) return 'silent'
  return speedKmh !== null && speedKmh >= movingFromKmh ? 'moving' : 'parked'
}

/** Cars as one tick left them. Valid until the next tick. */
export type CarFrame = { readonly floats: Float32Array; readonly count: number; readonly epochAt: number }

export type CarNow = Mercator & {
  readonly heading: number | null
  readonly speedKmh: number | null
  /** When it was last heard, by our clock; null = not known. */
  readonly receivedAt: number | null
  /** When its place was measured, by its own. */
  readonly at: number
}

/** How far along its way the car in `slot` is at `nowAt`: 0 to 1. */
function progress(frame: CarFrame, base: number, nowAt: number): number {
  const startS = frame.floats[base + column.startS] ?? 0
  const durationS = frame.floats[base + column.durationS] ?? 0
  if (durationS <= 0) return 1
  return Math.min(1, Math.max(0, ((nowAt - frame.epochAt) / 1000 - startS) / durationS))
}

/** Where the car in `slot` is drawn at `nowAt`; the vertex shader computes the same. Undefined for
 *  a slot not in use. */
export function carAt(frame: CarFrame, slot: number, nowAt: number): CarNow | undefined {
  if (slot < 0 || slot >= frame.count) return undefined
  const base = slot * carStride
  const { floats } = frame
  const part = progress(frame, base, nowAt)
  const value = (offset: number): number => floats[base + offset] ?? 0
  const mix = (from: number, to: number): number => value(from) + (value(to) - value(from)) * part
  const heading = value(column.fromHeading)
  const speedKmh = value(column.speedKmh)
  const heardAtS = value(column.heardAtS)
  return {
    x: anchor.x + mix(column.fromX, column.toX),
    y: anchor.y + mix(column.fromY, column.toY),
    heading: heading < 0 ? null : (heading + value(column.turn) * part + 360) % 360,
    speedKmh: speedKmh < 0 ? null : speedKmh,
    receivedAt: heardAtS === neverHeardS ? null : frame.epochAt + heardAtS * 1000,
    at: frame.epochAt + value(column.measuredAtS) * 1000,
  }
}
