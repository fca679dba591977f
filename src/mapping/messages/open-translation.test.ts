import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { mappingNames, shippedAnyMapping } from '../../replay/mapping-catalogue.ts'
import type { Memory, Said, Taken, Translation } from '../foreign.ts'
import { isOfMessages, parseMessageMapping } from '../parse-mapping.ts'
import { messageMappingLimits } from './limits.ts'
import type { ExampleMessage } from './message-mapping.ts'
import { openTranslation } from './open-translation.ts'

const shipped = mappingNames().map(shippedAnyMapping).filter(isOfMessages)
const t0 = Date.UTC(2026, 2, 4, 5, 6, 7)
const speed = 'Vehicle.Speed'

/** A mapping with what all of these have, and `parts` instead. */
function translationOf(parts: object): Translation {
  const around = {
    name: 'mine',
    about: 'a publisher',
    from: { form: 'messages', routes: [{ topic: 'cars/{car}' }], vehicle: '{car}' },
    time: { as: 'receipt' },
    signals: { [speed]: { field: '/v', unit: 'km/h' } },
  }
  const mapping = parseMessageMapping(JSON.stringify({ ...around, ...parts }), 'mine.json')
  assert.ok(mapping.ok, mapping.ok ? '' : mapping.detail)
  return openTranslation(mapping.value)
}

type Sent = {
  readonly to: string
  readonly payload: string | Uint8Array
  readonly receivedAt?: number
  readonly retained?: boolean
  readonly contentType?: string
}

function take(translation: Translation, memory: Memory, { to, payload, receivedAt = t0, retained = false, contentType }: Sent): Taken {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
  return translation.take(memory, {
    address: to,
    payload: bytes,
    retained,
    receivedAt,
    ...(contentType === undefined ? {} : { contentType }),
  })
}

const topicValues = {
  from: {
    form: 'messages',
    routes: [
      { topic: 'box/{box}/all/{name}', payload: 'text', field: '{name}' },
      { topic: 'box/{box}/{part}/{name}', payload: 'text', field: '{name}' },
    ],
    sender: '{box}',
    vehicle: '{car}',
    gather: { withinMs: 1000, each: '{part}', until: 'end' },
  },
  time: [{ as: 'epoch', field: 'at', unit: 's', clock: 'server' }, { as: 'receipt' }],
  signals: {
    [speed]: { field: 'speed', unit: 'km/h', unknownWhen: { field: 'state', is: ['off'] } },
    'Vehicle.CurrentLocation.Altitude': { field: 'alt', unit: 'm' },
  },
} as const

/** What is said in one memory by these messages, and at the end by what is open; `pass` closes windows that are due before each message comes. */
function saidBy(translation: Translation, messages: readonly Sent[], pass = false): readonly Said[] {
  let memory: Memory = {}
  const said: Said[] = []
  for (const message of messages) {
    const dueAt = translation.dueAt(memory)
    if (pass && dueAt <= (message.receivedAt ?? t0)) said.push(...translation.pass(memory, dueAt).said)
    said.push(...take(translation, memory, message).said)
    memory = JSON.parse(JSON.stringify(memory)) as Memory
  }
  if (translation.dueAt(memory) < Infinity) said.push(...translation.pass(memory, translation.dueAt(memory)).said)
  return said
}

const box = (name: string, payload: string, receivedAt = t0, part = '1', retained = false): Sent => ({
  to: `box/a/${part}/${name}`,
  payload,
  receivedAt,
  retained,
})

test('topics of one vehicle within the window are one sample; a value that comes again, the field that ends it and the time close it', () => {
  const translation = translationOf(topicValues)
  const named = box('car', 'golf', t0, '1', true)
  const signalsOf = (...messages: readonly Sent[]): unknown =>
    saidBy(translation, [named, ...messages]).map(({ samples }) => samples[0]?.signals)
  const altitude = 'Vehicle.CurrentLocation.Altitude'
  assert.deepEqual(signalsOf(box('speed', '5'), box('alt', '7', t0 + 999)), [{ [speed]: 5, [altitude]: 7 }])
  assert.deepEqual(signalsOf(box('speed', '5'), box('alt', '7', t0 + 1000)), [{ [speed]: 5 }, { [altitude]: 7 }])
  assert.deepEqual(signalsOf(box('speed', '5'), box('speed', '5'), box('alt', '7')), [{ [speed]: 5, [altitude]: 7 }])
  assert.deepEqual(signalsOf(box('speed', '5'), box('alt', '7'), box('speed', '6')), [{ [speed]: 5, [altitude]: 7 }, { [speed]: 6 }])
  const ended = translationOf({
    ...topicValues,
    signals: { ...topicValues.signals, [speed]: { field: 'speed', unit: 'km/h', unknownWhen: { field: 'end', is: ['x'] } } },
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
  const json = translationOf({ from: { form: 'messages', routes: [{ topic: 'cars/{car}' }], vehicle: '{car}', gather: { withinMs: 5 } } })
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
    from: { form: 'messages', routes: [{ topic: 'cars/{car}', list: { at: '/items', name: '/code' } }], vehicle: '{car}' },
    time: [
      { as: 'epoch', field: '/base', unit: 'ms', plus: { field: '*/rel', unit: 'ms' } },
      { as: 'epoch', field: '/base', unit: 's', clock: 'sent' },
    ],
    signals: { [speed]: { field: 'v/value', unit: 'km/h' }, 'Vehicle.CurrentLocation.Altitude': { field: 'h/value', unit: 'm' } },
  })
  const items = [{ code: 'v', value: 5, rel: -500 }, { code: 'h', value: 7 }, { code: '__proto__', value: 1 }, 'none', null]
  const samples = (base: number) => take(list, {}, { to: 'cars/a', payload: JSON.stringify({ base, items }) })
  assert.deepEqual(samples(t0).said[0]?.samples, [{ at: t0 - 500, signals: { [speed]: 5 } }])
  assert.equal(samples(t0).refused?.reason, 'no-instant')
  assert.deepEqual(samples(t0 / 1000).said[0]?.samples, [
    { at: t0, signals: { [speed]: 5, 'Vehicle.CurrentLocation.Altitude': 7 }, clock: 'sent' },
  ])
  assert.equal(samples(5).refused?.reason, 'no-instant')
  const many = Array.from({ length: messageMappingLimits.listItems + 1 }, () => ({ code: 'v', value: 5, rel: 0 }))
  assert.equal(take(list, {}, { to: 'cars/a', payload: JSON.stringify({ base: t0, items: many }) }).refused?.reason, 'too-many')
})

test('what cannot be taken is refused with its reason, and the rest of a message stands', () => {
  const translation = translationOf({
    from: { form: 'messages', routes: [{ topic: 'cars/{car}', when: { field: '/kind', is: ['drive'] } }], vehicle: '{/car}' },
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
  assert.equal(translation.senderOf('box/a/speed'), undefined)
  const http = translationOf({
    from: { form: 'messages', routes: [{ method: 'POST', path: '/in/{who}' }], sender: ['{who}/{unit}', '{who}'], vehicle: '{who}' },
  })
  assert.deepEqual(http.filters, [])
  assert.equal(http.senderOf('POST /in/a%2Fb?unit=7'), 'a%2Fb%2F7')
  assert.equal(http.senderOf('POST /in/a'), 'a')
  assert.equal(http.senderOf('GET /in/a'), undefined)
  assert.equal(http.senderOf(`POST /in/${'a'.repeat(messageMappingLimits.addressChars)}`), undefined)
})

/** Messages of a few parts in bursts: those of one burst come within the window, and bursts are further apart than it. */
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
            const within = burst.map((_, place) => (place === 0 ? 0 : offsetOf(index++))).toSorted((one, other) => one - other)
            return burst.map(([part, name, text], place) => box(name, text, t0 + number * 3000 + (within[place] ?? 0), part))
          })
        }
        const plain = (said: readonly Said[]) =>
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

const examples: readonly ExampleMessage[] = shipped.flatMap(({ examples = [] }) => examples.flatMap(({ messages }) => messages))
const payloads = examples.map(({ payload = '' }) => (typeof payload === 'string' ? payload : JSON.stringify(payload)))
const deep = (depth: number): string => `${'{"position":['.repeat(depth)}1${']}'.repeat(depth)}`

test('whatever comes is said or refused, never thrown, and leaves a bounded memory', () => {
  assert.ok(shipped.length >= 10)
  const word = fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    'toString',
    'a'.repeat(600),
    '-1',
    'nil',
    '{}',
    '[]',
    '1e999',
    'location',
    '0',
  )
  const json = fc.jsonValue({ depthSize: 'small' }).map((value) => JSON.stringify(value))
  const cut = fc.tuple(fc.constantFrom(...payloads), fc.nat()).map(([text, at]) => text.slice(0, at % (text.length + 1)))
  const changed = fc
    .tuple(fc.constantFrom(...payloads), fc.constantFrom('null', '""', '-1', '{}', '[[]]', 'NaN', '1e400', 'true', '"__proto__"'), fc.nat())
    .map(([text, other, at]) => {
      let count = 0
      const numbers = text.match(/-?\d+(\.\d+)?|"[^"]*"/g)?.length ?? 0
      return text.replaceAll(/-?\d+(\.\d+)?|"[^"]*"/g, (found) => (count++ === at % Math.max(1, numbers) ? other : found))
    })
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.oneof(word, json, cut, changed, fc.nat({ max: 5000 }).map(deep)).map((text) => new TextEncoder().encode(text)),
  )
  const address = fc.oneof(
    fc.constantFrom(...examples.map(({ to }) => to)),
    fc.tuple(fc.constantFrom(...examples.map(({ to }) => to)), word).map(([to, text]) => to.replace(/[^/?=]+$/, text)),
    fc.string({ maxLength: 40 }),
    fc.string({ maxLength: 40 }).map((text) => `POST /${text}`),
  )
  const messages = fc.array(fc.tuple(address, payload, fc.boolean(), fc.integer({ min: 0, max: 5000 })), { minLength: 1, maxLength: 12 })
  const translations = shipped.map((mapping) => openTranslation(mapping))
  fc.assert(
    fc.property(messages, (given) => {
      for (const translation of translations) {
        let memory: Memory = {}
        let at = t0
        for (const [to, payload, retained, passed] of given) {
          at += passed
          translation.senderOf(to)
          const taken = [take(translation, memory, { to, payload, retained, receivedAt: at }), translation.pass(memory, at)]
          for (const { said } of taken)
            for (const { samples } of said)
              for (const sample of samples) assert.ok(Number.isSafeInteger(sample.at) && Object.keys(sample.signals).length > 0)
          memory = JSON.parse(JSON.stringify(memory)) as Memory
        }
        assert.ok(JSON.stringify(memory).length < 100_000, translation.name)
        assert.equal(({} as Record<string, unknown>)['open'], undefined)
      }
    }),
    { numRuns: 400 },
  )
})

test('a sender of ever new parts, vehicles and long texts is refused, and its memory does not grow', () => {
  const translation = translationOf({ ...topicValues, constants: { 'Vehicle.Powertrain.Type': 'ELECTRIC' } })
  const memory: Memory = {}
  let refused = 0
  let bytes = 0
  for (let number = 0; number < 5000; number++) {
    const receivedAt = t0 + number * 400
    for (const [name, text] of [
      ['car', `car-${number}`],
      ['speed', String(number % 90)],
      ['state', 'x'.repeat(5000)],
    ] as const)
      if (take(translation, memory, box(name, text, receivedAt, String(number % 500))).refused?.reason === 'too-many') refused++
    bytes = Math.max(bytes, JSON.stringify(memory).length)
  }
  const { parts, keptChars, vehicles } = messageMappingLimits
  assert.ok(refused > 0)
  assert.ok(bytes < parts * 2 * (keptChars + 300) + vehicles * 40, `${bytes} bytes`)
})
