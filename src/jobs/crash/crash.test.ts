import assert from 'node:assert/strict'
import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createGunzip } from 'node:zlib'
import type { StoredRecord } from '../../eventlog/event-log.ts'
import type { Alert } from '../../model/read-models.ts'
import type { Sample } from '../../model/message.ts'
import { driveJobs, messagesOf, recordsOf, type JobDriver } from '../../engine/job-driver.ts'
import { crash } from './crash.ts'

const at = 1_700_000_000_000

/** A sample a second: the speeds, with what else is said at some of them. */
const samples = (speeds: readonly number[], more: Readonly<Record<number, Sample['signals']>> = {}): Sample[] =>
  speeds.map((kmh, second) => ({
    at: at + second * 1000,
    signals: {
      'Vehicle.Speed': kmh,
      'Vehicle.CurrentLocation.Latitude': -34.9 + second * 1e-4,
      'Vehicle.CurrentLocation.Longitude': -56.1,
      ...more[second],
    },
  }))
const seconds = (count: number, kmh: number): number[] => Array.from({ length: count }, () => kmh)
const pulse = (g: number): Sample['signals'] => ({ 'Vehicle.Acceleration.Longitudinal': -g * 9.80665 })

const airbagEvent = (when: number): StoredRecord =>
  recordsOf([{ boot: '00000000000000aa', seq: 0, event: 'airbag-deployed', at: when, data: {} }], 'demo/car-1', 'critical')[0]!

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

test('a pulse of a moving car that then stands is a crash, told once it has stood for half a minute', () => {
  const driver = driveJobs([crash])
  const told = recordsOf(messagesOf(crashing)).map((record) => driver.feed([record]).length)
  const second = told.indexOf(1)
  assert.ok(second >= 55 && second <= 70, `told ${second - 20} s after the pulse`)
  const [alert] = alertsIn(driver)
  assert.deepEqual([alert!.severity, alert!.at], ['warning', at + 20_000])
  assert.deepEqual(alert!.evidence, { airbag: false, pulseMs2: 117.7, speedBeforeKmh: 50, stoodStill: true })
  assert.deepEqual(alert!.place, { lat: -34.898, lon: -56.1 })
})

test('what looks a little like a crash is none', () => {
  const cases: Readonly<Record<string, readonly Sample[]>> = {
    'a pulse of a car that drives on': samples(seconds(120, 50), { 20: pulse(12) }),
    'a pulse of a car that stops only for a moment': samples([...seconds(20, 50), ...seconds(25, 0), ...seconds(60, 30)], {
      20: pulse(12),
    }),
    'a door slammed at the kerb': samples(seconds(120, 0), { 20: pulse(12) }),
    'emergency braking to a standstill': samples([...seconds(20, 50), ...seconds(90, 0)], { 20: pulse(1.1) }),
    'a pothole, which is vertical': samples([...seconds(20, 50), ...seconds(90, 0)], { 20: { 'Vehicle.Acceleration.Vertical': 60 } }),
    'a pulse after which nothing more was heard': samples(seconds(21, 50), { 20: pulse(12) }),
  }
  for (const [name, list] of Object.entries(cases)) assert.deepEqual(alertsOf(list), [], name)
})

test('a late sample that shows the car driving withdraws the alert', () => {
  const driver = driveJobs([crash], { reload: true })
  driver.feed(recordsOf(messagesOf(crashing)))
  const [alert] = alertsIn(driver)
  const late = recordsOf([{ boot: '00000000000000bb', seq: 0, samples: [{ at: at + 41_500, signals: { 'Vehicle.Speed': 40 } }] }])
  assert.deepEqual(driver.feed(late), [{ topic: 'alert', id: alert!.id, key: 'demo/car-1', at: alert!.at, value: null }])
  assert.deepEqual(alertsIn(driver), [])
})

test('an airbag that comes late makes one critical alert of it', () => {
  const driver = driveJobs([crash], { reload: true })
  driver.feed(recordsOf(messagesOf(crashing)))
  driver.feed([airbagEvent(at + 20_100)])
  const alerts = alertsIn(driver)
  assert.equal(alerts.length, 1)
  assert.equal(alerts[0]!.severity, 'critical')
  assert.deepEqual(alerts[0]!.evidence, { airbag: true, pulseMs2: 117.7, speedBeforeKmh: 50, stoodStill: true })
})

const airbag = (deployed: boolean): Sample['signals'] => ({ 'Vehicle.Cabin.Seat.Row1.DriverSide.Airbag.IsDeployed': deployed })

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

const recording = fileURLToPath(new URL('../../../../shared/data/crash-nhtsa/v10146.csv.gz', import.meta.url))

test(
  'the wall test of a Camry at 57 km/h is a crash',
  { skip: existsSync(recording) ? false : 'the recordings are not beside this checkout' },
  async () => {
    const peak = await floorPeakG(recording)
    assert.ok(peak > 30 && peak < 60, `the floor at the rear seat peaks at ${peak} g`)
    const alerts = alertsOf(samples([...seconds(20, 57), ...seconds(60, 0)], { 20: pulse(peak) }))
    assert.equal(alerts.length, 1)
  },
)

/** The greatest mean over 10 ms of the deceleration of the floor at the left rear seat, recorded at 10 kHz. */
async function floorPeakG(file: string): Promise<number> {
  let column = -1
  let sum = 0
  let peak = 0
  const window: number[] = []
  for await (const line of createInterface({ input: createReadStream(file).pipe(createGunzip()) })) {
    const fields = line.split(',')
    if (column < 0) {
      column = fields.findIndex((name) => name.includes('FLLR_XG'))
      continue
    }
    const g = -Number(fields[column])
    sum += g
    window.push(g)
    if (window.length > 100) sum -= window.shift()!
    peak = Math.max(peak, sum / 100)
  }
  return peak
}

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
  assert.equal(alertFrom([heard(at, at - 120_001)]).clock, 'ahead')
})

test('a crash of which a car tells every two minutes for a day is one alert, and is known when its beginning is told again', () => {
  const driver = driveJobs([crash], { reload: true })
  const told = Array.from({ length: 720 }, (_, turn): Sample => ({ at: at + turn * 120_000, signals: airbag(true) }))
  const said = recordsOf(messagesOf(told)).flatMap((record) => driver.feed([record]))
  assert.deepEqual([...new Set(said.map((output) => output.at))], [at])
  driver.feed(recordsOf(messagesOf([{ at: at + 30 * 86_400_000, signals: { 'Vehicle.Speed': 0 } }], '00000000000000bb')))
  assert.deepEqual(driver.feed([airbagEvent(at)]), [])
  assert.deepEqual(
    alertsIn(driver).map((alert) => alert.at),
    [at],
  )
})
