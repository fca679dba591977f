// How fast a car was and where, for hours, in few bytes: the greatest speed of every five seconds, the first position of
// every ten. Both are functions of the set of samples: order and duplicates change nothing.
import type { BytesCodec } from '../../engine/part-codec.ts'
import type { Place } from '../../model/read-models.ts'

export const blockMs = 600_000
export const cellMs = 5_000
const placeCellMs = 10_000
const cells = blockMs / cellMs
const unknown = 255

/** Ten minutes of a vehicle. */
export type Motion = {
  /** km/h, rounded, at most 254; 255 = not known. */
  readonly speeds: Uint8Array
  readonly places: Map<number, Place & { readonly at: number }>
  /** The first and last instant at which the airbags were said to be whole; NaN = never. */
  wholeFirstAt: number
  wholeLastAt: number
}

export const blockOf = (at: number): number => Math.floor(at / blockMs)
export const cellOf = (at: number): number => Math.floor(at / cellMs)

export const newMotion = (): Motion => ({
  speeds: new Uint8Array(cells).fill(unknown),
  places: new Map(),
  wholeFirstAt: NaN,
  wholeLastAt: NaN,
})

/** True when it changes anything. */
export function addSpeed(motion: Motion, at: number, kmh: number): boolean {
  const cell = cellOf(at) % cells
  const speed = Math.min(254, Math.round(kmh))
  const before = motion.speeds[cell]!
  if (before !== unknown && before >= speed) return false
  motion.speeds[cell] = speed
  return true
}

/** Degrees with 7 decimals, which is how they are stored. */
export function addPlace(motion: Motion, at: number, lat: number, lon: number): boolean {
  const cell = Math.floor((at % blockMs) / placeCellMs)
  const before = motion.places.get(cell)
  const place = { at, lat, lon }
  if (before !== undefined && !isBefore(place, before)) return false
  motion.places.set(cell, place)
  return true
}

type PlaceAt = Place & { readonly at: number }

export const isBefore = (a: PlaceAt, b: PlaceAt): boolean => (a.at !== b.at ? a.at < b.at : a.lat !== b.lat ? a.lat < b.lat : a.lon < b.lon)

export function addWhole(motion: Motion, at: number): boolean {
  if (motion.wholeFirstAt <= at && motion.wholeLastAt >= at) return false
  if (!(motion.wholeFirstAt <= at)) motion.wholeFirstAt = at
  if (!(motion.wholeLastAt >= at)) motion.wholeLastAt = at
  return true
}

/** km/h of a cell counted from the epoch; undefined when nothing was measured. */
export function speedIn(block: (number: number) => Motion | undefined, cell: number): number | undefined {
  const speed = block(Math.floor(cell / cells))?.speeds[cell % cells]
  return speed === unknown ? undefined : speed
}

// Bytes: speeds 120 | first and last whole 8 + 8 | block 4 | then each place: cell 1 · ms of the block 4 · lat 4 · lon 4.
const placeBytes = 13
const headBytes = cells + 16 + 4

export const motionCodec: BytesCodec<Motion> = {
  form: 'bytes',
  encode({ speeds, places, wholeFirstAt, wholeLastAt }) {
    const bytes = new Uint8Array(headBytes + places.size * placeBytes)
    const view = new DataView(bytes.buffer)
    bytes.set(speeds)
    view.setFloat64(cells, wholeFirstAt)
    view.setFloat64(cells + 8, wholeLastAt)
    let next = headBytes
    for (const [cell, { at, lat, lon }] of places) {
      view.setUint32(cells + 16, blockOf(at))
      view.setUint8(next, cell)
      view.setUint32(next + 1, at % blockMs)
      view.setInt32(next + 5, Math.round(lat * 1e7))
      view.setInt32(next + 9, Math.round(lon * 1e7))
      next += placeBytes
    }
    return bytes
  },
  decode(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const startAt = view.getUint32(cells + 16) * blockMs
    const places = new Map<number, PlaceAt>()
    for (let next = headBytes; next < view.byteLength; next += placeBytes)
      places.set(view.getUint8(next), {
        at: startAt + view.getUint32(next + 1),
        lat: view.getInt32(next + 5) / 1e7,
        lon: view.getInt32(next + 9) / 1e7,
      })
    return { speeds: bytes.slice(0, cells), places, wholeFirstAt: view.getFloat64(cells), wholeLastAt: view.getFloat64(cells + 8) }
  },
}
