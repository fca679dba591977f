// An airbag is one whatever the seat, and whatever vocabulary names the seat.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Alert } from '../../read-models/alerts/alerts.ts'
import { driveJobs } from '../../engine/job-driver.ts'
import type { StoredRecord } from '../../eventlog/event-log.ts'
import { crash } from './crash.ts'

const at = 1_700_000_000_000

/** A message as a car sends it: something that is no sample, and two that are, the second with a
 *  value for a path. */
function alertsOf(path: string, value: unknown, more: object = {}): Alert[] {
  const samples = [
    'none',
    { at, signals: { 'Vehicle.Speed': 60 } },
    { at: at + 1000, signals: { 'Vehicle.Speed': 58, [path]: value } },
  ]
  const text = JSON.stringify({ boot: '00000000000000aa', seq: 0, ...more, samples })
  const record: StoredRecord = {
    topic: 'telemetry',
    key: 'demo/car-1',
    value: new TextEncoder().encode(text),
    at: at + 1000,
    partition: 0,
    offset: 0,
    appendedAt: at + 1500,
    receivedAt: at + 1400,
  }
  const driver = driveJobs([crash], { reload: true })
  driver.feed([record, record])
  return [...driver.results().values()] as Alert[]
}

const seat = fc.tuple(
  fc.integer({ min: 1, max: 9 }).map((row) => `Row${row}`),
  fc.constantFrom('DriverSide', 'Middle', 'PassengerSide', 'Left', 'Right', 'Pos1', 'Pos2', 'Pos3', 'Pos5'),
)
const vocabulary = fc.constantFrom({}, { vss: '6.0' }, { vss: '3.1' }, { vss: 4 })

test('an airbag of any seat is a critical alert at its instant, in the words of any VSS', () => {
  fc.assert(
    fc.property(seat, vocabulary, fc.constantFrom(true, 1, 'TRUE', '1'), ([row, place], more, value) => {
      const alerts = alertsOf(`Vehicle.Cabin.Seat.${row}.${place}.Airbag.IsDeployed`, value, more)
      assert.deepEqual(
        alerts.map((alert) => [alert.severity, alert.status, alert.at, alert.evidence['airbag']]),
        [['critical', 'confirmed', at + 1000, true]],
      )
    }),
    { endOnFailure: true },
  )
})

test('a maker names seats and airbags as it likes', () => {
  for (const name of ['Driver', 'Row1.DriverSide.Curtain'])
    assert.equal(alertsOf(`Vehicle.Cabin.Seat.${name}.Airbag.IsDeployed`, true).length, 1)
})

test('an airbag that is whole, unknown or no value is none, nor is what is no airbag of a seat', () => {
  for (const value of [false, 0, 'false', null, 'yes', 2, { invalid: 'fault' }])
    assert.deepEqual(alertsOf('Vehicle.Cabin.Seat.Row2.Middle.Airbag.IsDeployed', value), [])
  for (const path of [
    'Vehicle.Cabin.Seat.Row2.Middle.Airbag.IsEnabled',
    'Vehicle.Maker.Airbag.IsDeployed',
    'Vehicle.Cabin.Seat.Row2..Airbag.IsDeployed',
  ])
    assert.deepEqual(alertsOf(path, true), [])
})
