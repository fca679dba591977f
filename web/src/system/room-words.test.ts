import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RoomReport, StoreRoom } from '../../../src/api/contract.ts'
import { elsewhereWords, fullLogWords, isEmpty, keptWords, measureWords, restWords, sumOf } from './room-words.ts'

const dayMs = 86_400_000
const store = (more: Partial<StoreRoom>): StoreRoom => ({
  part: 'log',
  kind: 'topic',
  name: 'telemetry',
  bytes: 7_000,
  bytesPerDay: 1_000,
  bytesPerDayPerCar: 100,
  isSteady: true,
  retention: { keptMs: 7 * dayMs, bytesMax: 20e9, settings: ['ROADSTREAM_LOG_RETENTION'] },
  unknown: null,
  ...more,
})
const unknown = { bytes: null, bytesPerDay: null, bytesPerDayPerCar: null, isSteady: null }
const forEver = { keptMs: null, bytesMax: null, settings: [] }
const report: RoomReport = {
  measuredMs: dayMs,
  measuredMsLeast: 900_000,
  cars: 1434,
  stores: [],
  disks: [],
  logs: [],
  elsewhere: [],
}

test('a sum is of what is known, says that something is not, and is no zero where nothing is', () => {
  assert.deepEqual(sumOf([store({}), store({ bytesPerDayPerCar: 7 })]), {
    bytes: 14_000,
    bytesPerDay: 2_000,
    bytesPerDayPerCar: 107,
    isPartial: false,
  })
  assert.deepEqual(sumOf([store({}), store({ ...unknown, unknown: 'kafka' })]), {
    bytes: 7_000,
    bytesPerDay: 1_000,
    bytesPerDayPerCar: 100,
    isPartial: true,
  })
  const none = { bytes: null, bytesPerDay: null, bytesPerDayPerCar: null }
  assert.deepEqual(sumOf([store({ ...unknown, unknown: 'kafka' })]), { ...none, isPartial: true })
  assert.deepEqual(sumOf([]), { ...none, isPartial: false })
})

test('a store is empty where that is known alone', () => {
  assert.ok(isEmpty(store({ bytes: 0, bytesPerDay: 0 })))
  assert.ok(isEmpty(store({ bytes: 0, bytesPerDay: null, unknown: 'measuring' })))
  assert.ok(!isEmpty(store({ bytes: 0 })), 'all that came was dropped')
  assert.ok(!isEmpty(store(unknown)))
})

test('how long it is kept is told by time and size, and for ever where neither bounds it', () => {
  assert.equal(keptWords(store({})), '7 d, at most 20 GB')
  assert.equal(keptWords(store({ kind: 'table', retention: forEver })), 'for ever')
  assert.equal(keptWords(store({ kind: 'write-log', retention: { ...forEver, bytesMax: 268e6 } })), 'at most 268 MB')
  assert.equal(keptWords(store({ kind: 'state', retention: forEver })), 'while it is needed')
  assert.equal(keptWords(store({ kind: 'free', retention: forEver })), '')
})

test('until rates are known it is told when they will be', () => {
  assert.match(measureWords({ ...report, measuredMs: 300_000 }), /known after 15 min.*5 min so far/)
  assert.match(measureWords(report), /last 1 d.*1,434 in that time/)
  assert.match(measureWords({ ...report, cars: null }), /is not known/)
})

test('a disk that is not known to be filled is told with the reason', () => {
  assert.equal(restWords({ why: 'unknown', bytesToCome: null }), 'not known yet')
  assert.match(restWords({ why: 'rests', bytesToCome: 40e9 }), /never.*40 GB more/)
  assert.match(restWords({ why: 'rests', bytesToCome: 0 }), /never.*all is at its retention/)
  assert.match(restWords({ why: 'years', bytesToCome: null }), /ten years/)
})

test('a log that will take nothing more is told with the day and the setting, and no other', () => {
  const rests = { fullAt: null, why: 'rests', bytesToCome: 5 } as const
  const logs = [
    { part: 'log', bytes: 1e9, bytesMax: 64e9, ...rests },
    { part: 'derived', bytes: 60e9, bytesMax: 64e9, fullAt: 1_800_000_000_000, why: null, bytesToCome: 9e9 },
  ] as const
  const words = fullLogWords({ logs }, 1_800_000_000_000 - 3 * dayMs)
  assert.equal(words.length, 1)
  assert.match(words[0] ?? '', /jobs derived.*64 GB.*in 3 d.*ROADSTREAM_LOG_MAX/)
  assert.match(fullLogWords({ logs }, 1_800_000_000_000)[0] ?? '', /now/)
})

test('what others keep is told by whom', () => {
  assert.deepEqual(elsewhereWords(report), [])
  const words = elsewhereWords({
    elsewhere: [
      { part: 'log', at: 'kafka' },
      { part: 'derived', at: 'kafka' },
      { part: 'tables', at: 'postgres' },
    ],
  })
  assert.equal(words.length, 2)
  assert.match(words[0] ?? '', /brokers/)
  assert.match(words[1] ?? '', /its disk.*not known/)
})
