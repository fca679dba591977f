// Which car is under the pointer, and which are in view: a walk over the frame, under a millisecond
// for 20,000 cars.
import { anchor, carStride, column, type CarFrame } from '../live/car-columns.ts'
import type { Mercator } from './mercator.ts'

export type View = {
  /** Rows of a column-major 4 × 4 matrix that takes Mercator to clip space. */
  readonly matrix: ArrayLike<number>
  /** CSS pixels. */
  readonly widthPx: number
  readonly heightPx: number
  /** Which copies of the world are in view, 0 the one from −180° to 180°, 1 the one east of it. */
  readonly worlds: readonly number[]
}

/** The worlds between two unwrapped longitudes. */
export function worldsBetween(west: number, east: number): readonly number[] {
  const first = Math.floor((west + 180) / 360)
  const last = Math.max(first, Math.ceil((east + 180) / 360) - 1)
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

/** A Mercator point on the screen, in CSS pixels from the top left. */
export function project(
  { matrix, widthPx, heightPx }: Omit<View, 'worlds'>,
  { x, y }: Mercator,
): { readonly x: number; readonly y: number } {
  const m = (index: number): number => matrix[index] ?? 0
  const w = m(3) * x + m(7) * y + m(15)
  return {
    x: (((m(0) * x + m(4) * y + m(12)) / w + 1) / 2) * widthPx,
    y: ((1 - (m(1) * x + m(5) * y + m(13)) / w) / 2) * heightPx,
  }
}

/** Slots of the shown cars within `radiusPx` of a point, the nearest first. */
export function carsNear(
  frame: CarFrame,
  view: View,
  point: { readonly x: number; readonly y: number },
  radiusPx: number,
  nowAt: number,
): readonly number[] {
  const found: { slot: number; away: number }[] = []
  forEachShown(frame, view, nowAt, (slot, x, y) => {
    const away = Math.hypot(x - point.x, y - point.y)
    if (away <= radiusPx) found.push({ slot, away })
  })
  return [...new Set(found.sort((a, b) => a.away - b.away).map(({ slot }) => slot))]
}

/** Slots of the shown cars on the screen, from left to right: what the keyboard walks through. */
export function carsInView(frame: CarFrame, view: View, nowAt: number): readonly number[] {
  const found: { slot: number; x: number }[] = []
  forEachShown(frame, view, nowAt, (slot, x, y) => {
    if (x >= 0 && y >= 0 && x <= view.widthPx && y <= view.heightPx) found.push({ slot, x })
  })
  return [...new Set(found.sort((a, b) => a.x - b.x).map(({ slot }) => slot))]
}

function forEachShown(
  { floats, count, epochAt }: CarFrame,
  view: View,
  nowAt: number,
  visit: (slot: number, x: number, y: number) => void,
): void {
  const nowS = (nowAt - epochAt) / 1000
  for (let slot = 0; slot < count; slot++) {
    const base = slot * carStride
    const value = (offset: number): number => floats[base + offset] ?? 0
    if (value(column.shown) === 0) continue
    const durationS = value(column.durationS)
    const part = durationS <= 0 ? 1 : Math.min(1, Math.max(0, (nowS - value(column.startS)) / durationS))
    const x = anchor.x + value(column.fromX) + (value(column.toX) - value(column.fromX)) * part
    const y = anchor.y + value(column.fromY) + (value(column.toY) - value(column.fromY)) * part
    for (const world of view.worlds) {
      const on = project(view, { x: x + world, y })
      visit(slot, on.x, on.y)
    }
  }
}
