import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sample } from '../../model/message.ts'
import type { Alert } from '../../read-models/alerts/alerts.ts'
import { driveJobs, messagesOf, recordsOf } from '../../engine/job-driver.ts'
import { crash } from './crash.ts'

const at = 1_700_000_000_000

const sample = (second: number, lat: number, lon: number, more: Sample['signals'] = {}): Sample => ({
  at: at + second * 1000,
  signals: {
    'Vehicle.Speed': second < 20 ? 50 : 0,
    'Vehicle.CurrentLocation.Latitude': lat,
    'Vehicle.CurrentLocation.Longitude': lon,
    ...more,
  },
})

/** A car whose receiver loses its fix in the crash. */
function placeOfCrash(lost: (second: number) => Sample): Alert['place'] {
  const driven = Array.from({ length: 20 }, (_, second) => sample(second, -34.9 + second * 1e-4, -56.1))
  const driver = driveJobs([crash], { reload: true })
  driver.feed(recordsOf(messagesOf([...driven, ...Array.from({ length: 60 }, (_, index) => lost(20 + index))])))
  const [alert] = [...driver.results().values()] as Alert[]
  return alert!.place
}

test('a crash is where the car was last, not at latitude and longitude 0, nor where a receiver without a fix says', () => {
  const airbag = { 'Vehicle.Cabin.Seat.Row1.DriverSide.Airbag.IsDeployed': true }
  const noFix = { ...airbag, 'Vehicle.CurrentLocation.GNSSReceiver.FixType': 'NONE' }
  const before = (place: Alert['place']): boolean => place !== null && place.lat < -34.89 && place.lon === -56.1
  assert.ok(before(placeOfCrash((second) => sample(second, 0, 0, airbag))))
  assert.ok(before(placeOfCrash((second) => sample(second, -20, -20, noFix))))
  assert.deepEqual(
    placeOfCrash((second) => sample(second, -20, -20, airbag)),
    { lat: -20, lon: -20 },
  )
})
