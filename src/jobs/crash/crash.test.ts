import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredRecord } from '../../eventlog/event-log.ts'
import type { Alert } from '../../read-models/alerts/alerts.ts'
import type { Sample } from '../../model/message.ts'
import { driveJobs, messagesOf, recordsOf, type JobDriver } from '../../engine/job-driver.ts'
import { crash } from './crash.ts'

const at = 1_700_000_000_000

/** A sample a second: the speeds, with what else is said at some of them. A car that has a speed
 *  moves on. */
const samples = (speeds: readonly number[], more: Readonly<Record<number, Sample['signals']>> = {}): Sample[] =>
  speeds.map((kmh, second) => ({
    at: at + second * 1000,
    signals: {
      'Vehicle.Speed': kmh,
      'Vehicle.CurrentLocation.Latitude': -34.9 + speeds.slice(0, second).filter((speed) => speed > 0).length * 1e-4,
      'Vehicle.CurrentLocation.Longitude': -56.1,
      ...more[second],
    },
  }))
const seconds = (count: number, kmh: number): number[] => Array.from({ length: count }, () => kmh)
const pulse = (g: number): Sample['signals'] => ({ 'Vehicle.Acceleration.Longitudinal': -g * 9.80665 })

const airbagEvent = (when: number): StoredRecord =>
  recordsOf(
    [{ boot: '00000000000000aa', seq: 0, event: 'airbag-deployed', at: when, data: {} }],
    'demo/car-1',
    'critical',
  )[0]!

const alertsIn = (driver: JobDriver): Alert[] => [...driver.results().values()] as Alert[]

function alertsOf(list: readonly Sample[]): Alert[] {
  const driver = driveJobs([crash], { reload: true })
  for (const record of recordsOf(messagesOf(list))) driver.feed([record])
  return alertsIn(driver)
}

const crashing = samples([...seconds(20, 50), 8, ...seconds(60, 0)], { 20: pulse(12) })

test('an airbag is an alert at once, with what is known of it so far', () => {
  const driver = driveJobs([crash])
  driver.feed(recordsOf(messagesOf(samples(seconds(20, 50)))))
  const [output] = driver.feed([airbagEvent(at + 19_500)])
  assert.equal(output!.topic, 'alert')
  const alert = output!.value as Alert
  assert.deepEqual([alert.kind, alert.severity, alert.at], ['crash', 'critical', at + 19_500])
  assert.deepEqual(alert.evidence, { airbag: true, speedBeforeKmh: 50 })
  assert.ok(alert.place !== null)
})

test('a pulse of a moving car is possible at once, and confirmed under the same id once the car has stood', () => {
  const driver = driveJobs([crash], { reload: true })
  const told = recordsOf(messagesOf(crashing)).flatMap((record, second) =>
    driver.feed([record]).map(({ value }) => ({ second, alert: value as Alert })),
  )
  assert.deepEqual(
    told.map(({ alert: { status, severity, at: when, id } }) => [status, severity, when, id]),
    ['possible', 'confirmed'].map((status) => [status, 'warning', at + 20_000, told[0]!.alert.id]),
  )
  assert.equal(told[0]!.second, 20)
  const [alert] = alertsIn(driver)
  assert.deepEqual(alert!.evidence, {
    airbag: false,
    pulseMs2: 117.7,
    speedLostKmh: 42,
    speedBeforeKmh: 50,
    stoodStill: true,
  })
  assert.deepEqual(alert!.place, { lat: -34.898, lon: -56.1 })
})

test('what looks a little like a crash is none', () => {
  const cases: Readonly<Record<string, readonly Sample[]>> = {
    'a reading of a car that drives on': samples(seconds(120, 50), { 20: pulse(12) }),
    'a door slammed at the kerb': samples(seconds(120, 0), { 20: pulse(12) }),
    'emergency braking to a standstill': samples([...seconds(20, 50), 11, ...seconds(90, 0)], { 20: pulse(1.1) }),
    'a pothole, which is vertical': samples([...seconds(20, 50), ...seconds(20, 49), ...seconds(90, 50)], {
      20: { 'Vehicle.Acceleration.Vertical': 60 },
    }),
    'a speed that was wrong once': samples([...seconds(20, 0), 180, ...seconds(90, 0)]),
  }
  for (const [name, list] of Object.entries(cases)) assert.deepEqual(alertsOf(list), [], name)
})

test('a car that drives on withdraws the alert, which stays with the reason', () => {
  const [alert, ...more] = alertsOf(
    samples([...seconds(20, 50), ...seconds(25, 0), ...seconds(60, 30)], { 20: pulse(12) }),
  )
  assert.deepEqual(more, [])
  assert.equal(alert!.status, 'withdrawn')
  assert.equal(alert!.evidence['droveOn'], true)
})

test('late samples that show the car driving withdraw the alert under its id', () => {
  const driver = driveJobs([crash], { reload: true })
  driver.feed(recordsOf(messagesOf(crashing)))
  const [alert] = alertsIn(driver)
  const late = [36_500, 38_500, 40_500].map((ms) => ({ at: at + ms, signals: { 'Vehicle.Speed': 40 } }))
  driver.feed(recordsOf([{ boot: '00000000000000bb', seq: 0, samples: late }]))
  assert.deepEqual(
    alertsIn(driver).map(({ id, status }) => [id, status]),
    [[alert!.id, 'withdrawn']],
  )
})

test('late positions that show the speed frozen delete the alert: there was no pulse', () => {
  const driver = driveJobs([crash], { reload: true })
  const speeds = [...seconds(40, 50), ...seconds(60, 0)]
  driver.feed(
    recordsOf(messagesOf(speeds.map((kmh, second) => ({ at: at + second * 1000, signals: { 'Vehicle.Speed': kmh } })))),
  )
  assert.equal(alertsIn(driver)[0]!.status, 'confirmed')
  const still = { 'Vehicle.CurrentLocation.Latitude': -34.9, 'Vehicle.CurrentLocation.Longitude': -56.1 }
  const late = [5_500, 25_500, 38_500].map((ms) => ({ at: at + ms, signals: still }))
  driver.feed(recordsOf([{ boot: '00000000000000bb', seq: 0, samples: late }]))
  assert.deepEqual(alertsIn(driver), [])
})

test('an airbag that comes late makes one critical alert of it', () => {
  const driver = driveJobs([crash], { reload: true })
  driver.feed(recordsOf(messagesOf(crashing)))
  const [{ id } = { id: '' }] = alertsIn(driver)
  driver.feed([airbagEvent(at + 20_100)])
  const alerts = alertsIn(driver)
  assert.deepEqual(
    alerts.map((alert) => [alert.id, alert.severity, alert.status]),
    [[id, 'critical', 'confirmed']],
  )
  const figures = { pulseMs2: 117.7, speedLostKmh: 42, speedBeforeKmh: 50, stoodStill: true }
  assert.deepEqual(alerts[0]!.evidence, { airbag: true, ...figures })
})

const airbag = (deployed: boolean): Sample['signals'] => ({
  'Vehicle.Cabin.Seat.Row1.DriverSide.Airbag.IsDeployed': deployed,
})

test('an airbag that goes on being deployed is one crash; after it was whole again it is another', () => {
  const hour = 3_600_000
  const said = (hours: number, deployed: boolean): Sample => ({ at: at + hours * hour, signals: airbag(deployed) })
  assert.equal(alertsOf([said(0, true), said(1, true), said(4, true)]).length, 1)
  assert.equal(alertsOf([said(0, true), said(1, true), said(2, false), said(4, true)]).length, 2)
  assert.equal(alertsOf([said(0, true), said(20, true)]).length, 2)
})

test('an alert stays when all that spoke for it is long past', () => {
  const driver = driveJobs([crash], { reload: true })
  driver.feed(recordsOf(messagesOf(crashing)))
  const before = alertsIn(driver)
  for (let hour = 1; hour < 40; hour += 1)
    driver.feed(recordsOf(messagesOf([{ at: at + hour * 3_600_000, signals: { 'Vehicle.Speed': 0 } }])))
  assert.deepEqual(alertsIn(driver), before)
})

test('an alert tells the receipt of its first evidence, and whether the instant of it is marked', () => {
  const heard = (when: number, receivedAt: number): StoredRecord => ({ ...airbagEvent(when), receivedAt })
  const alertFrom = (records: readonly StoredRecord[]): Alert => {
    const driver = driveJobs([crash], { reload: true })
    for (const record of records) driver.feed([record])
    return alertsIn(driver)[0]!
  }
  const later = heard(at + 5000, at + 5100)
  const first = heard(at, at + 20_000)
  for (const order of [
    [first, later, first],
    [later, first],
  ]) {
    const { receivedAt, clock } = alertFrom(order)
    assert.deepEqual([receivedAt, clock], [at + 20_000, null])
  }
  assert.equal(alertFrom([heard(at, at - 120_001)]).clockDoubt, 'ahead')
})

test('a crash of which a car tells every two minutes for a day is one alert, and is known when its beginning is told again', () => {
  const driver = driveJobs([crash], { reload: true })
  const told = Array.from({ length: 720 }, (_, turn): Sample => ({ at: at + turn * 120_000, signals: airbag(true) }))
  const said = recordsOf(messagesOf(told)).flatMap((record) => driver.feed([record]))
  assert.deepEqual([...new Set(said.map((output) => output.at))], [at])
  driver.feed(
    recordsOf(messagesOf([{ at: at + 30 * 86_400_000, signals: { 'Vehicle.Speed': 0 } }], '00000000000000bb')),
  )
  assert.deepEqual(driver.feed([airbagEvent(at)]), [])
  assert.deepEqual(
    alertsIn(driver).map((alert) => alert.at),
    [at],
  )
})
