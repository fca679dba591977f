// The instant of a row by the time rule of a mapping. Rows of a segment are in order, which tells
// the second of two repeated hours from the first and the end of one trip from the start of the
// next.
import { openPattern } from './instant-pattern.ts'
import { parseInstant } from './instants.ts'
import type { CountedRule, DatedRule, Mapping, TimeRule } from './mapping.ts'
import { textOf, type Cells, type Row } from './row.ts'

/** Epoch milliseconds; undefined where the row tells no readable time. */
export type Clockwork = (row: Cells, segment: string) => number | undefined

/** The instant a recording without a date begins at where nothing else says so. */
const undatedStartAt = Date.UTC(2020, 0, 1)
/** Between the end of a trip without dates and the start of the next: longer than the silence that
 *  jobs bridge. */
export const tripGapMs = 600_000

export const isDated = (rule: TimeRule): rule is DatedRule => rule.as !== 'elapsed' && rule.as !== 'rows'

/** When counted time begins, by the first row, else by the caller, who may know where nothing is
 *  told, else by what the mapping states. Epoch milliseconds. */
export function mappedStart({ time }: Mapping, first: Row, undatedAt?: number): number {
  const rule = countedRule(time)
  const told = rule?.start === undefined || 'table' in rule.start ? undefined : datedClockwork(rule.start)(first, '')
  return (
    told ?? undatedAt ?? (rule?.startAt === undefined ? undefined : parseInstant(rule.startAt, 'UTC')) ?? undatedStartAt
  )
}

/** The first rule that counts, where one does. */
export const countedRule = (time: Mapping['time']): CountedRule | undefined =>
  [time].flat().find((rule): rule is CountedRule => rule.as === 'elapsed' || rule.as === 'rows')

/** The fields that a time rule reads of each row. */
export const timeFields = (rule: TimeRule): readonly string[] => ('field' in rule ? [rule.field].flat() : [])

const numberOf = (told: unknown): number => {
  const text = textOf(told)?.trim() ?? ''
  return text === '' ? Number.NaN : Number(text)
}

/** `laidOut`: whether segments that count anew are laid one after another. */
export function openClockwork(rule: TimeRule, startAt: number, laidOut: boolean): Clockwork {
  return isDated(rule) ? datedClockwork(rule) : countedClockwork(rule, startAt, laidOut)
}

export function datedClockwork(rule: DatedRule): Clockwork {
  if (rule.as === 'epoch') {
    const unitMs = { s: 1000, ms: 1, us: 0.001 }[rule.unit]
    return (row) => {
      const at = Math.round(numberOf(row[rule.field]) * unitMs)
      return Number.isFinite(at) ? at : undefined
    }
  }
  const fields = timeFields(rule)
  const read = rule.as === 'iso' ? readIso(rule.zone) : openPattern(rule.pattern, rule.zone)
  if (read === undefined) throw new TypeError(`"${rule.as === 'pattern' ? rule.pattern : ''}" is no pattern of a date`)
  const readUntil = new Map<string, number>()
  return (row, segment) => {
    const text =
      fields.length === 1
        ? textOf(row[fields[0] ?? ''])
        : fields.map((field) => textOf(row[field])?.trim() ?? '').join(' ')
    const at = text === undefined ? undefined : read(text, readUntil.get(segment))
    if (at !== undefined) readUntil.set(segment, at)
    return at
  }
}

const readIso =
  (zone: string) =>
  (text: string, notBefore?: number): number | undefined =>
    parseInstant(text, zone, notBefore)

function countedClockwork(rule: CountedRule, startAt: number, laidOut: boolean): Clockwork {
  const started = new Map<string, { readonly startAt: number; rows: number }>()
  let nextStartAt = startAt
  let lastMs = -Infinity
  const unitMs = rule.as === 'rows' ? rule.periodMs : { min: 60_000, s: 1000, ms: 1, us: 0.001 }[rule.unit]
  return (row, segment) => {
    const own = started.get(segment)
    const elapsedMs = Math.round((rule.as === 'rows' ? (own?.rows ?? 0) : numberOf(row[rule.field])) * unitMs)
    if (!Number.isFinite(elapsedMs)) return undefined
    // A counter that goes on through the segments has one start.
    const goesOn = rule.as === 'elapsed' && (!laidOut || elapsedMs >= lastMs)
    const segmentOwn = own ?? {
      startAt: goesOn ? ([...started.values()].at(-1)?.startAt ?? startAt) : nextStartAt,
      rows: 0,
    }
    if (own === undefined) started.set(segment, segmentOwn)
    segmentOwn.rows++
    const at = segmentOwn.startAt + elapsedMs
    lastMs = elapsedMs
    nextStartAt = Math.max(nextStartAt, at + tripGapMs)
    return at
  }
}
