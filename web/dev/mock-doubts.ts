// What made-up cars send that cannot be right: every 37th of them all of it, every 11th some.
import type { Doubt, DoubtKind, DoubtPart, DoubtSum } from '../../src/api/contract.ts'
import { doubtKinds } from '../../src/model/doubt.ts'
import type { MockCar } from './mock-cars.ts'

const part = (subject: string, reason: string | null, count: number): DoubtPart => ({ subject, reason, count })
const gear = 'Vehicle.Powertrain.Transmission.CurrentGear'
const parts: Readonly<Record<DoubtKind, readonly DoubtPart[]>> = {
  refused: [part('telemetry', 'time', 14), part('event', 'not-json', 2)],
  invalid: [part('Vehicle.Speed', 'range', 1822), part(gear, 'type', 310), part('Vehicle.Maker.Cell', 'sensor-fault', 3)],
  units: [part('3f0c9b7711aa0042', null, 1), part('9a1500c4d2e8b6f1', null, 1)],
  reused: [part('telemetry', null, 128)],
  number: [part('telemetry', null, 1)],
  clock: [part('telemetry', null, 341), part('event', null, 2)],
}

export function doubtsOf(car: MockCar, index: number): Doubt[] {
  const kinds = index % 37 === 3 ? doubtKinds : index % 11 === 5 ? (['invalid'] as const) : []
  return kinds.map((kind) => ({
    tenant: 'demo',
    vehicle: car.vehicle,
    kind,
    count: parts[kind].reduce((sum, { count }) => sum + count, kind === 'invalid' ? 5 : 0),
    parts: parts[kind],
    lastReceivedAt: car.at - index * 1000,
  }))
}

export function doubtSumsOf(cars: readonly MockCar[]): DoubtSum[] {
  const byKind = Map.groupBy(cars.flatMap(doubtsOf), ({ kind }) => kind)
  return doubtKinds.flatMap((kind) => {
    const doubts = byKind.get(kind)?.sort((a, b) => b.lastReceivedAt - a.lastReceivedAt)
    if (doubts === undefined) return []
    return [{ kind, vehicles: doubts.length, count: doubts.reduce((sum, { count }) => sum + count, 0), newest: doubts.slice(0, 5) }]
  })
}
