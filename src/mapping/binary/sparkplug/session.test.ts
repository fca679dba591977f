import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Branch, Tree } from '../tree.ts'
import { readSparkplug, type SparkplugMemory } from './session.ts'
import { asideOf, nbirth, payloadOf, reasonOf, stored, taken, topicOf, valuesOf } from './payloads.testing.ts'

const vectors = JSON.parse(
  readFileSync(new URL('../samples/sparkplug-vectors.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, readonly [birth: string, data: string]>>

const speed = { name: 'Speed', alias: 1, datatype: 9 }
const height = { name: 'Height', alias: 2, datatype: 2 }
const birth = payloadOf(
  [
    { name: 'bdSeq', datatype: 4, longValue: 7 },
    { ...speed, floatValue: 0 },
    { ...height, intValue: 0 },
  ],
  200,
)

test('every type that pysparkplug 0.6.1 writes is read by alias alone, its types in the birth', () => {
  const [born, data] = vectors['pysparkplug 0.6.1'] ?? ['', '']
  const memory = {}
  const first = taken(memory, nbirth, Buffer.from(born, 'hex'))
  const values = {
    i8: -4,
    i16: -300,
    i32: -11_500,
    i64: '-4611686018427387904',
    u8: 252,
    u16: 65_535,
    u32: 4_294_967_295,
    u64: '18446744073709551615',
    f: 63.2,
    d: -34.9055,
    b: true,
    s: 'ü',
    dt: 1_772_600_767_250,
    t: 'text',
    id: '00000000-0000-4000-8000-000000000000',
    by: 'AP8=',
    ai8: [-23, 123],
    ai16: [-30_000, 30_000],
    ai32: [-1, 315_338_746],
    ai64: ['-4270929666821191986', '-3601064768563266876'],
    au8: [23, 250],
    au16: [30, 52_360],
    au32: [52, 3_293_969_225],
    au64: [52, '16444743074749521625'],
    af: [1.23, 89.341],
    ad: [12.354213, 1022.9123213],
    ab: [false, false, true, true, false, true, false, false, true, true, false, true],
    as: ['ABC', 'hello'],
    adt: [1_256_102_875_335],
  }
  assert.deepEqual(valuesOf(first), { bdSeq: 7, ...values })
  const later = taken(stored(memory), topicOf('NDATA'), Buffer.from(data, 'hex'))
  const metrics = later['metrics'] as readonly Branch[]
  assert.deepEqual(valuesOf({ metrics: metrics.slice(0, -2) }), values)
  const plain = { isHistorical: false, isTransient: false }
  assert.deepEqual(metrics.slice(-2), [
    { name: 'i16', type: 'Int16', timestamp: 1_772_600_707_251, value: null, ...plain },
    { name: 'd', type: 'Double', timestamp: 1_772_600_707_251, value: -1.5, ...plain, isHistorical: true },
  ])
  assert.deepEqual([later['setAside'], later['seq'], later['missed'], later['rebirth']], [[], 201, 0, false])
})

test('sparkplug-payload 1.0.3, which has small numbers in 32 bits and UInt32 in 64, is read the same', () => {
  const [born, data] = vectors['sparkplug-payload 1.0.3'] ?? ['', '']
  const memory = {}
  const values = {
    i8: -4,
    i16: -300,
    i32: -11_500,
    i64: -5,
    u8: 252,
    u32: 187_654_321,
    f: 63.2,
    d: -34.9055,
    b: false,
    s: 'x',
  }
  assert.deepEqual(valuesOf(taken(memory, nbirth, Buffer.from(born, 'hex'))), {
    bdSeq: 7,
    ...values,
    dt: 1_772_600_767_250,
  })
  assert.deepEqual(valuesOf(taken(memory, topicOf('NDATA'), Buffer.from(data, 'hex'))), {
    ...values,
    dt: 1_772_600_767_250,
  })
})

test('data before their birth are refused, and say what to ask for', () => {
  const memory: SparkplugMemory = {}
  const data = payloadOf([{ alias: 1, floatValue: 63 }], 201)
  const refusal = readSparkplug(memory, topicOf('NDATA'), data)
  assert.ok(!refusal.ok)
  assert.equal(refusal.reason, 'no-birth')
  assert.match(refusal.detail, /NBIRTH of group\/node .*Node Control\/Rebirth/)
  taken(memory, nbirth, birth)
  assert.deepEqual(valuesOf(taken(memory, topicOf('NDATA'), data)), { Speed: 63 })
  const device = readSparkplug(memory, topicOf('DDATA', 'door'), payloadOf([{ alias: 1, floatValue: 1 }], 202))
  assert.ok(!device.ok)
  assert.equal(device.reason, 'no-birth')
  assert.match(device.detail, /DBIRTH of group\/node\/door/)
})

test('devices have names of their own, which end with their death, with that of their node, and with its birth', () => {
  const memory: SparkplugMemory = {}
  const door = payloadOf([{ name: 'Open', alias: 9, datatype: 11, booleanValue: false }], 201)
  const data = (seq: number): Buffer => payloadOf([{ alias: 9, booleanValue: true }], seq)
  const isKnown = (): string => reasonOf(stored(memory), topicOf('DDATA', 'door'), data(202))
  const born = (): void => {
    taken(memory, nbirth, birth)
    taken(memory, topicOf('DBIRTH', 'door'), door)
  }
  born()
  assert.deepEqual(valuesOf(taken(stored(memory), topicOf('DDATA', 'door'), data(202))), { Open: true })
  assert.equal(reasonOf(stored(memory), topicOf('DDATA', 'window'), data(202)), 'no-birth')
  // The alias of a device is not one of its node.
  assert.deepEqual(asideOf(taken(stored(memory), topicOf('NDATA'), data(202))), [{ alias: 9, reason: 'not-born' }])
  taken(memory, topicOf('DDEATH', 'door'), payloadOf([], 202))
  assert.equal(isKnown(), 'no-birth')
  born()
  taken(memory, nbirth, birth)
  assert.equal(isKnown(), 'no-birth')
  born()
  taken(memory, topicOf('NDEATH'), payloadOf([{ name: 'bdSeq', datatype: 4, longValue: 7 }]))
  assert.equal(isKnown(), 'no-birth')
  assert.equal(reasonOf(memory, topicOf('NDATA'), payloadOf([{ alias: 1, floatValue: 63 }], 203)), 'no-birth')
})

test('the death of an earlier connection means nothing', () => {
  const memory: SparkplugMemory = {}
  taken(memory, nbirth, birth)
  const death = (bdSeq: number): Buffer => payloadOf([{ name: 'bdSeq', datatype: 4, longValue: bdSeq }])
  const before = stored(memory)
  assert.equal(taken(memory, topicOf('NDEATH'), death(6))['isCurrent'], false)
  assert.deepEqual(memory, before)
  assert.equal(taken(memory, topicOf('NDEATH'), death(7))['isCurrent'], true)
  assert.deepEqual(memory, {})
})

test('what lacks between two messages is counted, round 255, and what comes late is told', () => {
  const memory: SparkplugMemory = {}
  taken(memory, nbirth, birth)
  const orderOf = (seq: number): readonly Tree[] => {
    const { missed = null, isLate = null, rebirth = null } = taken(memory, topicOf('NDATA'), payloadOf([], seq))
    return [missed, isLate, rebirth]
  }
  assert.deepEqual(orderOf(201), [0, false, false])
  assert.deepEqual(orderOf(203), [1, false, true])
  assert.deepEqual(orderOf(202), [0, true, false])
  assert.deepEqual(orderOf(204), [0, false, false])
  assert.deepEqual(orderOf(255), [50, false, true])
  assert.deepEqual(orderOf(0), [0, false, false])
  assert.deepEqual(orderOf(0), [0, true, false])
  // Data of a device that is not known are heard nevertheless.
  assert.equal(reasonOf(memory, topicOf('DDATA', 'door'), payloadOf([], 1)), 'no-birth')
  assert.deepEqual(orderOf(2), [0, false, false])
})

test('a birth that cannot be read ends what the one before it said', () => {
  const broken = Buffer.of(0x12, 0x7f)
  const data = payloadOf([{ alias: 1, floatValue: 63 }], 201)
  const memory: SparkplugMemory = {}
  taken(memory, nbirth, birth)
  assert.equal(reasonOf(memory, topicOf('NDATA'), broken), 'cut')
  assert.equal(reasonOf(stored(memory), topicOf('NDATA'), data), 'none')
  assert.equal(reasonOf(memory, nbirth, broken), 'cut')
  assert.equal(reasonOf(memory, topicOf('NDATA'), data), 'no-birth')
  taken(memory, nbirth, birth)
  taken(memory, topicOf('DBIRTH', 'door'), payloadOf([speed], 201))
  assert.equal(reasonOf(memory, topicOf('DBIRTH', 'door'), broken), 'cut')
  assert.equal(reasonOf(memory, topicOf('DDATA', 'door'), data), 'no-birth')
  assert.equal(reasonOf(memory, topicOf('NDATA'), data), 'none')
})

test('a metric that no birth has, or two claim by one alias, is set aside and the others are taken', () => {
  const memory: SparkplugMemory = {}
  const twins = [1, 2, 3].map((number) => ({ name: `Twin${number}`, alias: 5, datatype: 3, intValue: 0 }))
  taken(memory, nbirth, payloadOf([{ ...speed, floatValue: 0 }, ...twins], 0))
  const data = taken(
    memory,
    topicOf('NDATA'),
    payloadOf(
      [
        { alias: 1, floatValue: 63 },
        { alias: 5, intValue: 3 },
        { alias: 6, intValue: 4 },
        { name: 'New', intValue: 5 },
        { name: 'Typed', datatype: 3, intValue: 6 },
        { name: 'constructor', isNull: true },
      ],
      1,
    ),
  )
  assert.deepEqual(valuesOf(data), { Speed: 63, Typed: 6 })
  assert.deepEqual(asideOf(data), [
    { alias: 5, reason: 'not-born' },
    { alias: 6, reason: 'not-born' },
    { name: 'New', reason: 'not-born' },
    { name: 'constructor', reason: 'not-born' },
  ])
  assert.equal(data['rebirth'], true)
})

test('names may be any texts, also those that objects have of their own', () => {
  const memory: SparkplugMemory = {}
  const names = ['__proto__', 'constructor', 'toString', 'a/b~c']
  taken(
    memory,
    nbirth,
    payloadOf(
      names.map((name, alias) => ({ name, alias, datatype: 3, intValue: 0 })),
      0,
    ),
  )
  const data = taken(
    stored(memory),
    topicOf('NDATA'),
    payloadOf(
      names.map((_name, alias) => ({ alias, intValue: alias })),
      1,
    ),
  )
  assert.deepEqual(
    (data['metrics'] as readonly Branch[]).map(({ name, value }) => [name, value]),
    names.map((name, index) => [name, index]),
  )
  const set = (key: string): Branch => ({ keys: [key], values: [{ type: 3, intValue: 1 }] })
  const [metric] = taken(
    memory,
    topicOf('NDATA'),
    payloadOf([{ alias: 0, intValue: 1, properties: set('__proto__') }], 2),
  )['metrics'] as Branch[]
  assert.deepEqual(Object.entries(metric?.['properties'] as Branch), [['__proto__', 1]])
})

test('topics that say nothing of a vehicle, and payloads that hide their metrics, are refused', () => {
  const empty = payloadOf([])
  for (const topic of [
    'spBv1.0/STATE/host',
    topicOf('NCMD'),
    topicOf('DCMD', 'd'),
    topicOf('NBIRTH', 'd'),
    topicOf('DDATA'),
    topicOf('DDATA', 'd/e'),
    topicOf('DDATA', ''),
    'spAv1.0/group/NDATA/node',
    'spBv1.0//NDATA/node',
    'x',
    '',
  ])
    assert.equal(reasonOf({}, topic, empty), 'not-read', topic)
  assert.equal(reasonOf({}, nbirth, payloadOf([], 0, { uuid: 'SPBV1.0_COMPRESSED', body: 'AAAA' })), 'unknown-codec')
})

test('what is remembered of a node is bounded in names, their length and devices, and a birth beyond it is refused', () => {
  const metrics = (count: number, name = (index: number): string => `m${index}`): Buffer =>
    payloadOf(
      Array.from({ length: count }, (_none, index) => ({ name: name(index), datatype: 3, intValue: 0 })),
      0,
    )
  const memory: SparkplugMemory = {}
  assert.equal(reasonOf(memory, nbirth, metrics(20_000)), 'none')
  assert.equal(reasonOf(memory, topicOf('DBIRTH', 'd'), metrics(1)), 'too-many')
  assert.equal(reasonOf(memory, topicOf('NDATA'), payloadOf([{ name: 'm1', intValue: 5 }], 1)), 'none')
  assert.equal(reasonOf(memory, nbirth, metrics(20_001)), 'too-many')
  assert.equal(reasonOf(memory, topicOf('NDATA'), payloadOf([{ name: 'm1', intValue: 5 }], 1)), 'no-birth')
  assert.equal(
    reasonOf(
      {},
      nbirth,
      metrics(1, () => 'x'.repeat(400_001)),
    ),
    'too-many',
  )
  const aliases = Array.from({ length: 20_001 }, (_none, alias) => ({ name: 'm', alias, datatype: 3, intValue: 0 }))
  assert.equal(reasonOf({}, nbirth, payloadOf(aliases, 0)), 'too-many')
  const inTemplate = [{ name: 't', datatype: 19, templateValue: { metrics: aliases, parameters: [] } }]
  assert.equal(reasonOf({}, nbirth, payloadOf(inTemplate, 0)), 'too-many')
  const many: SparkplugMemory = {}
  const reasons = Array.from({ length: 258 }, (_none, index) =>
    reasonOf(many, topicOf('DBIRTH', `d${index}`), metrics(1)),
  )
  assert.deepEqual(new Set(reasons.slice(0, 256)), new Set(['none']))
  assert.deepEqual(reasons.slice(256), ['too-many', 'too-many'])
})
