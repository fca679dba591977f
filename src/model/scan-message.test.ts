// The scanner beside the parser: never a yes the parser would not give, and a yes for what cars
// send.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { messageAt } from './message-check.ts'
import { encodeMessage, parseMessage } from './message-codec.ts'
import { scanMessage } from './scan-message.ts'
import { vssSignals } from './vss.ts'

/** The event time by the parser, or undefined when it refuses. */
function parsedAt(bytes: Uint8Array): number | undefined {
  const parsed = parseMessage(bytes)
  return parsed.ok ? messageAt(parsed.value) : undefined
}

function assertAgrees(bytes: Uint8Array): void {
  const scanned = scanMessage(bytes)
  if (scanned !== undefined) assert.equal(scanned, parsedAt(bytes), Buffer.from(bytes).toString())
}

const boot = '0123456789abcdef'
const at = fc.integer({ min: 946_684_800_000, max: 4_102_444_799_999 })
const path = fc.oneof(
  fc.constantFrom(...vssSignals.map((signal) => signal.path)),
  fc.stringMatching(/^Vehicle(\.[A-Za-z0-9_]{1,8}){1,4}$/),
)
const plainText = fc.stringMatching(/^[ !#-[\]-~]{0,12}$/)
const plainValue = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
  plainText,
  fc.constant(null),
  fc.array(plainText, { maxLength: 3 }),
)
/** Whose clock it says its instant is of, and what is no such word. */
const clock = fc.constantFrom('sent', 'server', 'received', 'measured', 'gps', null)
const sample = fc.record(
  { at, signals: fc.dictionary(path, plainValue, { maxKeys: 6 }), clock },
  { requiredKeys: ['at', 'signals'] },
)
const message = fc.record({
  boot: fc.constant(boot),
  seq: fc.maxSafeNat(),
  samples: fc.array(sample, { minLength: 1, maxLength: 4 }),
})

test('messages of samples in plain ASCII are known at once, with the newest instant', () => {
  fc.assert(
    fc.property(message, fc.nat(2), (message, indent) => {
      const bytes = Buffer.from(JSON.stringify(message, undefined, indent))
      const isShort = message.seq < 1e15
      if (isShort || scanMessage(bytes) !== undefined)
        assert.equal(scanMessage(bytes), Math.max(...message.samples.map((sample) => sample.at)), bytes.toString())
      assertAgrees(bytes)
    }),
    { numRuns: 2000 },
  )
})

test('a number with an exponent of three digits is left to the parser', () => {
  const scanned = (number: string): number | undefined =>
    scanMessage(
      Buffer.from(`{"boot":"${boot}","seq":0,"samples":[{"at":1700000000000,"signals":{"Vehicle.Speed":${number}}}]}`),
    )
  for (const number of ['1e99', '1E-99', '1.5e+07']) assert.equal(scanned(number), 1_700_000_000_000, number)
  for (const number of ['1e100', '1E-100', '1e+007', '1e131000']) assert.equal(scanned(number), undefined, number)
})

test('every path of the catalogue is a path to the scanner', () => {
  for (const { path } of vssSignals)
    assert.equal(
      scanMessage(encodeMessage({ boot, seq: 0, samples: [{ at: 1_700_000_000_000, signals: { [path]: null } }] })),
      1_700_000_000_000,
    )
})

test('whatever bytes of a message are changed, doubled or cut out, the scanner never accepts more than the parser', () => {
  const edit = fc.record({
    kind: fc.constantFrom('set', 'cut', 'double'),
    at: fc.nat(),
    length: fc.integer({ min: 1, max: 30 }),
    byte: fc.nat(255),
  })
  const marks = [...Buffer.from('"\\{}[],:.-+0eE19ntf \n\u007f')]
  fc.assert(
    fc.property(
      message,
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(...marks),
      fc.boolean(),
      (message, edits, mark, usesMark) => {
        let bytes = Buffer.from(JSON.stringify(message))
        for (const { kind, at, length, byte } of edits) {
          const start = at % bytes.length
          const end = Math.min(start + length, bytes.length)
          if (kind === 'set') bytes[start] = usesMark ? mark : byte
          else if (kind === 'cut') bytes = Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)])
          else bytes = Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)])
          if (bytes.length === 0) bytes = Buffer.from('{')
        }
        assertAgrees(bytes)
      },
    ),
    { numRuns: 20_000 },
  )
})

test('pieces of messages in any arrangement: keys twice, values of all kinds, odd numbers', () => {
  const numbers =
    '0 -0 01 1. .5 1e5 1E+5 1e - 1e400 1700000000000 1700000000000.0 946684799999 4102444800000 9007199254740993'
  const others = `true false null nul "" "x" "\\u0041" "é" "\t" "${boot}" "${boot.toUpperCase()}" {"invalid":"x"} {} []`
  const number = fc.constantFrom(...numbers.split(' '))
  const value: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      number,
      fc.constantFrom(...others.split(' ')),
      fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
      fc
        .array(fc.tuple(fc.constantFrom('at', 'signals', 'Vehicle.Speed', 'x', '__proto__'), tie('value')), {
          maxLength: 3,
        })
        .map(objectOf),
    ),
  })).value
  const paths = fc.constantFrom(...'Vehicle.Speed Vehicle.A.B Vehicle Vehicle. Vehicle.A..B Speed __proto__'.split(' '))
  const reading = fc.tuple(fc.constant('Vehicle.Speed'), fc.constantFrom('1', '"x"', 'null', '["x"]'))
  const signals = fc
    .array(fc.oneof({ arbitrary: reading, weight: 4 }, fc.tuple(paths, value)), { maxLength: 3 })
    .map(objectOf)
  const instant = fc.constantFrom('1700000000000', '1700000000001', '1600000000000.0', '946684799999')
  const entry = fc.oneof(
    fc.tuple(fc.constant('at'), fc.oneof(instant, value)),
    fc.tuple(fc.constant('signals'), fc.oneof(signals, value)),
    fc.tuple(fc.constant('clock'), fc.oneof(fc.constantFrom('"received"', '"gps"'), value)),
    fc.tuple(fc.constant('x'), value),
  )
  const samples = fc
    .array(fc.array(entry, { maxLength: 4 }).map(objectOf), { maxLength: 3 })
    .map((items) => `[${items.join(' , ')}]`)
  const good = fc.array(fc.tuple(instant, signals), { minLength: 1, maxLength: 2 })
  const goodSamples = good.map(
    (items) => `[${items.map(([at, signals]) => `{"at":${at},"signals":${signals}}`).join(',')}]`,
  )
  const extra = fc.oneof(
    fc.tuple(fc.constantFrom('boot', 'seq', 'samples', 'event', 'x', '__proto__', 'bootx', 'Boot'), value),
    fc.tuple(fc.constant('samples'), fc.oneof(samples, goodSamples)),
    fc.tuple(fc.constant('boot'), fc.constant('"fedcba9876543210"')),
  )
  const base = fc.tuple(
    fc.constant(['boot', `"${boot}"`] as const),
    fc.tuple(fc.constant('seq'), fc.oneof(fc.constantFrom('0', '12'), number)),
    fc.tuple(fc.constant('samples'), fc.oneof({ arbitrary: goodSamples, weight: 3 }, samples)),
  )
  const shuffled = fc
    .tuple(base, fc.array(extra, { maxLength: 2 }))
    .chain(([base, extras]) => fc.shuffledSubarray([...base, ...extras], { minLength: base.length + extras.length }))
  let accepted = 0
  fc.assert(
    fc.property(shuffled, (fields) => {
      const bytes = Buffer.from(objectOf(fields))
      if (scanMessage(bytes) !== undefined) accepted++
      assertAgrees(bytes)
    }),
    { numRuns: 20_000 },
  )
  assert.ok(accepted > 500, `only ${accepted} were accepted: the pieces are too odd to show a difference`)
})

const objectOf = (entries: readonly (readonly [string, string])[]): string =>
  `{${entries.map(([key, value]) => `"${key}" :${value}`).join(',')}}`

test('limits are the parser’s: too many samples or signals, too long a path, too large a message', () => {
  const one = { at: 1_700_000_000_000, signals: {} }
  const many = (count: number) => ({ boot, seq: 1, samples: Array.from({ length: count }, () => one) })
  const wide = (count: number) => ({
    boot,
    seq: 1,
    samples: [
      { at: one.at, signals: Object.fromEntries(Array.from({ length: count }, (_, n) => [`Vehicle.S${n}`, n])) },
    ],
  })
  const long = (chars: number) => ({
    boot,
    seq: 1,
    samples: [{ at: one.at, signals: { [`Vehicle${'.abcdefghi'.repeat(16)}`.slice(0, chars)]: 1 } }],
  })
  for (const [within, beyond] of [
    [many(1000), many(1001)],
    [wide(500), wide(501)],
    [long(167), { ...many(1), pad: 'x'.repeat(256 * 1024) }],
    [{ ...many(1), pad: [[[[[[[[]]]]]]]] }, many(0)],
  ]) {
    assert.equal(scanMessage(Buffer.from(JSON.stringify(within))), one.at)
    assert.equal(scanMessage(Buffer.from(JSON.stringify(beyond))), undefined)
    assertAgrees(Buffer.from(JSON.stringify(beyond)))
  }
})
