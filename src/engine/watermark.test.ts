import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { clockAheadMs } from '../model/car-clock.ts'
import { classical, fleet } from './watermark.ts'

const seen = (topic: string, at: number) => ({ topic, source: 'demo/car-1', at })

test('the watermark is the greatest timestamp seen less the bound less one', () => {
  const time = classical({ boundMs: 10, idleMs: 1000 }).open(['telemetry'], undefined)
  assert.equal(time.eventAt(0), -Infinity)
  time.observe(seen('telemetry', 1337), 0)
  assert.equal(time.eventAt(0), 1326)
  for (const at of [12345, 12300, 12340, 12280]) time.observe(seen('telemetry', at), 0)
  assert.equal(time.eventAt(0), 12334)
  time.observe(seen('telemetry', 723456), 0)
  assert.equal(time.eventAt(0), 723445)
  assert.equal(time.reachedAt(), 723445)
})

test('the watermark is the least of the inputs that are not idle, also of one that brought nothing yet', () => {
  const time = classical({ boundMs: 10, idleMs: 1000 }).open(['telemetry', 'event'], undefined)
  time.observe(seen('telemetry', 1337), 0)
  assert.equal(time.eventAt(0), -Infinity)
  time.observe(seen('event', 500), 0)
  assert.equal(time.eventAt(0), 489)
  time.observe(seen('telemetry', 1400), 1000)
  assert.equal(time.eventAt(1000), 1389, 'events are idle')
  time.observe(seen('event', 600), 1100)
  assert.equal(time.eventAt(1100), 1389, 'it never goes back')
})

test('when all inputs are idle it goes on with log time, and what the data reached does not', () => {
  const time = classical({ boundMs: 10, idleMs: 1000 }).open(['telemetry'], undefined)
  time.observe(seen('telemetry', 10_000), 0)
  assert.equal(time.eventAt(5000), 10_000 - 11 + 5000)
  assert.equal(time.reachedAt(), 10_000 - 11)
  const again = classical({ boundMs: 10, idleMs: 1000 }).open(['telemetry'], time.encode())
  assert.equal(again.eventAt(65_000), 10_000 - 11 + 65_000)
})

const startAt = 1_700_000_000_000
const heard = fc.array(
  fc.record({ car: fc.nat(8), stepMs: fc.nat(60_000), delayMs: fc.integer({ min: -100_000, max: 400_000 }) }),
  {
    minLength: 1,
    maxLength: 60,
  },
)

type Told = { readonly source: string; readonly at: number; readonly logAt: number }

const toldBy = (
  steps: readonly { readonly car: number; readonly stepMs: number; readonly delayMs: number }[],
): Told[] => {
  let logAt = startAt
  return steps.map(({ car, stepMs, delayMs }) => {
    logAt += stepMs
    return { source: `demo/car-${car}`, at: logAt - delayMs, logAt }
  })
}

/** The event time and what was reached after each record, once a wild one may have come before
 *  it. */
function follow(told: readonly Told[], wildAt?: (logAt: number, index: number) => number) {
  const time = fleet().open([], undefined)
  return told.map(({ source, at, logAt }, index) => {
    const wild = wildAt?.(logAt, index)
    // The engine does not show the time what is clock-marked.
    if (wild !== undefined && wild <= logAt + clockAheadMs)
      time.observe({ topic: 't', source: 'demo/wild', at: wild }, logAt)
    time.observe({ topic: 't', source, at }, logAt)
    return { eventAt: time.eventAt(logAt), reachedAt: time.reachedAt() }
  })
}

/** The bounds of the fleet's watermark when one vehicle more speaks: that of the next vehicles in
 *  the order of their delays and of their newest instants; and two minutes ahead of log time where
 *  there is no next one. */
function boundsOf(told: readonly Told[]) {
  const newest = new Map<string, { at: number; heardAt: number }>()
  const greatest = { event: -Infinity, reached: -Infinity, leastEvent: -Infinity, leastReached: -Infinity }
  return told.map(({ source, at, logAt }) => {
    newest.set(source, { at: Math.max(newest.get(source)?.at ?? -Infinity, at), heardAt: logAt })
    const active = [...newest.values()].filter(({ heardAt }) => heardAt >= logAt - 600_000)
    const further = (instants: readonly number[], by: number): number => {
      const sorted = instants.toSorted((a, b) => b - a)
      const index = ((sorted.length - 1) >> 1) + by
      return index < 0 ? Infinity : (sorted[index] ?? -Infinity)
    }
    const instants = active.map((each) => each.at)
    const now = active.map(({ at: last, heardAt }) => last + logAt - heardAt)
    const most = logAt + clockAheadMs
    greatest.event = Math.max(greatest.event, Math.min(further(now, -1), most) - 2001)
    greatest.reached = Math.max(greatest.reached, Math.min(further(instants, -1), most) - 2001)
    greatest.leastEvent = Math.max(greatest.leastEvent, further(now, 1) - 2001)
    greatest.leastReached = Math.max(greatest.leastReached, further(instants, 1) - 2001)
    return { ...greatest }
  })
}

test('one vehicle more, whatever its clock, moves the watermark of a fleet no further than to the next vehicle', () => {
  const wildOffsets = fc.oneof(
    fc.constant([120_000]),
    fc.constant([-20 * 365 * 86_400_000]),
    fc.constant([0, 119_000, -86_400_000]),
    fc.array(fc.integer({ min: -23 * 365 * 86_400_000, max: 130_000 }), { minLength: 1, maxLength: 9 }),
  )
  fc.assert(
    fc.property(heard, wildOffsets, (steps, offsets) => {
      const told = toldBy(steps)
      const bounds = boundsOf(told)
      const times = follow(told, (logAt, index) => logAt + offsets[index % offsets.length]!)
      for (const [index, { eventAt, reachedAt }] of times.entries()) {
        const { event, reached, leastEvent, leastReached } = bounds[index]!
        assert.ok(
          eventAt <= event && eventAt >= leastEvent,
          `event time ${eventAt} is not in [${leastEvent}, ${event}]`,
        )
        assert.ok(
          reachedAt <= reached && reachedAt >= leastReached,
          `${reachedAt} is not in [${leastReached}, ${reached}]`,
        )
      }
    }),
  )
})

test('the watermark of a fleet never goes back, is never more than two minutes ahead of log time, and survives restarts', () => {
  fc.assert(
    fc.property(heard, (steps) => {
      let time = fleet().open([], undefined)
      const straight = follow(toldBy(steps))
      let last = -Infinity
      for (const [index, { source, at, logAt }] of toldBy(steps).entries()) {
        time.observe({ topic: 't', source, at }, logAt)
        const eventAt = time.eventAt(logAt)
        assert.ok(eventAt >= last && eventAt <= logAt + clockAheadMs)
        assert.deepEqual({ eventAt, reachedAt: time.reachedAt() }, straight[index])
        last = eventAt
        time = fleet().open([], time.encode())
      }
    }),
  )
})

test('in a pause of a fleet timers go on firing, and nothing that comes after it is late for the pause', () => {
  const time = fleet().open([], undefined)
  const replay = (from: number, logAt: number) => {
    for (let second = 0; second < 60; second += 1)
      for (const source of ['demo/car-1', 'demo/car-2', 'demo/car-3']) {
        const at = from + second * 1000
        assert.ok(at > time.reachedAt(), 'late')
        time.observe({ topic: 't', source, at }, logAt + second * 1000)
      }
  }
  replay(startAt, startAt + 86_400_000)
  const hourLater = startAt + 86_400_000 + 3_600_000
  assert.equal(time.eventAt(hourLater), startAt + 3_600_000 - 2001)
  replay(startAt + 60_000, hourLater)
})

test('a sample of a fleet stands for all of it, in bounded memory', () => {
  const time = fleet({ sampleMax: 11 }).open([], undefined)
  for (let second = 0; second < 300; second += 1)
    for (let car = 0; car < 200; car += 1)
      time.observe(
        { topic: 't', source: `demo/car-${car}`, at: startAt + second * 1000 - (car % 100) * 100 },
        startAt + second * 1000,
      )
  const delayMs = startAt + 299_000 - time.eventAt(startAt + 299_000) - 2001
  assert.ok(delayMs > 1500 && delayMs < 8500, `the median of delays between 0 and 10 s is given as ${delayMs} ms`)
  assert.ok(time.encode().length < 1000)
})
