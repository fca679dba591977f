import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { openGathering } from './gather.ts'
import { openMapping, type MappedSample } from './open-mapping.ts'

function gathered(samples: readonly MappedSample[], isPartial = true): MappedSample[] {
  const gathering = openGathering(isPartial)
  const whole = samples.flatMap((sample) => gathering.add(sample) ?? [])
  const last = gathering.end()
  return last === undefined ? whole : [...whole, last]
}

const told = (samples: readonly MappedSample[]): string[] =>
  samples.flatMap(({ at, segment, signals, clock }) =>
    Object.entries(signals).map(([path, value]) => `${segment} ${at} ${clock} ${path} ${JSON.stringify(value)}`),
  )

test('rows of one instant are one sample, nothing that was told is lost, and nothing is told that was not', () => {
  const sample = fc.record(
    {
      segment: fc.constantFrom('a', 'b'),
      at: fc.integer({ min: 1, max: 3 }),
      signals: fc.dictionary(fc.constantFrom('speed', 'rpm', 'gear'), fc.integer({ min: 1, max: 2 })),
      clock: fc.constant('sent' as const),
    },
    { requiredKeys: ['segment', 'at', 'signals'] },
  )
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 12 }), (samples) => {
      const found = gathered(samples)
      assert.deepEqual(new Set(told(found)), new Set(told(samples)))
      for (const [index, { signals, clock }] of found.entries()) {
        assert.ok(Object.keys(signals).length > 0)
        const before = found[index - 1]
        const isSame =
          before !== undefined &&
          before.at === found[index]?.at &&
          before.segment === found[index]?.segment &&
          before.clock === clock
        // Two samples of one instant follow each other only where they say different things of one
        // signal.
        if (isSame)
          assert.ok(
            Object.keys(signals).some((path) => path in before.signals && before.signals[path] !== signals[path]),
          )
      }
      assert.deepEqual(
        gathered(samples, false),
        samples.filter(({ signals }) => Object.keys(signals).length > 0),
      )
    }),
  )
})

test('of several rules the first counts whose fields a row has, row by row', () => {
  const map = openMapping(
    {
      name: 'test',
      about: '',
      from: { form: 'csv', long: { name: 'k', value: 'v' } },
      time: [
        { as: 'epoch', field: 'ms', unit: 'ms' },
        { as: 'epoch', field: 's', unit: 's', clock: 'sent' },
      ],
      signals: {
        'Vehicle.Speed': [
          { field: 'mph', unit: 'mph' },
          { field: 'kmh', unit: 'km/h' },
        ],
      },
    },
    { segment: 'x', startAt: 0 },
  )
  const speeds = [
    { ms: '1', mph: '100', kmh: '1' },
    { s: '2', kmh: '50' },
    { s: '3', rpm: '1' },
  ].map((row) => map(row))
  assert.deepEqual(speeds, [
    { segment: 'x', at: 1, signals: { 'Vehicle.Speed': 160.9344 } },
    { segment: 'x', at: 2000, signals: { 'Vehicle.Speed': 50 }, clock: 'sent' },
    { segment: 'x', at: 3000, signals: {}, clock: 'sent' },
  ])
})
