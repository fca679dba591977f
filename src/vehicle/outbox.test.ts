import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { uplinkStreams, type UplinkStream } from '../model/topic.ts'
import { VehicleOutbox, type OutboxEntry } from './outbox.ts'

const boot = '0123456789abcdef'
const importance: readonly UplinkStream[] = ['critical', 'result', 'event', 'session', 'snapshot', 'telemetry']
const limits = { messagesMax: 8, bytesMax: 400 }

const put = (outbox: VehicleOutbox, stream: UplinkStream, seq: number, bytes = 10): string =>
  outbox.put(stream, boot, seq, 'x'.repeat(bytes), bytes)
const nameOf = ({ stream, seq }: { stream: UplinkStream; seq: number }): string => `${stream} ${seq}`

test('critical messages overtake bulk, and each stream keeps its order', () => {
  const outbox = new VehicleOutbox(limits)
  put(outbox, 'telemetry', 0)
  put(outbox, 'telemetry', 1)
  put(outbox, 'event', 0)
  put(outbox, 'critical', 0)
  const order = Array.from({ length: 4 }, () => nameOf(outbox.take(10)!.entry))
  assert.deepEqual(order, ['critical 0', 'event 0', 'telemetry 0', 'telemetry 1'])
})

test('a full buffer drops the oldest telemetry first, and never a critical message for telemetry', () => {
  const outbox = new VehicleOutbox(limits)
  for (let seq = 0; seq < 4; seq++) put(outbox, 'telemetry', seq)
  for (let seq = 0; seq < 4; seq++) assert.equal(put(outbox, 'critical', seq), 'queued')
  assert.equal(put(outbox, 'critical', 4), 'displaced')
  assert.deepEqual([...outbox.pending()].map(nameOf).slice(0, 3), ['telemetry 1', 'telemetry 2', 'telemetry 3'])
  for (let seq = 5; seq < 8; seq++) put(outbox, 'critical', seq)
  assert.equal(put(outbox, 'telemetry', 4), 'displaced')
  assert.deepEqual([...new Set([...outbox.pending()].map(({ stream }) => stream))], ['critical'])
  assert.equal(outbox.dropped, 5)
})

test('a message larger than the whole buffer is dropped alone', () => {
  const outbox = new VehicleOutbox(limits)
  put(outbox, 'telemetry', 0)
  assert.equal(put(outbox, 'critical', 0, 401), 'displaced')
  assert.deepEqual([...outbox.pending()].map(nameOf), ['telemetry 0'])
})

test('telemetry in flight gives way to a critical message when nothing else can, and its late acknowledgement still counts', () => {
  const outbox = new VehicleOutbox({ messagesMax: 1, bytesMax: 400 })
  put(outbox, 'telemetry', 0)
  const { packetId } = outbox.take(10)!.entry
  assert.equal(put(outbox, 'critical', 0), 'displaced')
  assert.deepEqual([outbox.dropped, outbox.acknowledged, outbox.messages], [1, 0, 1])
  assert.equal(outbox.settle(packetId, true), true)
  assert.deepEqual([outbox.dropped, outbox.acknowledged, outbox.messages], [0, 1, 1])
})

test('a postponed message goes back to its old place', () => {
  const outbox = new VehicleOutbox(limits)
  for (let seq = 0; seq < 4; seq++) put(outbox, 'telemetry', seq)
  const [first, second] = [outbox.take(10)!.entry, outbox.take(10)!.entry]
  outbox.postpone(first.packetId)
  outbox.postpone(second.packetId)
  assert.deepEqual(
    Array.from({ length: 4 }, () => outbox.take(10)!.entry.seq),
    [0, 1, 2, 3],
  )
})

test('what was in flight and is dropped while the link is down is not sent again', () => {
  const outbox = new VehicleOutbox({ messagesMax: 2, bytesMax: 400 })
  put(outbox, 'telemetry', 0)
  put(outbox, 'telemetry', 1)
  outbox.take(10)
  outbox.take(10)
  outbox.disconnect()
  put(outbox, 'critical', 0)
  assert.deepEqual(
    [nameOf(outbox.take(10)!.entry), nameOf(outbox.take(10)!.entry), outbox.take(10)],
    ['telemetry 1', 'critical 0', undefined],
  )
})

type Step =
  | { readonly do: 'put'; readonly stream: UplinkStream; readonly bytes: number }
  | { readonly do: 'take'; readonly window: number }
  | { readonly do: 'settle' | 'refuse' | 'postpone'; readonly which: number }
  | { readonly do: 'disconnect' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      stream: fc.constantFrom(...uplinkStreams),
      bytes: fc.integer({ min: 1, max: 120 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('take' as const), window: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('settle' as const, 'refuse' as const, 'postpone' as const),
      which: fc.nat(5),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('disconnect' as const) }) },
)

test('whatever comes between: nothing is lost uncounted, settled twice, out of bounds, out of order, or dropped before its turn', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (steps, messagesMax) => {
      const limits = { messagesMax, bytesMax: 50 * messagesMax }
      const unsettled = new Map<string, OutboxEntry>()
      const journal = {
        put: (entry: OutboxEntry) => void unsettled.set(nameOf(entry), entry),
        settle: (entry: OutboxEntry) => {
          assert.ok(unsettled.delete(nameOf(entry)), `${nameOf(entry)} was settled twice`)
          if (isDropping)
            for (const other of unsettled.values())
              assert.ok(
                other.packetId !== 0 || importance.indexOf(other.stream) <= importance.indexOf(entry.stream),
                `${nameOf(entry)} was dropped before ${nameOf(other)}`,
              )
        },
      }
      let isDropping = false
      const outbox = new VehicleOutbox(limits, journal)
      const seqs = new Map<UplinkStream, number>()
      let wire: OutboxEntry[] = []
      let postponed = new Set<string>()
      const newest = new Map<UplinkStream, number>()
      for (const action of steps) {
        if (action.do === 'put') {
          const seq = seqs.get(action.stream) ?? 0
          seqs.set(action.stream, seq + 1)
          isDropping = true
          put(outbox, action.stream, seq, action.bytes)
          isDropping = false
        } else if (action.do === 'take') {
          const taken = outbox.take(action.window)
          if (taken === undefined) continue
          const { entry, again } = taken
          assert.ok(wire.length < action.window, 'the window was exceeded')
          assert.notEqual(entry.payload, '', 'a dropped message was sent')
          assert.ok(
            entry.packetId > 0 && !wire.some(({ packetId }) => packetId === entry.packetId),
            'a packet id was in use',
          )
          wire.push(entry)
          // First transmissions of a stream are in order; a postponed message is an exception the
          // server asked for.
          if (!again && !postponed.has(nameOf(entry))) {
            assert.ok(
              entry.seq > (newest.get(entry.stream) ?? -1),
              `${nameOf(entry)} came after ${newest.get(entry.stream)}`,
            )
            newest.set(entry.stream, entry.seq)
          }
        } else if (action.do === 'disconnect') {
          outbox.disconnect()
          wire = []
        } else {
          const [entry] = wire.splice(action.which, 1)
          if (entry === undefined) continue
          if (action.do === 'postpone') postponed.add(nameOf(entry))
          assert.ok(
            action.do === 'postpone'
              ? outbox.postpone(entry.packetId)
              : outbox.settle(entry.packetId, action.do === 'settle'),
          )
        }
        assert.ok(outbox.messages <= limits.messagesMax && outbox.bytes <= limits.bytesMax)
        assert.equal(outbox.sent, outbox.acknowledged + outbox.refused + outbox.dropped + outbox.messages)
        assert.deepEqual([...outbox.pending()].map(nameOf).sort(), [...unsettled.keys()].sort())
      }
      // The wire comes back and answers: everything that is left leaves.
      outbox.disconnect()
      for (let taken = outbox.take(3); taken !== undefined; taken = outbox.take(3))
        outbox.settle(taken.entry.packetId, true)
      assert.deepEqual([outbox.messages, outbox.bytes, outbox.inFlight, unsettled.size], [0, 0, 0, 0])
    }),
    { numRuns: 1500 },
  )
})

test('after a lost connection all that was in flight is sent again, first and in its order, with its packet ids', () => {
  const outbox = new VehicleOutbox(limits)
  for (let seq = 0; seq < 4; seq++) put(outbox, 'telemetry', seq)
  const before = [outbox.take(3)!, outbox.take(3)!, outbox.take(3)!].map(({ entry }) => entry.packetId)
  outbox.disconnect()
  put(outbox, 'critical', 0)
  const after = [outbox.take(3)!, outbox.take(3)!, outbox.take(3)!]
  assert.deepEqual(
    after.map(({ entry, again }) => [entry.packetId, again]),
    before.map((packetId) => [packetId, true]),
  )
  assert.equal(outbox.take(3), undefined)
  assert.equal(nameOf(outbox.take(4)!.entry), 'critical 0')
})
