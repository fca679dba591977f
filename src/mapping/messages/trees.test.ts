// Payloads that are trees: bytes that are read as JSON is, lists that tell several things, and
// parts of a whole.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { teslaPayload } from '../binary/protobuf/tesla.ts'
import { sparkplugPayload } from '../binary/protobuf/sparkplug-payload.ts'
import { encodeMessage } from '../binary/encoders.testing.ts'
import type { Tree } from '../binary/tree.ts'
import type { Memory, VehicleSaid } from '../foreign.ts'
import { messageMappingLimits } from './limits.ts'
import { speed, t0, take, translationOf } from './translation.testing.ts'

const altitude = 'Vehicle.CurrentLocation.Altitude'

const samplesOf = (said: readonly VehicleSaid[]): unknown =>
  said.flatMap(({ samples }) => samples.map(({ at, signals }) => [(at - t0) / 1000, signals]))

/** A route to `cars/{car}` that says this, and what a message says by it. */
function told(
  route: object,
  parts: object,
  payload: string | Uint8Array,
  memory: Memory = {},
): { said: unknown; reason: string | undefined } {
  const translation = translationOf({
    from: { form: 'messages', routes: [{ topic: 'cars/{car}', ...route }], vehicle: '{car}' },
    ...parts,
  })
  const { said, refused } = take(translation, memory, { to: 'cars/a', payload })
  return { said: samplesOf(said), reason: refused?.reason }
}

test('the items of a list are things of one message until a name comes again, which begins the next', () => {
  const parts = {
    time: [{ as: 'epoch', field: '/base', unit: 's', plus: { field: '*/plus', unit: 's' } }],
    signals: { [speed]: { field: '11/v', unit: 'km/h' }, [altitude]: { field: 'a~1b/v', unit: 'm' } },
  }
  const item = (n: string | number, v: number, plus: number) => ({ n, v, plus })
  const list = [item(11, 1, 0), item('a/b', 2, -5), item('unknown', 9, 0), item(11, 3, -9), item(11, 4, 1)]
  assert.deepEqual(told({ list: { at: '/list', name: '/n' } }, parts, JSON.stringify({ base: t0 / 1000, list })), {
    said: [
      [-9, { [speed]: 3 }],
      [-5, { [altitude]: 2 }],
      [0, { [speed]: 1 }],
      [1, { [speed]: 4 }],
    ],
    reason: undefined,
  })
})

test('a list of whole messages says what the messages would, one by one', () => {
  const parts = {
    time: { as: 'epoch', field: 'point/t', unit: 's' },
    signals: { [speed]: { field: 'point/v', unit: 'km/h', unknownWhen: { field: 'point/fix', is: ['0'] } } },
  }
  const list = { list: { at: '', name: 'point' }, when: { field: 'point/v', there: true } }
  const point = fc.record({
    t: fc.integer({ min: t0 / 1000, max: t0 / 1000 + 9 }),
    v: fc.nat({ max: 99 }),
    fix: fc.nat({ max: 1 }),
  })
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 8 }), (points) => {
      const apart = points.flatMap((one) => told(list, parts, JSON.stringify([one])).said as [number, object][])
      const inOrder = apart.toSorted(([one], [other]) => one - other)
      assert.deepEqual(told(list, parts, JSON.stringify(points)), { said: inOrder, reason: undefined })
    }),
  )
  assert.deepEqual(told(list, parts, '[{"x":1},{"t":1772600767,"v":5}]').said, [[0, { [speed]: 5 }]])
  assert.equal(told(list, parts, '[]').reason, 'not-mapped')
  const many = JSON.stringify(
    Array.from({ length: messageMappingLimits.listItems + 1 }, () => ({ t: t0 / 1000, v: 1 })),
  )
  assert.deepEqual(told(list, parts, many), { said: [], reason: 'too-many' })
})

test('an item that is there without what a rule reads is unknown where absent says so, and one that is not there says nothing', () => {
  const parts = {
    time: { as: 'iso', field: '*/at', zone: 'UTC' },
    signals: {
      [speed]: { field: 'Vehicle.Speed/value/*', unit: 'km/h', absent: 'unknown' },
      [altitude]: { field: 'Alt/value/*', unit: 'm', absent: 'unknown' },
    },
  }
  const at = new Date(t0).toISOString()
  const say = (entries: object): unknown => told({ list: { at: '/entries' } }, parts, JSON.stringify({ entries })).said
  assert.deepEqual(say({ 'Vehicle.Speed': { at, value: { float: 5 } } }), [[0, { [speed]: 5 }]])
  assert.deepEqual(say({ 'Vehicle.Speed': { at }, Alt: { at, value: null } }), [
    [0, { [speed]: null, [altitude]: null }],
  ])
  assert.deepEqual(say({ Alt: { at, value: {} } }), [[0, { [altitude]: null }]])
})

const teslaSpeed = (mph: number): Buffer =>
  encodeMessage(teslaPayload, {
    data: [{ key: 'VehicleSpeed', value: { doubleValue: mph } }],
    createdAt: new Date(t0).toISOString(),
    vin: 'V',
  })

test('bytes are read as they are packed; of two forms on one topic each is taken, and what is neither has both reasons', () => {
  const parts = {
    time: { as: 'iso', field: '/createdAt', zone: 'UTC' },
    signals: { [speed]: { field: 'VehicleSpeed/value/*', unit: 'km/h' } },
  }
  const list = { at: '/data', name: '/key' }
  const packed = { payload: 'tesla-fleet-telemetry', packing: 'gzip', list }
  assert.deepEqual(told(packed, parts, gzipSync(teslaSpeed(5))).said, [[0, { [speed]: 5 }]])
  assert.equal(told(packed, parts, teslaSpeed(5)).reason, 'not-packed')
  assert.equal(told(packed, parts, gzipSync(Buffer.alloc(5_000_000))).reason, 'too-long')
  const translation = translationOf({
    from: {
      form: 'messages',
      routes: [
        { topic: 'cars/{car}', list },
        { topic: 'cars/{car}', payload: 'tesla-fleet-telemetry', list },
      ],
      vehicle: '{car}',
    },
    ...parts,
  })
  const json = JSON.stringify({
    data: [{ key: 'VehicleSpeed', value: { stringValue: '5' } }],
    createdAt: new Date(t0).toISOString(),
  })
  for (const payload of [json, teslaSpeed(5)])
    assert.deepEqual(samplesOf(take(translation, {}, { to: 'cars/a', payload }).said), [[0, { [speed]: 5 }]])
  const { refused } = take(translation, {}, { to: 'cars/a', payload: teslaSpeed(5).subarray(0, 9) })
  assert.equal(refused?.reason, 'cut')
  assert.match(refused?.detail ?? '', /^The payload is no JSON\. As tesla-fleet-telemetry \(none\): /)
})

const sparkplug = (metrics: readonly Tree[], seq: number): Buffer =>
  encodeMessage(sparkplugPayload, { timestamp: t0, seq, metrics })

test('Sparkplug: births are remembered with the sender, data before them are refused, and what cannot be read is told beside the rest', () => {
  const translation = translationOf({
    from: {
      form: 'messages',
      routes: [
        { topic: 'spBv1.0/{group}/NBIRTH/{node}', payload: 'sparkplug-b', passedOver: true },
        { topic: 'spBv1.0/{group}/NDATA/{node}', payload: 'sparkplug-b', list: { at: '/metrics', name: '/name' } },
      ],
      sender: '{group}/{node}',
      vehicle: '{node}',
    },
    time: { as: 'epoch', field: '*/timestamp', unit: 'ms' },
    signals: {
      [speed]: { field: 'a~1Speed/value', unit: 'km/h', unknownWhen: { field: 'a~1Speed/isHistorical', is: ['true'] } },
    },
  })
  const birth = sparkplug([{ name: 'a/Speed', alias: 1, timestamp: t0, datatype: 9, floatValue: 0 }], 0)
  const data = sparkplug(
    [
      { alias: 1, timestamp: t0 + 1000, floatValue: 63 },
      { alias: 1, timestamp: t0 - 1000, isHistorical: true, floatValue: 5 },
      { alias: 2, timestamp: t0, floatValue: 1 },
    ],
    1,
  )
  let memory: Memory = {}
  const send = (kind: string, payload: Uint8Array, retained = false) => {
    const taken = take(translation, memory, { to: `spBv1.0/g/${kind}/n`, payload, retained })
    memory = JSON.parse(JSON.stringify(memory)) as Memory
    return taken
  }
  const heard = { group: 'g', node: 'n', is: 'heard' }
  const unborn = send('NDATA', data)
  assert.deepEqual([unborn.refused?.reason, unborn.rebirth], ['no-birth', { ...heard, is: 'needed' }])
  assert.deepEqual(send('NBIRTH', birth, true), { said: [], refused: null, rebirth: heard })
  const { said, refused, rebirth } = send('NDATA', data)
  assert.equal(rebirth?.is, 'needed')
  assert.deepEqual(samplesOf(said), [
    [-1, { [speed]: null }],
    [1, { [speed]: 63 }],
  ])
  assert.deepEqual(refused, { reason: 'set-aside', detail: 'Metrics that could not be read: 1 (not-born).' })
  assert.equal(send('NBIRTH', birth.subarray(0, 9)).refused?.reason, 'cut')
  assert.equal(send('NDATA', data).refused?.reason, 'no-birth')
  // A hole in seq is due though nothing comes.
  send('NBIRTH', birth)
  send('NDATA', sparkplug([{ alias: 1, timestamp: t0 + 2000, floatValue: 64 }], 3))
  const dueAt = translation.dueAt(memory)
  assert.ok(dueAt < Infinity)
  assert.deepEqual(translation.pass(memory, dueAt), { said: [], refused: null, rebirth: { ...heard, is: 'needed' } })
  assert.equal(translation.dueAt(memory), Infinity)
})

test('a text in the payload tells levels, and a part stands where its path says; a route is for messages whose text fits', () => {
  const translation = translationOf({
    from: {
      form: 'messages',
      routes: [
        {
          topic: 'changes',
          levels: { of: '/topic', are: '{space}/{id}/{action}' },
          when: { field: 'action', is: ['set'] },
          field: 'thing',
          part: { at: '/path', value: '/value', replaces: true },
        },
        {
          topic: 'changes',
          levels: { of: '/topic', are: '{space}/{id}/merge' },
          field: 'thing',
          part: { at: '/path', value: '/value' },
        },
      ],
      vehicle: '{space}:{id}',
    },
    signals: {
      [speed]: { field: 'thing/motion/speed', unit: 'km/h' },
      [altitude]: { field: 'thing/place/alt', unit: 'm' },
    },
  })
  const say = (action: string, path: unknown, value?: Tree): unknown => {
    const payload = JSON.stringify({ topic: `s/car/${action}`, path, value })
    const { said, refused } = take(translation, {}, { to: 'changes', payload })
    for (const { foreignId } of said) assert.equal(foreignId, 's:car')
    return refused?.reason ?? said.map(({ samples }) => samples[0]?.signals)
  }
  assert.deepEqual(say('set', '/motion/speed', 5), [{ [speed]: 5 }])
  assert.deepEqual(say('set', '/', { motion: { speed: 5 } }), [{ [speed]: 5, [altitude]: null }])
  assert.deepEqual(say('merge', '', { motion: { speed: 5 } }), [{ [speed]: 5 }])
  assert.deepEqual(say('merge', '/', { motion: null }), [{ [speed]: null }])
  assert.deepEqual(say('set', '/place'), [{ [altitude]: null }])
  for (const path of ['/color', 5, null, '/motion/speed/x/y']) assert.equal(say('set', path, 5), 'not-mapped')
  assert.equal(say('merge/more', '/motion/speed', 5), 'not-mapped')
})

test('Sparkplug: a message is read once, whatever routes are asked, so that none is taken for one that came late', () => {
  const data = { topic: 'spBv1.0/{group}/NDATA/{node}', payload: 'sparkplug-b' }
  const translation = translationOf({
    from: {
      form: 'messages',
      routes: [
        { topic: 'spBv1.0/{group}/NBIRTH/{node}', payload: 'sparkplug-b', passedOver: true },
        { ...data, list: { at: '/metrics', name: '/name' }, when: { field: '/kind', is: ['none'] } },
        { ...data, when: { field: '/isLate', is: ['false'] } },
      ],
      sender: '{group}/{node}',
      vehicle: '{node}',
    },
    signals: { [speed]: { field: '/seq', unit: 'km/h' } },
  })
  const memory: Memory = {}
  take(translation, memory, {
    to: 'spBv1.0/g/NBIRTH/n',
    payload: sparkplug([{ name: 'a', timestamp: t0, datatype: 9, floatValue: 0 }], 0),
  })
  const { said } = take(translation, memory, { to: 'spBv1.0/g/NDATA/n', payload: sparkplug([], 1) })
  assert.deepEqual(samplesOf(said), [[0, { [speed]: 1 }]])
})
