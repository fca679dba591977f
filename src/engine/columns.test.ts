import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { ColumnReader, isInColumns } from './column-reader.ts'
import { ColumnWriter } from './column-writer.ts'

const writer = new ColumnWriter()

type Rows = { readonly cells: Float64Array; readonly rows: number; readonly besides: readonly number[] }

function encoded(...all: readonly Rows[]): Uint8Array {
  writer.begin()
  for (const { cells, rows, besides } of all) writer.rows(cells, rows, besides)
  return writer.take()
}

function decoded(bytes: Uint8Array, ...all: readonly Rows[]): Float64Array[] {
  const reader = new ColumnReader(bytes)
  return all.map(({ rows, besides }) => {
    const cells = new Float64Array(rows * besides.length).fill(7)
    reader.rows(cells, rows, besides)
    return cells
  })
}

/** One column of numbers. */
const column = (numbers: readonly number[]): Rows => ({
  cells: Float64Array.from(numbers),
  rows: numbers.length,
  besides: [-1],
})

const edges = [
  0,
  -0,
  NaN,
  Infinity,
  -Infinity,
  Number.MIN_VALUE,
  -Number.MAX_VALUE,
  Number.MAX_SAFE_INTEGER,
  -Number.MAX_SAFE_INTEGER,
  2 ** 49,
  2 ** 50,
  -(2 ** 50) + 1,
  2 ** 53 + 2,
  0.1 + 0.2,
  1e-7,
  5e-8,
  1 / 3,
]
const place = fc.integer({ min: -1_800_000_000, max: 1_800_000_000 }).map((whole) => whole / 1e7)
const instant = fc.integer({ min: 1_700_000_000_000, max: 1_700_000_059_999 })
/** Columns are mostly of one kind of number, with some other ones among them. */
const kinds = [
  fc.constantFrom(...edges),
  fc.double(),
  fc.constant(NaN),
  fc.constantFrom(0, 4.5),
  fc.integer({ min: -70_000, max: 70_000 }).map((whole) => whole / 100),
  fc.maxSafeInteger(),
  place,
  instant,
] as const
const numbers = (rows: number): fc.Arbitrary<number[]> =>
  fc.constantFrom(...kinds).chain((kind) =>
    fc.array(fc.oneof({ weight: 12, arbitrary: kind }, { weight: 1, arbitrary: fc.oneof(...kinds) }), {
      minLength: rows,
      maxLength: rows,
    }),
  )
const table: fc.Arbitrary<Rows> = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 5 })).chain(([rows, fields]) =>
  fc
    .tuple(
      fc.tuple(...Array.from({ length: fields }, () => numbers(rows))),
      fc.tuple(...Array.from({ length: fields }, (_, field) => fc.integer({ min: -1, max: field - 1 }))),
      // Of some columns the numbers are those beside them, or near them.
      fc.array(fc.constantFrom('own', 'same', 'near'), { minLength: fields, maxLength: fields }),
    )
    .map(([columns, besides, how]) => {
      for (const [field, beside] of besides.entries())
        if (beside >= 0 && how[field] !== 'own')
          columns[field] = columns[beside]!.map((value, row) => (how[field] === 'near' ? value + (row % 3) : value))
      const cells = Float64Array.from(
        { length: rows * fields },
        (_, at) => columns[at % fields]![Math.floor(at / fields)]!,
      )
      return { cells, rows, besides }
    }),
)

test('any numbers are read as they were written, with all that stands before and behind them', () => {
  fc.assert(
    fc.property(fc.array(table, { maxLength: 4 }), fc.uint8Array(), fc.maxSafeInteger(), (tables, raw, count) => {
      const whole = Math.abs(count)
      writer.begin()
      writer.count(whole)
      for (const { cells, rows, besides } of tables) writer.rows(cells, rows, besides)
      writer.raw(raw)
      writer.count(5)
      const bytes = writer.take()
      assert.ok(isInColumns(bytes))
      // As a part that lies somewhere in other bytes.
      const around = new Uint8Array(bytes.length + 20).fill(0xaa)
      around.set(bytes, 7)
      const reader = new ColumnReader(around.subarray(7, 7 + bytes.length))
      assert.equal(reader.count(), whole)
      for (const { cells, rows, besides } of tables) {
        const read = new Float64Array(cells.length).fill(7)
        reader.rows(read, rows, besides)
        assert.deepEqual(read, cells)
      }
      assert.deepEqual(reader.raw(raw.length), raw)
      assert.equal(reader.count(), 5)
    }),
    { numRuns: 400 },
  )
})

test('the same rows are the same bytes, whatever was written before', () => {
  fc.assert(
    fc.property(table, table, (rows, other) => {
      const bytes = encoded(rows)
      encoded(other)
      assert.deepEqual(encoded(rows), bytes)
    }),
  )
})

test('thousands of rows are written and read', () => {
  const many = column(Array.from({ length: 6_000 }, (_, row) => (row % 7 === 0 ? NaN : Math.sqrt(row))))
  assert.deepEqual(decoded(encoded(many), many), [many.cells])
})

test('short decimals, steps and repeats take as few bits as are in them', () => {
  /** Without the mark of the part. */
  const bytesOf = (...all: readonly Rows[]): number => encoded(...all).length - 1
  const rows = Array.from({ length: 64 }, (_, row) => row)
  // Head, base and width.
  assert.equal(bytesOf(column(rows.map(() => 3))), 3)
  assert.equal(bytesOf(column(rows.map(() => 0))), 1)
  assert.equal(bytesOf(column(rows.map(() => NaN))), 1)
  // And the first value, of 41 bits.
  assert.equal(bytesOf(column(rows.map((row) => 1_700_000_000_000 + row * 1000))), 4 + 6)
  // A tenth of 0 to 6.3: six bits of each.
  assert.equal(bytesOf(column(rows.map((row) => ((row * 29) % 64) / 10))), 3 + 48)
  // A column that has numbers in every eighth row, and another one in the same rows.
  const seldom = rows.map((row) => (row % 8 === 0 ? 5 : NaN))
  assert.equal(bytesOf(column(seldom)), 3 + 8)
  assert.equal(bytesOf(column(seldom), column(seldom)), 3 + 8 + 3)
  // No short decimals: a bit for each that repeats.
  assert.equal(bytesOf(column(rows.map((row) => (row < 32 ? 1 / 3 : 1 / 7)))), 1 + 8 + 2 * 8)
  // Numbers that those of another column are.
  const both = {
    cells: Float64Array.from(rows.flatMap((row) => [1 / (row + 3), 1 / (row + 3)])),
    rows: 64,
    besides: [-1, 0],
  }
  assert.equal(bytesOf(both), 1 + 8 + 64 * 8 + 1)
})
