import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBinary, teltonikaPacketBytes } from '../decode-binary.ts'
import { encodeFrame, sealFrame, type TestCodec, type TestRecord } from '../encoders.testing.ts'
import { exact, type Branch, type Tree } from '../tree.ts'
import { answerToLogin, answerToRecords } from './answers.ts'

const treeOf = (bytes: Uint8Array): Branch => {
  const decoded = decodeBinary('teltonika', bytes)
  assert.ok(decoded.ok, JSON.stringify(decoded))
  return decoded.value.tree
}
const reasonOf = (bytes: Uint8Array): string => {
  const decoded = decodeBinary('teltonika', bytes)
  return decoded.ok ? 'none' : decoded.reason
}
const hex = (text: string): Buffer => Buffer.from(text, 'hex')

const nowhere = { priority: 1, longitude: 0, latitude: 0, altitude: 0, angle: 0, satellites: 0, speed: 0 }
const io = (bytes: number, value: number): Branch => ({ bytes, unsigned: value, signed: value })

// The examples of the maker's wiki; alim-zanibekov/teltonika (Go, 1465a60) reads the same of them.
test("the maker's examples of codec 8, 8 Extended and 16 are read", () => {
  assert.deepEqual(
    treeOf(
      hex(
        '000000000000003608010000016B40D8EA30010000000000000000000000000000000105021503010101425E0F01F10000601A014E0000000000000000010000C7CF',
      ),
    ),
    {
      codec: '8',
      records: [
        {
          timestamp: 1_560_161_086_000,
          ...nowhere,
          eventIo: 1,
          io: { 21: io(1, 3), 1: io(1, 1), 66: io(2, 24_079), 241: io(4, 24_602), 78: io(8, 0) },
        },
      ],
    },
  )
  assert.deepEqual(
    treeOf(
      hex(
        '000000000000004A8E010000016B412CEE000100000000000000000000000000000000010005000100010100010011001D00010010015E2C880002000B000000003544C87A000E000000001DD7E06A00000100002994',
      ),
    ),
    {
      codec: '8E',
      records: [
        {
          timestamp: 1_560_166_592_000,
          ...nowhere,
          eventIo: 1,
          io: { 1: io(1, 1), 17: io(2, 29), 16: io(4, 22_949_000), 11: io(8, 893_700_218), 14: io(8, 500_686_954) },
        },
      ],
    },
  )
  const third = { ...nowhere, priority: 0, generation: 5, eventIo: 11 }
  assert.deepEqual(
    treeOf(
      hex(
        '000000000000005F10020000016BDBC7833000000000000000000000000000000000000B05040200010000030002000B00270042563A00000000016BDBC7871800000000000000000000000000000000000B05040200010000030002000B00260042563A00000200005FB3',
      ),
    ),
    {
      codec: '16',
      records: [
        { timestamp: 1_562_760_414_000, ...third, io: { 1: io(1, 0), 3: io(1, 0), 11: io(2, 39), 66: io(2, 22_074) } },
        { timestamp: 1_562_760_415_000, ...third, io: { 1: io(1, 0), 3: io(1, 0), 11: io(2, 38), 66: io(2, 22_074) } },
      ],
    },
  )
})

test('elements of any length of codec 8 Extended are told in hex, and as text where they are text', () => {
  const [, record] = treeOf(
    hex(
      '00000000000000A98E020000017357633410000F0DC39B2095964A00AC00F80B00000000000B000500F00100150400C800004501007156000500B5000500B600040018000000430FE00044011B000100F10000601B000000000000017357633BE1000F0DC39B2095964A00AC00F80B000001810001000000000000000000010181002D11213102030405060708090A0B0C0D0E0F104545010ABC212102030405060708090A0B0C0D0E0F10020B010AAD020000BF30',
    ),
  )['records'] as readonly Branch[]
  assert.deepEqual(record, {
    timestamp: 1_594_898_988_001,
    priority: 0,
    longitude: 25.2560283,
    latitude: 54.667425,
    altitude: 172,
    angle: 248,
    satellites: 11,
    speed: 0,
    eventIo: 385,
    io: {
      385: {
        bytes: 45,
        hex: '11213102030405060708090a0b0c0d0e0f104545010abc212102030405060708090a0b0c0d0e0f10020b010aad',
      },
    },
  })
  const texts = treeOf(
    encodeFrame('8E', [
      recordOf({
        io: [
          [256, Buffer.from('A VIN')],
          [257, Buffer.of()],
          [258, Buffer.of(0x41, 0, 0x42)],
        ],
      }),
    ]),
  )
  assert.deepEqual((texts['records'] as readonly Branch[])[0]?.['io'], {
    256: { bytes: 5, hex: '412056494e', text: 'A VIN' },
    257: { bytes: 0, hex: '' },
    258: { bytes: 3, hex: '410042' },
  })
})

const recordOf = (part: Partial<TestRecord>): TestRecord => ({
  timestamp: 1_772_600_767_250n,
  ...nowhere,
  eventIo: 0,
  generation: 0,
  io: [],
  ...part,
})

const codecs = ['8', '8E', '16'] as const

const records = (codec: TestCodec): fc.Arbitrary<readonly TestRecord[]> => {
  const id = fc.nat(codec === '8' ? 255 : 65_535)
  const ofWidth = (width: number) => fc.tuple(id, fc.uint8Array({ minLength: width, maxLength: width }))
  const anyLength = fc.tuple(id, fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constant(new Uint8Array(300))))
  const element = fc.oneof(ofWidth(1), ofWidth(2), ofWidth(4), ofWidth(8), ...(codec === '8E' ? [anyLength] : []))
  return fc.array(
    fc.record({
      timestamp: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      priority: fc.nat(255),
      longitude: fc.integer(),
      latitude: fc.integer(),
      altitude: fc.integer({ min: -32_768, max: 32_767 }),
      angle: fc.nat(65_535),
      satellites: fc.nat(255),
      speed: fc.nat(65_535),
      eventIo: id,
      generation: fc.nat(255),
      io: fc.uniqueArray(element, { selector: ([number]) => number, maxLength: 12 }),
    }),
    { maxLength: 4 },
  )
}

function elementOf(value: Uint8Array): Tree {
  const bytes = value.length
  if (![1, 2, 4, 8].includes(bytes)) {
    const text = Buffer.from(value).toString('latin1')
    return { bytes, hex: Buffer.from(value).toString('hex'), ...(/^[ -~]+$/.test(text) ? { text } : {}) }
  }
  const unsigned = value.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  return { bytes, unsigned: exact(unsigned), signed: exact(BigInt.asIntN(bytes * 8, unsigned)) }
}

for (const codec of codecs)
  test(`what is written in codec ${codec} is read back, west and south and below zero as well`, () => {
    fc.assert(
      fc.property(records(codec), (written) => {
        assert.deepEqual(treeOf(encodeFrame(codec, written)), {
          codec,
          records: written.map(({ io: elements, generation, timestamp, longitude, latitude, ...rest }) => ({
            ...rest,
            ...(codec === '16' ? { generation } : {}),
            timestamp: exact(timestamp),
            longitude: longitude / 1e7,
            latitude: latitude / 1e7,
            io: Object.fromEntries(elements.map(([id, value]) => [id, elementOf(value)])),
          })),
        })
      }),
      { numRuns: 200 },
    )
  })

test('a frame that is not whole, or of which any bit is wrong, tells nothing', () => {
  for (const codec of codecs) {
    const frame = encodeFrame(codec, [
      recordOf({ longitude: -561_913_000, io: [[16, Buffer.of(1, 2, 3, 4)]] }),
      recordOf({}),
    ])
    for (let length = 0; length < frame.length; length++) assert.equal(reasonOf(frame.subarray(0, length)), 'cut')
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const damaged = Buffer.from(frame)
      damaged[bit >> 3]! ^= 1 << (bit & 7)
      assert.notEqual(reasonOf(damaged), 'none')
    }
    assert.equal(reasonOf(Buffer.concat([frame, Buffer.of(0)])), 'malformed')
  }
})

test('a wrong checksum, counts that differ and codecs without records have reasons of their own', () => {
  const frame = encodeFrame('8', [recordOf({})])
  const wrong = Buffer.from(frame)
  wrong[20]! ^= 1
  assert.equal(reasonOf(wrong), 'wrong-checksum')
  const record = recordOf({ io: [[1, Buffer.of(1)]] })
  assert.equal(reasonOf(encodeFrame('8', [record], [1, 2])), 'wrong-count')
  assert.equal(reasonOf(encodeFrame('8', [record], [2, 2])), 'wrong-count')
  assert.equal(reasonOf(encodeFrame('8', [record, record], [1, 1])), 'wrong-count')
  assert.equal(reasonOf(sealFrame(Buffer.of(0x08, 0, 0))), 'none')
  assert.equal(reasonOf(sealFrame(Buffer.of(0x08, 0, 0, 0))), 'wrong-count')
  assert.equal(reasonOf(sealFrame(Buffer.of())), 'wrong-count')
  // The second count of elements says more than there are, within a frame that is right by its
  // checksum.
  for (const codec of codecs) {
    const frameOf = (count: number) =>
      withByte(encodeFrame(codec, [record]), 10 + 24 + { '8': 1, '8E': 3, '16': 3 }[codec], count)
    assert.equal(reasonOf(frameOf(1)), 'none')
    assert.equal(reasonOf(frameOf(2)), 'wrong-count')
    assert.equal(reasonOf(frameOf(0)), 'wrong-count')
  }
  assert.equal(reasonOf(hex('000000000000000F0C010500000007676574696E666F0100004312')), 'unknown-codec')
})

/** The frame with another byte, and the checksum that belongs to it. */
const withByte = (frame: Buffer, at: number, value: number): Buffer => {
  const data = Buffer.from(frame.subarray(8, -4))
  data[at - 8] = value
  return sealFrame(data)
}

test('a login tells the IMEI; one that is none is refused', () => {
  const login = Buffer.concat([Buffer.of(0, 15), Buffer.from('861230000000007')])
  assert.deepEqual(treeOf(login), { imei: '861230000000007' })
  assert.equal(reasonOf(login.subarray(0, 16)), 'cut')
  assert.equal(reasonOf(Buffer.concat([Buffer.of(0, 15), Buffer.from('86123000000000x')])), 'malformed')
  assert.equal(reasonOf(Buffer.concat([Buffer.of(0, 14), Buffer.from('86123000000000')])), 'malformed')
  assert.equal(reasonOf(Buffer.from('GET / HTTP/1.1\r\n')), 'malformed')
})

test('packets of a connection are told apart however it is cut; what begins none ends it', () => {
  const packets = [
    Buffer.concat([Buffer.of(0, 15), Buffer.from('861230000000007')]),
    encodeFrame('8', [recordOf({})]),
    encodeFrame('8E', [recordOf({ io: [[256, Buffer.from('A VIN')]] })]),
  ]
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 })), (sizes) => {
      const stream = Buffer.concat(packets)
      const found: Buffer[] = []
      let held = Buffer.of()
      let at = 0
      for (const size of [...sizes, stream.length]) {
        held = Buffer.concat([held, stream.subarray(at, at + size)])
        at += size
        for (;;) {
          const length = teltonikaPacketBytes(held)
          assert.ok(length.ok)
          if (length.value === undefined || held.length < length.value) break
          found.push(held.subarray(0, length.value))
          held = held.subarray(length.value)
        }
      }
      assert.deepEqual(found, packets)
    }),
  )
  assert.equal(teltonikaPacketBytes(Buffer.from('GE')).ok, false)
  assert.equal(teltonikaPacketBytes(hex('0000000000010001')).ok, false)
  assert.equal(teltonikaPacketBytes(hex('0000000100000001')).ok, false)
  assert.deepEqual(teltonikaPacketBytes(hex('0000000000010000')), { ok: true, value: 65_548 })
})

test('a login is answered with a byte, records with how many are stored', () => {
  assert.deepEqual(answerToLogin(true), Uint8Array.of(1))
  assert.deepEqual(answerToLogin(false), Uint8Array.of(0))
  assert.deepEqual(answerToRecords(2), Uint8Array.of(0, 0, 0, 2))
  assert.deepEqual(answerToRecords(0), Uint8Array.of(0, 0, 0, 0))
  assert.deepEqual(answerToRecords(255), Uint8Array.of(0, 0, 0, 255))
})
