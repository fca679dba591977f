import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBinary } from '../decode-binary.ts'
import { rebirthAt, rebirthBy, rebirthDueAt, reorderTimeoutMs, type Rebirth } from './rebirth.ts'
import { rebirthCommand } from './rebirth-command.ts'
import { readSparkplug, type SparkplugMemory } from './session.ts'
import { nbirth, payloadOf, stored, topicOf, type TestMetric } from './payloads.testing.ts'

const at = 1_772_600_000_000
const speed: TestMetric = { name: 'Speed', alias: 1, datatype: 9, floatValue: 1 }
const byAlias = (alias: number): TestMetric => ({ alias, floatValue: 2 })

function take(memory: SparkplugMemory, topic: string, bytes: Uint8Array, receivedAt = at): Rebirth['is'] | undefined {
  return rebirthBy(memory, topic, readSparkplug(memory, topic, bytes), receivedAt)?.is
}

const data = (memory: SparkplugMemory, seq: number, receivedAt = at): Rebirth['is'] | undefined =>
  take(memory, topicOf('NDATA'), payloadOf([byAlias(1)], seq), receivedAt)

/** A node that was born with the alias 1, at seq 0. */
function born(): SparkplugMemory {
  const memory: SparkplugMemory = {}
  assert.equal(take(memory, nbirth, payloadOf([speed], 0)), 'heard')
  return memory
}

test('data before the birth, of a device that was not born or by an unknown alias, need a rebirth of their node at once', () => {
  const topic = topicOf('DDATA', 'car')
  const memory: SparkplugMemory = {}
  const node = { group: 'group', node: 'node', is: 'needed' }
  for (const unborn of [topicOf('NDATA'), topic])
    assert.deepEqual(rebirthBy(memory, unborn, readSparkplug(memory, unborn, payloadOf([byAlias(1)], 1)), at), node)
  const known = born()
  assert.equal(data(known, 1), undefined)
  assert.equal(take(known, topicOf('NDATA'), payloadOf([byAlias(1), byAlias(9)], 2)), 'needed')
  assert.equal(take(known, topic, payloadOf([byAlias(1)], 3)), 'needed')
  assert.equal(take(known, topicOf('DBIRTH', 'car'), payloadOf([speed], 4)), undefined)
  assert.equal(take(known, topic, payloadOf([byAlias(1)], 5)), undefined)
})

test('what no rebirth would mend asks for none: a payload that cannot be read, a type that is not known, deaths, other topics', () => {
  const memory = born()
  assert.equal(take(memory, topicOf('NDATA'), Buffer.from('no protobuf')), undefined)
  assert.equal(take(memory, topicOf('NDATA'), payloadOf([{ name: 'Own', datatype: 99, intValue: 1 }], 1)), undefined)
  assert.equal(take(memory, 'spBv1.0/STATE/host', Buffer.from('{}')), undefined)
  assert.equal(take(memory, topicOf('NDEATH'), payloadOf([])), undefined)
  assert.equal(data(memory, 2), 'needed')
})

test('a hole in seq is waited for, and needs a rebirth only where what lacks has not come in time', () => {
  let memory = born()
  assert.equal(data(memory, 1), undefined)
  assert.equal(data(memory, 4, at + 10), undefined)
  memory = stored(memory)
  assert.equal(rebirthDueAt(memory), at + 10 + reorderTimeoutMs)
  assert.equal(data(memory, 3, at + 20), undefined)
  assert.equal(rebirthDueAt(memory), at + 10 + reorderTimeoutMs)
  assert.equal(rebirthAt(memory, at + 9 + reorderTimeoutMs), undefined)
  const node = { group: 'group', node: 'node', is: 'needed' }
  assert.deepEqual(rebirthAt(memory, at + 10 + reorderTimeoutMs), node)
  assert.deepEqual([rebirthAt(memory, at + 10 + reorderTimeoutMs), rebirthDueAt(memory)], [undefined, Infinity])
  // Or the next message finds it due.
  assert.equal(data(memory, 6, at + 30), undefined)
  assert.equal(data(memory, 7, at + 30 + reorderTimeoutMs), 'needed')
})

test('what came after all, whatever it is, and a new birth leave nothing to wait for', () => {
  const memory = born()
  data(memory, 3)
  assert.equal(data(memory, 2), undefined)
  assert.equal(take(memory, topicOf('DBIRTH', 'car'), payloadOf([speed], 1)), undefined)
  assert.deepEqual([rebirthDueAt(memory), memory.lack], [Infinity, undefined])
  data(memory, 9)
  assert.ok(rebirthDueAt(memory) < Infinity)
  assert.equal(take(memory, nbirth, payloadOf([speed], 0)), 'heard')
  assert.equal(rebirthDueAt(memory), Infinity)
})

test('messages in any order need a rebirth exactly where one of them does not come within the time, and what lacks is bounded', () => {
  const count = 60
  const anyOrder = fc.record({
    // Moved by a few places; and some that never come, none of them the last.
    shifts: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: count, maxLength: count }),
    lost: fc.uniqueArray(fc.integer({ min: 1, max: count - 2 }), { maxLength: 5 }),
    first: fc.integer({ min: 0, max: 255 }),
  })
  fc.assert(
    fc.property(anyOrder, ({ shifts, lost, first }) => {
      const memory: SparkplugMemory = {}
      take(memory, nbirth, payloadOf([speed], first))
      const numbers = Array.from({ length: count }, (_, index) => index + 1).filter((number) => !lost.includes(number))
      const order = numbers.toSorted((one, other) => one + shifts[one - 1]! - (other + shifts[other - 1]!))
      for (const [index, number] of order.entries())
        assert.equal(data(memory, (first + number) % 256, at + index), undefined)
      assert.ok((memory.lack?.seqs.length ?? 0) <= lost.length)
      const isNeeded = rebirthAt(memory, at + count + reorderTimeoutMs) !== undefined
      assert.equal(isNeeded, lost.length > 0)
    }),
  )
})

test('the command is one of Sparkplug B: to the node, with the one metric true, its instants and no seq', () => {
  for (const instant of [0, 127, 128, at, Number.MAX_SAFE_INTEGER]) {
    const { topic, payload } = rebirthCommand({ group: 'fleet', node: 'car7' }, instant)
    assert.equal(topic, 'spBv1.0/fleet/NCMD/car7')
    const read = decodeBinary('sparkplug-b', payload)
    assert.ok(read.ok)
    const { seq, timestamp, metrics } = read.value.tree
    assert.deepEqual([seq, Number(timestamp)], [undefined, instant])
    const [metric, ...more] = metrics as readonly Record<string, unknown>[]
    assert.deepEqual(
      [metric!['name'], metric!['datatype'], metric!['booleanValue'], Number(metric!['timestamp'])],
      ['Node Control/Rebirth', 11, true, instant],
    )
    assert.deepEqual(more, [])
  }
})
