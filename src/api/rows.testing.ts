// Rows of two tenants, for tests: what is `theirs` must never be seen by `ours`.
import type { Anomaly } from '../read-models/anomalies/anomalies.ts'
import type { Alert } from '../read-models/alerts/alerts.ts'
import type { LedgerEntry } from '../read-models/ledger/ledger.ts'
import { alertRow, ledgerRow, tripRow } from '../read-models/rows.testing.ts'
import { stepsOfPoints } from '../model/track-steps.ts'
import type { Track } from '../read-models/tracks/tracks.ts'
import type { Trip } from '../read-models/trips/trips.ts'
import type { Twin } from '../model/twin.ts'
import type { Storage } from '../storage/storage.ts'
import { fixtureNow } from './api.testing.ts'

const minuteAt = Math.floor((fixtureNow - 600_000) / 60_000) * 60_000

export const twin = (tenant: string, vehicle: string, more: Twin['signals'] = {}, at = fixtureNow - 1000): Twin => ({
  tenant,
  vehicle,
  at,
  receivedAt: at + 200,
  carClock: { boot: '00000000000000aa', offsetMs: -200, state: 'right' },
  signals: {
    'Vehicle.CurrentLocation.Latitude': { value: -34.9, at },
    'Vehicle.CurrentLocation.Longitude': { value: -56.1, at },
    'Vehicle.Speed': { value: 42.5, at },
    'Vehicle.Maker.Extra': { value: { invalid: 'range' }, at },
    ...more,
  },
})

export const trip = (tenant: string, id: string, startAt = minuteAt): Trip =>
  tripRow(id, {
    tenant,
    vehicle: 'car-1',
    startAt,
    endAt: startAt + 90_000,
    start: { lat: -34.9, lon: -56.1 },
    distanceM: 1200.5,
    durationMs: 90_000,
    idleMs: 1000,
    maxSpeedKmh: 61.2,
    fuelL: 0.1,
    fuelFrom: 'counter',
    fuelCovered: 1,
    energyKwh: null,
    energyFrom: null,
    energyCovered: null,
    samples: 90,
    receivedAt: startAt + 90_200,
  })

export const alert = (tenant: string, id: string): Alert =>
  alertRow(id, {
    tenant,
    vehicle: 'car-1',
    at: minuteAt,
    evidence: { airbag: true, peak: 12.5, by: 'pulse' },
    receivedAt: minuteAt + 200,
  })

const ledgerEntry = (tenant: string): LedgerEntry =>
  ledgerRow('car-1', 'telemetry', {
    tenant,
    received: 9,
    stored: 8,
    duplicate: 1,
    missing: 2,
    lastAt: minuteAt,
    lastReceivedAt: minuteAt + 200,
  })

export const anomaly = (tenant: string, given: Partial<Anomaly> = {}): Anomaly => ({
  tenant,
  vehicle: 'car-1',
  kind: 'invalid',
  count: 4,
  parts: [{ subject: 'Vehicle.Speed', reason: 'range', count: 4 }],
  lastReceivedAt: minuteAt + 200,
  ...given,
})

const track = (tenant: string, minute: number): Track => ({
  tenant,
  vehicle: 'car-1',
  minuteAt: minuteAt + minute * 60_000,
  ...stepsOfPoints(minuteAt + minute * 60_000, {
    at: [0, 20_000, 40_000].map((ms) => minuteAt + minute * 60_000 + ms),
    lat: [-34.9, null, -34.91],
    lon: [-56.1, null, -56.11],
    speedKmh: [40, 41.5, null],
  }),
})

export async function fillStorage(storage: Storage): Promise<void> {
  for (const tenant of ['ours', 'theirs']) {
    const mine = (id: string): string => (tenant === 'ours' ? id : `${tenant}-${id}`)
    await storage.twins.put([{ id: `${tenant}/${mine('car-1')}`, row: twin(tenant, mine('car-1')) }], {})
    await storage.trips.put([{ id: mine('trip-1'), row: trip(tenant, mine('trip-1')) }], {})
    await storage.alerts.put([{ id: mine('alert-1'), row: alert(tenant, mine('alert-1')) }], {})
    await storage.ledger.put([{ id: `${tenant}/car-1/telemetry`, row: ledgerEntry(tenant) }], {})
    await storage.anomalies.put([{ id: `${tenant}/car-1/invalid`, row: anomaly(tenant) }], {})
    await storage.tracks.put(
      [0, 1].map((minute) => ({ id: `${tenant}/car-1/${minuteAt + minute * 60_000}`, row: track(tenant, minute) })),
      {},
    )
    await storage.messages.put(
      [
        {
          id: `telemetry/${tenant === 'ours' ? 0 : 1}/0`,
          row: {
            tenant,
            vehicle: 'car-1',
            stream: 'telemetry',
            at: minuteAt,
            receivedAt: minuteAt + 5,
            json: '{"boot":"x"}',
          },
        },
      ],
      {},
    )
  }
}
