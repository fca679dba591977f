import assert from 'node:assert/strict'
import { test } from 'node:test'
import { showSignal } from './signal-value.ts'
import { formatAge, formatAgo, formatClock, formatDuration, formatInstant, formatTick, formatUtc } from './time.ts'
import {
  formatBytes,
  formatCount,
  formatDistance,
  formatEnergy,
  formatLatency,
  formatMark,
  formatPlace,
  formatRate,
  formatSize,
  formatSpeed,
} from './units.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

test('ages grow from seconds to days; an instant is now while it is ahead by what clocks differ, and ahead beyond', () => {
  const ages = [-5000, 0, 12 * second, 59.9 * second, 3 * minute, 2 * hour, 2 * hour + 5 * minute, 50 * hour].map(
    formatAge,
  )
  assert.deepEqual(ages, ['now', 'now', '12 s', '59 s', '3 min', '2 h', '2 h 5 min', '2 d'])
  assert.equal(formatAgo(0), 'now')
  assert.equal(formatAgo(-2 * minute), 'now', 'clocks differ by seconds')
  assert.equal(formatAgo(-26 * hour), '1 d 2 h ahead')
  assert.equal(formatAgo(9 * second), '9 s ago')
})

test('durations line up', () => {
  assert.deepEqual([0, 42 * second, 12 * minute + 5 * second, hour + 2 * minute + 9 * second].map(formatDuration), [
    '0:00',
    '0:42',
    '12:05',
    '1:02:09',
  ])
})

test('an instant of today has no day, and its UTC form says so', () => {
  const at = new Date(2026, 2, 1, 14, 5, 9).getTime()
  assert.doesNotMatch(formatInstant(at, at + hour), /Mar|2026/)
  assert.match(formatInstant(at, at + 40 * 24 * hour), /\b1\b/)
  assert.match(formatInstant(at, at + 400 * 24 * hour), /2026/)
  assert.equal(formatUtc(Date.UTC(2026, 2, 1, 14, 5, 9)), '2026-03-01 14:05:09 UTC')
})

test('marks of a scale have the digits that tell them apart, and say the day where one begins', () => {
  const marks = [0, 0.1, 0.30000000000000004, -1e-17].map((value) => formatMark(value, 0.1))
  assert.deepEqual(marks, ['0.0', '0.1', '0.3', '0.0'])
  assert.deepEqual(
    [formatMark(-34.906, 0.002), formatMark(48_200_000, 50_000), formatMark(7.5, 2.5)],
    ['-34.906', '48,200,000', '7.5'],
  )
  const at = new Date(2026, 2, 1, 14, 5, 9).getTime()
  assert.equal(formatTick(at, 30 * second), formatClock(at))
  assert.equal(formatTick(at, hour), formatClock(at).slice(0, -3))
  const midnight = new Date(2026, 2, 1).getTime()
  assert.match(formatTick(midnight, hour), /1/)
  assert.doesNotMatch(formatTick(midnight, hour), /:/)
  assert.doesNotMatch(formatTick(at, 24 * hour), /:/)
})

test('quantities have the digits that make sense', () => {
  assert.deepEqual([0, 849.6, 4210, 128_400].map(formatDistance), ['0 m', '850 m', '4.21 km', '128 km'])
  assert.deepEqual([0.84, 42.4, 1250].map(formatLatency), ['0.8 ms', '42 ms', '1.25 s'])
  assert.deepEqual([0.25, 9867.4].map(formatRate), ['0.3/s', '9,867/s'])
  assert.equal(formatSpeed(null), '–')
  assert.equal(formatSpeed(38.6), '39 km/h')
  assert.equal(formatEnergy(1.5), '1.50 kWh')
  assert.equal(formatCount(6_587_671), '6,587,671')
  assert.equal(formatBytes(412 * 1024 ** 2), '412 MiB')
  assert.equal(formatPlace(-34.905, 12.5), '34.90500° S, 12.50000° E')
})

test('a value is shown with its unit; what is missing or wrong is said, never made up', () => {
  assert.deepEqual(showSignal({ path: 'Vehicle.Speed', unit: 'km/h', value: 0 }), {
    kind: 'value',
    text: '0',
    unit: 'km/h',
  })
  assert.deepEqual(showSignal({ path: 'Vehicle.CurrentLocation.Latitude', unit: 'degrees', value: -34.9 }), {
    kind: 'value',
    text: '-34.900000',
    unit: '°',
  })
  assert.deepEqual(showSignal({ path: 'Vehicle.VehicleIdentification.Year', unit: null, value: 2016 }), {
    kind: 'value',
    text: '2016',
    unit: '',
  })
  assert.deepEqual(showSignal({ path: 'Vehicle.Speed', unit: 'km/h', value: null }), { kind: 'unavailable' })
  assert.deepEqual(showSignal({ path: 'Vehicle.Speed', unit: 'km/h', value: { invalid: 'range' } }), {
    kind: 'invalid',
    reason: 'outside its range',
  })
  assert.deepEqual(
    showSignal({ path: 'Vehicle.Speed', unit: 'km/h', value: { invalid: 'not-available', value: 6553.5 } }),
    {
      kind: 'invalid',
      reason: 'its code for no value (6553.5)',
    },
  )
  assert.deepEqual(showSignal({ path: 'Vehicle.Speed', unit: 'km/h', value: { invalid: 'sensor-fault' } }), {
    kind: 'invalid',
    reason: 'sensor-fault',
  })
  assert.deepEqual(showSignal({ path: 'Vehicle.Diagnostics.DTCList', unit: null, value: [] }), {
    kind: 'value',
    text: 'None',
    unit: '',
  })
  assert.deepEqual(showSignal({ path: 'Vehicle.IsMoving', unit: null, value: false }), {
    kind: 'value',
    text: 'No',
    unit: '',
  })
})

test('sizes of disks are told in three digits of the unit that settings have', () => {
  const sizes = [0, 812, 999.4, 1500, 99_960, 999_600, 9_994_000, 412e6, 999.7e6, 33_534e6, 2e12, 3.2e15].map(
    formatSize,
  )
  assert.deepEqual(sizes, [
    '0 B',
    '812 B',
    '999 B',
    '1.5 kB',
    '100 kB',
    '1 MB',
    '9.99 MB',
    '412 MB',
    '1 GB',
    '33.5 GB',
    '2 TB',
    '3,200 TB',
  ])
})
