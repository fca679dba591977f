// Rows that the benches put into the tables, and the figures of putting them flat out.
import { performance } from 'node:perf_hooks'
import type { CarClock } from '../../src/model/car-clock.ts'
import type { TwinPatch, TwinValue } from '../../src/model/twin.ts'
import { vssSignals } from '../../src/model/vss.ts'
import { tripRow } from '../../src/read-models/rows.testing.ts'
import type { Trip } from '../../src/read-models/trips/trips.ts'
import type { MessageToKeep } from '../../src/storage/message-store.ts'
import type { Change, Projection } from '../../src/storage/projection.ts'
import type { Storage } from '../../src/storage/storage.ts'

const vehicles = 10_000
const batchRows = 1_000
const t0 = 1_760_000_000_000
export const tenant = 'bench'
const paths = vssSignals.filter(({ datatype }) => datatype === 'float').map(({ path }) => path)
const vehicleOf = (n: number): string => `car-${String(n % vehicles).padStart(5, '0')}`
const figure = (n: number): number => Math.round(Math.sin(n) * 10_000) / 100

const carClock: CarClock = { boot: '00112233445566aa', offsetMs: -50, state: 'right' }

export function twinPatch(n: number, at: number, signals: number): Change<TwinPatch> {
  const values: Record<string, TwinValue> = { 'Vehicle.Speed': { value: Math.abs(figure(n)), at } }
  for (let i = 0; i < signals - 1; i++) values[paths[i % paths.length]!] = { value: figure(n + i), at }
  const vehicle = vehicleOf(n)
  return { id: `${tenant}/${vehicle}`, row: { tenant, vehicle, at, receivedAt: at + 50, carClock, signals: values } }
}

export function message(n: number, at: number): Change<MessageToKeep> {
  const signals = Object.fromEntries(paths.slice(0, 4).map((path, i) => [path, figure(n + i)]))
  const json = JSON.stringify({ boot: '00112233445566aa', seq: n, samples: [{ at, signals }] })
  return {
    id: `telemetry/${n % 8}/${n}`,
    row: { tenant, vehicle: vehicleOf(n), stream: 'telemetry', at, receivedAt: at, json },
  }
}

const trip = (n: number): Change<Trip> => ({
  id: `trip-${n}`,
  row: tripRow(`trip-${n}`, {
    tenant,
    vehicle: vehicleOf(n),
    startAt: t0 + n,
    endAt: t0 + n + 600_000,
    start: { lat: figure(n), lon: figure(n) },
    end: { lat: figure(n), lon: figure(n) },
    distanceM: figure(n),
    durationMs: 600_000,
    idleMs: 1000,
    maxSpeedKmh: 60,
    speedCovered: 1,
    fuelL: figure(n),
    fuelFrom: 'counter',
    fuelCovered: 1,
    energyKwh: null,
    energyFrom: null,
    energyCovered: null,
    samples: 600,
    receivedAt: t0 + n + 600_050,
  }),
})

export type TableFigures = {
  readonly name: string
  readonly rowsPerS: number
  readonly cpuMicrosPerRow: number
  readonly longestMs: number
}

async function flatOut<Row>(
  name: string,
  store: Projection<Row>,
  rows: number,
  row: (n: number) => Change<Row>,
  cpuMicros: () => number,
): Promise<TableFigures> {
  const cpu = cpuMicros()
  const startedAt = performance.now()
  let longestMs = 0
  for (let from = 0; from < rows; from += batchRows) {
    const batchAt = performance.now()
    const changes = Array.from({ length: batchRows }, (_, i) => row(from + i))
    await store.put(changes, { 'bench/0': from })
    longestMs = Math.max(longestMs, performance.now() - batchAt)
  }
  const seconds = (performance.now() - startedAt) / 1000
  return { name, rowsPerS: rows / seconds, cpuMicrosPerRow: (cpuMicros() - cpu) / rows, longestMs }
}

/** Puts rows into the large tables one after the other. `cpuMicros` tells the CPU that all who take
 *  part have taken so far. */
export async function fillTables(storage: Storage, cpuMicros: () => number): Promise<readonly TableFigures[]> {
  const { twins, messages, trips } = storage
  return [
    await flatOut('twins, first seen, 40 signals', twins, vehicles, (n) => twinPatch(n, t0, 40), cpuMicros),
    await flatOut('twins, 4 of 40 signals changed', twins, 2 * vehicles, (n) => twinPatch(n, t0 + 1, 4), cpuMicros),
    await flatOut('twins, 8 of 40 signals changed', twins, 2 * vehicles, (n) => twinPatch(n, t0 + 2, 8), cpuMicros),
    await flatOut('messages of 250 B', messages, 3 * vehicles, (n) => message(n, t0 + n), cpuMicros),
    await flatOut('trips, new', trips, vehicles, trip, cpuMicros),
    await flatOut('trips, corrected', trips, vehicles, trip, cpuMicros),
  ]
}
