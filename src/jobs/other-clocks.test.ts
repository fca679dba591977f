// Cars whose instants are not those of the measurement: what is told of them, and what is not
// concluded.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { driveJobs, recordsOf } from '../engine/job-driver.ts'
import { clockRank, sampleClocks, type Sample, type SampleClock, type SamplesMessage } from '../model/message.ts'
import type { Alert } from '../read-models/alerts/alerts.ts'
import type { Trip } from '../read-models/trips/trips.ts'
import type { Twin } from '../model/twin.ts'
import { crash } from './crash/crash.ts'
import { trips } from './trips/trips.ts'
import { twin } from './twin/twin.ts'

const at = 1_767_877_200_000
const boot = '00000000000000aa'

type Signals = Sample['signals']
type Row = { readonly second: number; readonly signals: Signals; readonly clock?: SampleClock }

/** A second apart, each in a message of its own. */
const messagesOf = (rows: readonly Row[], given = boot): SamplesMessage[] =>
  rows.map(({ second, ...row }, seq) => ({ boot: given, seq, samples: [{ at: at + second * 1000, ...row }] }))

function resultsOf(messages: readonly SamplesMessage[]) {
  const driver = driveJobs([twin, trips, crash], { reload: true })
  for (const message of messages) driver.feed(recordsOf([message]))
  driver.pass(at + 3_600_000)
  const rowsOf = <Item>(topic: string): Item[] =>
    [...driver.results()].flatMap(([id, row]) => (id.startsWith(`${topic} `) ? [row as Item] : []))
  return { twin: rowsOf<Twin>('twin')[0]!, trips: rowsOf<Trip>('trip'), alerts: rowsOf<Alert>('alert') }
}

const place = (second: number): Signals => ({
  'Vehicle.CurrentLocation.Latitude': -34.9 + Math.min(second, 40) * 1.25e-4,
  'Vehicle.CurrentLocation.Longitude': -56.1,
})

/** A car that drives 40 s at 50 km/h, loses it within a second with 12 g, and stands. */
const crashing = (clock?: SampleClock, more: (second: number) => Signals = () => ({})): Row[] =>
  Array.from({ length: 120 }, (_, second) => ({
    second,
    signals: {
      'Vehicle.Speed': second < 40 ? 50 : 0,
      ...place(second),
      ...(second === 40 && { 'Vehicle.Acceleration.Longitudinal': -117 }),
      ...more(second),
    },
    ...(clock !== undefined && { clock }),
  }))

test('a pulse or a loss of speed is one by measured instants alone', () => {
  assert.deepEqual(
    resultsOf(messagesOf(crashing())).alerts.map(({ status, clock }) => [status, clock]),
    [['confirmed', null]],
  )
  for (const clock of sampleClocks) assert.deepEqual(resultsOf(messagesOf(crashing(clock))).alerts, [], clock)
})

test('an airbag is a crash by any clock, and says by which', () => {
  const deployed = { 'Vehicle.Cabin.Seat.Row1.DriverSide.Airbag.IsDeployed': true }
  for (const clock of sampleClocks) {
    const [alert, ...others] = resultsOf(messagesOf(crashing(clock, (second) => (second >= 41 ? deployed : {})))).alerts
    assert.deepEqual(others, [])
    assert.deepEqual(
      [alert!.severity, alert!.status, alert!.at, alert!.clock],
      ['critical', 'confirmed', at + 41_000, clock],
    )
    assert.ok(alert!.place !== null)
  }
})

test('of one instant the clock that says most tells of an airbag, in any order', () => {
  const rows = [...sampleClocks].map((clock): Row => ({
    second: 0,
    signals: { 'Vehicle.Cabin.Seat.Row1.DriverSide.Airbag.IsDeployed': true },
    clock,
  }))
  for (const order of [rows, rows.toReversed()])
    assert.deepEqual(
      resultsOf(messagesOf(order)).alerts.map(({ clock }) => clock),
      ['sent'],
    )
})

test('what another publisher received speaks beside a measured pulse, but not in the place of the unit', () => {
  // The unit measures, and falls silent right after a slight pulse; a server goes on telling what
  // it last knew.
  const unit = Array.from({ length: 41 }, (_, second): Row => ({
    second,
    signals: {
      'Vehicle.Speed': 30,
      ...place(second),
      ...(second === 40 && { 'Vehicle.Acceleration.Longitudinal': -60 }),
    },
  }))
  const server = (signals: Signals): SamplesMessage[] =>
    messagesOf(
      Array.from({ length: 20 }, (_, index) => ({ second: 41 + index * 6, signals, clock: 'server' as const })),
      'bb'.repeat(8),
    )
  const statusOf = (more: readonly SamplesMessage[]) =>
    resultsOf([...messagesOf(unit), ...more]).alerts.map(({ evidence }) => evidence['wentSilent'])
  assert.deepEqual(statusOf([]), [true])
  assert.deepEqual(statusOf(server({ 'Vehicle.Speed': 30 })), [true])
  // Told by the car itself the same would say that it drives on.
  const own = messagesOf(
    Array.from({ length: 20 }, (_, index) => ({ second: 41 + index * 6, signals: { 'Vehicle.Speed': 30 } })),
    'bb'.repeat(8),
  )
  assert.deepEqual(statusOf(own), [])
})

test('what is beside a measured pulse by another clock changes nothing of it', () => {
  // 35 km/h lost beside one reading: with a reading of nothing in the same fiftieth of a second a
  // full brake may be.
  const beside = (clock?: SampleClock) => {
    const messages = messagesOf(
      crashing().map((row) => ({
        ...row,
        signals: { ...row.signals, ...(row.second < 40 && { 'Vehicle.Speed': 35 }) },
      })),
    )
    const { samples, ...pulse } = messages[40]!
    const still = {
      at: samples[0]!.at + 5,
      signals: { 'Vehicle.Acceleration.Longitudinal': 0 },
      ...(clock !== undefined && { clock }),
    }
    return resultsOf(messages.with(40, { ...pulse, samples: [...samples, still] })).alerts.map(({ status }) => status)
  }
  assert.deepEqual(beside(), ['possible'])
  assert.deepEqual(beside('received'), ['confirmed'])
  const turning = (clock?: SampleClock) => {
    const turn = messagesOf(
      [{ second: 41, signals: { 'Vehicle.AngularVelocity.Yaw': 200 }, ...(clock !== undefined && { clock }) }],
      'bb'.repeat(8),
    )
    return resultsOf([...messagesOf(crashing()), ...turn]).alerts.map(({ evidence }) => evidence['skidded'])
  }
  assert.deepEqual([turning(), turning('sent')], [[true], [undefined]])
})

test('a trip is of the clock of what tells how it was driven', () => {
  const driving = (clock?: SampleClock, from = 0, to = 300): Row[] =>
    Array.from({ length: to - from }, (_, index) => ({
      second: from + index,
      signals: { 'Vehicle.Speed': 36 },
      ...(clock !== undefined && { clock }),
    }))
  const tripOf = (rows: readonly Row[]): Trip => {
    const [trip, ...others] = resultsOf(messagesOf(rows)).trips
    assert.deepEqual(others, [])
    return trip!
  }
  const measured = tripOf(driving())
  assert.equal(measured.clock, null)
  for (const clock of sampleClocks) assert.deepEqual(tripOf(driving(clock)), { ...measured, clock })
  assert.equal(
    tripOf([...driving(undefined, 0, 150), ...driving('sent', 150, 151), ...driving(undefined, 151)]).clock,
    'sent',
  )
  assert.equal(tripOf([...driving('received', 0, 20), ...driving('sent', 20)]).clock, 'received')
  // A charger's readings of the battery do not make another drive of it.
  const charge = driving('received').map((row) => ({
    ...row,
    second: row.second + 0.5,
    signals: { 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Current': 50 },
  }))
  assert.equal(tripOf([...driving(), ...charge]).clock, null)
})

test('each value of the twin says by whose clock it is, until one that was measured comes', () => {
  const rows: Row[] = [
    { second: 0, signals: { 'Vehicle.Speed': 1, 'Vehicle.IsMoving': true } },
    { second: 1, signals: { 'Vehicle.Speed': 2 }, clock: 'received' },
  ]
  const { signals } = resultsOf(messagesOf(rows)).twin
  assert.deepEqual(signals, {
    'Vehicle.IsMoving': { value: true, at },
    'Vehicle.Speed': { value: 2, at: at + 1000, clock: 'received' },
  })
  const after = resultsOf(messagesOf([...rows, { second: 2, signals: { 'Vehicle.Speed': 3 } }])).twin
  assert.deepEqual(after.signals['Vehicle.Speed'], { value: 3, at: at + 2000 })
})

test('of two messages under one number that differ in their clock alone the one that says less counts, in any order', () => {
  const told = (clock?: SampleClock): SamplesMessage =>
    messagesOf([{ second: 0, signals: { 'Vehicle.Speed': 1 }, ...(clock !== undefined && { clock }) }])[0]!
  for (const order of [
    [undefined, 'sent', 'received', 'server'],
    ['received', 'server', undefined, 'sent'],
  ] as const)
    assert.equal(resultsOf(order.map(told)).twin.signals['Vehicle.Speed']!.clock, 'received')
})

test('what a car’s clock is off by is told by its own instants, not by those of a server or a receipt', () => {
  const carClockOf = (clock: SampleClock | undefined, offsetS: number) => {
    const driver = driveJobs([twin], { reload: true })
    const [message] = messagesOf([
      { second: offsetS, signals: { 'Vehicle.Speed': 1 }, ...(clock !== undefined && { clock }) },
    ])
    driver.feed(recordsOf([message!], 'demo/car-1', 'telemetry', at))
    return ([...driver.results().values()][0] as Twin).carClock
  }
  for (const clock of [undefined, 'sent'] as const)
    assert.deepEqual(carClockOf(clock, -7), { boot, offsetMs: -7000, state: 'right' })
  for (const clock of ['server', 'received'] as const)
    assert.deepEqual([carClockOf(clock, -7), carClockOf(clock, 7200)], [null, null])
  const mixed = messagesOf([{ second: -9, signals: { 'Vehicle.Speed': 1 } }])[0]!
  const both = {
    ...mixed,
    samples: [...mixed.samples, { at: at + 5000, signals: { 'Vehicle.IsMoving': true }, clock: 'server' as const }],
  }
  const driver = driveJobs([twin], { reload: true })
  driver.feed(recordsOf([both], 'demo/car-1', 'telemetry', at))
  assert.deepEqual(([...driver.results().values()][0] as Twin).carClock, { boot, offsetMs: -9000, state: 'right' })
})

test('clocks are ranked by how little they say of the measurement', () => {
  assert.deepEqual([undefined, null, ...sampleClocks].map(clockRank), [0, 0, 1, 2, 3])
})
