// A series of a signal as a chart draws it. Doubted values are drawn as dots and break the line;
// values whose instant is marked are a line of their own.
import type { DoubtReason, SignalSeries, VehicleSignal } from '../../../src/api/contract.ts'

export type SeriesValue = {
  readonly at: number
  readonly value: number
  readonly doubt?: DoubtReason
  readonly clockDoubt?: 'ahead'
}

/** Null ends a line; over undefined it goes on, as the value there belongs to another one. */
export type Line = (number | null | undefined)[]

export type SeriesLines = {
  readonly seconds: number[]
  readonly plain: Line
  readonly ahead: Line
  /** Drawn within the range, whatever they are. */
  readonly doubted: Line
  /** Of the axis: by what is not doubted, where there is anything. */
  readonly range: readonly [low: number, high: number]
  /** In order of time. */
  readonly values: readonly SeriesValue[]
}

/** Truth values and words have no scale, so they have no chart. Of a signal without a value a unit
 *  tells that it is a number. */
export const isCharted = ({ value, unit }: Pick<VehicleSignal, 'value' | 'unit'>): boolean =>
  typeof value === 'number' ||
  (unit !== null && unit !== 'iso8601' && (value === null || (typeof value === 'object' && 'invalid' in value)))

export function seriesLines({ at, value, marks }: Pick<SignalSeries, 'at' | 'value' | 'marks'>): SeriesLines {
  const doubts = new Map(marks.map(({ index, ...mark }) => [index, mark]))
  const told = value.map((number, index): SeriesValue | null =>
    number === null ? null : { at: at[index] ?? 0, value: number, ...doubts.get(index) },
  )
  const values = told.filter((each) => each !== null)
  const range = rangeOf(values)
  const lineOf = (isAhead: boolean): Line =>
    told.map((each) => {
      if (each === null) return null
      if ((each.clockDoubt !== undefined) !== isAhead) return undefined
      return each.doubt === undefined ? each.value : null
    })
  return {
    seconds: at.map((instant) => instant / 1000),
    plain: lineOf(false),
    ahead: lineOf(true),
    doubted: told.map((each) =>
      each?.doubt === undefined ? undefined : Math.min(Math.max(each.value, range[0]), range[1]),
    ),
    range,
    values,
  }
}

function rangeOf(values: readonly SeriesValue[]): [low: number, high: number] {
  const sound = values.filter(({ doubt }) => doubt === undefined)
  let [low, high] = [Infinity, -Infinity]
  for (const { value } of sound.length > 0 ? sound : values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low > high) return [0, 1]
  const pad = high > low ? (high - low) * 0.08 : Math.max(Math.abs(low) * 0.05, 1)
  // An axis below 0 would be about values that nobody told.
  return [low >= 0 ? Math.max(0, low - pad) : low - pad, high + pad]
}

/** The places of values that no line leads to or from: they are seen as dots only. */
export function lonePlaces(line: Line): number[] {
  const drawn = line.flatMap((value, place) => (value === undefined ? [] : [{ value, place }]))
  return drawn.flatMap(({ value, place }, index) =>
    value !== null && typeof drawn[index - 1]?.value !== 'number' && typeof drawn[index + 1]?.value !== 'number'
      ? [place]
      : [],
  )
}

/** The index of the value nearest to an instant; −1 without any. */
export function nearestIndex(values: readonly SeriesValue[], at: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle]?.at ?? 0) < at) low = middle + 1
    else high = middle
  }
  const [before, after] = [values[low - 1], values[low]]
  if (before === undefined || after === undefined)
    return before === undefined ? Math.min(low, values.length - 1) : low - 1
  return at - before.at < after.at - at ? low - 1 : low
}
