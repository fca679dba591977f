// What made-up cars send that cannot be right: every 37th of them all of it, every 11th some.
import type { Anomaly, AnomalyKind, AnomalyPart, AnomalySum } from '../../src/api/contract.ts'
import { anomalyKinds } from '../../src/model/anomaly.ts'
import type { MockCar } from './mock-cars.ts'

const part = (subject: string, reason: string | null, count: number): AnomalyPart => ({ subject, reason, count })
const gear = 'Vehicle.Powertrain.Transmission.CurrentGear'
const parts: Readonly<Record<AnomalyKind, readonly AnomalyPart[]>> = {
  refused: [part('telemetry', 'time', 14), part('event', 'not-json', 2)],
  invalid: [
    part('Vehicle.Speed', 'range', 1822),
    part(gear, 'type', 310),
    part('Vehicle.Maker.Cell', 'sensor-fault', 3),
  ],
  doubted: [
    part('Vehicle.CurrentLocation', 'no-fix', 412),
    part('Vehicle.CurrentLocation', 'jump', 37),
    part('Vehicle.Speed', 'frozen', 120),
    part('Vehicle.TraveledDistance', 'sentinel', 9),
  ],
  units: [part('3f0c9b7711aa0042', null, 1), part('9a1500c4d2e8b6f1', null, 1)],
  reused: [part('telemetry', null, 128)],
  number: [part('telemetry', null, 1)],
  clock: [part('telemetry', 'time-ahead', 341), part('telemetry', 'time-gps-rollover', 2)],
  excess: [part('Vehicle.Maker.Trace.N0417', 'twin-room', 1)],
}

export function anomaliesOf(car: MockCar, index: number): Anomaly[] {
  const kinds =
    index % 37 === 3
      ? anomalyKinds
      : index % 11 === 5
        ? (['invalid'] as const)
        : index % 11 === 7
          ? (['doubted'] as const)
          : []
  return kinds.map((kind) => ({
    tenant: 'demo',
    vehicle: car.vehicle,
    kind,
    count: parts[kind].reduce((sum, { count }) => sum + count, kind === 'invalid' ? 5 : 0),
    parts: parts[kind],
    lastReceivedAt: car.at - index * 1000,
  }))
}

export function anomalySumsOf(cars: readonly MockCar[]): AnomalySum[] {
  const byKind = Map.groupBy(cars.flatMap(anomaliesOf), ({ kind }) => kind)
  return anomalyKinds.flatMap((kind) => {
    const anomalies = byKind.get(kind)?.sort((a, b) => b.lastReceivedAt - a.lastReceivedAt)
    if (anomalies === undefined) return []
    return [
      {
        kind,
        vehicles: anomalies.length,
        count: anomalies.reduce((sum, { count }) => sum + count, 0),
        newest: anomalies.slice(0, 5),
      },
    ]
  })
}
