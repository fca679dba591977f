// A made-up car that sends as much as it may, for property tests: names that nobody knows, new ones
// in each message, with long texts and lists, by several boots and streams.
import * as fc from 'fast-check'
import type { StoredRecord } from '../eventlog/event-log.ts'
import { encodeMessage } from '../model/message-codec.ts'
import type { SamplesMessage, SignalValue } from '../model/message.ts'

const startAt = 1_700_000_000_000
const names = Array.from({ length: 150 }, (_, index) => `Vehicle.Made.Up${String(index).padStart(3, '0')}`)

/** Some lengths are more than a value may have. */
const value: fc.Arbitrary<SignalValue> = fc.oneof(
  fc.integer({ min: 500, max: 2100 }).map((chars) => 'x'.repeat(chars)),
  fc
    .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }))
    .map(([items, chars]) => Array<string>(items).fill('"'.repeat(chars))),
  fc.integer(),
  fc.constant(null),
)

const signals = fc.dictionary(fc.constantFrom(...names), value, { minKeys: 1, maxKeys: 12 })

const sent = fc.record({
  signals,
  kmh: fc.integer({ min: 0, max: 90 }),
  boot: fc.integer({ min: 0, max: 3 }),
  topic: fc.constantFrom('telemetry', 'telemetry', 'snapshot', 'critical'),
})

/** The records of one car within an hour, in the order they were sent. */
export const hostileLife: fc.Arbitrary<StoredRecord[]> = fc
  .array(sent, { minLength: 20, maxLength: 40, size: 'max' })
  .map((all) =>
    all.map((each, seq): StoredRecord => {
      const at = startAt + seq * 60_000
      const message: SamplesMessage = {
        boot: (startAt + each.boot).toString(16).padStart(16, '0'),
        seq,
        samples: [{ at, signals: { 'Vehicle.Speed': each.kmh, ...each.signals } }],
      }
      return {
        key: 'demo/car-1',
        partition: 0,
        offset: 0,
        topic: each.topic,
        value: encodeMessage(message),
        at,
        appendedAt: at,
        receivedAt: at,
      }
    }),
  )
