// All or nothing has an end: whatever stands in place of a part of a good message, the rest is what
// it was.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkMessage, messageAt, messageLimits } from './message-check.ts'
import { parseMessage } from './message-codec.ts'
import type { Message, SamplesMessage } from './message.ts'

const boot = '00000000000000a1'
const at = 1_795_850_000_000

function taken(json: unknown): Message {
  const result = checkMessage(json)
  assert.ok(result.ok, result.ok ? '' : `${result.reason}: ${result.detail}`)
  return result.value
}

function samplesOf(json: unknown): SamplesMessage {
  const message = taken(json)
  assert.ok('samples' in message)
  return message
}

function parsed(text: string): SamplesMessage {
  const result = parseMessage(Buffer.from(text))
  assert.ok(result.ok && 'samples' in result.value, result.ok ? '' : result.reason)
  return result.value
}

const withSignals = (signals: Record<string, unknown>, seq = 0) => ({ boot, seq, samples: [{ at, signals }] })

test('one value without a form is invalid, and its neighbours stand', () => {
  const signalsOf = (signals: Record<string, unknown>) => samplesOf(withSignals(signals)).samples[0]!.signals
  assert.deepEqual(
    signalsOf({ 'Vehicle.Speed': 50, 'Vehicle.Powertrain.Transmission.CurrentGear': { invalid: true } }),
    {
      'Vehicle.Speed': 50,
      'Vehicle.Powertrain.Transmission.CurrentGear': { invalid: 'unspecified' },
    },
  )
  assert.deepEqual(signalsOf({ 'Vehicle.Speed': 52, 'Vehicle.Maker.Location': { lat: 52.5, lon: 13.4 } }), {
    'Vehicle.Speed': 52,
    'Vehicle.Maker.Location': { invalid: 'form', value: '{"lat":52.5,"lon":13.4}' },
  })
  assert.deepEqual(signalsOf({ 'Vehicle.Maker.CellVoltages': [3.71, 3.72], 'Vehicle.Speed': 53 }), {
    'Vehicle.Maker.CellVoltages': { invalid: 'form', value: '[3.71,3.72]' },
    'Vehicle.Speed': 53,
  })
})

test('a bare NaN or infinity is one invalid value, a text that says so is a text, and bytes of zero behind the end are none', () => {
  const message = (value: string, behind = '') =>
    parsed(
      `{"boot":"${boot}","seq":1,"samples":[{"at":${at},"signals":{"Vehicle.Speed":51,"Vehicle.Exterior.AirTemperature":${value}}}]}${behind}`,
    )
  for (const token of ['NaN', 'Infinity', '-Infinity'])
    assert.deepEqual(message(token).samples, [
      { at, signals: { 'Vehicle.Speed': 51, 'Vehicle.Exterior.AirTemperature': { invalid: 'not-a-number' } } },
    ])
  const text =
    '{"boot":"00000000000000a1","seq":1,"samples":[{"at":1795850000000,"signals":{"Vehicle.X":"a \\" NaN","Vehicle.Y":NaN}}]}'
  assert.deepEqual(parsed(text).samples[0]!.signals, {
    'Vehicle.X': 'a " NaN',
    'Vehicle.Y': { invalid: 'not-a-number' },
  })
  assert.equal(message('12', '\u0000').samples[0]!.signals['Vehicle.Exterior.AirTemperature'], 12)
  assert.equal(parseMessage(Buffer.from('{"boot":"NaN')).ok, false)
})

test('a path that is none is set aside with its reason, and so is what is beyond a bound', () => {
  const hyphen = samplesOf(withSignals({ 'Vehicle.Speed': 54, 'Vehicle.Maker.inside-temp': 21 }))
  assert.deepEqual(hyphen.samples, [{ at, signals: { 'Vehicle.Speed': 54 } }])
  assert.deepEqual(hyphen.setAside, [
    { path: 'Vehicle.Maker.inside-temp', reason: 'path', sample: 0, value: '21', count: 1 },
  ])
  assert.deepEqual(samplesOf(withSignals({ 'vehicle.speed': 1, 'Vehicle.Speed': 55 })).samples[0]!.signals, {
    'Vehicle.Speed': 55,
  })
  const wide = samplesOf(withSignals(Object.fromEntries(Array.from({ length: 503 }, (_, n) => [`Vehicle.S${n}`, n]))))
  assert.equal(Object.keys(wide.samples[0]!.signals).length, messageLimits.signalsPerSample)
  assert.deepEqual(
    wide.setAside?.map(({ path, reason }) => [path, reason]),
    [500, 501, 502].map((n) => [`Vehicle.S${n}`, 'too-many-signals']),
  )
  const long = samplesOf({
    boot,
    seq: 0,
    samples: Array.from({ length: 1003 }, (_, n) => ({ at: at + n, signals: {} })),
  })
  assert.equal(long.samples.length, messageLimits.samples)
  assert.deepEqual(
    [long.setAside?.[0]?.reason, long.setAside?.[0]?.sample, long.setAside?.[0]?.count],
    ['too-many-samples', 1000, 3],
  )
})

test('kinds of what is set aside are bounded, and nothing goes uncounted', () => {
  const signals = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`no-path-${n}`, n]))
  const { setAside = [] } = samplesOf({
    boot,
    seq: 0,
    samples: [
      { at, signals },
      { at, signals },
    ],
  })
  assert.equal(setAside.length, 50)
  assert.equal(setAside.at(-1)?.reason, 'more')
  assert.equal(
    setAside.reduce((sum, { count }) => sum + count, 0),
    800,
  )
})

test('a sample of a clock that is not set is set aside and those beside it stay; a message of such samples alone is stored and says why', () => {
  const message = samplesOf({
    boot,
    seq: 0,
    samples: [
      { at: 5000, signals: { 'Vehicle.Speed': 40 } },
      { at, signals: { 'Vehicle.Speed': 41 } },
      { at: at + 1000, signals: { 'Vehicle.Speed': 42 } },
    ],
  })
  assert.deepEqual(
    message.samples.map((sample) => sample.at),
    [at, at + 1000],
  )
  assert.deepEqual(message.setAside, [{ path: null, reason: 'time-1970', sample: 0, value: '5000', count: 1 }])
  const none = samplesOf({ boot, seq: 1, samples: [{ at: 5000, signals: {} }, { at: 6000, signals: {} }, 7] })
  assert.deepEqual(none.samples, [])
  assert.deepEqual(
    none.setAside?.map(({ reason, count }) => [reason, count]),
    [
      ['time-1970', 2],
      ['sample', 1],
    ],
  )
  assert.equal(messageAt(none, 77), 77)
})

test('an event is taken whatever its instant and its data', () => {
  const eventOf = (fields: object) => {
    const message = taken({ boot, seq: 0, event: 'airbag-deployed', ...fields })
    assert.ok('event' in message)
    return message
  }
  assert.deepEqual(eventOf({ at: 9000 }), {
    boot,
    seq: 0,
    event: 'airbag-deployed',
    at: 9000,
    data: {},
    setAside: [{ path: 'at', reason: 'time-1970', sample: 0, value: '9000', count: 1 }],
  })
  for (const [given, right, reason] of [
    [undefined, 0, 'time-form'],
    [-5, 0, 'time-range'],
    [1e300, 0, 'time-range'],
    ['yesterday', 0, 'time-form'],
    [at / 1000, at / 1000, 'time-seconds'],
    [latest(), latest(), 'time-range'],
  ] as const) {
    const event = eventOf({ at: given })
    assert.deepEqual([event.at, event.setAside?.[0]?.reason], [right, reason], String(given))
    assert.equal(messageAt(event, 77), 77)
  }
  assert.deepEqual(eventOf({ at, data: [1] }).setAside, [
    { path: 'data', reason: 'form', sample: 0, value: '[1]', count: 1 },
  ])
  const both = eventOf({ at, samples: [{ at, signals: {} }] })
  assert.deepEqual([both.at, both.setAside?.[0]?.path, both.setAside?.[0]?.reason], [at, 'samples', 'beside-event'])
})

const latest = () => Date.UTC(2200, 0, 1)

test('any JSON value in place of any part of a good message leaves the rest as it was', () => {
  const good = {
    boot,
    seq: 3,
    samples: [
      {
        at,
        signals: {
          'Vehicle.Speed': 63.2,
          'Vehicle.IsMoving': true,
          'Vehicle.Maker.Seat': 'a',
          'Vehicle.CurrentLocation.Latitude': null,
        },
      },
      { at: at + 1000, signals: { 'Vehicle.Speed': 64, 'Vehicle.Diagnostics.DTCList': ['P0301'] } },
      { at: at + 2000, signals: { 'Vehicle.Chassis.Brake.PedalPosition': 12 } },
    ],
  }
  const whole = samplesOf(good)
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }),
    fc.constantFrom<unknown>(0, -1, at, 1e308, '', '63', [], {}, { invalid: true }, { invalid: 'x', value: {} }, null),
    fc.nat(200_000).map((depth) => JSON.parse('['.repeat(depth + 1) + ']'.repeat(depth + 1)) as unknown),
  )
  fc.assert(
    fc.property(
      odd,
      fc.nat(2),
      fc.constantFrom('value', 'path', 'at', 'signals', 'sample'),
      fc.string(),
      (value, place, part, name) => {
        const samples: unknown[] = structuredClone(good.samples)
        const { at, signals } = good.samples[place]!
        const [first = ''] = Object.keys(signals)
        if (part === 'value') samples[place] = { at, signals: { ...signals, [first]: value } }
        if (part === 'path') samples[place] = { at, signals: { ...signals, [`${name}-`]: value } }
        if (part === 'at') samples[place] = { at: value, signals }
        if (part === 'signals') samples[place] = { at, signals: value }
        if (part === 'sample') samples[place] = value
        const message = samplesOf({ boot, seq: 3, samples })
        for (const [index, right] of whole.samples.entries()) {
          const found = message.samples.find((sample) => sample.at === right.at)
          if (index !== place) assert.deepEqual(found, right)
          else if (part === 'path') assert.deepEqual(found, right)
          else if (part === 'value') {
            const { [first]: changed, ...rest } = found!.signals
            const { [first]: _, ...expected } = right.signals as Record<string, unknown>
            assert.notEqual(changed, undefined)
            assert.deepEqual(rest, expected)
          }
        }
        // Kept is what the parser takes again as it is, and JSON can hold.
        const stored = JSON.stringify(message.samples)
        assert.equal(
          JSON.stringify(samplesOf({ boot, seq: 3, samples: JSON.parse(stored) as unknown }).samples),
          stored,
        )
      },
    ),
    { numRuns: 1000 },
  )
})
