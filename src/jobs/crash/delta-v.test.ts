// Readings of a sensor come to their mean: ringing to nothing, a pulse to its delta-v.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { driveJobs, recordsOf } from '../../engine/job-driver.ts'
import type { Message, Sample } from '../../model/message.ts'
import type { Alert } from '../../read-models/alerts/alerts.ts'
import { crash } from './crash.ts'
import { deltaV, stepsOf } from './delta-v.ts'
import { alertsOfSamples } from './played-crash.testing.ts'

const at = 1_700_000_000_000
/** Another one with FC_SEED. */
const seed = Number(process.env['FC_SEED'] ?? 1)

const told = (forwardMs2: number): Sample['signals'] => ({
  'Vehicle.Acceleration.Longitudinal': Math.round(forwardMs2 * 100) / 100,
})

/** A car that stands for `seconds`, as it says once a second, and what its sensor says at a rate
 *  for a second from the tenth on. */
function standing(seconds: number, rateHz: number, accelerationAt: (second: number) => number): Sample[] {
  const speeds = Array.from({ length: seconds }, (_, second): Sample => ({
    at: at + second * 1000,
    signals: { 'Vehicle.Speed': 0 },
  }))
  const readings = Array.from({ length: rateHz }, (_, index): Sample => ({
    at: at + 10_000 + Math.round((index * 1000) / rateHz),
    signals: told(accelerationAt(index / rateHz)),
  }))
  return [...speeds, ...readings].sort((a, b) => a.at - b.at)
}

/** Messages of so many samples each. */
const cut = (samples: readonly Sample[], count: number, boot = '00000000000000aa'): Message[] =>
  Array.from({ length: Math.ceil(samples.length / count) }, (_, seq) => ({
    boot,
    seq,
    samples: samples.slice(seq * count, (seq + 1) * count),
  }))

function alertsOf(messages: readonly Message[]): Alert[] {
  const driver = driveJobs([crash], { reload: true })
  for (const record of recordsOf(messages)) driver.feed([record])
  driver.pass(at + 3_600_000)
  return [...driver.results().values()] as Alert[]
}

const ringing = fc
  .record({
    /** At least 2.1 readings of each swing there and back. */
    swingHz: fc.integer({ min: 20, max: 240 }),
    perSwing: fc.double({ min: 2.1, max: 40, noNaN: true }),
    phase: fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
    ms2: fc.integer({ min: 16, max: 60 }),
    /** Until it has faded to a third. */
    fadesS: fc.constantFrom(0.05, 0.15, 1, Infinity),
    inMessagesOf: fc.constantFrom(1, 7, 1_000),
  })
  .map(({ swingHz, perSwing, ...rest }) => ({
    ...rest,
    swingHz,
    rateHz: Math.min(1_000, Math.max(50, Math.round(swingHz * perSwing))),
  }))

test(`what rings to both sides, as a slammed door and a washboard road do, is never a confirmed crash (seed ${seed})`, () => {
  fc.assert(
    fc.property(ringing, ({ swingHz, rateHz, phase, ms2, fadesS, inMessagesOf }) => {
      const list = standing(
        60,
        rateHz,
        (second) => ms2 * Math.exp(-second / fadesS) * Math.cos(2 * Math.PI * swingHz * second + phase),
      )
      const found = alertsOf(cut(list, inMessagesOf))
      assert.deepEqual(
        found.filter(({ status }) => status !== 'possible'),
        [],
      )
    }),
    { numRuns: 100, seed, endOnFailure: true },
  )
})

test('30 readings of ±40 m/s² by turns at 100 Hz of a parked car come to no delta-v', () => {
  const list = standing(60, 100, (second) => (second >= 0.3 ? 0 : Math.round(second * 100) % 2 === 0 ? 40 : -39.8))
  for (const alert of alertsOfSamples(list))
    assert.deepEqual([alert.status, alert.evidence['deltaVKmh']], ['possible', undefined])
})

test('what swings to one side more is integrated with what its message says between the readings that are kept', () => {
  const list = standing(60, 100, (second) => (second >= 0.4 ? 0 : Math.round(second * 100) % 2 === 0 ? 20 : -10))
  assert.deepEqual(alertsOf(cut(list, 50)), [])
})

test(`a pulse has its delta-v at every rate from 50 Hz, phase and length (seed ${seed})`, () => {
  const pulse = fc.record({
    rateHz: fc.constantFrom(50, 60, 100, 200, 400, 1_000),
    fromMs: fc.integer({ min: 100, max: 119 }),
    lastsMs: fc.integer({ min: 80, max: 140 }),
    ms2: fc.integer({ min: 60, max: 200 }),
  })
  fc.assert(
    fc.property(pulse, ({ rateHz, fromMs, lastsMs, ms2 }) => {
      const isIn = (second: number): boolean => second * 1000 >= fromMs && second * 1000 < fromMs + lastsMs
      const list = standing(60, rateHz, (second) => (isIn(second) ? -ms2 : 0.2))
      const [alert] = alertsOf(cut(list, 1_000))
      const change = ms2 * lastsMs * 3.6e-3
      // A reading more or less at its ends, and a whole number.
      const slack = (ms2 * 3.6) / rateHz + 1
      assert.ok(
        Math.abs(Number(alert!.evidence['deltaVKmh']) - change) <= slack,
        `${String(alert!.evidence['deltaVKmh'])} for ${change}`,
      )
    }),
    { numRuns: 100, seed, endOnFailure: true },
  )
})

test('one reading makes no sound change of velocity, however great it is', () => {
  const run = [-20, -3_000, -20].map((x, index) => [{ at: at + index * 20, x, y: 0 }])
  const { kmh, soundKmh } = deltaV(stepsOf(run)!, 150)
  assert.ok(kmh > 200 && soundKmh < 8, `${kmh}, ${soundKmh} km/h`)
})

test(`messages that overlap give the same in any order, some of them twice (seed ${seed})`, () => {
  fc.assert(
    fc.property(ringing, fc.infiniteStream(fc.nat()), ({ swingHz, rateHz, phase, ms2, inMessagesOf }, random) => {
      const swings = (second: number): number => 4 * ms2 * (Math.cos(2 * Math.PI * swingHz * second + phase) - 0.4)
      const list = standing(20, rateHz, (second) => (second < 0.4 ? swings(second) : 0))
      const messages = [...cut(list, inMessagesOf + 2), ...cut(list, 5, '00000000000000bb')]
      const order = [...messages, ...messages.slice(0, 20)].map((message) => ({
        message,
        place: random.next().value as number,
      }))
      const shuffled = order.sort((a, b) => a.place - b.place).map(({ message }) => message)
      assert.deepEqual(alertsOf(shuffled), alertsOf(messages))
    }),
    { numRuns: 15, seed, endOnFailure: true },
  )
})
