// Measurements around an instant, for hours, in few bytes: of every second the greatest and the
// least speed, of every ten the first position, the first receipt and what was seen, and the
// readings of acceleration that no driving explains. All are functions of the set of samples: order
// and duplicates change nothing.
import type { Place } from '../../model/place.ts'
import type { Fiftieth } from './readings.ts'

export const blockMs = 600_000
const secondMs = 1_000
const tenMs = 10_000
export const secondsOfBlock = blockMs / secondMs
export const tensOfBlock = blockMs / tenMs

/** Nothing was heard of a second; it was heard without a speed. */
export const unheard = 255
export const speedless = 254

/** Signs that may be seen in ten seconds, as bits. */
export const seen = { hazardOn: 1, rotation: 2, belted: 4, unbelted: 8 } as const

export type PlaceAt = Place & { readonly at: number }

/** Ten minutes of a vehicle, by the instants of its own clock. */
export type Motion = {
  /** Which ten minutes, counted from the epoch. */
  readonly block: number
  /** Of each second, km/h, rounded, up to 253. */
  readonly greatest: Uint8Array
  /** Where `greatest` is a speed. */
  readonly least: Uint8Array
  readonly seen: Uint8Array
  /** By ten seconds. */
  readonly places: Map<number, PlaceAt>
  /** By ten seconds: the earliest receipt of what was measured in them. */
  readonly receipts: Map<number, number>
  /** By five seconds, in order of time. */
  readonly readings: Map<number, readonly Fiftieth[]>
  /** The first and last instant at which the airbags were said to be whole; NaN = never. */
  wholeFirstAt: number
  wholeLastAt: number
}

export const blockOf = (at: number): number => Math.floor(at / blockMs)
export const secondOf = (at: number): number => Math.floor(at / secondMs)
export const blockOfSecond = (second: number): number => Math.floor(second / secondsOfBlock)
const tenOf = (at: number): number => Math.floor(at / tenMs)

export const newMotion = (block: number): Motion => ({
  block,
  greatest: new Uint8Array(secondsOfBlock).fill(unheard),
  least: new Uint8Array(secondsOfBlock),
  seen: new Uint8Array(tensOfBlock),
  places: new Map(),
  receipts: new Map(),
  readings: new Map(),
  wholeFirstAt: NaN,
  wholeLastAt: NaN,
})

/** Takes in that the vehicle was heard at an instant, with or without a speed. True when it changes
 *  anything, as of all that add. */
export function addSpeed(motion: Motion, at: number, kmh: number | undefined): boolean {
  const second = secondOf(at) % secondsOfBlock
  const before = motion.greatest[second]!
  if (kmh === undefined || kmh >= speedless) {
    if (before !== unheard) return false
    motion.greatest[second] = speedless
    return true
  }
  const speed = Math.min(speedless - 1, Math.round(kmh))
  const isFirst = before >= speedless
  if (!isFirst && before >= speed && motion.least[second]! <= speed) return false
  motion.greatest[second] = isFirst ? speed : Math.max(before, speed)
  motion.least[second] = isFirst ? speed : Math.min(motion.least[second]!, speed)
  return true
}

export function addReceipt(motion: Motion, at: number, receivedAt: number): boolean {
  const ten = tenOf(at) % tensOfBlock
  const before = motion.receipts.get(ten)
  if (before !== undefined && before <= receivedAt) return false
  motion.receipts.set(ten, receivedAt)
  return true
}

export function addSeen(motion: Motion, at: number, bits: number): boolean {
  const ten = tenOf(at) % tensOfBlock
  const before = motion.seen[ten]!
  motion.seen[ten] = before | bits
  return motion.seen[ten] !== before
}

/** Whether a place of an instant may be the first of its ten seconds, which it mostly is not: then
 *  it need not be looked for in the sample. */
export function isPlaceWanted({ places }: Motion, at: number): boolean {
  const before = places.get(tenOf(at) % tensOfBlock)
  return before === undefined || at <= before.at
}

/** Degrees with 7 decimals, which is how they are stored; null = none was told. */
export function addPlace({ places }: Motion, at: number, told: Place | null): boolean {
  if (told === null) return false
  const ten = tenOf(at) % tensOfBlock
  const before = places.get(ten)
  const place = { at, lat: told.lat, lon: told.lon }
  if (before !== undefined && !isBefore(place, before)) return false
  places.set(ten, place)
  return true
}

export const isBefore = (a: PlaceAt, b: PlaceAt): boolean =>
  a.at !== b.at ? a.at < b.at : a.lat !== b.lat ? a.lat < b.lat : a.lon < b.lon

export function addWhole(motion: Motion, at: number): boolean {
  if (motion.wholeFirstAt <= at && motion.wholeLastAt >= at) return false
  if (!(motion.wholeFirstAt <= at)) motion.wholeFirstAt = at
  if (!(motion.wholeLastAt >= at)) motion.wholeLastAt = at
  return true
}

export type MotionOf = (block: number) => Motion | undefined

/** Of a second counted from the epoch: km/h, or `speedless`, or `unheard`. */
export const greatestIn = (motionOf: MotionOf, second: number): number =>
  motionOf(blockOfSecond(second))?.greatest[second % secondsOfBlock] ?? unheard

/** The same of the least. */
export function leastIn(motionOf: MotionOf, second: number): number {
  const greatest = greatestIn(motionOf, second)
  return greatest >= speedless ? greatest : motionOf(blockOfSecond(second))!.least[second % secondsOfBlock]!
}

/** Signs seen in the ten seconds of each instant from `fromAt` to `toAt`, as bits. */
export function seenIn(motionOf: MotionOf, fromAt: number, toAt: number): number {
  let bits = 0
  for (let ten = tenOf(fromAt); ten <= tenOf(toAt); ten += 1)
    bits |= motionOf(Math.floor(ten / tensOfBlock))?.seen[ten % tensOfBlock] ?? 0
  return bits
}

/** The earliest receipt of what was measured in the ten seconds of an instant, as far as it is
 *  known. */
export const receiptOf = (motionOf: MotionOf, at: number): number | undefined =>
  motionOf(blockOf(at))?.receipts.get(tenOf(at) % tensOfBlock)

/** Positions from `fromAt` to `toAt`, one of every ten seconds, in order of time. */
export function placesIn(motionOf: MotionOf, fromAt: number, toAt: number): PlaceAt[] {
  const places: PlaceAt[] = []
  for (let ten = tenOf(fromAt); ten <= tenOf(toAt); ten += 1) {
    const place = motionOf(Math.floor(ten / tensOfBlock))?.places.get(ten % tensOfBlock)
    if (place !== undefined && place.at >= fromAt && place.at <= toAt) places.push(place)
  }
  return places
}
