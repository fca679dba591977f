// Acceleration in another unit than m/s², or of a sensor that is never quiet, tells no crash, and
// hides none that the speed tells.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { driveJobs, recordsOf } from '../../engine/job-driver.ts'
import type { Message, Sample } from '../../model/message.ts'
import type { Alert } from '../../read-models/alerts/alerts.ts'
import { crash } from './crash.ts'

const at = 1_700_000_000_000
/** Another one with FC_SEED. */
const seed = Number(process.env['FC_SEED'] ?? 1)

/** A message a second: the speed, and forward acceleration at 50 Hz by the second from the
 *  beginning. */
const messagesOf = (
  seconds: number,
  kmhAt: (second: number) => number,
  forwardAt: (second: number) => number,
): Message[] =>
  Array.from({ length: seconds }, (_, seq) => ({
    boot: '00000000000000aa',
    seq,
    samples: Array.from({ length: 50 }, (_, index): Sample => {
      const second = seq + index / 50
      const signals = { 'Vehicle.Acceleration.Longitudinal': Math.round(forwardAt(second) * 10) / 10 }
      return {
        at: at + Math.round(second * 1000),
        signals: index === 0 ? { ...signals, 'Vehicle.Speed': kmhAt(second) } : signals,
      }
    }),
  }))

function alertsOf(messages: readonly Message[]): Alert[] {
  const driver = driveJobs([crash])
  for (const record of recordsOf(messages)) driver.feed([record])
  driver.pass(at + 2 * 3_600_000)
  return [...driver.results().values()] as Alert[]
}

/** Waves that never repeat, about as wide as noise of the same standard deviation. */
const noiseAt = (second: number, deviation: number, phase: number): number =>
  deviation * (Math.sin(second * 977 + phase) + Math.sin(second * 2_411 + 2 * phase))

const noisy = fc.record({
  /** In thousandths of g. */
  deviation: fc.integer({ min: 15, max: 60 }),
  slope: fc.integer({ min: -80, max: 80 }),
  brake: fc.integer({ min: 50, max: 400 }),
  phase: fc.double({ min: 0, max: 6, noNaN: true }),
})

test(`a calm stop with acceleration in thousandths of g is no confirmed crash (seed ${seed})`, () => {
  fc.assert(
    fc.property(noisy, ({ deviation, slope, brake, phase }) => {
      const kmhPerS = (brake / 1000) * 35.3
      const kmhAt = (second: number): number => Math.max(0, Math.min(50, 50 - kmhPerS * (second - 40)))
      const forwardAt = (second: number): number =>
        noiseAt(second, deviation, phase) + slope - (second > 40 && kmhAt(second) > 0 ? brake : 0)
      const found = alertsOf(messagesOf(110, kmhAt, forwardAt))
      assert.deepEqual(
        found.filter(({ status }) => status === 'confirmed'),
        [],
      )
    }),
    { numRuns: 30, seed, endOnFailure: true },
  )
})

test('readings that come to more than 250 km/h are not in m/s²', () => {
  const quiet = (second: number): number => (second >= 20 && second < 20.4 ? -250 : 0.1)
  assert.deepEqual(alertsOf(messagesOf(90, () => 50, quiet)), [])
})

test('a crash that the speed tells is found beside a sensor that is never quiet', () => {
  const [alert, ...more] = alertsOf(
    messagesOf(
      110,
      (second) => (second < 40 ? 60 : 0),
      (second) => noiseAt(second, 30, 1),
    ),
  )
  assert.deepEqual(more, [])
  assert.deepEqual([alert!.at, alert!.status], [at + 40_000, 'confirmed'])
})

test('a car that is hit as its unit wakes is found, and so is one whose sensor is never quiet again', () => {
  const pulse = (second: number): number => (second >= 0.1 && second < 0.22 ? -120 : 0.1)
  assert.equal(alertsOf(messagesOf(60, () => 0, pulse))[0]?.status, 'confirmed')
  const thenNoisy = (second: number): number =>
    second < 20 ? 0.1 : second < 20.12 ? -120 : -45 + noiseAt(second, 2, 1)
  const [alert] = alertsOf(messagesOf(90, (second) => (second < 20 ? 50 : 0), thenNoisy))
  assert.deepEqual([alert?.at, alert?.status], [at + 20_000, 'confirmed'])
})
