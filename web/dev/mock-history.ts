// What the mock API knows besides positions: trips driven by the mock cars, alerts, ledger, twins
// and messages. Seeded.
import { roomOf } from './mock-room.ts'
import type {
  Alert,
  LedgerEntry,
  RawMessage,
  SystemState,
  TrackColumns,
  Trip,
  VehicleDetail,
  VehicleSignal,
} from '../../src/api/contract.ts'
import { describeReasonCodes } from '../../src/model/reason-code-words.ts'
import { distanceM } from '../src/map/mercator.ts'
import { seededRandom, timesOf, type Fleet, type MockCar } from './mock-cars.ts'
import { anomalySumsOf } from './mock-anomalies.ts'

export type History = {
  readonly trips: readonly Trip[]
  readonly tracks: ReadonlyMap<string, TrackColumns>
  readonly alerts: Alert[]
}

/** Drives the fleet's first cars through the last hours and keeps what came of it. */
export function createHistory(fleet: Fleet, nowAt: number, tripCount: number): History {
  const random = seededRandom(7)
  const trips: Trip[] = []
  const tracks = new Map<string, TrackColumns>()
  const drivers = fleet.cars.slice(0, 40)
  for (let number = 0; number < tripCount; number++) {
    const car = drivers[number % drivers.length]
    if (car === undefined) break
    const seconds = 300 + Math.floor(random() * 900)
    const startAt = Math.round(nowAt - seconds * 1000 - number * 137_000 - random() * 60_000)
    const track = driveTrip(fleet, car, startAt, seconds, random)
    const id = `trip-${startAt}-${car.vehicle}`
    tracks.set(id, track)
    trips.push(summary(id, car, track))
  }
  const alerts: Alert[] = trips.slice(0, 7).map((trip, index) => ({
    tenant: 'demo',
    vehicle: trip.vehicle,
    id: `alert-${trip.endAt}-${trip.vehicle}`,
    kind: 'crash',
    severity: index % 3 === 1 ? 'warning' : 'critical',
    status: index % 3 === 1 ? 'possible' : 'confirmed',
    at: trip.endAt,
    place: trip.end,
    evidence:
      index % 3 === 1
        ? { airbag: false, pulseMs2: 48.1, speedLostKmh: 14, speedBeforeKmh: 31 }
        : { airbag: true, pulseMs2: 201.4, speedBeforeKmh: 46.2, stoodStill: true },
    receivedAt: trip.endAt + 300,
    clock: null,
    clockDoubt: null,
  }))
  return { trips: trips.sort((a, b) => b.startAt - a.startAt), tracks, alerts: alerts.sort((a, b) => b.at - a.at) }
}

function driveTrip(fleet: Fleet, car: MockCar, startAt: number, seconds: number, random: () => number): TrackColumns {
  const at: number[] = []
  const lat: (number | null)[] = []
  const lon: (number | null)[] = []
  const speedKmh: (number | null)[] = []
  const gapFrom = Math.floor(seconds * 0.4)
  const silentFrom = Math.floor(seconds * 0.7)
  const copy: MockCar = { ...car, parkedUntilAt: 0 }
  for (let second = 0; second < seconds; second++) {
    if (second === Math.floor(seconds / 2)) copy.parkedUntilAt = startAt + second * 1000 + 35_000
    fleet.step(copy, 1000, startAt + second * 1000)
    if (second > silentFrom && second < silentFrom + 45) continue
    const tunnel = second > gapFrom && second < gapFrom + 25
    at.push(startAt + second * 1000)
    lat.push(tunnel ? null : copy.lat + (random() - 0.5) * 2e-5)
    lon.push(tunnel ? null : copy.lon + (random() - 0.5) * 2e-5)
    speedKmh.push(second > gapFrom + 5 && second < gapFrom + 20 ? null : Math.max(0, copy.speedKmh + (random() - 0.5)))
  }
  return { at, lat, lon, speedKmh, truncated: false }
}

function summary(id: string, { vehicle, powertrain }: MockCar, track: TrackColumns): Trip {
  let metres = 0
  let idleMs = 0
  const known = track.at.flatMap((at, index) => {
    const lat = track.lat[index] ?? null
    const lon = track.lon[index] ?? null
    return lat === null || lon === null ? [] : [{ at, lat, lon, speedKmh: track.speedKmh[index] ?? 0 }]
  })
  known.forEach((point, index) => {
    const before = known[index - 1]
    if (before === undefined) return
    metres += distanceM(before.lat, before.lon, point.lat, point.lon)
    if (point.speedKmh < 1) idleMs += 1000
  })
  const startAt = track.at[0] ?? 0
  const endAt = track.at.at(-1) ?? 0
  const place = (point: (typeof known)[number] | undefined) =>
    point === undefined ? null : { lat: point.lat, lon: point.lon }
  return {
    tenant: 'demo',
    vehicle,
    id,
    startAt,
    endAt,
    status: Date.now() - endAt < 120_000 ? 'open' : 'ended',
    endedBy: Date.now() - endAt < 120_000 ? null : endAt % 5 === 0 ? 'silence' : 'ignition',
    start: place(known[0]),
    end: place(known.at(-1)),
    distanceM: metres,
    bridgedM: 0,
    bridgedMs: 0,
    unheardM: startAt % 3 === 0 ? 840 : 0,
    durationMs: endAt - startAt,
    idleMs,
    maxSpeedKmh: Math.max(0, ...track.speedKmh.map((speed) => speed ?? 0)),
    speedCovered: 1,
    fuelL: powertrain === 'ELECTRIC' ? null : (metres / 100_000) * 7.4,
    fuelFrom: powertrain === 'ELECTRIC' ? null : 'counter',
    fuelCovered: powertrain === 'ELECTRIC' ? null : 1,
    energyKwh: powertrain === 'COMBUSTION' ? null : (metres / 100_000) * 16.2,
    energyFrom: powertrain === 'COMBUSTION' ? null : 'power',
    energyCovered: powertrain === 'COMBUSTION' ? null : 0.97,
    energyDoubt: null,
    samples: track.at.length,
    thinned: 0,
    receivedAt: endAt + 300,
    clock: null,
    clockDoubt: null,
  }
}

/** The car that another publisher tells of, who says when it sent places and nothing of the
 *  rest. */
const toldCar = 'car-00014'

export function detailOf(car: MockCar, nowAt: number): VehicleDetail {
  const electric = car.powertrain === 'ELECTRIC'
  const signal = (
    group: string,
    path: string,
    unit: string | null,
    value: VehicleSignal['value'],
    ageMs = 0,
  ): VehicleSignal => ({
    path: `Vehicle.${path}`,
    unit,
    group,
    value,
    at: car.at + car.offsetMs - ageMs,
    ...(car.vehicle === toldCar && { clock: group === 'Position' ? ('sent' as const) : ('received' as const) }),
    ...(car.offsetMs > 0 && { clockDoubt: 'ahead' as const }),
  })
  const position = [
    signal('Position', 'CurrentLocation.Latitude', 'degrees', car.lat),
    signal('Position', 'CurrentLocation.Longitude', 'degrees', car.lon),
    signal('Position', 'CurrentLocation.Heading', 'degrees', car.heading),
    signal('Position', 'CurrentLocation.HorizontalAccuracy', 'm', 3.2),
    signal('Position', 'CurrentLocation.GNSSReceiver.FixType', null, 'THREE_D_SATELLITE_BASED_AUGMENTATION', 12_000),
  ]
  const lostPosition = ['Latitude', 'Longitude'].map((half): VehicleSignal => ({
    ...signal('Position', `CurrentLocation.${half}`, 'degrees', 0),
    doubt: 'null-island',
  }))
  return {
    vehicle: car.vehicle,
    kind: null,
    model: null,
    version: null,
    ...timesOf(car),
    signals: [
      signal('Identity', 'VehicleIdentification.Brand', null, 'Cordillera', 3_600_000),
      signal('Identity', 'VehicleIdentification.Model', null, electric ? 'Volt S' : 'Andes 1.6', 3_600_000),
      signal('Identity', 'Powertrain.Type', null, car.powertrain, 3_600_000),
      ...(car.placed ? position : car.lost ? lostPosition : []),
      signal('Motion', 'Speed', 'km/h', car.speedKmh),
      signal('Motion', 'IsMoving', null, car.speedKmh > 1),
      signal('Motion', 'TraveledDistance', 'm', 48_213_774),
      signal('Motion', 'Acceleration.Longitudinal', 'm/s^2', 0.42),
      signal('Controls', 'Chassis.Accelerator.PedalPosition', 'percent', { invalid: 'range' }, 4000),
      signal('Controls', 'Chassis.SteeringWheel.Angle', 'degrees', -12, 1000),
      ...(electric
        ? [
            signal('EV', 'Powertrain.TractionBattery.StateOfCharge.Current', 'percent', car.energyPercent),
            signal('EV', 'Powertrain.TractionBattery.Range', 'm', 231_000, 5000),
            signal('EV', 'Powertrain.TractionBattery.Temperature.Average', 'Celsius', null, 8000),
          ]
        : [
            signal('Fuel/ICE', 'Powertrain.FuelSystem.RelativeLevel', 'percent', Math.round(car.energyPercent)),
            signal('Fuel/ICE', 'Powertrain.FuelSystem.InstantConsumption', 'l/100km', 6.8),
            signal('Fuel/ICE', 'Powertrain.CombustionEngine.EngineCoolant.Temperature', 'Celsius', 89.6, 2000),
            signal('Fuel/ICE', 'Powertrain.CombustionEngine.EngineOil.Level', null, null, 90_000),
          ]),
      signal('Diagnostics', 'Diagnostics.DTCCount', null, 1, 130_000),
      signal('Diagnostics', 'Diagnostics.DTCList', null, ['P0301'], 130_000),
      signal('Diagnostics', 'Chassis.Axle.Row1.Wheel.Left.Tire.Pressure', 'kPa', 231, 20_000),
      signal('Diagnostics', 'Chassis.Axle.Row1.Wheel.Right.Tire.Pressure', 'kPa', 229, 20_000),
      signal('Diagnostics', 'LowVoltageBattery.CurrentVoltage', 'V', 14.21, 1000),
      signal('Environment', 'Exterior.AirTemperature', 'Celsius', 21.4, 30_000 + (nowAt % 2)),
      signal('Environment', 'Body.Raindetection.Intensity', 'percent', 0, 30_000),
      {
        ...signal('Acme', 'Acme.Cargo.Temperature', 'Celsius', -18.5),
        description: 'Temperature of the air around the goods.',
      },
      signal('Acme', 'Acme.Cargo.Load', 'kg', { invalid: 'range', value: 9000 }, 2000),
      signal('Acme', 'Acme.Cargo.DoorState', null, 'CLOSED', 12_000),
      signal('Other', 'Maker.Extra', null, 'as it came'),
    ],
  }
}

export const messagesOf = (car: MockCar): RawMessage[] =>
  Array.from({ length: 40 }, (_, index) => {
    const receivedAt = car.at - index * 1000 + 38 + ((index * 17) % 60)
    const at = car.at - index * 1000 + car.offsetMs
    const isEvent = index % 13 === 5
    return {
      id: `${car.vehicle}:${40 - index}`,
      stream: isEvent ? 'event' : 'telemetry',
      at,
      receivedAt,
      body: isEvent
        ? { boot: '9f86d081884c7d65', seq: 3, event: 'ignition-on', at, data: {} }
        : {
            boot: '9f86d081884c7d65',
            seq: 4000 - index,
            samples: [
              {
                at,
                signals: {
                  'Vehicle.Speed': Number(car.speedKmh.toFixed(1)),
                  'Vehicle.CurrentLocation.Latitude': car.lat,
                  'Vehicle.CurrentLocation.Longitude': car.lon,
                },
              },
            ],
          },
    }
  })

export function ledgerOf(car: MockCar, index: number): LedgerEntry[] {
  const troubled = index % 37 === 3
  const sent = 4000 + (index % 911)
  return ['telemetry', 'event'].map((stream) => {
    const count = stream === 'event' ? 9 : sent
    const missing = troubled && stream === 'telemetry' ? 2 : 0
    const duplicate = troubled ? 5 : 0
    return {
      tenant: 'demo',
      vehicle: car.vehicle,
      stream,
      sent: count,
      received: count - missing + duplicate,
      stored: count - missing,
      duplicate,
      late: troubled ? 1 : 0,
      refused: 0,
      missing,
      clock: car.offsetMs > 0 ? count : 0,
      reused: troubled && stream === 'telemetry' ? 128 : 0,
      jumps: troubled && stream === 'telemetry' ? 1 : 0,
      lastAt: car.at + car.offsetMs,
      lastReceivedAt: car.at,
    }
  })
}

const noTrouble = { duplicate: 0, late: 0, refused: 0, missing: 0, clock: 0, reused: 0, jumps: 0 }

export function systemOf(fleet: Fleet, startedAt: number): SystemState {
  const known = fleet.cars.length
  const connected = fleet.cars.filter(({ silent }) => !silent).length
  const sums = { sent: 0, received: 0, stored: 0, ...noTrouble }
  fleet.cars.forEach((car, index) => {
    const [telemetry] = ledgerOf(car, index)
    if (telemetry !== undefined)
      for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += telemetry[key] ?? 0
  })
  return {
    version: '0.1.0',
    startedAt,
    vehicles: { known, heardLastMinute: connected, connected },
    rates: { received: connected * 0.98, stored: connected * 0.98, refused: 0 },
    latencyMs: { ack: { p50: 4.2, p99: 18.9 }, row: { p50: 61, p99: 240 }, live: null },
    lag: [
      { consumer: 'twin', topic: 'telemetry', records: 212, gathers: 0 },
      { consumer: 'trips', topic: 'telemetry', records: 4120, gathers: 0 },
      { consumer: 'crash', topic: 'critical', records: 0, gathers: 0 },
      { consumer: 'ledger', topic: 'telemetry', records: 96, gathers: 0 },
    ],
    ledger: [
      { stream: 'telemetry', ...sums },
      { ...noTrouble, stream: 'event', sent: known * 9, received: known * 9, stored: known * 9 },
    ],
    anomalies: anomalySumsOf(fleet.cars),
    damaged: [],
    disconnects: [
      { reason: 'client', count: 412 },
      { reason: 'keep-alive', count: 37 },
      { reason: 'lost', count: 21 },
      { reason: 'taken-over', count: 4 },
    ],
    reasonCodes: describeReasonCodes([
      { packet: 'connack', direction: 'sent', code: 0x00, count: known + 470 },
      { packet: 'connack', direction: 'sent', code: 0x86, count: 19 },
      { packet: 'connack', direction: 'sent', code: 0x05, count: 3 },
      { packet: 'puback', direction: 'sent', code: 0x00, count: sums.received },
      { packet: 'puback', direction: 'sent', code: 0x99, count: 7 },
      { packet: 'suback', direction: 'sent', code: 0x01, count: known },
      { packet: 'suback', direction: 'sent', code: 0x87, count: 2 },
      { packet: 'disconnect', direction: 'sent', code: 0x8d, count: 37 },
      { packet: 'disconnect', direction: 'sent', code: 0x8e, count: 4 },
      { packet: 'disconnect', direction: 'received', code: 0x00, count: 412 },
      { packet: 'puback', direction: 'received', code: 0x00, count: 1204 },
      { packet: 'puback', direction: 'received', code: 0x83, count: 1 },
    ]),
    memoryBytes: 412 * 1024 ** 2,
    bridge: null,
    publishers: [
      {
        mapping: 'ovms',
        taken: 70_412,
        said: 8_120,
        refused: [
          { reason: 'unknown-sender', count: 212 },
          { reason: 'no-instant', count: 4 },
        ],
        unknown: [
          { foreignId: 'DEMO-CAR-7', count: 211 },
          { foreignId: 'workshop/a-rather-long-name-of-a-car-that-nobody-has-named-yet', count: 1 },
        ],
        signals: [
          { signal: 'Vehicle.Speed', taken: 1_302, unknown: 9, invalid: 0 },
          { signal: 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Current', taken: 1_311, unknown: 0, invalid: 2 },
          { signal: 'Vehicle.Chassis.Axle.Row1.Wheel.Left.Tire.Pressure', taken: 0, unknown: 0, invalid: 0 },
        ],
        unread: ['m/net/sq', 'm/freeram'],
        rebirths: { asked: 0, unanswered: 0 },
      },
    ],
    room: roomOf(connected, startedAt),
  }
}
