// The rows of recordings of real cars as their publishers wrote them, and what a few lines make of
// them: what trips are held against. Invariant: it imports nothing of ours, so that no mistake of
// ours is in it.
import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createGunzip } from 'node:zlib'

export const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))
export const skip = existsSync(data) ? false : 'the recordings are not beside this checkout'
export const metresPerMile = 1609.344

/** Milliseconds by the clock of the file, whatever it began with; NaN is what the file does not
 *  tell. `w` is power into the battery. */
export type RawRow = {
  readonly at: number
  readonly kmh: number
  readonly w: number
  readonly lat: number
  readonly lon: number
}

export type Span = { readonly startAt: number; readonly endAt: number }

/** Rows of a CSV file (plain or gzip) by column. */
export async function rowsOf(file: string, delimiter = ','): Promise<Record<string, string>[]> {
  const raw = createReadStream(data + file)
  const rows: Record<string, string>[] = []
  let names: string[] | undefined
  for await (const line of createInterface({ input: file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw })) {
    const fields = line
      .replaceAll(/"([^"]*)"/g, (_, text: string) => text.replaceAll(',', ' '))
      .trim()
      .split(delimiter)
    if (names === undefined) names = fields
    else rows.push(Object.fromEntries(names.map((name, index) => [name, fields[index] ?? ''])))
  }
  return rows
}

const rawRow = (at: number, kmh: number, w = NaN, lat = NaN, lon = NaN): RawRow => ({ at, kmh, w, lat, lon })

/** Local times of `cmap-trips` as if they were UTC: none of its cars was driven while clocks
 *  changed. */
const wallAt = (text = ''): number => Date.parse(`${text.replace(' ', 'T')}Z`)
const kmhOfMph = (mph: string | undefined): number => (Number(mph) * metresPerMile) / 1000

const bySegment = (
  rows: readonly Record<string, string>[],
  column: string,
  of: (row: Record<string, string>, index: number) => RawRow,
) => new Map([...Map.groupBy(rows, (row) => row[column] ?? '')].map(([segment, own]) => [segment, own.map(of)]))

/** The files of a set of recordings, and the rows of one by segment. */
export const rawSets = {
  'nds-drives': {
    files: () => ['nds-drives/nds_data.csv.gz'],
    read: async (file: string) =>
      bySegment(await rowsOf(file), 'drive', (row) =>
        rawRow(
          Date.parse(row['time_utc'] ?? ''),
          kmhOfMph(row['speed_mph']),
          NaN,
          Number(row['gps_lat']),
          Number(row['gps_long']),
        ),
      ),
  },
  'cmap-trips': {
    files: () => ['cmap-trips/points_1hz.csv.gz'],
    read: async (file: string) =>
      bySegment(await rowsOf(file), 'vehicle', (row) => rawRow(wallAt(row['timestamp']), kmhOfMph(row['speed_mph']))),
  },
  'bev-bmw-i3': {
    files: () => filesIn('bev-bmw-i3', '.1hz.csv.gz'),
    read: async (file: string) =>
      new Map([
        [
          segmentOf(file),
          (await rowsOf(file, ';')).map((row) =>
            rawRow(
              Number(row['Time [s]']) * 1000,
              Number(row['Velocity [km/h]']),
              Number(row['Battery Voltage [V]']) * Number(row['Battery Current [A]']),
            ),
          ),
        ],
      ]),
  },
  'obd-carobd': {
    files: () => filesIn('obd-carobd', '.csv.gz'),
    read: async (file: string) =>
      bySegment(await rowsOf(file), 'file', (row, index) => rawRow(index * 492, Number(row['VEHICLE_SPEED ()']))),
  },
  'drive-cycles': {
    files: () => ['udds', 'us06', 'hwfet', 'wltc_3b'].map((cycle) => `drive-cycles/${cycle}.csv`),
    read: async (file: string) =>
      new Map([
        [
          segmentOf(file),
          (await rowsOf(file)).map((row) => rawRow(Number(row['cycSecs']) * 1000, Number(row['cycMps']) * 3.6)),
        ],
      ]),
  },
} as const satisfies Record<string, { files(): string[]; read(file: string): Promise<ReadonlyMap<string, RawRow[]>> }>

const filesIn = (folder: string, end: string): string[] =>
  readdirSync(data + folder)
    .filter((file) => file.endsWith(end))
    .sort()
    .map((file) => `${folder}/${file}`)
const segmentOf = (file: string): string => file.split('/').at(-1)?.split('.')[0] ?? ''

/** The labelled trips of `cmap-trips` by car, in the clock of its rows. */
export async function labelledSpans(): Promise<Map<string, Span[]>> {
  const truths = await rowsOf('cmap-trips/trips_truth.csv')
  return new Map(
    [...Map.groupBy(truths, (row) => row['vehicle'] ?? '')].map(([vehicle, rows]) => [
      vehicle,
      rows.map((row) => ({ startAt: wallAt(row['start_ts']), endAt: wallAt(row['end_ts']) })),
    ]),
  )
}

/** A span with the rows around it up to the next silence, and standing added before and after, a
 *  row a second that `standing` makes. */
export function stood<Row extends { readonly at: number }>(
  rows: readonly Row[],
  { startAt, endAt }: Span,
  [beforeMs, afterMs]: readonly [beforeMs: number, afterMs: number],
  standing: (at: number) => Row,
): Row[] {
  const stands = (fromAt: number, ms: number): Row[] =>
    Array.from({ length: ms / 1000 }, (_, second) => standing(fromAt + second * 1000))
  const moved = (from: number, to: number, byMs: number): Row[] =>
    rows.filter(({ at }) => at >= from && at <= to).map((row) => ({ ...row, at: row.at + byMs }))
  const first = rows.findLastIndex(
    ({ at }, index) => at <= startAt && (index === 0 || at - rows[index - 1]!.at > 300_000),
  )
  const next = rows.findIndex(({ at }, index) => at >= endAt && (rows[index + 1]?.at ?? Infinity) - at > 300_000)
  return [
    ...moved(rows[first]?.at ?? startAt, startAt - 1, -beforeMs),
    ...stands(startAt - beforeMs, beforeMs),
    ...moved(startAt, endAt, 0),
    ...stands(endAt + 1000, afterMs),
    ...moved(endAt + 1, rows[next]?.at ?? endAt, afterMs),
  ]
}

export const standingRow = (at: number): RawRow => rawRow(at, 0)

/** Metres, idle seconds and kWh out of the battery of the rows in a span: the trapezoid rule, the
 *  rules of gaps, and half a row's time at either end. */
export function sumsOver(rows: readonly RawRow[], { startAt, endAt }: Span) {
  const inside = rows.filter(({ at }) => at >= startAt - 1 && at <= endAt + 1)
  const sums = { m: 0, idleS: 0, kwh: 0 }
  inside.forEach((b, index) => {
    const a = inside[index - 1]
    if (a === undefined) return
    const step = (b.at - a.at) / 1000
    const lineM = step > 15 ? chordM(a, b) : NaN
    if (!Number.isNaN(lineM)) sums.m += lineM
    else if (step <= 15 || a.kmh >= 1) sums.m += ((a.kmh + b.kmh) / 7.2) * step
    if (step <= 15 && a.kmh < 1 && b.kmh < 1) sums.idleS += step
    if (step <= 2) sums.kwh -= (((a.w + b.w) / 2) * step) / 3.6e6
  })
  const edge = (row: RawRow | undefined, other: RawRow | undefined): number =>
    row === undefined || other === undefined
      ? 0
      : (row.kmh / 3.6) * (Math.min(1, Math.abs(row.at - other.at) / 1000) / 2)
  sums.m += edge(inside[0], inside[1]) + edge(inside.at(-1), inside.at(-2))
  return sums
}

/** The straight line through the earth between two places on the ellipsoid WGS 84. */
function chordM(a: RawRow, b: RawRow): number {
  const [p, q] = [a, b].map(({ lat, lon }) => {
    const [phi, lambda] = [(lat * Math.PI) / 180, (lon * Math.PI) / 180]
    const n = 6_378_137 / Math.sqrt(1 - 0.006_694_379_990_14 * Math.sin(phi) ** 2)
    return [
      n * Math.cos(phi) * Math.cos(lambda),
      n * Math.cos(phi) * Math.sin(lambda),
      n * 0.993_305_620_009_86 * Math.sin(phi),
    ]
  })
  return Math.hypot(...p!.map((each, axis) => each - q![axis]!))
}
