import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { overlayLimits, parseOverlays } from './overlay.ts'
import { vssSignals, type VssDatatype, type VssSignal } from './vss.ts'
import { vssUnits } from './vss-units.ts'

type Tree = Record<string, unknown>

/** The signals as `vspec export json` writes them: keys sorted, nothing that is absent, what we do
 *  not read among it. */
function exported(signals: readonly (Omit<VssSignal, 'group'> & Tree)[]): Tree {
  const root: Tree = { type: 'branch', description: 'High-level vehicle data.', children: {} }
  for (const { path, ...leaf } of signals) {
    const names = path.split('.').slice(1)
    let branch = root
    for (const name of names.slice(0, -1))
      branch = (branch['children'] as Record<string, Tree>)[name] ??= {
        type: 'branch',
        description: `Branch ${name}.`,
        children: {},
      }
    ;(branch['children'] as Tree)[names.at(-1)!] = leaf
  }
  return { Vehicle: root }
}

const parse = (...trees: readonly unknown[]) =>
  parseOverlays(
    trees.map((tree, index) => ({
      file: `${'abc'[index]}.json`,
      text: typeof tree === 'string' ? tree : JSON.stringify(tree),
    })),
  )

function faultsOf(...trees: readonly unknown[]): readonly string[] {
  const parsed = parse(...trees)
  assert.ok(!parsed.ok, 'it is accepted')
  return parsed.detail.split('\n')
}

const sensor = (path: string, more: Tree = {}) =>
  ({ path, type: 'sensor', datatype: 'float', ...more }) as Omit<VssSignal, 'group'> & Tree

test('the example, which vss-tools wrote, is read with types, units, ranges, words and instances', () => {
  const file = new URL('../../docs/examples/acme.json', import.meta.url)
  const parsed = parseOverlays([{ file: 'acme.json', text: readFileSync(file, 'utf8') }])
  assert.ok(parsed.ok)
  assert.deepEqual(
    parsed.value.map(({ path, type, datatype, unit, min, max, allowed, group }) =>
      [path.replace('Vehicle.Acme.', ''), type, datatype, unit, min, max, allowed?.join(), group].join(' '),
    ),
    [
      'Cargo.DoorState actuator string    UNKNOWN,OPEN,CLOSED,LOCKED Acme',
      'Cargo.Load sensor uint16 kg  3500  Acme',
      'Cargo.ProbeTemperatures sensor float[] Celsius    Acme',
      'Cargo.Seals sensor string[]     Acme',
      'Cargo.Temperature sensor float Celsius -40 60  Acme',
      'IsDemo attribute boolean     Acme',
      'Mode sensor uint8    1,3,0 Acme',
      'Tank.Left.Level sensor uint8 percent 0 100  Acme',
      'Tank.Right.Level sensor uint8 percent 0 100  Acme',
    ],
  )
  assert.equal(parsed.value[1]?.description, 'Weight of the goods by the axle sensors.')
})

const numbers = ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'int64', 'float', 'double'] as const
const name = fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,12}$/)
const leaf = fc
  .record({
    datatype: fc.constantFrom<VssDatatype>(
      'string',
      'boolean',
      'string[]',
      'boolean[]',
      'Types.Box',
      'Types.Box[]',
      ...numbers,
      'uint8[]',
      'double[]',
    ),
    type: fc.constantFrom('attribute', 'sensor', 'actuator'),
    unit: fc.option(fc.constantFrom(...vssUnits), { nil: undefined }),
    bounds: fc.tuple(fc.option(fc.integer({ min: -128, max: 127 })), fc.option(fc.integer({ min: -128, max: 127 }))),
    words: fc.option(fc.uniqueArray(fc.stringMatching(/^[A-Z][A-Z_0-9]{0,8}$/), { minLength: 1, maxLength: 6 })),
    description: fc.option(fc.string(), { nil: undefined }),
  })
  .map(({ bounds: [min, max], words, ...said }) => ({
    ...said,
    ...(/float|double|int/.test(said.datatype) && {
      ...(min !== null && { min: max === null ? min : Math.min(min, max) }),
      ...(max !== null && { max: min === null ? max : Math.max(min, max) }),
    }),
    ...(said.datatype.startsWith('string') && words !== null && { allowed: words }),
  }))
const overlay = fc
  .uniqueArray(fc.tuple(fc.array(name, { minLength: 1, maxLength: 6 }), leaf), {
    selector: ([names]) => names.join('.'),
    maxLength: 30,
  })
  .map((leaves) =>
    leaves.map(
      ([names, said]) => ({ path: `Vehicle.Acme.${names.join('.')}`, ...said }) as Omit<VssSignal, 'group'> & Tree,
    ),
  )
  .map((signals) => signals.filter(({ path }) => !signals.some((other) => other.path.startsWith(`${path}.`))))

const ignored = { comment: 'A word.', default: 1, pattern: '^x$', deprecation: 'v9', uuid: '0', fka: ['Vehicle.Old'] }

test('any overlay that vss-tools can write is read as it is meant, in one file or in several, in any order', () => {
  fc.assert(
    fc.property(overlay, fc.integer({ min: 0, max: 30 }), (signals, at) => {
      const written = signals.map((signal) => ({ ...signal, ...ignored }))
      const whole = parse(exported(written))
      const split = parse(exported(written.slice(at)), exported(written.slice(0, at + 1)))
      assert.ok(whole.ok && split.ok)
      assert.deepEqual(
        whole.value,
        signals
          .map(({ description, unit, ...signal }) => ({
            ...signal,
            ...(unit !== undefined && { unit }),
            ...(description !== undefined && { description }),
            group: 'Acme',
          }))
          .toSorted((one, other) => (one.path < other.path ? -1 : 1)),
      )
      assert.deepEqual(split.value, whole.value)
    }),
  )
})

test('whatever the bytes, there are signals or faults that name the file', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.string(),
        fc.json().map((json) => `{"Vehicle":${json}}`),
      ),
      (text) => {
        const parsed = parse(text)
        if (!parsed.ok)
          for (const fault of parsed.detail.split('\n')) assert.match(fault, /^a\.json: |^and \d+ more\.$/)
      },
    ),
  )
})

test('a whole tree of VSS may be named: ours are as they are, and add nothing', () => {
  const parsed = parse(
    exported(vssSignals.map(({ group: _group, ...signal }) => ({ ...signal, description: 'By VSS.' }))),
  )
  assert.deepEqual(parsed.ok && parsed.value, [])
})

test('each fault names file, path, field and remedy', () => {
  for (const [tree, fault] of [
    ['{', /^a\.json: this is not JSON \(.+\); write it with `vspec export json`\.$/],
    [{ 'Vehicle.Acme.X': { type: 'sensor' } }, /no branch "Vehicle" at its root; write it/],
    [{ ...exported([]), Trailer: {} }, /: Trailer is another root than Vehicle/],
    [exported([sensor('Vehicle.Acme.in-temp')]), /: Vehicle\.Acme\.in-temp is no path: give up to 16 names/],
    [exported([sensor(`Vehicle${'.A'.repeat(17)}`)]), /is no path/],
    [
      exported([sensor('Vehicle.X', { type: 'struct' })]),
      /: Vehicle\.X\.type is "struct"; give branch, sensor, actuator or attribute\.$/,
    ],
    [
      exported([sensor('Vehicle.X', { datatype: 'real' })]),
      /: Vehicle\.X\.datatype is "real"; give one of string, boolean, uint8/,
    ],
    [
      exported([sensor('Vehicle.X', { unit: 'furlong' })]),
      /: Vehicle\.X\.unit is "furlong"; give one of VSS: mm, cm.*, or leave it out\.$/,
    ],
    [exported([sensor('Vehicle.X', { min: '0' })]), /: Vehicle\.X\.min is "0"; give a number\.$/],
    [exported([sensor('Vehicle.X', { min: 2, max: 1 })]), /: Vehicle\.X\.min is 2; give no more than the max, 1\.$/],
    [
      exported([sensor('Vehicle.X', { datatype: 'string', max: 1 })]),
      /: Vehicle\.X\.max is 1; a string has no range: leave it out\.$/,
    ],
    [
      exported([sensor('Vehicle.X', { allowed: [] })]),
      /: Vehicle\.X\.allowed is \[\]; give 1 to 1000 values of the datatype\.$/,
    ],
    [exported([sensor('Vehicle.X', { allowed: ['A'] })]), /: Vehicle\.X\.allowed is \["A"\]; give 1 to/],
    [
      exported([sensor('Vehicle.X', { datatype: 'boolean', allowed: [true] })]),
      /: Vehicle\.X\.allowed is \[true\]; a boolean is/,
    ],
    [exported([sensor('Vehicle.X', { description: 1 })]), /: Vehicle\.X\.description is 1; give a text\.$/],
    [exported([sensor('Vehicle.X', { children: {} })]), /: Vehicle\.X\.children is \{\}; a signal has none/],
    [{ Vehicle: { type: 'branch', children: [] } }, /: Vehicle\.children is an object of names, not \[\]\.$/],
    [{ Vehicle: { type: 'branch', children: { X: 1 } } }, /: Vehicle\.X is an object with "type", not 1\.$/],
    [
      { Vehicle: { type: 'branch', instances: ['Left'], children: {} } },
      /: Vehicle\.instances are not spelt out; export with --expand\.$/,
    ],
  ] as const) {
    const faults = faultsOf(tree)
    assert.equal(faults.length, 1, faults.join('\n'))
    assert.match(faults[0] ?? '', fault)
  }
})

test('a path of ours that is otherwise is refused with what differs', () => {
  assert.deepEqual(faultsOf(exported([sensor('Vehicle.TraveledDistance', { unit: 'km' })])), [
    'a.json: Vehicle.TraveledDistance.datatype is "float", and "uint32" in VSS 6.0, as cars and jobs take it here; leave the signal out, or give your own another name.',
  ])
  assert.match(
    faultsOf(exported([sensor('Vehicle.Speed', { unit: 'm/s' })]))[0] ?? '',
    /Vehicle\.Speed\.unit is "m\/s", and "km\/h"/,
  )
  assert.match(
    faultsOf(exported([sensor('Vehicle.Speed', { unit: 'km/h', max: 300 })]))[0] ?? '',
    /max is 300, and missing/,
  )
})

test('what jobs read beyond the catalogue keeps its unit', () => {
  assert.ok(parse(exported([sensor('Vehicle.OBD.FuelRate', { unit: 'l/h' })])).ok)
  assert.match(
    faultsOf(exported([sensor('Vehicle.OBD.FuelRate', { unit: 'ml/100km' })]))[0] ?? '',
    /jobs read it as a number in l\/h: give that/,
  )
  assert.match(
    faultsOf(exported([sensor('Vehicle.Cabin.Seat.Row2.Middle.Airbag.IsDeployed')]))[0] ?? '',
    /is a boolean, of which crashes/,
  )
})

test('a name is a signal or a branch, in ours and in all overlays together', () => {
  assert.match(
    faultsOf(exported([sensor('Vehicle.Cabin')]))[0] ?? '',
    /^a\.json: Vehicle\.Cabin is a signal, and a branch of Vehicle\.Cabin\./,
  )
  assert.match(
    faultsOf(exported([sensor('Vehicle.Speed.Raw')]))[0] ?? '',
    /Vehicle\.Speed\.type is branch, and a signal in VSS 6\.0/,
  )
  assert.match(
    faultsOf(exported([sensor('Vehicle.Acme.X')]), exported([sensor('Vehicle.Acme.X.Y')]))[0] ?? '',
    /^a\.json: Vehicle\.Acme\.X is a signal, and a branch of Vehicle\.Acme\.X\.Y; give one of them another name\.$/,
  )
})

test('two overlays may say the same of a signal, and nothing else', () => {
  const one = exported([sensor('Vehicle.Acme.X', { unit: 'kg' })])
  assert.ok(parse(one, one).ok)
  assert.deepEqual(faultsOf(one, exported([sensor('Vehicle.Acme.X', { unit: 'g' })])), [
    'b.json: Vehicle.Acme.X.unit is "g", and "kg" in a.json; say it in one of them.',
  ])
})

test('there are twenty faults at most, with how many more, and a bound on the signals', () => {
  const wrong = exported(
    Array.from({ length: 30 }, (_, index) => sensor(`Vehicle.Acme.X${index}`, { unit: 'furlong' })),
  )
  assert.deepEqual([faultsOf(wrong).length, faultsOf(wrong).at(-1)], [21, 'and 10 more.'])
  const many = exported(
    Array.from({ length: overlayLimits.signals + 1 }, (_, index) => sensor(`Vehicle.Acme.X${index}`)),
  )
  assert.match(faultsOf(many)[0] ?? '', /have 20001 signals; leave out some: 20000 are taken/)
})
