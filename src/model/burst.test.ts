// A burst and its samples spelt out, beside each other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { burstLimits } from './burst.ts'
import { checkMessage, messageAt } from './message-check.ts'
import { parseMessage } from './message-codec.ts'
import { scanMessage } from './scan-message.ts'
import { vssSignals } from './vss.ts'

const boot = '00000000000000b1'
const at = 1_795_850_000_000
const x = 'Vehicle.Acceleration.Longitudinal'

type Columns = Readonly<Record<string, readonly unknown[]>>

/** As docs/messages.md says it, in the plainest way. */
function speltOut(first: unknown, every: number, columns: Columns, clock: unknown): unknown[] {
  const count = Math.max(0, ...Object.values(columns).map((column) => column.length))
  return Array.from({ length: count }, (_, index) => ({
    at: typeof first === 'number' && first >= at ? first + Math.round(index * every) : first,
    clock,
    signals: Object.fromEntries(
      Object.entries(columns).flatMap(([path, column]) =>
        index < column.length ? [[path, column[index]] as const] : [],
      ),
    ),
  }))
}

const path = fc.oneof(
  fc.constantFrom(...vssSignals.map((signal) => signal.path)),
  fc.constantFrom(
    'Vehicle.Cabin.Seat.Row3.Middle.Airbag.IsDeployed',
    'Vehicle.Maker.Own',
    'Vehicle.Maker.no-path',
    '__proto__',
    'speed',
  ),
)
const value = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(null, true, '63.2', { invalid: 'frozen' }, ['P0301']),
)
const columns = fc.dictionary(path, fc.array(value, { maxLength: 12 }), { maxKeys: 5, noNullPrototype: true })
const every = fc.oneof(
  fc.constantFrom(1, 10, 16.6, 1000 / 60, 3_600_000),
  fc.double({ min: 1, max: 3_600_000, noNaN: true }),
)
const samples = fc.array(
  fc.record({
    at: fc.constantFrom<unknown>(at, at + 5000, 5),
    signals: fc.dictionary(path, value, { maxKeys: 3, noNullPrototype: true }),
  }),
  {
    maxLength: 3,
  },
)
const vss = fc.constantFrom(undefined, '4.0')
const clock = fc.constantFrom<unknown>(undefined, undefined, 'sent', 'server', 'received', 'measured', 'gps', null, 5)

test('a burst means the same as its samples spelt out, whatever is in its columns, and so do samples that stand beside it', () => {
  const first = fc.constantFrom<unknown>(at, at + 0.5, at + 1, 5000, 'noon', undefined)
  fc.assert(
    fc.property(
      first,
      every,
      columns,
      samples,
      fc.record({ vss, clock }),
      (first, every, columns, samples, { vss, clock }) => {
        const rows = speltOut(typeof first === 'number' ? Math.floor(first) : first, every, columns, clock)
        fc.pre(rows.length > 0)
        const bytes = Buffer.from(
          JSON.stringify({ boot, seq: 1, samples, burst: { at: first, every, signals: columns, clock }, vss }),
        )
        const found = parseMessage(bytes)
        const right = parseMessage(Buffer.from(JSON.stringify({ boot, seq: 1, samples: [...samples, ...rows], vss })))
        // Where a column's first instant is none, what came of it is told as it came.
        assert.deepEqual(found, right)
        const scanned = scanMessage(bytes)
        if (scanned !== undefined) assert.equal(found.ok && messageAt(found.value), scanned)
      },
    ),
    { numRuns: 3000 },
  )
})

test('bursts of whole milliseconds and columns of one length are known at once, with the newest instant', () => {
  const plain = fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.constant(null), fc.boolean())
  const burst = fc.integer({ min: 1, max: 50 }).chain((length) =>
    fc.record({
      at: fc.integer({ min: 946_684_800_000, max: 4_102_444_000_000 }),
      every: fc.integer({ min: 1, max: 10_000 }),
      signals: fc.dictionary(
        fc.constantFrom(...vssSignals.map((signal) => signal.path)),
        fc.array(plain, { minLength: length, maxLength: length }),
        { minKeys: 1, maxKeys: 4 },
      ),
    }),
  )
  fc.assert(
    fc.property(burst, fc.boolean(), fc.nat(2), (burst, isBeside, indent) => {
      const beside = isBeside ? { samples: [{ at, signals: { 'Vehicle.Speed': 1 } }] } : {}
      const bytes = Buffer.from(JSON.stringify({ boot, seq: 1, burst, ...beside }, undefined, indent))
      const parsed = parseMessage(bytes)
      assert.ok(parsed.ok)
      assert.equal(scanMessage(bytes), messageAt(parsed.value), bytes.toString())
    }),
  )
})

const pieces = {
  first: ['1700000000000', '1700000000000.5', '946684799999', '4102444799990', '"x"', '1e12', '-0'],
  every: ['1', '10', '0', '10.5', '3600001', '1e1', '"10"', 'null', '01'],
  column: ['[1,2,3]', '[1]', '[]', '[null,"a",[]]', '[1,2,3', '7', '[{"invalid":"x"},{},[[]]]', '[1,,2]'],
}

test('pieces of bursts in any arrangement, keys twice: the scanner never says yes where the parser does not, nor another instant', () => {
  const pair = (key: string, values: readonly string[]) =>
    fc.constantFrom(...values).map((value) => `"${key}":${value}`)
  const object = (entries: fc.Arbitrary<string>, least: number) =>
    fc.array(entries, { minLength: least, maxLength: 4 }).map((list) => `{${list.join(' , ')}}`)
  const columns = object(
    fc.oneof(pair(x, pieces.column), pair('Vehicle.Speed', pieces.column), pair('speed', pieces.column)),
    0,
  )
  const goodColumns = fc.constantFrom(
    `{"${x}":[1,2,3],"Vehicle.Speed":[1,2,3]}`,
    `{"${x}":[1,2,3],"${x}":[5]}`,
    `{"${x}":[0]}`,
  )
  const signals = fc.oneof(columns, goodColumns).map((value) => `"signals":${value}`)
  const extra = fc.oneof(signals, pair('at', pieces.first), pair('every', pieces.every), fc.constant('"x":[{}]'))
  const good = fc.tuple(
    fc.constant('"at":1700000000000'),
    fc.oneof(pair('every', ['1', '10']), pair('every', pieces.every)),
    signals,
  )
  const burst = fc
    .tuple(good, fc.array(extra, { maxLength: 1 }))
    .chain(([good, extra]) => fc.shuffledSubarray([...good, ...extra], { minLength: 3 }))
    .map((entries) => `"burst":{${entries.join(',')}}`)
  const beside = fc.oneof(
    fc.constantFrom(
      '"samples":[{"at":1700000000001,"signals":{}}]',
      '"samples":[]',
      '"event":"sos"',
      '"burst":null',
      '"vss":"4.0"',
    ),
    burst,
  )
  let accepted = 0
  fc.assert(
    fc.property(burst, fc.array(beside, { maxLength: 2 }), (burst, beside) => {
      const bytes = Buffer.from(`{"boot":"${boot}","seq":1,${[burst, ...beside].join(',')}}`)
      const scanned = scanMessage(bytes)
      if (scanned === undefined) return
      accepted++
      const parsed = parseMessage(bytes)
      assert.equal(parsed.ok ? messageAt(parsed.value) : parsed.reason, scanned, bytes.toString())
    }),
    { numRuns: 20_000 },
  )
  assert.ok(accepted > 500, `only ${accepted} were accepted: the pieces are too odd to show a difference`)
})

test('what is no burst is refused with its reason alone, and set aside beside what is good', () => {
  for (const burst of [
    null,
    [],
    7,
    {},
    { at, every: 10 },
    { at, every: 0.5, signals: { [x]: [1] } },
    { at, every: 10, signals: { [x]: 1, y: [] } },
  ]) {
    const alone = checkMessage({ boot, seq: 0, burst })
    assert.equal(alone.ok || alone.reason, 'burst', JSON.stringify(burst))
    const beside = checkMessage({ boot, seq: 0, samples: [{ at, signals: { [x]: 1 } }], burst })
    assert.ok(beside.ok && 'samples' in beside.value)
    assert.deepEqual(beside.value.samples, [{ at, signals: { [x]: 1 } }])
    assert.deepEqual([beside.value.setAside?.at(-1)?.path, beside.value.setAside?.at(-1)?.reason], ['burst', 'form'])
  }
  const event = checkMessage({ boot, seq: 0, event: 'sos', at, burst: {} })
  assert.deepEqual(event.ok && event.value.setAside?.map(({ path, reason }) => [path, reason]), [
    ['burst', 'beside-event'],
  ])
})

test('a column that is no list and samples beyond 1,000 are set aside and counted', () => {
  const long = Array.from({ length: burstLimits.samples + 3 }, (_, index) => index)
  const parsed = checkMessage({ boot, seq: 0, burst: { at, every: 2, signals: { [x]: long, 'Vehicle.Speed': 5 } } })
  assert.ok(parsed.ok && 'samples' in parsed.value)
  assert.equal(parsed.value.samples.length, burstLimits.samples)
  assert.deepEqual(parsed.value.samples.at(-1), { at: at + 1998, signals: { [x]: 999 } })
  assert.deepEqual(parsed.value.setAside, [
    { path: 'Vehicle.Speed', reason: 'form', sample: 0, value: '5', count: 1 },
    {
      path: null,
      reason: 'too-many-samples',
      sample: 1000,
      value: `{"at":${at + 2000},"signals":{"${x}":1000}}`,
      count: 3,
    },
  ])
  const bytes = (length: number, before: number) => {
    const samples = Array.from({ length: before }, () => ({ at, signals: {} }))
    return Buffer.from(
      JSON.stringify({ boot, seq: 0, samples, burst: { at, every: 2, signals: { [x]: long.slice(0, length) } } }),
    )
  }
  assert.equal(scanMessage(bytes(999, 1)), at + 998 * 2)
  assert.equal(scanMessage(bytes(1000, 1)), undefined)
  const together = parseMessage(bytes(1000, 1))
  assert.ok(together.ok && 'samples' in together.value)
  assert.deepEqual(
    [together.value.samples.length, together.value.setAside?.[0]?.reason, together.value.setAside?.[0]?.count],
    [1000, 'too-many-samples', 1],
  )
})
