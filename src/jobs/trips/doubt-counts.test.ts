// Promise: each doubted place, speed and odometer counts once under its signal and reason, however
// often and late it came; and none that is doubted no more. `doubting.test.ts` holds the counts
// against a judgement of everything at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { driveJobs, messagesOf, recordsOf } from '../../engine/job-driver.ts'
import type { Sample } from '../../model/message.ts'
import { at, doubtedIn, driverOf, sample, straight } from './drives.testing.ts'
import { trips } from './trips.ts'

const place = (lat: number, lon: number): Sample['signals'] => ({
  'CurrentLocation.Latitude': lat,
  'CurrentLocation.Longitude': lon,
})

/** The drive with other values below `Vehicle` from one second up to, not including, another. */
const changed = (
  drive: readonly Sample[],
  [fromS, toS]: readonly [number, number],
  values: Sample['signals'],
): Sample[] =>
  drive.map((each) => {
    const atS = (each.at - at) / 1000
    return atS >= fromS && atS < toS ? { ...each, signals: { ...each.signals, ...sample(0, values).signals } } : each
  })

test('what is doubted is counted by signal and reason, and told with when it was last received', () => {
  let drive = straight(0, 300, { kmh: 60, more: { TraveledDistance: 48_152_000 } })
  drive = changed(drive, [20, 23], place(0, 0))
  drive = changed(drive, [40, 42], place(53.5, 13.4))
  drive = changed(drive, [60, 61], { Speed: 240, TraveledDistance: 0 })
  const driver = driverOf(drive)
  driver.pass(Number.MAX_SAFE_INTEGER)
  assert.deepEqual(doubtedIn(driver), {
    tenant: 'demo',
    vehicle: 'car-1',
    kind: 'doubted',
    count: 7,
    parts: [
      { subject: 'Vehicle.CurrentLocation', reason: 'null-island', count: 3 },
      { subject: 'Vehicle.CurrentLocation', reason: 'jump', count: 2 },
      { subject: 'Vehicle.Speed', reason: 'jump', count: 1 },
      { subject: 'Vehicle.TraveledDistance', reason: 'sentinel', count: 1 },
    ],
    lastReceivedAt: at + 60_000,
  })
})

test('a car of which nothing is doubted has no row, and says nothing of it', () => {
  const driver = driveJobs([trips])
  const said = [
    ...driver.feed(recordsOf(messagesOf(straight(0, 1200, { kmh: 60 })))),
    ...driver.pass(Number.MAX_SAFE_INTEGER),
  ]
  assert.ok(said.length > 0 && said.every(({ topic }) => topic !== 'anomaly'))
})

test('a value that is sent again counts once, also by another message', () => {
  const drive = changed(straight(0, 300, { kmh: 60 }), [20, 23], place(0, 0))
  const driver = driverOf(drive, drive.slice(15, 40), drive.slice(15, 40))
  driver.pass(Number.MAX_SAFE_INTEGER)
  assert.equal(doubtedIn(driver)?.count, 3)
})

test('the row of a car is gone when late samples say that its values were true', () => {
  const off = changed(straight(0, 600, { kmh: 60 }), [200, 300], place(53.5, 13.4)).map(({ at, signals }) => ({
    at,
    signals: Object.fromEntries(Object.entries(signals).filter(([path]) => path !== 'Vehicle.Speed')),
  }))
  const isLate = ({ at: sampleAt }: Sample): boolean => sampleAt > at + 210_000 && sampleAt < at + 300_000
  const driver = driverOf(off.filter((each) => !isLate(each)))
  driver.pass(at + 900_000)
  assert.deepEqual(doubtedIn(driver)?.parts, [{ subject: 'Vehicle.CurrentLocation', reason: 'jump', count: 11 }])
  driver.feed(recordsOf(messagesOf(off.filter(isLate), 'ff'.repeat(8))))
  const said = driver.pass(Number.MAX_SAFE_INTEGER)
  assert.equal(doubtedIn(driver), undefined)
  const ends = said.filter(({ topic }) => topic === 'anomaly')
  assert.deepEqual(
    ends.map(({ id, value }) => [id, value]),
    [['demo/car-1/doubted', null]],
    'once',
  )
})

test('the row of a car is gone when another message tells the place of an instant of which none was known', () => {
  const drive = straight(0, 300, { kmh: 60 })
  const driver = driverOf(changed(drive, [20, 21], place(0, 0)))
  driver.pass(at + 600_000)
  assert.equal(doubtedIn(driver)?.count, 1)
  driver.feed(recordsOf(messagesOf(drive.slice(20, 21), 'ff'.repeat(8))))
  driver.pass(Number.MAX_SAFE_INTEGER)
  assert.equal(doubtedIn(driver), undefined)
})

test('what is folded stays counted, and what comes is added', () => {
  const driver = driveJobs([trips], { reload: true })
  for (let hour = 0; hour < 24; hour += 1) {
    const drive = changed(straight(0, 300, { kmh: 60 }), [20, 23], place(0, 0))
    const samples = drive.map((each) => ({ ...each, at: each.at + hour * 3_600_000 }))
    driver.feed(recordsOf(messagesOf(samples, String(hour).padStart(16, '0'))))
    driver.pass(samples.at(-1)!.at + 1_000_000)
    assert.equal(doubtedIn(driver)?.count, 3 * (hour + 1))
  }
})
