// The registry as CSV: what was exported comes back, whatever it is; what spreadsheets do to files
// is read; every fault names its line and column.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { noFields, type RegistryEntry, type RegistryFields } from '../model/registry.ts'
import { vehicleKinds } from '../model/vehicle-kind.ts'
import { checkFields } from './check-fields.ts'
import { readCsv } from './read-csv.ts'
import { createCsvWriter } from './registry-csv.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const known = { groups: new Set(['north', 'south']), tariffs: new Set(['night']) }

const awkward = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.stringMatching(/^['=+@\t\r\n",; -]{1,5}a?$/),
  fc.constant("'=1+1"),
)
const orNone = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: null })
const fields: fc.Arbitrary<RegistryFields> = fc.record({
  name: orNone(awkward),
  plate: orNone(awkward),
  make: orNone(awkward),
  model: orNone(awkward),
  year: orNone(fc.integer({ min: 1885, max: 2100 })),
  kind: orNone(fc.constantFrom(...vehicleKinds)),
  vin: orNone(fc.stringMatching(/^[A-HJ-NPR-Z0-9]{17}$/)),
  notes: orNone(awkward),
  groups: fc.uniqueArray(fc.constantFrom('north', 'south')),
  tags: fc.array(awkward.map((tag) => tag.replaceAll(',', ''))),
  attributes: fc.dictionary(fc.stringMatching(/^[a-z=_]{1,9}$/), awkward),
  tariff: orNone(fc.constant('night')),
  zone: orNone(fc.constantFrom('Europe/Berlin', 'UTC')),
  hours: fc.array(
    fc
      .record({
        days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        from: fc.integer({ min: 0, max: 1440 }),
        to: fc.integer({ min: 0, max: 1440 }),
      })
      .filter(({ from, to }) => from !== to),
    { maxLength: 3 },
  ),
  archivedAt: orNone(fc.integer({ min: 0, max: 4e12 })),
})

test('an export is read as it was, and no cell of it is a formula', () => {
  fc.assert(
    fc.property(fc.array(fields, { minLength: 1, maxLength: 4 }), (given) => {
      const entries = given.flatMap((each, n): RegistryEntry[] => {
        const checked = checkFields(each, known)
        return checked.faults.length > 0
          ? []
          : [{ ...noFields, ...checked.fields, tenant: 'acme', vehicle: `car-${n}`, version: 1 }]
      })
      const names = [...new Set(entries.flatMap(({ attributes }) => Object.keys(attributes)))]
      const writer = createCsvWriter(true, names)
      const text = writer.header + entries.map((entry) => writer.line(entry)).join('')
      assert.ok(
        !parse(text)
          .flat()
          .some((cell) => /^[=+\-@\t\r]/.test(cell)),
      )
      const { lines, faults } = readCsv(bytesOf(text))
      assert.deepEqual(faults, [])
      const back = lines.map(({ vehicle, fields: read, faults: found }) => {
        assert.deepEqual(found, [])
        const checked = checkFields(read, known)
        assert.deepEqual(checked.faults, [])
        return { ...noFields, ...checked.fields, tenant: 'acme', vehicle, version: 1 }
      })
      assert.deepEqual(back, entries)
    }),
  )
})

test('whatever the bytes are, they are read or refused with a place and a remedy', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc.string().map((text) => bytesOf(`vehicle,name,year\n${text}`)),
      ),
      (bytes) => {
        const { faults, lines } = readCsv(bytes)
        for (const { line, column, message } of [...faults, ...lines.flatMap((each) => each.faults)])
          assert.ok(line >= 1 && column.length <= 60 && /[.?]$/.test(message))
      },
    ),
  )
})

test('files of spreadsheets are read: marks, encodings, separators', () => {
  const text = 'Vehicle;name;YEAR\r\ncar-1;Größe;2021\r\n\r\ncar-2;"a;b";\r\n'
  const latin = Uint8Array.from(text, (letter) => letter.charCodeAt(0))
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])
  for (const bytes of [bytesOf(text), bytesOf(`\uFEFF${text}`), latin, utf16, bytesOf(text.replaceAll(';', '\t'))]) {
    const { lines, faults } = readCsv(bytes)
    assert.deepEqual(faults, [])
    assert.deepEqual(
      lines.map(({ line, vehicle, fields: read }) => [line, vehicle, read.name?.replace('\t', ';'), read.year]),
      [
        [2, 'car-1', 'Größe', 2021],
        [4, 'car-2', 'a;b', null],
      ],
    )
  }
})

test('a fault is told with its line, its column and what to do, and the other lines are read', () => {
  const { lines } = readCsv(
    bytesOf('vehicle,year,hours\ncar-1,21,\n/,2021,\ncar-1,,x\ncar-3,2020\ncar-4,2020,12 08:00-17:00\n'),
  )
  assert.deepEqual(
    lines.flatMap(({ faults }) => faults.map(({ line, column }) => [line, column])),
    [
      [2, 'year'],
      [3, 'vehicle'],
      [4, 'hours'],
      [4, 'vehicle'],
      [5, 'hours'],
    ],
  )
  assert.deepEqual(lines[4]?.fields.hours, [{ days: [1, 2], from: 480, to: 1020 }])
  const header = readCsv(bytesOf('id,vin,vin\n1,2,3\n'))
  assert.deepEqual(
    header.faults.map(({ column }) => column),
    ['vehicle', 'id', 'vin'],
  )
  assert.match(readCsv(bytesOf('vehicle,name\ncar-1,"open')).faults[0]?.message ?? '', /quote/)
})
