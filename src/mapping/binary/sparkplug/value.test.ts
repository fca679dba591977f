import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Branch, Tree } from '../tree.ts'
import { asideOf, nbirth, payloadOf, stored, taken, topicOf, valuesOf, type TestMetric } from './payloads.testing.ts'

const integerTypes = [
  [1, 8, true],
  [2, 16, true],
  [3, 32, true],
  [4, 64, true],
  [5, 8, false],
  [6, 16, false],
  [7, 32, false],
  [8, 64, false],
  [13, 64, false],
] as const

test('an integer of any type is the same however wide a library writes it, and one beyond its type is no value', () => {
  const metricOf = (type: number, field: string, value: bigint): Branch => {
    const number = Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    return taken({}, nbirth, payloadOf([{ name: 'n', datatype: type, [field]: number }], 0))
  }
  fc.assert(
    fc.property(
      fc.constantFrom(...integerTypes),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
      ([type, bits, isSigned], any) => {
        const value = isSigned ? BigInt.asIntN(bits, any) : BigInt.asUintN(bits, any)
        const expected = Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
        for (const width of new Set([bits, 32, 64].filter((wide) => wide >= bits)))
          for (const field of width > 32 ? ['longValue'] : ['intValue', 'longValue'])
            assert.deepEqual(valuesOf(metricOf(type, field, BigInt.asUintN(width, value))), { n: expected })
        const raw = BigInt.asUintN(32, any)
        const signed = BigInt.asIntN(32, raw)
        const fits = raw < 2n ** BigInt(bits) || (isSigned && signed < 0n && BigInt.asIntN(bits, signed) === signed)
        assert.deepEqual(asideOf(metricOf(type, 'intValue', raw)), fits ? [] : [{ name: 'n', reason: 'out-of-range' }])
      },
    ),
  )
})

test('a value that is not carried as its type says is set aside, never turned into one', () => {
  const asideWith = (datatype: number, value: TestMetric): Tree | undefined =>
    (asideOf(taken({}, nbirth, payloadOf([{ name: 'n', datatype, ...value }], 0))) as readonly Branch[])[0]?.['reason']
  assert.equal(asideWith(9, { intValue: 63 }), 'wrong-field')
  assert.equal(asideWith(9, { doubleValue: 63 }), undefined)
  assert.equal(asideWith(10, { floatValue: 63 }), undefined)
  assert.equal(asideWith(11, { intValue: 1 }), 'wrong-field')
  assert.equal(asideWith(3, { stringValue: '63' }), 'wrong-field')
  assert.equal(asideWith(12, { intValue: 63 }), 'wrong-field')
  assert.equal(asideWith(16, { intValue: 63 }), 'wrong-field')
  assert.equal(asideWith(19, { intValue: 63 }), 'no-type')
  assert.equal(asideWith(17, { stringValue: 'x' }), 'wrong-field')
  assert.equal(asideWith(23, { stringValue: 'x' }), 'wrong-field')
  assert.equal(asideWith(23, { bytesValue: 'AAAA' }), 'out-of-range')
  assert.equal(asideWith(32, { bytesValue: 'AAA=' }), 'out-of-range')
  assert.equal(asideWith(32, { bytesValue: Buffer.of(9, 0, 0, 0, 0xff).toString('base64') }), 'out-of-range')
  assert.equal(asideWith(33, { bytesValue: 'QUJD' }), 'out-of-range')
  assert.equal(asideWith(33, { bytesValue: '' }), undefined)
  assert.equal(asideWith(9, {}), 'no-value')
  assert.equal(asideWith(9, { isNull: true }), undefined)
  assert.equal(asideWith(0, { intValue: 1 }), 'no-type')
  assert.equal(asideWith(35, { intValue: 1 }), 'no-type')
  assert.equal(asideWith(20, { intValue: 1 }), 'no-type')
  const dataset = (types: readonly number[], elements: readonly Branch[]): TestMetric => ({
    datasetValue: { columns: ['x'], types, rows: [{ elements }] },
  })
  assert.equal(asideWith(16, dataset([3], [{ intValue: 1 }])), undefined)
  assert.equal(asideWith(16, dataset([3, 3], [{ intValue: 1 }])), 'out-of-range')
  assert.equal(asideWith(16, dataset([3], [])), 'out-of-range')
  assert.equal(asideWith(16, dataset([3], [{ stringValue: '1' }])), 'wrong-field')
  const untyped = asideOf(
    taken(
      {},
      nbirth,
      payloadOf(
        [
          { name: 'n', intValue: 1 },
          { alias: 1, datatype: 3, intValue: 1 },
        ],
        0,
      ),
    ),
  )
  assert.deepEqual(untyped, [
    { name: 'n', reason: 'no-type' },
    { alias: 1, reason: 'not-born' },
  ])
})

test('data sets, templates with their members, and properties are trees of their own', () => {
  const memory = {}
  const members = [{ name: 'm', alias: 1, datatype: 2, intValue: 65_532, timestamp: 5 }]
  const template = {
    isDefinition: false,
    templateRef: 'T',
    version: '1',
    parameters: [{ name: 'n', type: 7, longValue: 5 }],
    metrics: members,
  }
  const dataset = {
    numOfColumns: 2,
    columns: ['x', 'y'],
    types: [1, 12],
    rows: [{ elements: [{ intValue: 252 }, { stringValue: 's' }] }, { elements: [{}, { stringValue: 't' }] }],
  }
  const properties = {
    keys: ['Quality', 'unit', 'untyped', 'in', 'all', 'lone'],
    values: [
      { intValue: 500 },
      { type: 12, stringValue: 'km' },
      { intValue: 1 },
      { type: 20, propertysetValue: { keys: ['k'], values: [{ type: 1, intValue: 255 }] } },
      { type: 21, propertysetsValue: { propertyset: [{ keys: ['k'], values: [{ type: 11, isNull: true }] }] } },
    ],
  }
  const born = taken(
    memory,
    nbirth,
    payloadOf(
      [
        { name: 't', datatype: 19, templateValue: template },
        { name: 'd', datatype: 16, datasetValue: dataset },
        { name: 'Speed', datatype: 9, floatValue: 1, properties },
      ],
      0,
    ),
  )
  const plain = { isHistorical: false, isTransient: false }
  const told = {
    templateRef: 'T',
    version: '1',
    isDefinition: false,
    parameters: { n: 5 },
    metrics: [{ name: 'm', type: 'Int16', timestamp: 5, value: -4, ...plain }],
    setAside: [],
  }
  assert.deepEqual(valuesOf(born), {
    t: told,
    d: {
      columns: ['x', 'y'],
      rows: [
        [-4, 's'],
        [null, 't'],
      ],
    },
    Speed: 1,
  })
  assert.deepEqual((born['metrics'] as readonly Branch[])[2]?.['properties'], {
    Quality: 500,
    unit: 'km',
    in: { k: -1 },
    all: [{ k: null }],
  })
  const later = {
    ...template,
    metrics: [
      { alias: 1, intValue: 65_531, timestamp: 6 },
      { alias: 2, intValue: 1 },
    ],
    parameters: [],
  }
  assert.deepEqual(
    valuesOf(taken(stored(memory), topicOf('NDATA'), payloadOf([{ name: 't', templateValue: later }], 1))),
    {
      t: {
        ...told,
        parameters: {},
        metrics: [{ name: 'm', type: 'Int16', timestamp: 6, value: -5, ...plain }],
        setAside: [{ alias: 2, reason: 'not-born' }],
      },
    },
  )
})
