import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StoredRecord } from '../eventlog/event-log.ts'
import { checkMessage } from '../model/message-check.ts'
import { parseMessage } from '../model/message-codec.ts'
import { alertsModel } from '../read-models/alerts/alerts.ts'
import { anomaliesModel } from '../read-models/anomalies/anomalies.ts'
import type { AnyModel } from '../read-models/read-model.ts'
import { readModels } from '../read-models/read-models.ts'
import { tripsModel } from '../read-models/trips/trips.ts'
import { alertRow, anomalyRow, patch, tripRow } from '../read-models/rows.testing.ts'
import { readDerived, readMessage, readTwin } from './read-change.ts'

const t0 = 1_700_000_000_000
const stored = (given: Partial<StoredRecord>): StoredRecord => ({
  topic: 'trip',
  key: 'acme/v1',
  value: Buffer.from(JSON.stringify(tripRow('t1'))),
  headers: { id: 't1' },
  at: t0,
  partition: 2,
  offset: 7,
  appendedAt: t0 + 5,
  receivedAt: t0 + 3,
  ...given,
})
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
const reasonOf = (result: { readonly ok: boolean; readonly reason?: string }): string =>
  result.ok ? 'ok' : (result.reason ?? '')

test('a derived record becomes its row under the id of its header, an empty one forgets the id', () => {
  const read = readDerived(tripsModel)
  assert.deepEqual(read(stored({})), { ok: true, value: { id: 't1', row: tripRow('t1') } })
  assert.deepEqual(read(stored({ value: new Uint8Array() })), { ok: true, value: { id: 't1', row: null } })
})

test('a derived record that is not what its topic promises is refused with its reason', () => {
  const read = readDerived(tripsModel)
  assert.equal(reasonOf(read(stored({ headers: {} }))), 'id')
  assert.equal(reasonOf(read(stored({ value: Buffer.from('{') }))), 'not-json')
  assert.equal(reasonOf(read(stored({ value: Buffer.from([0xff, 0xfe]) }))), 'not-json')
  assert.equal(reasonOf(read(stored({ value: json([1]) }))), 'shape')
  assert.equal(reasonOf(read(stored({ value: json({ ...tripRow('t1'), startAt: '5' }) }))), 'shape')
  assert.equal(reasonOf(read(stored({ value: json({ ...tripRow('t1'), distanceM: undefined }) }))), 'shape')
  assert.equal(reasonOf(read(stored({ key: 'other/v1' }))), 'another-vehicle')
})

test('a row derived before receipts were kept is stored with receipt and clock unknown', () => {
  const { receivedAt: _, clock: __, clockDoubt: ___, ...before } = tripRow('t1')
  const row = { ...before, receivedAt: null, clock: null, clockDoubt: null }
  assert.deepEqual(readDerived(tripsModel)(stored({ value: json(before) })), { ok: true, value: { id: 't1', row } })
})

test('rows of a time when "clock" was what is doubtful about it keep that under its own name', () => {
  const { clock: _, clockDoubt: __, ...trip } = tripRow('t1')
  const read = readDerived(tripsModel)(stored({ value: json({ ...trip, clock: 'ahead' }) }))
  assert.deepEqual(read, { ok: true, value: { id: 't1', row: { ...trip, clock: null, clockDoubt: 'ahead' } } })
  const { clock: ___, clockDoubt: ____, ...alert } = alertRow('a1')
  const ofAlert = readDerived(alertsModel)(
    stored({ topic: 'alert', headers: { id: 'a1' }, value: json({ ...alert, clock: 'unset' }) }),
  )
  assert.deepEqual(ofAlert, { ok: true, value: { id: 'a1', row: { ...alert, clock: null, clockDoubt: 'unset' } } })
  const { carClock, ...twin } = patch('v1', t0, {}).row
  const signals = { a: { value: 1, at: t0, clock: 'ahead' }, b: { value: 2, at: t0 }, c: 7 }
  const ofTwin = readTwin(stored({ topic: 'twin', value: json({ ...twin, clock: carClock, signals }) }))
  const now = { a: { value: 1, at: t0, clockDoubt: 'ahead' }, b: { value: 2, at: t0 }, c: 7 }
  assert.deepEqual(ofTwin.ok && ofTwin.value.row, { ...twin, carClock, signals: now })
  for (const signals of [null, 5, 'x'])
    assert.equal(
      reasonOf(readTwin(stored({ topic: 'twin', value: json({ ...twin, clock: carClock, signals }) }))),
      'shape',
    )
})

test('rows of today are read as they are', () => {
  for (const row of [tripRow('t1', { clock: 'received' }), tripRow('t1', { clock: 'sent', clockDoubt: 'ahead' })])
    assert.deepEqual(readDerived(tripsModel)(stored({ value: json(row) })), { ok: true, value: { id: 't1', row } })
  const signals = { a: { value: 1, at: t0, clock: 'received' } } as const
  const { row } = patch('v1', t0, {}, { signals })
  const read = readTwin(stored({ topic: 'twin', value: json(row) }))
  assert.deepEqual(read.ok && read.value.row, row)
})

test('the clock of a car is refused when a reader would stumble over it', () => {
  const { row } = patch('v1', t0, {})
  const read = (carClock: unknown): string =>
    reasonOf(readTwin(stored({ topic: 'twin', value: json({ ...row, carClock }) })))
  assert.equal(read(row.carClock), 'ok')
  assert.equal(read(null), 'ok')
  for (const wrong of [
    'ahead',
    {},
    { ...row.carClock, state: 'late' },
    { ...row.carClock, offsetMs: 0.5 },
    { ...row.carClock, boot: 1 },
  ])
    assert.equal(read(wrong), 'shape', JSON.stringify(wrong))
})

test('an anomaly is refused when a reader would stumble over it', () => {
  const read = (given: object): string =>
    reasonOf(
      readDerived(anomaliesModel)(
        stored({ topic: 'anomaly', value: json({ ...anomalyRow('v1', 'invalid'), ...given }) }),
      ),
    )
  assert.equal(read({}), 'ok')
  for (const wrong of [
    { kind: 'odd' },
    { count: 0.5 },
    { parts: {} },
    { parts: [{ subject: 'a', count: 1 }] },
    { lastReceivedAt: null },
  ])
    assert.equal(read(wrong), 'shape', JSON.stringify(wrong))
})

test('a message becomes a document named for its place in the log', () => {
  const record = stored({ topic: 'telemetry', value: json({ boot: 'a', seq: 1 }), headers: {} })
  assert.deepEqual(readMessage(() => 0)(record), {
    ok: true,
    value: {
      id: 'telemetry/2/7',
      row: {
        tenant: 'acme',
        vehicle: 'v1',
        stream: 'telemetry',
        at: t0,
        receivedAt: t0 + 3,
        json: '{"boot":"a","seq":1}',
      },
    },
  })
})

test('the text of a message is kept as it came where it is sound, and otherwise as JSON.parse reads it', () => {
  const textOf = (text: string): string => {
    const read = readMessage(() => 0)(stored({ topic: 'telemetry', value: Buffer.from(text) }))
    return read.ok ? read.value.row!.json : read.reason
  }
  const message = (value: string): string =>
    `{"boot":"00000000000000aa", "seq":1,"samples":[{"at":1772600770000,"signals":{"Vehicle.Speed":${value}}}]}`
  assert.equal(textOf(message('1.50')), message('1.50'))
  for (const odd of ['1e-130000', '"\\ud83d"', '"\\u0000"', '"é"']) {
    const anew = JSON.stringify(JSON.parse(message(odd)))
    assert.notEqual(anew, message(odd))
    assert.equal(textOf(message(odd)), anew)
  }
  const notANumber = message('{"invalid":"not-a-number"}').replace(' ', '')
  for (const odd of ['1e999', '-1e1000', 'NaN', 'Infinity', '-Infinity'])
    assert.equal(textOf(message(odd)), notANumber, odd)
  assert.equal(textOf(`${message('1.50')}\0\0`), message('1.5').replace(' ', ''))
  for (const none of ['', 'nul', 'NAN', 'undefined', '1},{"id":"telemetry/0/0"', '1}}]},{"id":"x"}'])
    assert.equal(textOf(message(none)), 'not-json', none)
})

test('every message that the gateway takes is kept, and what is kept says the same', () => {
  const paths = [
    'Vehicle.Speed',
    'Vehicle.IsMoving',
    'Vehicle.VehicleIdentification.VIN',
    'Vehicle.OBD.DTCList',
    'Vehicle.Acme.Load',
    'Vehicle.a-b',
  ]
  const token = fc.constantFrom('NaN', 'Infinity', '-Infinity')
  const plain = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc.double().map((number) => number + 0 || 0),
  )
  const value = fc.oneof(
    token,
    fc.constantFrom('1e999', '-1e400', '"NaN"', '"1e999"', '{"invalid":"low","value":1e999}'),
    plain.map((each) => JSON.stringify(each)),
    fc
      .array(token, { minLength: 1, maxLength: 3 })
      .map((tokens) => `{"invalid":${tokens[0]},"list":[${tokens.join()}]}`),
    fc.array(fc.string(), { maxLength: 3 }).map((list) => JSON.stringify(list)),
  )
  const signalsOf = (texts: readonly string[]): string => texts.map((text, index) => `"${paths[index]}":${text}`).join()
  const sample = fc
    .tuple(
      fc.oneof({ weight: 9, arbitrary: fc.integer({ min: t0, max: t0 + 9 }).map(String) }, token),
      fc.array(value, { maxLength: paths.length }),
    )
    .map(([at, texts]) => `{"at":${at},"signals":{${signalsOf(texts)}}}`)
  const part = fc.oneof(
    fc.array(sample, { minLength: 1, maxLength: 3 }).map((samples) => `"samples":[${samples.join()}]`),
    fc
      .array(value, { minLength: 1, maxLength: 4 })
      .map((column) => `"burst":{"at":${t0},"every":10,"signals":{"Vehicle.Speed":[${column.join()}]}}`),
    token.map((lost) => `"event":"door-open","at":${t0},"data":{"force":${lost}}`),
  )
  const text = fc
    .tuple(part, fc.constantFrom('', '\0', ' \0\0'))
    .map(([given, end]) => `{"boot":"00000000000000aa","seq":1,${given}}${end}`)
  fc.assert(
    fc.property(text, (message) => {
      const came = parseMessage(Buffer.from(message))
      assert.ok(came.ok, came.ok ? '' : came.detail)
      const read = readMessage(() => 0)(stored({ topic: 'telemetry', value: Buffer.from(message) }))
      assert.ok(read.ok, read.ok ? '' : read.detail)
      assert.deepEqual(checkMessage(JSON.parse(read.value.row!.json)), came)
    }),
    { numRuns: 500 },
  )
})

test('an alert has a known status and clock; one derived before alerts had a status was certain', () => {
  const read = readDerived(alertsModel)
  const withRow = (row: object): StoredRecord => stored({ topic: 'alert', headers: { id: 'a1' }, value: json(row) })
  const withdrawn = alertRow('a1', { status: 'withdrawn', clock: 'received', clockDoubt: 'unset' })
  assert.deepEqual(read(withRow(withdrawn)), { ok: true, value: { id: 'a1', row: withdrawn } })
  assert.deepEqual(read(withRow({ ...alertRow('a1'), status: undefined })), {
    ok: true,
    value: { id: 'a1', row: alertRow('a1') },
  })
  assert.equal(reasonOf(read(withRow({ ...alertRow('a1'), status: 'perhaps' }))), 'shape')
  assert.equal(reasonOf(read(withRow({ ...alertRow('a1'), clock: 'gps' }))), 'shape')
  assert.equal(reasonOf(read(withRow({ ...alertRow('a1'), clockDoubt: 'right' }))), 'shape')
})

test('a message is refused when it is too old to keep, too deep, or not of a vehicle', () => {
  const read = readMessage(() => t0)
  const nested = (depth: number): Uint8Array => Buffer.from(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)
  const record = (given: Partial<StoredRecord>): StoredRecord =>
    stored({ topic: 'telemetry', value: json({}), ...given })
  assert.equal(reasonOf(read(record({ receivedAt: t0 - 1 }))), 'expired')
  assert.equal(reasonOf(read(record({ value: nested(63) }))), 'ok')
  assert.equal(reasonOf(read(record({ value: nested(64) }))), 'too-deep')
  assert.equal(reasonOf(read(record({ value: nested(100_000) }))), 'too-deep')
  assert.equal(reasonOf(read(record({ key: 'acme/+' }))), 'key')
})

test('whatever bytes a record holds, reading gives a change or a reason', () => {
  const anyJson = fc.json().map((text) => Buffer.from(text))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), anyJson), (value) => {
      for (const model of Object.values<AnyModel>(readModels)) readDerived(model)(stored({ value }))
      readTwin(stored({ value }))
      readMessage(() => 0)(stored({ value }))
    }),
  )
})
