// Rows as jobs wrote them before, in the log still, as rows of today. Before rows said whose clock
// an instant is of, `clock` was what is doubtful about it, and of a twin what the car's clock is
// off by.
type Row = Readonly<Record<string, unknown>>

/** The row itself where it is of today. */
export const clockDoubtOfToday = (row: Row): Row =>
  row['clockDoubt'] === undefined && row['clock'] !== undefined
    ? { ...row, clock: null, clockDoubt: row['clock'] }
    : row

/** The same of what is told of a twin. */
export function twinOfToday(row: Row): Row {
  if (row['carClock'] !== undefined || row['clock'] === undefined) return row
  const { clock, signals, ...rest } = row
  if (typeof signals !== 'object' || signals === null) return { ...rest, carClock: clock, signals }
  const values = Object.entries(signals as Row).map(([path, value]) => [path, valueOfToday(value)] as const)
  return { ...rest, carClock: clock, signals: Object.fromEntries(values) }
}

function valueOfToday(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('clock' in value)) return value
  const { clock, ...rest } = value
  return { ...rest, clockDoubt: clock }
}
