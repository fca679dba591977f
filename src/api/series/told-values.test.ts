import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Message, Sample, SignalValue } from '../../model/message.ts'
import { createToldValues, type Entry } from './told-values.ts'

const at = 1_700_000_000_000
const path = 'Vehicle.Speed'
type Heard = { readonly message: Message; readonly receivedAt: number }

const heard = (samples: readonly Sample[], receivedAt = at + 3_600_000): Heard => ({
  message: { boot: '00000000000000aa', seq: 0, samples },
  receivedAt,
})
const said = (secondAt: number, value: SignalValue, more: Partial<Sample> = {}): Heard =>
  heard([{ at: at + secondAt * 1000, signals: { [path]: value }, ...more }])

function resultOf(messages: readonly Heard[], of = path) {
  const told = createToldValues(of, at, at + 3_600_000, 120_000)
  for (const { message, receivedAt } of messages) told.take(message, receivedAt)
  return told.result()
}
const shown = (entries: readonly Entry[]) => entries.map((entry) => [(entry.at - at) / 1000, entry.value])

test('numbers stand at the instants of their samples; what is none breaks the line and is never a number', () => {
  const { entries, said: counts } = resultOf([
    said(0, null),
    said(10, 5),
    said(20, null),
    said(21, { invalid: 'range', value: 900 }),
    said(30, 0),
    said(40, 'text'),
    said(50, 7),
    said(60, true),
  ])
  assert.deepEqual(shown(entries), [
    [10, 5],
    [20, null],
    [30, 0],
    [40, null],
    [50, 7],
  ])
  assert.deepEqual(counts, { values: 3, unavailable: 2, invalid: 1, other: 2 })
})

test('a silence of the vehicle breaks the line, a signal that it does not send does not', () => {
  const other = (second: number) => heard([{ at: at + second * 1000, signals: { 'Vehicle.IsMoving': true } }])
  const event = {
    message: { boot: '00000000000000aa', seq: 1, event: 'ignition-on', at: at + 900_000, data: {} },
    receivedAt: at + 901_000,
  }
  assert.deepEqual(shown(resultOf([said(0, 1), said(300, 2), said(601, 3)]).entries), [
    [0, 1],
    [300, 2],
    [300, null],
    [601, 3],
  ])
  assert.deepEqual(shown(resultOf([said(0, 1), other(250), other(500), said(700, 2), event, said(1000, 3)]).entries), [
    [0, 1],
    [700, 2],
    [1000, 3],
  ])
  assert.deepEqual(shown(resultOf([said(0, 1), other(250), other(600), said(700, 2)]).entries), [
    [0, 1],
    [250, null],
    [700, 2],
  ])
})

test('of two values of one instant both stand, a number before what is none', () => {
  assert.deepEqual(shown(resultOf([said(0, 4), said(10, null), said(10, 9), said(10, 3), said(20, 5)]).entries), [
    [0, 4],
    [10, 3],
    [10, 9],
    [10, null],
    [20, 5],
  ])
})

test('only what lies between the two instants counts, both of them included', () => {
  assert.deepEqual(shown(resultOf([said(-0.001, 1), said(0, 2), said(3600, 3), said(3600.001, 4)]).entries), [
    [0, 2],
    [0, null],
    [3600, 3],
  ])
})

test('doubted places and instants ahead of their receipt are marked, and the clock is that of the value that says least', () => {
  const latitude = 'Vehicle.CurrentLocation.Latitude'
  const place = (second: number, lat: number, lon: number, more: Partial<Sample> = {}, receivedAt?: number) =>
    heard(
      [{ at: at + second * 1000, signals: { [latitude]: lat, 'Vehicle.CurrentLocation.Longitude': lon }, ...more }],
      receivedAt,
    )
  const { entries, clock } = resultOf(
    [
      place(1, 0, 0),
      place(2, 1, 1, { clock: 'sent' }),
      place(200, 2, 2, {}, at + 79_999),
      place(201, 3, 3, {}, at + 81_000),
    ],
    latitude,
  )
  assert.deepEqual(entries, [
    { at: at + 1000, value: 0, doubt: 'null-island' },
    { at: at + 2000, value: 1 },
    { at: at + 200_000, value: 2, clockDoubt: 'ahead' },
    { at: at + 201_000, value: 3 },
  ])
  assert.equal(clock, 'sent')
  assert.equal(resultOf([said(0, 1)]).clock, null)
})

test('the result depends on the set of messages: not on their order, nor on how often each came', () => {
  const value = fc.oneof(
    fc.integer({ min: 0, max: 3 }),
    fc.constant(null),
    fc.constant({ invalid: 'range' }),
    fc.constant('text'),
  )
  const sample = fc.record({
    at: fc.integer({ min: 0, max: 40 }).map((step) => at + step * 60_000),
    signals: fc.oneof(
      fc.constant({}),
      fc.record({ [path]: value }),
      fc.record({ [path]: value, 'Vehicle.CurrentLocation.GNSSReceiver.FixType': fc.constant('NONE') }),
    ),
  })
  const message = fc.record({
    samples: fc.array(sample, { minLength: 1, maxLength: 3 }),
    receivedAt: fc.integer({ min: 0, max: 60 }).map((step) => at + step * 60_000),
  })
  fc.assert(
    fc.property(fc.array(message, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (messages, order) => {
      const all = messages.map(({ samples, receivedAt }) => heard(samples as Sample[], receivedAt))
      const doubled = [...all, ...all.filter(() => order.next().value % 2 === 0)]
        .map((each) => [order.next().value, each] as const)
        .sort(([one], [other]) => one - other)
        .map(([, each]) => each)
      assert.deepEqual(resultOf(doubled), resultOf(all))
    }),
    { numRuns: 300 },
  )
})
