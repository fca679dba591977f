// Rows as jobs wrote them before, in the log still, as rows of today. Before rows said whose clock an instant is of, `clock` was what is doubtful about it,
// and of a twin what the car's clock is off by.
import type { DerivedTopic } from '../eventlog/event-log.ts'

type Row = Readonly<Record<string, unknown>>

/** The row itself where it is of today, or its topic never had another form. */
export function rowOfToday(topic: DerivedTopic, row: Row): Row {
  if (topic === 'twin') return row['carClock'] === undefined && row['clock'] !== undefined ? twinOfToday(row) : row
  if (topic !== 'trip' && topic !== 'alert') return row
  return row['clockDoubt'] === undefined && row['clock'] !== undefined ? { ...row, clock: null, clockDoubt: row['clock'] } : row
}

function twinOfToday({ clock, signals, ...row }: Row): Row {
  if (typeof signals !== 'object' || signals === null) return { ...row, carClock: clock, signals }
  const values = Object.entries(signals as Row).map(([path, value]) => [path, valueOfToday(value)] as const)
  return { ...row, carClock: clock, signals: Object.fromEntries(values) }
}

function valueOfToday(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('clock' in value)) return value
  const { clock, ...rest } = value
  return { ...rest, clockDoubt: clock }
}
