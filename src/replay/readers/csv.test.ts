import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { CsvForm, Delimiter } from '../../mapping/mapping.ts'
import type { NumberedRow, Row } from '../rows.ts'
import { csvReader } from './csv.ts'

async function* inPieces(content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size)
}

async function read(content: string | Uint8Array, form: Omit<CsvForm, 'form'> = {}, size = 7): Promise<NumberedRow[]> {
  const found: NumberedRow[] = []
  for await (const row of csvReader({ form: 'csv', ...form })(inPieces(Buffer.from(content), size))) found.push(row)
  return found
}
const rows = async (content: string, form?: Omit<CsvForm, 'form'>): Promise<Row[]> =>
  (await read(content, form)).map(({ row }) => row)

test('four delimiters, any line end, a byte-order mark, and a delimiter at the end of the line', async () => {
  const table = [
    { a: '1', b: 'x y' },
    { a: '', b: '2' },
  ]
  assert.deepEqual(await rows('\ufeffa,b\r\n1,x y\r\n,2\r\n'), table)
  assert.deepEqual(await rows('a;b;\n1;x y;\n;2;\n', { delimiter: 'semicolon' }), table)
  assert.deepEqual(await rows('a\tb\n1\tx y\n\t2', { delimiter: 'tab' }), table)
  assert.deepEqual(await rows('  a   b \n 1  2\n\n3\t4\n', { delimiter: 'blank' }), [
    { a: '1', b: '2' },
    { a: '3', b: '4' },
  ])
})

test('no header, lines before it, comments, a row of units, names twice', async () => {
  assert.deepEqual(await rows('1,2\n3,4\n', { header: ['a', 'b'] }), [
    { a: '1', b: '2' },
    { a: '3', b: '4' },
  ])
  assert.deepEqual(
    await rows('"Firmware 5"\n# Start = 08:00\n#x\na,b\n1,2\n# Start = 09:00\n3,4\n', { skip: 1, comment: '#' }),
    [
      { a: '1', b: '2', '# Start': '08:00' },
      { a: '3', b: '4', '# Start': '08:00' },
    ],
  )
  assert.deepEqual(await rows('v,t\nkm/h,\n1,2\n', { unitsRow: true }), [{ 'v [km/h]': '1', t: '2' }])
  assert.deepEqual(await rows('v,v, v\n1,2,3\n'), [{ v: '1', 'v (2)': '2', 'v (3)': '3' }])
})

test('rows of kind and value become rows of named fields', async () => {
  const long = { name: 'pid', value: 'value', unit: 'unit' }
  assert.deepEqual(await rows('t,pid,value,unit\n1,speed,36,km/h\n2,gear,3,\n3,,,\n', { long }), [
    { t: '1', 'speed [km/h]': '36' },
    { t: '2', gear: '3' },
    { t: '3' },
  ])
})

test('a torn row is empty, unless rows may be short; numbers of lines are those of the file', async () => {
  assert.deepEqual(await read('# c\na,b\n1\n1,2,3\n4,5\n', { comment: '#' }), [
    { row: {}, line: 3 },
    { row: {}, line: 4 },
    { row: { a: '4', b: '5' }, line: 5 },
  ])
  assert.deepEqual(await rows('a,b\n1\n', { shortRows: true }), [{ a: '1', b: '' }])
})

test('a table that never begins, a quote that never ends and a line that never ends are errors that say what is wrong', async () => {
  await assert.rejects(read(''), { name: 'RecordingError', message: /empty/ })
  await assert.rejects(read('# only\n', { comment: '#' }), { name: 'RecordingError', message: /empty/ })
  await assert.rejects(read(`a,b\n"${'x,1\n'.repeat(400_000)}`, {}, 65_536), {
    name: 'RecordingError',
    message: /not a readable CSV file/,
  })
  await assert.rejects(read('x'.repeat(1_200_000), { comment: '#' }, 65_536), {
    name: 'RecordingError',
    message: /line 1 has more than/,
  })
})

const delimiters: Readonly<Record<Delimiter, string>> = { comma: ',', semicolon: ';', tab: '\t', blank: ' ' }
const field = fc.stringMatching(/^[A-Za-z0-9.+°é-]{1,6}$/)

test('what was written is read, whatever the delimiter and however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...(Object.keys(delimiters) as Delimiter[])),
      fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 5 }),
      fc.record({
        trailing: fc.boolean(),
        comments: fc.boolean(),
        ending: fc.constantFrom('\n', '\r\n'),
        size: fc.integer({ min: 1, max: 9 }),
      }),
      async (delimiter, table, { trailing, comments, ending, size }) => {
        const between = delimiters[delimiter]
        const lines = [['x1', 'x2', 'x3'], ...table].map((row) => row.join(between) + (trailing ? between : ''))
        const content = lines.map((line) => (comments ? `# a comment${ending}` : '') + line + ending).join('')
        const found = await read(content, { delimiter, ...(comments ? { comment: '#' } : {}) }, size)
        assert.deepEqual(
          found.map(({ row }) => Object.values(row)),
          table,
        )
      },
    ),
  )
})

test('any bytes at all give rows or one error, never anything else', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.record({
        delimiter: fc.constantFrom(...(Object.keys(delimiters) as Delimiter[])),
        skip: fc.nat(3),
        unitsRow: fc.boolean(),
      }),
      async (content, form) => {
        try {
          await read(content, form)
        } catch (error) {
          assert.equal(error instanceof Error && error.name, 'RecordingError')
        }
      },
    ),
  )
})
