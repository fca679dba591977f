import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkMessage, messageAt, messageLimits } from './message-check.ts'
import { encodeMessage, parseMessage } from './message-codec.ts'
import type { Message } from './message.ts'
import { findSignal, vssSignals } from './vss.ts'

const boot = '00112233445566ff'
const at = 1_750_000_000_000
const sample = (signals: Record<string, unknown>) => ({ boot, seq: 0, samples: [{ at, signals }] })
const reasonOf = (json: unknown) => {
  const result = checkMessage(json)
  return result.ok ? 'accepted' : result.reason
}
const valueOf = (path: string, value: unknown) => {
  const result = checkMessage(sample({ [path]: value }))
  assert.ok(result.ok && 'samples' in result.value, result.ok ? 'no samples' : result.detail)
  return result.value.samples[0]?.signals[path]
}

test('a message comes back from its bytes as it was', () => {
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0 || 0),
    fc.boolean(),
    fc.string({ maxLength: 50 }),
    fc.constant(null),
  )
  const path = fc
    .stringMatching(/^Vehicle(\.[A-Z][A-Za-z0-9]{0,8}){1,4}$/)
    .filter((name) => findSignal(name) === undefined)
  const message: fc.Arbitrary<Message> = fc.record({
    boot: fc.stringMatching(/^[0-9a-f]{16}$/),
    seq: fc.nat(),
    samples: fc.array(
      fc.record({
        at: fc.integer({ min: 946_684_800_000, max: 4_102_444_799_999 }),
        signals: fc.dictionary(path, value, { maxKeys: 8 }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  })
  fc.assert(
    fc.property(message, (original: Message) => {
      const parsed = parseMessage(encodeMessage(original))
      assert.ok(parsed.ok, parsed.ok ? '' : parsed.detail)
      assert.deepEqual(parsed.value, structuredClone(original))
    }),
  )
})

test('whatever the bytes, parsing gives a message or a reason and never throws', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void parseMessage(bytes)))
  fc.assert(fc.property(fc.json({ maxDepth: 6 }), (json) => void parseMessage(new TextEncoder().encode(json))))
  fc.assert(fc.property(fc.anything(), (json) => void checkMessage({ boot, seq: 1, samples: [{ at, signals: json }] })))
})

test('what refuses a message: nothing to count it by, nothing in it, or no JSON; each has its own reason', () => {
  assert.equal(reasonOf([]), 'shape')
  assert.equal(reasonOf({ boot: 'xyz', seq: 0, samples: [] }), 'boot')
  assert.equal(reasonOf({ boot, seq: -1, samples: [] }), 'seq')
  assert.equal(reasonOf({ boot, seq: 2 ** 53, samples: [] }), 'seq')
  assert.equal(reasonOf({ boot, seq: 0, samples: [] }), 'samples')
  assert.equal(reasonOf({ boot, seq: 0, samples: {} }), 'samples')
  assert.equal(reasonOf({ boot, seq: 0, event: 'Ignition On', at }), 'event')
  const reasonOfBytes = (bytes: Uint8Array) => {
    const result = parseMessage(bytes)
    return result.ok ? 'accepted' : result.reason
  }
  assert.equal(reasonOfBytes(new Uint8Array(messageLimits.bytes + 1)), 'too-large')
  assert.equal(reasonOfBytes(Uint8Array.of(0xff, 0xfe)), 'not-utf8')
  assert.equal(reasonOfBytes(Buffer.from('{"boot":')), 'not-json')
  assert.equal(reasonOfBytes(Buffer.from('{"boot":NaNa}')), 'not-json')
})

test('a wrong value of a known signal is marked invalid and the rest of the message stands', () => {
  assert.deepEqual(valueOf('Vehicle.CurrentLocation.Latitude', 91), { invalid: 'range', value: 91 })
  assert.deepEqual(valueOf('Vehicle.Speed', 'fast'), { invalid: 'type', value: 'fast' })
  assert.equal(valueOf('Vehicle.Speed', null), null)
  assert.equal(valueOf('Vehicle.Speed', 63.2), 63.2)
})

test('a signal outside the catalogue is carried, but never a path that could poison an object', () => {
  assert.equal(valueOf('Vehicle.Maker.Overlay.Thing', 7), 7)
  const poisoned = parseMessage(
    Buffer.from(`{"boot":"${boot}","seq":0,"samples":[{"at":${at},"signals":{"__proto__":{"invalid":"x"}}}]}`),
  )
  assert.ok(poisoned.ok && 'samples' in poisoned.value)
  assert.deepEqual(Reflect.ownKeys(poisoned.value.samples[0]!.signals), [])
  assert.deepEqual(poisoned.value.setAside, [
    { path: '__proto__', reason: 'path', sample: 0, value: '{"invalid":"x"}', count: 1 },
  ])
})

test('the event time of a message is its newest instant', () => {
  assert.equal(
    messageAt({
      boot,
      seq: 0,
      samples: [
        { at: 5, signals: {} },
        { at: 9, signals: {} },
        { at: 7, signals: {} },
      ],
    }),
    9,
  )
  assert.equal(messageAt({ boot, seq: 0, event: 'sos', at, data: {} }), at)
  assert.equal(messageAt({ boot, seq: 0, event: 'sos', at: 4, data: {} }, 9), 9)
})

test('the catalogue holds every signal of the checked list of VSS 6.0, the tyre pressure for each of four wheels', (context) => {
  let listed: readonly { path: string; datatype: string; unit: string | null }[]
  try {
    listed = JSON.parse(readFileSync(new URL('../../../shared/signals.json', import.meta.url), 'utf8')) as typeof listed
  } catch {
    context.skip('the checked list of VSS signals is not beside this checkout')
    return
  }
  for (const { path, datatype, unit } of listed)
    assert.deepEqual([path, findSignal(path)?.datatype, findSignal(path)?.unit ?? null], [path, datatype, unit])
  assert.equal(vssSignals.length, listed.length + 3)
})
