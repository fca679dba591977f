// Rows for the contract suites: valid, small, and different where a test says so.
import type { Alert } from './alerts/alerts.ts'
import type { LedgerEntry } from './ledger/ledger.ts'
import type { Track } from './tracks/tracks.ts'
import type { Trip } from './trips/trips.ts'
import type { TwinPatch, TwinValue } from '../model/twin.ts'
import type { Anomaly } from './anomalies/anomalies.ts'
import type { AnomalyKind } from '../model/anomaly.ts'
import type { CarClock } from '../model/car-clock.ts'
import type { SignalValue } from '../model/message.ts'
import { stepsOfPoints, type TrackPoints } from '../model/track-steps.ts'
import { vehicleKey, type VehicleRef } from '../model/vehicle-id.ts'
import type { MessageDocument, MessageToKeep } from '../storage/message-store.ts'
import type { Change } from '../storage/projection.ts'

export const t0 = 1_700_000_000_000
export const ref = (vehicle: string, tenant = 'acme') => ({ tenant, vehicle })

export function patch(
  vehicle: string,
  at: number,
  signals: Readonly<Record<string, SignalValue>>,
  given: Partial<TwinPatch> = {},
): Change<TwinPatch> & { readonly row: TwinPatch } {
  const values: Record<string, TwinValue> = {}
  for (const [path, value] of Object.entries(signals)) values[path] = { value, at }
  const carClock: CarClock = { boot: '00000000000000aa', offsetMs: -50, state: 'right' }
  const row: TwinPatch = { ...ref(vehicle), at, receivedAt: at + 50, carClock, signals: values, ...given }
  return { id: vehicleKey(row), row }
}

export const tripRow = (id: string, given: Partial<Trip> = {}): Trip => ({
  tenant: 'acme',
  vehicle: 'v1',
  id,
  startAt: t0,
  endAt: t0 + 60_000,
  status: 'ended',
  endedBy: 'ignition',
  start: { lat: -34.905_123_456_789, lon: -56.191_388_888_888_89 },
  end: null,
  distanceM: 0.1 + 0.2,
  bridgedM: 0,
  bridgedMs: 0,
  unheardM: 0,
  durationMs: 60_000,
  idleMs: 0,
  maxSpeedKmh: 5e-324,
  speedCovered: 0.99,
  fuelL: null,
  fuelFrom: null,
  fuelCovered: null,
  energyKwh: 1.797_693_134_862_315_7e308,
  energyFrom: 'counter',
  energyCovered: 0.97,
  energyDoubt: null,
  samples: 61,
  thinned: 0,
  receivedAt: t0 + 60_200,
  clock: null,
  clockDoubt: null,
  ...given,
})

export const alertRow = (id: string, given: Partial<Alert> = {}): Alert => ({
  tenant: 'acme',
  vehicle: 'v1',
  id,
  kind: 'crash',
  severity: 'critical',
  status: 'confirmed',
  at: t0,
  place: { lat: -34.9, lon: -56.2 },
  evidence: { airbag: true, peak: 87.25, phase: 'pulse' },
  receivedAt: t0 + 200,
  clock: null,
  clockDoubt: null,
  ...given,
})

export const trackRow = (minuteAt: number, given: Partial<TrackPoints> & Partial<VehicleRef> = {}): Track => ({
  tenant: given.tenant ?? 'acme',
  vehicle: given.vehicle ?? 'v1',
  minuteAt,
  ...stepsOfPoints(minuteAt, {
    at: [minuteAt + 100, minuteAt + 1100],
    lat: [-34.905_123_4, null],
    lon: [-56.191_388_8, null],
    speedKmh: [0.3, null],
    ...given,
  }),
})

export const ledgerRow = (vehicle: string, stream: string, given: Partial<LedgerEntry> = {}): LedgerEntry => ({
  tenant: 'acme',
  vehicle,
  stream,
  sent: 10,
  received: 10,
  stored: 10,
  duplicate: 0,
  late: 0,
  refused: 0,
  missing: 0,
  clock: 0,
  reused: 0,
  jumps: 0,
  lastAt: t0,
  lastReceivedAt: t0 + 200,
  ...given,
})

export const anomalyRow = (vehicle: string, kind: AnomalyKind, given: Partial<Anomaly> = {}): Anomaly => ({
  tenant: 'acme',
  vehicle,
  kind,
  count: 3,
  parts: [
    { subject: 'Vehicle.Speed', reason: 'range', count: 2 },
    { subject: 'telemetry', reason: null, count: 1 },
  ],
  lastReceivedAt: t0,
  ...given,
})

export const messageRow = (receivedAt: number, given: Partial<MessageDocument> = {}): MessageDocument => ({
  tenant: 'acme',
  vehicle: 'v1',
  stream: 'telemetry',
  at: receivedAt - 50,
  receivedAt,
  body: {
    boot: '00000000000000aa',
    seq: 1,
    samples: [{ at: receivedAt - 50, signals: { 'Vehicle.Speed': 0.1 + 0.2 } }],
  },
  ...given,
})

/** The same on its way in. */
export const toKeep = ({ body, ...row }: MessageDocument): MessageToKeep => ({ ...row, json: JSON.stringify(body) })

/** Puts rows that carry their own id. */
export const byId = <Row extends { readonly id: string }>(rows: readonly Row[]): Change<Row>[] =>
  rows.map((row) => ({ id: row.id, row }))
