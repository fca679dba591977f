// A mapping bound to the header of one file: finds each column once, then turns rows into samples. Columns are compared
// without case, outer space and degree signs, because the same recording exists with and without them, well and badly encoded.
import assert from 'node:assert/strict'
import type { SignalValue } from '../model/message.ts'
import { findValueRule, takeNumber } from '../model/signal-value.ts'
import { findSignal, type VssSignal } from '../model/vss.ts'
import { parseInstant } from './instants.ts'
import type { Mapping, SignalRule } from './mapping.ts'
import { RecordingError, type RecordedSample, type RecordingTally } from './recorded-sample.ts'
import { conversionFactor } from './units.ts'

/** Undefined for a row that cannot be played. */
export type RowReader = (fields: readonly string[]) => RecordedSample | undefined

type Source = { readonly file: string; readonly fileSegment: string; readonly startAt: number; readonly tally: RecordingTally }
type ValueReader = (fields: readonly string[]) => SignalValue
type Clockwork = (fields: readonly string[], segment: string) => number | undefined

const plain = (column: string): string =>
  column
    .replaceAll(/[°\u00c2\ufffd]/g, '')
    .trim()
    .toLowerCase()

/** Binds `mapping` to a header. Throws a `RecordingError` (`column`) that names every column the mapping needs and the file has not. */
export function openColumns(header: readonly string[], mapping: Mapping, source: Source): RowReader {
  const indexOf = columnIndex(header, mapping, source.file)
  const clock = openClock(mapping, indexOf, source.startAt)
  const segmentIndex = mapping.segments.by === 'column' ? indexOf(mapping.segments.column) : undefined
  const values = mapping.signals.map((rule) => ({ signal: rule.signal, read: valueReader(rule, indexOf, source.tally) }))
  return (fields) => {
    if (fields.length !== header.length) return undefined
    const segment = segmentIndex === undefined ? source.fileSegment : (fields[segmentIndex] ?? '').trim()
    if (segment === '') return undefined
    const at = clock(fields, segment)
    if (at === undefined) return undefined
    const signals: Record<string, SignalValue> = {}
    for (const { signal, read } of values) signals[signal] = read(fields)
    return { segment, at, signals }
  }
}

function columnIndex(header: readonly string[], mapping: Mapping, file: string): (column: string) => number {
  const names = header.map(plain)
  const needed = new Set(mapping.signals.flatMap(({ column, times }) => (times === undefined ? [column] : [column, times])))
  if ('column' in mapping.time) needed.add(mapping.time.column)
  if (mapping.segments.by === 'column') needed.add(mapping.segments.column)
  const lacking = [...needed].filter((column) => !names.includes(plain(column)))
  if (lacking.length > 0)
    throw new RecordingError(
      'column',
      `${file} has no column ${lacking.map((column) => `"${column}"`).join(', ')}, which the mapping ${mapping.name} reads. ` +
        `Its columns are: ${header.join(', ')}. Is it another kind of recording, or is the separator not "${mapping.delimiter}"?`,
    )
  return (column) => names.indexOf(plain(column))
}

function openClock({ time }: Mapping, indexOf: (column: string) => number, startAt: number): Clockwork {
  if (time.kind === 'rows') {
    const started = new Map<string, { readonly startAt: number; rows: number }>()
    let nextStartAt = startAt
    return (_fields, segment) => {
      let own = started.get(segment)
      if (own === undefined) started.set(segment, (own = { startAt: nextStartAt, rows: 0 }))
      const at = own.startAt + Math.round(own.rows++ * time.periodMs)
      nextStartAt = Math.max(nextStartAt, at + time.gapMs)
      return at
    }
  }
  const index = indexOf(time.column)
  if (time.kind === 'seconds')
    return (fields) => {
      const text = fields[index] ?? ''
      const seconds = text.trim() === '' ? Number.NaN : Number(text)
      return Number.isFinite(seconds) ? startAt + Math.round(seconds * 1000) : undefined
    }
  if (time.kind === 'utc') return (fields) => parseInstant(fields[index] ?? '', 'UTC')
  // Rows of a segment are in order, which tells the second of two repeated hours from the first.
  const readUntil = new Map<string, number>()
  return (fields, segment) => {
    const at = parseInstant(fields[index] ?? '', time.zone, readUntil.get(segment))
    if (at !== undefined) readUntil.set(segment, at)
    return at
  }
}

function valueReader(rule: SignalRule, indexOf: (column: string) => number, tally: RecordingTally): ValueReader {
  const signal = findSignal(rule.signal)
  if (signal === undefined) throw new TypeError(`the catalogue of signals does not know ${rule.signal}`)
  const read = rule.texts === undefined ? numberReader(rule, signal, indexOf) : textReader(rule.texts, rule, indexOf)
  const name = rule.times === undefined ? rule.column : `${rule.column} x ${rule.times}`
  return (fields) => {
    const value = read(fields)
    if (value !== null && typeof value !== 'object') return value
    let count = tally.columns.get(name)
    if (count === undefined) tally.columns.set(name, (count = { empty: 0, invalid: 0 }))
    if (value === null) count.empty++
    else count.invalid++
    return value
  }
}

const isMissing = (text: string, { missing }: SignalRule): boolean => text === '' || missing?.includes(text) === true

function textReader(texts: Readonly<Record<string, string>>, rule: SignalRule, indexOf: (column: string) => number): ValueReader {
  const index = indexOf(rule.column)
  return (fields) => {
    const text = (fields[index] ?? '').trim()
    return isMissing(text, rule) ? null : (texts[text] ?? { invalid: 'unknown-code' })
  }
}

function numberReader(rule: SignalRule, signal: VssSignal, indexOf: (column: string) => number): ValueReader {
  const indexes = (rule.times === undefined ? [rule.column] : [rule.column, rule.times]).map(indexOf)
  const factor = rule.unit === undefined || signal.unit === undefined ? undefined : conversionFactor(rule.unit, signal.unit)
  if (factor === undefined) throw new TypeError(`${rule.signal} is measured in ${signal.unit}, which ${rule.unit} does not convert to`)
  const valueRule = findValueRule(signal.path)
  assert(valueRule !== undefined, 'the catalogue has a rule for each of its signals')
  const isAsWritten = factor === 1 && rule.times === undefined && rule.minus === undefined && rule.sign === undefined
  return (fields) => {
    let value = factor * (rule.sign ?? 1)
    for (const index of indexes) {
      const text = (fields[index] ?? '').trim()
      if (isMissing(text, rule)) return null
      value *= Number(text) - (rule.minus ?? 0)
    }
    // Nine digits are more than a sensor gives and less than what a float's arithmetic adds. `+ 0` makes -0 a zero.
    return takeNumber(isAsWritten || valueRule.kind === 'whole' ? value : Number(value.toPrecision(9)) + 0, valueRule)
  }
}
