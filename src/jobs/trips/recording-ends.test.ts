// Ends of labelled trips, also with standing added at their ends; and figures of recorded trips against sums over the raw files that use
// nothing of ours.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Sample } from '../../model/message.ts'
import type { Trip } from '../../model/read-models.ts'
import { parseInstant } from '../../replay/instants.ts'
import { bevBmwI3 } from '../../replay/mappings/bev-bmw-i3.ts'
import { cmapTrips } from '../../replay/mappings/cmap-trips.ts'
import { data, rowsOf, samplesOf, skip, tripsOf } from './test-recordings.ts'

type Label = { readonly startAt: number; readonly endAt: number }

/** Each labelled trip with the samples around it up to the next silence, and what of them stands before and after made longer. */
function stood(samples: readonly Sample[], { startAt, endAt }: Label, beforeMs: number, afterMs: number): Sample[] {
  const standing = (fromAt: number, ms: number): Sample[] =>
    Array.from({ length: ms / 1000 }, (_, second) => ({ at: fromAt + second * 1000, signals: { 'Vehicle.Speed': 0 } }))
  const moved = (from: number, to: number, byMs: number): Sample[] =>
    samples.filter(({ at }) => at >= from && at <= to).map(({ at, signals }) => ({ at: at + byMs, signals }))
  const first = samples.findLastIndex(({ at }, index) => at <= startAt && (index === 0 || at - samples[index - 1]!.at > 300_000))
  const next = samples.findIndex(({ at }, index) => at >= endAt && (samples[index + 1]?.at ?? Infinity) - at > 300_000)
  return [
    ...moved(samples[first]?.at ?? startAt, startAt - 1, -beforeMs),
    ...standing(startAt - beforeMs, beforeMs),
    ...moved(startAt, endAt, 0),
    ...standing(endAt + 1000, afterMs),
    ...moved(endAt + 1, samples[next]?.at ?? endAt, afterMs),
  ]
}

test('labelled trips keep up to 300 s of standing at their ends: both ends within 30 s of 99 %, at most 1 % false', { skip }, async () => {
  const cars = await samplesOf('cmap-trips/points_1hz.csv.gz', cmapTrips)
  const instant = (text: string): number => parseInstant(text, 'America/Chicago')!
  const labels = (await rowsOf('cmap-trips/trips_truth.csv')).map((row) => ({
    samples: cars.get(row['vehicle']!)!,
    startAt: instant(row['start_ts']!),
    endAt: instant(row['end_ts']!),
  }))
  assert.equal(labels.length, 171)
  for (const [beforeMs, afterMs] of [
    [60_000, 60_000],
    [180_000, 180_000],
    [300_000, 0],
    [0, 300_000],
    [300_000, 300_000],
  ] as const) {
    let found = 0
    let derived = 0
    for (const { samples, startAt, endAt } of labels) {
      const trips = tripsOf(stood(samples, { startAt, endAt }, beforeMs, afterMs))
      const near = (a: number, b: number): boolean => Math.abs(a - b) <= 30_000
      derived += trips.length
      if (trips.some((trip) => near(trip.startAt, startAt - beforeMs) && near(trip.endAt, endAt + afterMs))) found += 1
    }
    const added = `${beforeMs / 1000} s before and ${afterMs / 1000} s after`
    assert.ok(found >= 0.99 * labels.length, `${added}: ${found} of ${labels.length} found`)
    assert.ok(derived - found <= 0.01 * labels.length, `${added}: ${derived} trips, of which ${found} are right`)
  }
})

/** A row of a raw file: seconds, km/h to two decimals, and watts into the battery. */
type Row = { readonly s: number; readonly kmh: number; readonly w: number }

/** Metres, idle seconds and kWh of the rows in a span, by the trapezoid rule and the rules of gaps, and with half a row's time at either end. */
function sumsOver(rows: readonly Row[], fromS: number, toS: number) {
  const inside = rows.filter(({ s }) => s >= fromS - 1e-6 && s <= toS + 1e-6)
  const sums = { m: 0, idleS: 0, kwh: 0 }
  inside.forEach((b, index) => {
    const a = inside[index - 1]
    if (a === undefined) return
    const step = b.s - a.s
    if (step <= 15 || a.kmh >= 1) sums.m += ((a.kmh + b.kmh) / 7.2) * step
    if (step <= 15 && a.kmh < 1 && b.kmh < 1) sums.idleS += step
    if (step <= 2) sums.kwh -= (((a.w + b.w) / 2) * step) / 3.6e6
  })
  const edge = (row: Row | undefined, other: Row | undefined): number =>
    row === undefined || other === undefined ? 0 : (row.kmh / 3.6) * (Math.min(1, Math.abs(row.s - other.s)) / 2)
  sums.m += edge(inside[0], inside[1]) + edge(inside.at(-1), inside.at(-2))
  return sums
}

const linesOf = (file: string): string[] =>
  gunzipSync(readFileSync(data + file))
    .toString('utf8')
    .trim()
    .split('\n')
const near = (found: number, wanted: number, unit: number): boolean => Math.abs(found - wanted) <= Math.max(unit, 0.001 * Math.abs(wanted))

function holds(trip: Trip, rows: readonly Row[], zeroAt: number, name: string): void {
  const sums = sumsOver(rows, (trip.startAt - zeroAt) / 1000, (trip.endAt - zeroAt) / 1000)
  assert.ok(near(trip.distanceM, sums.m, 1), `${name}: ${trip.distanceM} m, by the raw file ${sums.m}`)
  if (trip.idleMs !== null)
    assert.ok(near(trip.idleMs / 1000, sums.idleS, 0.002), `${name}: idle ${trip.idleMs} ms, by the raw file ${sums.idleS} s`)
  if (trip.energyKwh !== null)
    assert.ok(near(trip.energyKwh, sums.kwh, 0.001), `${name}: ${trip.energyKwh} kWh, by the raw file ${sums.kwh}`)
}

test('distance, energy and idle time of the BMW i3 are those of its raw files over the same spans', { skip }, async () => {
  let idle = 0
  for (const file of readdirSync(`${data}bev-bmw-i3`).filter((name) => name.endsWith('.1hz.csv.gz'))) {
    const [header = '', ...lines] = linesOf(`bev-bmw-i3/${file}`)
    const columns = header.replace('\r', '').split(';')
    const rows = lines.map((line): Row => {
      const field = (name: string): number => Number(line.split(';')[columns.indexOf(name)])
      return { s: field('Time [s]'), kmh: field('Velocity [km/h]'), w: field('Battery Voltage [V]') * field('Battery Current [A]') }
    })
    for (const samples of (await samplesOf(`bev-bmw-i3/${file}`, bevBmwI3)).values())
      for (const trip of tripsOf(samples)) {
        holds(trip, rows, samples[0]!.at - rows[0]!.s * 1000, file)
        assert.ok(trip.energyFrom === 'power' && trip.energyKwh !== null, file)
        idle += trip.idleMs ?? 0
      }
  }
  assert.ok(idle > 600_000, `they stood ${idle} ms in all`)
})

test('distance and idle time of the labelled trips are those of the raw file over the same spans', { skip }, async () => {
  const [, ...lines] = linesOf('cmap-trips/points_1hz.csv.gz')
  const raw = Map.groupBy(
    lines.map((line) => line.split(',')),
    ([vehicle = '']) => vehicle,
  )
  let known = 0
  for (const [vehicle, samples] of await samplesOf('cmap-trips/points_1hz.csv.gz', cmapTrips)) {
    const rows = raw
      .get(vehicle)!
      .map(([, at = '', , , mph]): Row => ({ s: Date.parse(`${at}Z`) / 1000, kmh: Math.round(Number(mph) * 160.9344) / 100, w: NaN }))
    for (const trip of tripsOf(samples)) {
      holds(trip, rows, samples[0]!.at - rows[0]!.s * 1000, `${vehicle} ${trip.startAt}`)
      if (trip.idleMs !== null) known += 1
    }
  }
  assert.ok(known > 80, `the idle time of ${known} is known`)
})
