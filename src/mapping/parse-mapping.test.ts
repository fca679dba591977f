import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { createCatalogue } from '../model/catalogue.ts'
import { openMapping } from './open-mapping.ts'
import { openTranslation } from './messages/open-translation.ts'
import { isOfMessages, parseAnyMapping, parseMapping, parseMessageMapping } from './parse-mapping.ts'

const sound = {
  name: 'mine',
  about: 'a logger',
  from: { form: 'csv' },
  time: { as: 'epoch', field: 't', unit: 'ms' },
  signals: { 'Vehicle.Speed': { field: 'v', unit: 'mph' } },
}

const faultsOf = (value: unknown): string[] => {
  const mapping = parseMapping(typeof value === 'string' ? value : JSON.stringify(value), 'mine.json')
  return mapping.ok ? [] : mapping.detail.split('\n')
}

test('each fault is told with its file, its path and what may stand there', () => {
  assert.deepEqual(faultsOf(sound), [])
  const cases: readonly (readonly [change: object, fault: RegExp])[] = [
    [{ name: 'My Logger' }, /^mine\.json: \$\.name is a name of lower case letters.* not "My Logger"\.$/],
    [{ tiem: 1 }, /^mine\.json: \$\.tiem is no field that is known; there may be .*time/],
    [{ from: { form: 'xlsx' } }, /\$\.from\.form is one of "csv".*, not "xlsx"/],
    [
      { from: { form: 'csv', delimiter: ';' } },
      /\$\.from\.delimiter is one of "comma", "semicolon", "tab", "blank", not ";"/,
    ],
    [{ time: { as: 'iso', field: 't' } }, /\$\.time\.zone is missing; it is an IANA time zone/],
    [
      { time: { as: 'iso', field: 't', zone: 'Mars/Olympus' } },
      /\$\.time\.zone is an IANA time zone.*not "Mars\/Olympus"/,
    ],
    [{ time: { as: 'pattern', field: 't', zone: 'UTC', pattern: 'H:mm' } }, /\$\.time\.pattern is a pattern of yyyy/],
    [{ time: [{ as: 'epoch', field: 't', unit: 'min' }] }, /\$\.time\[0\]\.unit is one of "s", "ms", "us", not "min"/],
    [{ time: { as: 'rows' } }, /\$\.time\.periodMs is missing; it is a number above 0/],
    [{ signals: {} }, /\$\.signals is an object of signals and their rules, not \{\}/],
    [
      { signals: { 'Vehicle.Sped': { field: 'v' } } },
      /\$\.signals\["Vehicle\.Sped"\] is no signal .* Near it are .*Vehicle\.Speed/,
    ],
    [
      { signals: { 'Vehicle.Speed': { field: 'v' } } },
      /"Vehicle\.Speed"\]\.unit is missing; .* one of km\/h, mph, m\/s, knots/,
    ],
    [
      { signals: { 'Vehicle.Speed': { field: 'v', unit: 'psi' } } },
      /\.unit is not "psi"; for Vehicle\.Speed it is one of km\/h/,
    ],
    [{ signals: { 'Vehicle.Speed': { field: 'v', unit: 'mph', sign: 1 } } }, /\.sign is one of -1, not 1/],
    [
      { signals: { 'Vehicle.Powertrain.Type': { field: 'v', words: { petrol: 'PETROL' } } } },
      /\.words\.petrol is a value of Vehicle\.Powertrain\.Type: one of COMBUSTION/,
    ],
    [
      { signals: { 'Vehicle.Powertrain.Type': { field: 'v', unit: 'km' } } },
      /unit says nothing of Vehicle\.Powertrain\.Type/,
    ],
    [
      { constants: { 'Vehicle.Powertrain.Type': 'STEAM' } },
      /constants\["Vehicle\.Powertrain\.Type"\] is a value of .*, not "STEAM"/,
    ],
    [{ examples: [{ rows: [{ t: 1 }], samples: [] }] }, /\$\.examples\[0\]\.rows\[0\]\.t is a text, not 1/],
  ]
  for (const [change, fault] of cases) {
    const faults = faultsOf({ ...sound, ...change })
    assert.equal(faults.length, 1, faults.join('\n'))
    assert.match(faults[0] ?? '', fault)
  }
  assert.match(faultsOf('{"name":')[0] ?? '', /^mine\.json is not JSON: /)
  assert.equal(faultsOf(Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x${index}`, 1]))).length, 21)
})

test('whatever a mapping file holds, it is refused with a reason or can be opened and run', () => {
  const texts = ['', 'v', 't', 'csv', 'iso', 'epoch', 'rows', 'elapsed', 'pattern', 'UTC', 'km/h', 'unknown', 's']
  const objects = [
    {},
    { field: 'v' },
    { field: 't', as: 'epoch', unit: 's' },
    { as: 'rows', periodMs: 1 },
    { as: 'pattern', pattern: 'a' },
  ]
  const part = fc.constantFrom<unknown>(0, -1, 1e9, null, true, [], ['v'], [{}], ...texts, ...objects)
  const change = fc.dictionary(
    fc.constantFrom(
      'name',
      'from',
      'time',
      'signals',
      'segments',
      'absent',
      'unknown',
      'constants',
      'examples',
      'lacking',
      '__proto__',
    ),
    fc.oneof(
      part,
      fc.dictionary(fc.constantFrom('form', 'as', 'field', 'unit', 'zone', 'Vehicle.Speed', 'start'), part),
    ),
  )
  fc.assert(
    fc.property(change, fc.dictionary(fc.constantFrom('t', 'v'), fc.string()), (changes, row) => {
      const mapping = parseMapping(JSON.stringify({ ...sound, ...changes }), 'mine.json')
      if (!mapping.ok) return assert.ok(mapping.detail.startsWith('mine.json: $'))
      openMapping(mapping.value, { segment: 'x', startAt: 0 })(row)
    }),
    { numRuns: 1000 },
  )
})

test('signals of an overlay are mapped in any unit like theirs, those of a unit that none converts to in their own', () => {
  const own = (path: string, unit: string) =>
    ({ path, type: 'sensor', datatype: 'float', unit, group: 'Acme' }) as const
  const catalogue = createCatalogue([own('Vehicle.Acme.Boost', 'kPa'), own('Vehicle.Acme.Torque', 'Nm')])
  const parse = (units: readonly [string, string]) => {
    const signals = {
      'Vehicle.Acme.Boost': { field: 'b', unit: units[0] },
      'Vehicle.Acme.Torque': { field: 'n', unit: units[1] },
    }
    return parseMapping(
      JSON.stringify({ ...sound, signals, constants: { 'Vehicle.Acme.Torque': 1 } }),
      'mine.json',
      catalogue,
    )
  }
  const right = parse(['bar', 'Nm'])
  assert.ok(right.ok)
  const sample = openMapping(right.value, { segment: 'x', startAt: 0, catalogue })({
    t: '1764338400000',
    b: '1.5',
    n: '240',
  })
  assert.deepEqual(sample?.signals, { 'Vehicle.Acme.Boost': 150, 'Vehicle.Acme.Torque': 240 })
  const wrong = parse(['Nm', 'kPa'])
  assert.match(
    wrong.ok ? '' : wrong.detail,
    /Boost"\]\.unit is not "Nm"; .* one of kPa, Pa[^]*Torque"\]\.unit is not "kPa"; for Vehicle\.Acme\.Torque it is one of Nm\./,
  )
})

const heard = {
  name: 'heard',
  about: 'a publisher',
  from: {
    form: 'messages',
    routes: [{ topic: 'cars/{car}/{name}', payload: 'text', field: '{name}' }],
    vehicle: '{car}',
  },
  time: { as: 'receipt' },
  signals: { 'Vehicle.Speed': { field: 'speed', unit: 'km/h' } },
}

test('each fault of a mapping of messages is told, and a field that no route tells is one', () => {
  const faultsOf = (value: unknown): string[] => {
    const mapping = parseMessageMapping(JSON.stringify(value), 'heard.json')
    return mapping.ok ? [] : mapping.detail.split('\n')
  }
  const from = (change: object, route: object = {}): object => ({
    from: { ...heard.from, routes: [{ ...heard.from.routes[0], ...route }], ...change },
  })
  const json = { payload: 'json', field: undefined }
  assert.deepEqual(faultsOf(heard), [])
  assert.deepEqual(
    faultsOf({ ...heard, ...from({ sender: '{car}', gather: { withinMs: 100, each: '{car}', until: 'speed' } }) }),
    [],
  )
  const cases: readonly (readonly [change: object, fault: RegExp])[] = [
    [from({ routes: [] }), /^heard\.json: \$\.from\.routes is a list of routes/],
    [from({ vehicle: 'car' }), /\$\.from\.vehicle is a text of fields such as "\{user\}\/\{device\}", not "car"/],
    [
      from({ gather: { withinMs: 0 } }),
      /\$\.from\.gather\.withinMs is a whole number of milliseconds from 1 to 60000, not 0/,
    ],
    [from({ retained: true }), /\$\.from\.retained is one of "dated"/],
    [from({ sender: '{user}' }), /\$\.from\.sender: no address has a level "user"/],
    [from({ gather: { withinMs: 1, each: '{part}' } }), /\$\.from\.gather\.each: no address has a level "part"/],
    [from({ gather: { withinMs: 1, until: '/end' } }), /\$\.from\.gather\.until is "\/end", which no route tells/],
    [from({}, { topic: 'cars/#' }), /\$\.from\.routes\[0\]\.topic is a topic of levels/],
    [from({}, { topic: 'cars/{name...}/{car}' }), /\.topic is a topic of levels/],
    [from({}, { topic: 'cars/{car}/{car}' }), /\.topic is a topic of levels/],
    [from({}, { method: 'POST' }), /routes\[0\]\.topic is no field that is known/],
    [from({}, { field: '{metric}' }), /\.field is "\{metric\}", and the address has no level of that name/],
    [from({}, { field: undefined }), /\.field is missing; it is what the text is called/],
    [from({}, { list: { at: '/a', name: '/b' } }), /\.list is of payloads that are trees/],
    [from({}, { payload: 'form' }), /\.field says nothing of a form/],
    [
      from({}, { payload: 'form', field: undefined, part: { at: '/a', value: '/b' } }),
      /\.part is of payloads that are trees/,
    ],
    [from({}, { packing: 'gzip' }), /\.packing says nothing of text, which is read as it comes/],
    [from({}, { payload: 'sparkplug-b', packing: 'gzip' }), /\.packing says nothing of sparkplug-b/],
    [from({}, { payload: 'avro' }), /\.payload is one of "text", "json", "form", "fleetwise"/],
    [from({}, { ...json, part: { at: '/a', value: '/b' } }), /\.field is missing; it is what the whole is called/],
    [from({}, { ...json, levels: { of: '/a', are: 'x/#' } }), /\.levels\.are is a topic of levels/],
    [from({}, { field: 'car' }), /\.field is the name of a level as well/],
    [from({}, { when: { field: '/kind', is: ['x'] } }), /\.when is "\/kind", which no route tells/],
    [{ time: { as: 'epoch', field: '/t', unit: 's' } }, /\$\.time\.field is "\/t", which no route tells/],
    [
      { time: { as: 'elapsed', field: 't', unit: 's' } },
      /\$\.time\.as is one of "receipt", "iso", "pattern", "epoch", not "elapsed"/,
    ],
    [
      { ...from({}, json), signals: { 'Vehicle.Speed': { field: 'speed', unit: 'km/h' } } },
      /"Vehicle\.Speed"\]\.field is "speed", which no route tells/,
    ],
    [
      { signals: { 'Vehicle.Speed': { field: 'v', unit: { field: 'u', are: { kmh: 'psi' } } } } },
      /\.unit\.are\.kmh is not "psi"; for Vehicle\.Speed/,
    ],
    [{ segments: { field: 'x', are: 'trips' } }, /\$\.segments is no field that is known/],
    [{ examples: [{ messages: [{ to: 'cars/a/speed' }], samples: [] }] }, /messages\[0\]\.receivedAt is missing/],
  ]
  for (const [change, fault] of cases) assert.match(faultsOf({ ...heard, ...change })[0] ?? '', fault)
  assert.match(parseMapping(JSON.stringify(heard), 'heard.json').ok ? '' : 'refused', /refused/)
})

test('whatever a mapping of messages holds, it is refused with a reason or can be opened and run', () => {
  const texts = [
    '',
    'v',
    '/v',
    '*/v',
    '{car}',
    '{v}',
    'a/{car}',
    'a/{x...}',
    '__proto__',
    '/__proto__',
    'json',
    'text',
    'form',
    'dated',
    'receipt',
    'epoch',
    's',
    'GET',
  ]
  const objects = [
    {},
    [{}],
    { field: '/v' },
    { field: 'v', is: ['1'] },
    { topic: 'a/{car}' },
    { method: 'GET', path: '/{car}' },
    { withinMs: 5 },
    { as: 'receipt' },
  ]
  const part = fc.constantFrom<unknown>(0, -1, null, true, [], ['{car}'], ...texts, ...objects)
  const key = fc.constantFrom(
    'topic',
    'method',
    'path',
    'payload',
    'field',
    'list',
    'when',
    'passedOver',
    'at',
    'name',
    'as',
    'unit',
    'plus',
    'withinMs',
    'until',
    'each',
    '__proto__',
  )
  const nested = fc.oneof(part, fc.dictionary(key, part), fc.array(fc.dictionary(key, part), { maxLength: 2 }))
  const inFrom = fc.dictionary(fc.constantFrom('routes', 'sender', 'vehicle', 'retained', 'gather'), nested)
  const change = fc.dictionary(fc.constantFrom('time', 'unknown', 'absent', 'constants', 'examples', 'decimal'), nested)
  fc.assert(
    fc.property(change, inFrom, fc.string(), (changes, from, payload) => {
      const mapping = parseAnyMapping(
        JSON.stringify({ ...heard, ...changes, from: { ...heard.from, ...from } }),
        'heard.json',
      )
      if (!mapping.ok) return assert.ok(mapping.detail.startsWith('heard.json: $'))
      assert.ok(isOfMessages(mapping.value))
      const translation = openTranslation(mapping.value)
      const memory = {}
      for (const address of ['cars/a/speed', 'a/x', 'GET /a?v=1', ...translation.filters])
        translation.take(memory, {
          address,
          payload: new TextEncoder().encode(payload),
          retained: false,
          receivedAt: 1_772_600_767_000,
        })
      translation.pass(memory, translation.dueAt(memory))
    }),
    { numRuns: 1000 },
  )
})
