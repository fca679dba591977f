// Bursts as the SDK writes them; other bodies are tried through the vehicle (vehicle.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseMessage } from '../model/message-codec.ts'
import { encodeBody } from './message-body.ts'

const boot = '00000000000000b1'
const at = 1_795_850_000_000
const x = 'Vehicle.Acceleration.Longitudinal'
const y = 'Vehicle.Acceleration.Lateral'

test('a burst is read as the samples that a car would have sent without it', () => {
  const value = fc.oneof(fc.integer({ min: -100, max: 100 }), fc.constant(null))
  const rows = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 100 })
  fc.assert(
    fc.property(
      rows,
      fc.integer({ min: 1, max: 1000 }),
      fc.constantFrom({}, { clock: 'received' } as const),
      (rows, every, clock) => {
        const signals = { [x]: rows.map(([first]) => first), [y]: rows.map(([, second]) => second) }
        const samples = rows.map((row, index) => ({
          at: at + index * every,
          signals: { [x]: row[0], [y]: row[1] },
          ...clock,
        }))
        const [short, long] = [
          encodeBody(boot, 3, { burst: { at, every, signals, ...clock } }),
          encodeBody(boot, 3, { samples }),
        ]
        assert.equal(short.bytes, Buffer.byteLength(short.payload))
        assert.deepEqual(parseMessage(Buffer.from(short.payload)), parseMessage(Buffer.from(long.payload)))
      },
    ),
  )
})

test('what is no burst is a mistake of the caller, who is told the field', () => {
  const burstOf = (change: object) => () =>
    encodeBody(boot, 0, { burst: { at, every: 10, signals: { [x]: [1, 2] }, ...change } })
  assert.doesNotThrow(burstOf({}))
  assert.throws(burstOf({ at: 0.5 }), /^TypeError: body\.burst\.at/)
  assert.throws(burstOf({ clock: 'gps' }), /^TypeError: body\.burst: "clock" "gps" is none of sent, server, received/)
  for (const every of [0, 0.5, Number.NaN, 3_600_001])
    assert.throws(burstOf({ every }), /^TypeError: body\.burst\.every/)
  for (const signals of [{}, { [x]: [] }, { [x]: [1, 2], [y]: [1] }, { [x]: Array.from({ length: 1001 }, () => 0) }])
    assert.throws(burstOf({ signals }), /^TypeError: body\.burst\.signals/)
})

test('a sample says whose clock its instant is of, or is a mistake of the caller', () => {
  const samples = [{ at, signals: { [x]: 1 }, clock: 'sent' as const }]
  assert.equal(
    encodeBody(boot, 0, { samples }).payload,
    `{"boot":"${boot}","seq":0,"samples":[{"at":${at},"signals":{"${x}":1},"clock":"sent"}]}`,
  )
  // As JavaScript may hand it over, which no type keeps from it.
  const wrong = JSON.parse(JSON.stringify(samples).replace('sent', 'gps')) as typeof samples
  assert.throws(
    () => encodeBody(boot, 0, { samples: wrong }),
    /^TypeError: body\.samples: "clock" "gps" is none of sent, server, received/,
  )
})
