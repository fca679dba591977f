import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Memory, VehicleSaid } from '../foreign.ts'
import { messageMappingLimits } from './limits.ts'
import { box, saidBy, speed, t0, take, topicValues, translationOf, type Sent } from './translation.testing.ts'

test('topics of one vehicle within the window are one sample; a value that comes again, the field that ends it and the time close it', () => {
  const translation = translationOf(topicValues)
  const named = box('car', 'golf', t0, '1', true)
  const signalsOf = (...messages: readonly Sent[]): unknown =>
    saidBy(translation, [named, ...messages]).map(({ samples }) => samples[0]?.signals)
  const altitude = 'Vehicle.CurrentLocation.Altitude'
  assert.deepEqual(signalsOf(box('speed', '5'), box('alt', '7', t0 + 999)), [{ [speed]: 5, [altitude]: 7 }])
  assert.deepEqual(signalsOf(box('speed', '5'), box('alt', '7', t0 + 1000)), [{ [speed]: 5 }, { [altitude]: 7 }])
  assert.deepEqual(signalsOf(box('speed', '5'), box('speed', '5'), box('alt', '7')), [{ [speed]: 5, [altitude]: 7 }])
  assert.deepEqual(signalsOf(box('speed', '5'), box('alt', '7'), box('speed', '6')), [
    { [speed]: 5, [altitude]: 7 },
    { [speed]: 6 },
  ])
  const ended = translationOf({
    ...topicValues,
    signals: {
      ...topicValues.signals,
      [speed]: { field: 'speed', unit: 'km/h', unknownWhen: { field: 'end', is: ['x'] } },
    },
  })
  assert.equal(saidBy(ended, [named, box('speed', '5'), box('end', '1'), box('alt', '7')]).length, 2)
})

test('another topic tells the vehicle, the instant of the burst, and that a value is unknown though it does not come itself', () => {
  const translation = translationOf(topicValues)
  const whole = saidBy(translation, [
    box('speed', '5'),
    box('car', 'golf'),
    box('at', '1772600767', t0, 'all'),
    box('state', 'off', t0 + 5000),
  ])
  assert.deepEqual(whole, [
    { foreignId: 'golf', samples: [{ at: 1_772_600_767_000, signals: { [speed]: 5 }, clock: 'server' }] },
    { foreignId: 'golf', samples: [{ at: t0 + 5000, signals: { [speed]: null }, clock: 'received' }] },
  ])
  // Remembered, and over when it is told to be.
  const later = saidBy(translation, [
    box('car', 'golf'),
    box('state', 'off'),
    box('speed', '5', t0 + 5000),
    box('state', 'on', t0 + 9000),
    box('speed', '6', t0 + 9000),
  ])
  assert.deepEqual(
    later.map(({ samples }) => samples[0]?.signals),
    [{ [speed]: null }, { [speed]: null }, { [speed]: 6 }],
  )
})

test('what is of all parts says something together with one of them alone', () => {
  const translation = translationOf(topicValues)
  const memory: Memory = {}
  take(translation, memory, box('speed', '5', t0, 'all'))
  assert.deepEqual(translation.pass(memory, t0 + 1000), { said: [], refused: null })
  const both = saidBy(translation, [box('speed', '5', t0, 'all'), box('car', 'golf'), box('car', 'polo', t0, '2')])
  assert.deepEqual(
    both.map(({ foreignId, samples }) => [foreignId, samples[0]?.signals[speed]]),
    [
      ['golf', 5],
      ['polo', 5],
    ],
  )
})

test('two forms of payload on one topic are told apart by their shape', () => {
  const routes = [
    { topic: 'cars/{car}', when: { field: '/v', there: true } },
    { topic: 'cars/{car}', payload: 'text', field: 'v' },
  ]
  const translation = translationOf({
    from: { form: 'messages', routes, vehicle: '{car}' },
    signals: {
      [speed]: [
        { field: '/v', unit: 'mph' },
        { field: 'v', unit: 'km/h' },
      ],
    },
  })
  const speedOf = (payload: string) =>
    take(translation, {}, { to: 'cars/a', payload }).said[0]?.samples[0]?.signals[speed]
  assert.deepEqual([speedOf('{"v":10}'), speedOf('10'), speedOf(' 10.5 ')], [16.09344, 10, 10.5])
})

test('what is told while one vehicle takes the place of another is of neither, and of none that is told to be none', () => {
  const translation = translationOf(topicValues)
  const change = (name: string) =>
    saidBy(translation, [
      box('car', 'golf'),
      box('speed', '5'),
      box('speed', '6', t0 + 5000),
      box('car', name, t0 + 5000),
      box('speed', '7', t0 + 9000),
    ])
  assert.deepEqual(
    change('polo').map(({ foreignId, samples }) => [foreignId, samples[0]?.signals[speed]]),
    [
      ['golf', 5],
      ['polo', 7],
    ],
  )
  assert.deepEqual(
    change('').map(({ foreignId }) => foreignId),
    ['golf'],
  )
  const never = translation.pass(
    (() => {
      const memory: Memory = {}
      take(translation, memory, box('speed', '5'))
      return memory
    })(),
    t0 + 1000,
  )
  assert.equal(never.refused?.reason, 'no-vehicle')
})

test('what a broker kept tells nothing but what counts until it is told anew, unless its instant is in it', () => {
  const old = (name: string, text: string): Sent => box(name, text, t0, '1', true)
  assert.deepEqual(saidBy(translationOf(topicValues), [old('car', 'golf'), old('speed', '5')]), [])
  const dated = translationOf({ ...topicValues, from: { ...topicValues.from, retained: 'dated' } })
  assert.deepEqual(saidBy(dated, [old('car', 'golf'), old('speed', '5')]), [])
  assert.deepEqual(saidBy(dated, [old('car', 'golf'), old('speed', '5'), old('at', '1772600767')]), [
    { foreignId: 'golf', samples: [{ at: 1_772_600_767_000, signals: { [speed]: 5 }, clock: 'server' }] },
  ])
})

test('what JSON cannot hold is remembered as what it is: no number', () => {
  const json = translationOf({
    from: { form: 'messages', routes: [{ topic: 'cars/{car}' }], vehicle: '{car}', gather: { withinMs: 5 } },
  })
  const [said] = saidBy(json, [{ to: 'cars/a', payload: '{"v":1e999}' }])
  assert.deepEqual(said?.samples[0]?.signals, { [speed]: { invalid: 'not-a-number' } })
})

test('constants are said with the first sample of each vehicle', () => {
  const translation = translationOf({ constants: { 'Vehicle.Powertrain.Type': 'ELECTRIC' } })
  const memory: Memory = {}
  const typed = ['a', 'b', 'a', '__proto__', '__proto__'].map(
    (car) =>
      'Vehicle.Powertrain.Type' in
      (take(translation, memory, { to: `cars/${car}`, payload: '{"v":1}' }).said[0]?.samples[0]?.signals ?? {}),
  )
  assert.deepEqual(typed, [true, true, false, true, false])
})

test('instants are those of each value, a base and what is added to it, or the first rule that gives one of 2000 to 2100', () => {
  const list = translationOf({
    from: {
      form: 'messages',
      routes: [{ topic: 'cars/{car}', list: { at: '/items', name: '/code' } }],
      vehicle: '{car}',
    },
    time: [
      { as: 'epoch', field: '/base', unit: 'ms', plus: { field: '*/rel', unit: 'ms' } },
      { as: 'epoch', field: '/base', unit: 's', clock: 'sent' },
    ],
    signals: {
      [speed]: { field: 'v/value', unit: 'km/h' },
      'Vehicle.CurrentLocation.Altitude': { field: 'h/value', unit: 'm' },
    },
  })
  const items = [
    { code: 'v', value: 5, rel: -500 },
    { code: 'h', value: 7 },
    { code: '__proto__', value: 1 },
    'none',
    null,
  ]
  const samples = (base: number) => take(list, {}, { to: 'cars/a', payload: JSON.stringify({ base, items }) })
  assert.deepEqual(samples(t0).said[0]?.samples, [{ at: t0 - 500, signals: { [speed]: 5 } }])
  assert.equal(samples(t0).refused?.reason, 'no-instant')
  assert.deepEqual(samples(t0 / 1000).said[0]?.samples, [
    { at: t0, signals: { [speed]: 5, 'Vehicle.CurrentLocation.Altitude': 7 }, clock: 'sent' },
  ])
  assert.equal(samples(5).refused?.reason, 'no-instant')
  const many = Array.from({ length: messageMappingLimits.listItems + 1 }, () => ({ code: 'v', value: 5, rel: 0 }))
  assert.equal(
    take(list, {}, { to: 'cars/a', payload: JSON.stringify({ base: t0, items: many }) }).refused?.reason,
    'too-many',
  )
})

test('what cannot be taken is refused with its reason, and the rest of a message stands', () => {
  const translation = translationOf({
    from: {
      form: 'messages',
      routes: [{ topic: 'cars/{car}', when: { field: '/kind', is: ['drive'] } }],
      vehicle: '{/car}',
    },
  })
  const reasonOf = (payload: string | Uint8Array) => take(translation, {}, { to: 'cars/a', payload }).refused?.reason
  assert.equal(reasonOf(new Uint8Array([0xc3, 0x28])), 'not-utf8')
  assert.equal(reasonOf('{"kind":'), 'not-json')
  assert.equal(reasonOf('{"kind":"park","car":"a","v":1}'), 'not-mapped')
  assert.equal(reasonOf('{"kind":"drive","car":"a"}'), 'not-mapped')
  assert.equal(reasonOf('{"kind":"drive","v":1}'), 'no-vehicle')
  assert.equal(reasonOf(`{"kind":"drive","car":"${'a'.repeat(messageMappingLimits.idChars + 1)}","v":1}`), 'no-vehicle')
  assert.equal(reasonOf(new Uint8Array(messageMappingLimits.payloadBytes + 1)), 'too-large')
  assert.equal(reasonOf(''), undefined)
  const half = take(translation, {}, { to: 'cars/a', payload: '{"kind":"drive","car":7,"v":[[1]]}' })
  assert.equal(half.said[0]?.foreignId, '7')
  assert.deepEqual(half.said[0]?.samples[0]?.signals, { [speed]: { invalid: 'not-a-number' } })
  assert.equal(take(translation, {}, { to: 'bikes/a', payload: '{}' }).refused?.reason, 'not-mapped')
})

test('senders and filters are those of the addresses that the mapping reads, and a slash cannot make one sender two', () => {
  const translation = translationOf(topicValues)
  assert.deepEqual(translation.filters, ['box/+/all/+', 'box/+/+/+'])
  assert.equal(translation.senderOf('box/a/1/speed'), 'a')
  assert.equal(translation.senderOf('box/a/1/something'), undefined)
  for (const address of ['box/a/speed', 'box/a/1/speed/1', 'Box/a/1/speed'])
    assert.equal(translation.senderOf(address), undefined)
  const http = translationOf({
    from: {
      form: 'messages',
      routes: [{ method: 'POST', path: '/in/{who}' }],
      sender: ['{who}/{unit}', '{who}'],
      vehicle: '{who}',
    },
  })
  assert.deepEqual(http.filters, [])
  assert.equal(http.senderOf('POST /in/a%2Fb?unit=7'), 'a%2Fb%2F7')
  assert.equal(http.senderOf('POST /in/a'), 'a')
  assert.equal(http.senderOf('GET /in/a'), undefined)
  const trackers = translationOf({
    from: { form: 'messages', routes: [{ method: 'TELTONIKA', path: '/{imei}' }], sender: '{imei}', vehicle: '{imei}' },
  })
  assert.deepEqual(trackers.filters, [])
  assert.equal(trackers.senderOf('TELTONIKA /861230000000007'), '861230000000007')
  assert.equal(trackers.senderOf('POST /861230000000007'), undefined)
  assert.equal(http.senderOf(`POST /in/${'a'.repeat(messageMappingLimits.addressChars)}`), undefined)
})

/** Messages of a few parts in bursts: those of one burst come within the window, and bursts are
 *  further apart than it. */
const bursts = fc.array(
  fc.array(
    fc.tuple(
      fc.constantFrom('1', '2', 'all'),
      fc.constantFrom('speed', 'alt', 'car', 'state', 'at'),
      fc.constantFrom('1', '2', 'off', '', '1772600767', '{}'),
    ),
    { minLength: 1, maxLength: 8 },
  ),
  { minLength: 1, maxLength: 5 },
)

test('what is said does not depend on how receipts fall within windows, nor on who closes them', () => {
  const translation = translationOf(topicValues)
  fc.assert(
    fc.property(
      bursts,
      fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 40, maxLength: 40 }),
      fc.boolean(),
      (given, offsets, pass) => {
        const sent = (offsetOf: (index: number) => number): Sent[] => {
          let index = 0
          return given.flatMap((burst, number) => {
            // The first opens the window; no other comes before it.
            const within = burst
              .map((_, place) => (place === 0 ? 0 : offsetOf(index++)))
              .toSorted((one, other) => one - other)
            return burst.map(([part, name, text], place) =>
              box(name, text, t0 + number * 3000 + (within[place] ?? 0), part),
            )
          })
        }
        const plain = (said: readonly VehicleSaid[]) =>
          said.map(({ foreignId, samples }) => [
            foreignId,
            samples.map(({ at, signals, clock }) => [clock === 'received' ? 0 : at, clock, signals]),
          ])
        assert.deepEqual(
          plain(
            saidBy(
              translation,
              sent((index) => offsets[index] ?? 0),
              pass,
            ),
          ),
          plain(
            saidBy(
              translation,
              sent(() => 0),
            ),
          ),
        )
      },
    ),
  )
})
