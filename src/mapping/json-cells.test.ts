import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { SignalValue } from '../model/message.ts'
import { openTranslation } from './messages/open-translation.ts'
import type { Mapping } from './mapping.ts'
import { lackingColumns, openMapping, type MappedSample } from './open-mapping.ts'
import { parseMapping, parseMessageMapping } from './parse-mapping.ts'
import type { Row } from './row.ts'

const rules = (at: string) => ({
  'Vehicle.Speed': [
    { field: `${at}/obd/speed`, unit: 'km/h' },
    { field: `${at}/speed`, unit: 'knots', unknown: ['0'], unknownWhen: { field: `${at}/valid`, is: ['false', '0'] } },
  ],
  'Vehicle.LowVoltageSystemState': { field: `${at}/ignition`, words: { true: 'ON', false: 'OFF' } },
  'Vehicle.TraveledDistance': { field: `${at}/a~1b/*`, unit: 'm', absent: 'unchanged' },
})
const ofRows = (more: object = {}): Mapping => {
  const given = {
    name: 'cells',
    about: 'a table',
    from: { form: 'csv', json: ['data'] },
    time: { as: 'epoch', field: 't', unit: 's' },
  }
  const mapping = parseMapping(JSON.stringify({ ...given, signals: rules('data'), ...more }), 'cells.json')
  assert.ok(mapping.ok, mapping.ok ? '' : mapping.detail)
  return mapping.value
}
const read = (row: Row, mapping = ofRows(), onLack?: (fields: string, why: string) => void): MappedSample | undefined =>
  openMapping(mapping, {
    columns: Object.keys(row),
    segment: 'x',
    startAt: 0,
    ...(onLack === undefined ? {} : { onLack }),
  })(row)
const signalsOf = (data: string): Readonly<Record<string, SignalValue>> | undefined =>
  read({ t: '1772600767', data })?.signals

test('JSON in a column tells what the same JSON tells as a message', () => {
  const given = {
    name: 'cells',
    about: 'a topic',
    from: { form: 'messages', routes: [{ topic: 'car' }], vehicle: '{/id}' },
    time: { as: 'receipt' },
  }
  const ofMessages = parseMessageMapping(JSON.stringify({ ...given, signals: rules('') }), 'messages.json')
  assert.ok(ofMessages.ok)
  const translation = openTranslation(ofMessages.value)
  const value = fc.oneof(
    fc.constantFrom<unknown>(null, true, false, 0, '0', '', '63', [], {}, { speed: 0 }),
    fc.double({ noNaN: true }),
    fc.string(),
  )
  const part = fc.record(
    {
      obd: fc.record({ speed: value }, { requiredKeys: [] }),
      speed: value,
      valid: value,
      ignition: value,
      'a/b': value,
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(part, (tree) => {
      const payload = JSON.stringify({ ...tree, id: 'golf' })
      const message = { address: 'car', payload: Buffer.from(payload), retained: false, receivedAt: 1_772_600_767_000 }
      const { said } = translation.take({}, message)
      assert.deepEqual(signalsOf(payload), said[0]?.samples[0]?.signals ?? {})
    }),
    {
      numRuns: 500,
      examples: [[{ speed: 0 }], [{ obd: { speed: null }, speed: 5 }], [{ valid: false, speed: 7, 'a/b': { x: 12 } }]],
    },
  )
})

test('a rule whose pointer leads nowhere in this row leaves it to the next; an empty cell tells nothing, and what is no JSON is counted', () => {
  assert.equal(signalsOf('{"obd":{"speed":50},"speed":1}')?.['Vehicle.Speed'], 50)
  assert.equal(signalsOf('{"speed":10}')?.['Vehicle.Speed'], 18.52)
  assert.deepEqual(signalsOf(' '), {})
  const lacks: string[] = []
  assert.deepEqual(read({ t: '1', data: '{"speed":1' }, ofRows(), (...lack) => lacks.push(lack.join(' ')))?.signals, {})
  assert.deepEqual(lacks, ['data invalid'])
})

test('instants, segments, units and conditions may stand in JSON; the column is found without case, keys are not', () => {
  const mapping = ofRows({
    time: [
      {
        as: 'epoch',
        field: 'data/at',
        unit: 'ms',
        when: [
          { field: 'data/kind', is: ['late'] },
          { field: 'x', is: ['1'] },
        ],
      },
      { as: 'iso', field: 'data/time', zone: 'UTC' },
    ],
    segments: { field: 'data/car', are: 'vehicles' },
    signals: { 'Vehicle.Speed': { field: 'data/v', unit: { field: 'data/u', are: { miles: 'mph' } } } },
  })
  const row = (x: string, json: object): MappedSample | undefined => read({ DATA: JSON.stringify(json), x }, mapping)
  const json = { kind: 'late', at: 1_772_600_767_250, time: '2026-03-01T08:00:00Z', car: 7, v: 10, u: 'miles' }
  assert.deepEqual(row('1', json), { segment: '7', at: 1_772_600_767_250, signals: { 'Vehicle.Speed': 16.09344 } })
  assert.equal(row('0', json)?.at, Date.UTC(2026, 2, 1, 8))
  assert.equal(row('1', { ...json, kind: 'x', Time: json.time, time: undefined }), undefined)
  assert.deepEqual(lackingColumns(mapping, ['X']), ['data'])
})

test('a rule for some rows alone does not stand for the instants of all', () => {
  const [late, all] = [
    { as: 'epoch', field: 'late', unit: 's', when: { field: 'x', is: ['1'] } },
    { as: 'epoch', field: 't', unit: 's' },
  ]
  const signals = { 'Vehicle.Speed': { field: 'v', unit: 'km/h' } }
  const mapping = ofRows({ from: { form: 'csv' }, time: [late, all], signals })
  assert.deepEqual(lackingColumns(mapping, ['late', 'x', 'v']), ['t'])
  assert.deepEqual(lackingColumns(mapping, ['t', 'v']), [])
  assert.equal(read({ t: '9', late: '5', x: '1', v: '1' }, mapping)?.at, 5000)
  assert.equal(read({ t: '9', v: '1' }, mapping)?.at, 9000)
})

test('a name that holds a slash is a column where no column of JSON is said; one of JSON that nothing reads is a fault', () => {
  const signals = { 'Vehicle.Speed': { field: 'data/v', unit: 'km/h' } }
  assert.equal(
    read({ t: '1', 'data/v': '50' }, ofRows({ from: { form: 'csv' }, signals }))?.signals['Vehicle.Speed'],
    50,
  )
  const faulty = { ...ofRows(), from: { form: 'csv', json: ['data', 'dta'] } }
  const parsed = parseMapping(JSON.stringify(faulty), 'cells.json')
  assert.equal(
    parsed.ok ? '' : parsed.detail,
    'cells.json: $.from.json[1] is "dta", which no field points into, such as "dta/speed".',
  )
})
