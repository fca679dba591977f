// A full brake to standstill with one reading that is wrong, or of a kerb, beside it: no crash for
// certain, unless something else says so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { driveJobs, messagesOf, recordsOf } from '../../engine/job-driver.ts'
import type { Message, Sample } from '../../model/message.ts'
import type { Alert } from '../../read-models/alerts/alerts.ts'
import { crash } from './crash.ts'

const at = 1_700_000_000_000
/** Another one with FC_SEED. */
const seed = Number(process.env['FC_SEED'] ?? 1)

type Brake = {
  readonly fromKmh: number
  /** Below the 43 km/h in a second that no brake gives. */
  readonly kmhPerS: number
  /** Of the samples. Speeds are told once a second. */
  readonly rateHz: number
  /** When, in milliseconds from the beginning of the brake, and how much. */
  readonly readingMs: number
  readonly readingMs2: number
  /** Signals told so many seconds after the brake began, and when the unit falls silent. */
  readonly more?: Readonly<Record<number, Sample['signals']>>
  readonly untilS?: number
}

/** From ten seconds before the brake to a minute after it. */
function samplesOf({ fromKmh, kmhPerS, rateHz, readingMs, readingMs2, more = {}, untilS = 70 }: Brake): Sample[] {
  const stepMs = 1000 / rateHz
  return Array.from({ length: Math.floor((10 + untilS) * rateHz) }, (_, index): Sample => {
    const ms = index * stepMs - 10_000
    const kmh = ms < 0 ? fromKmh : Math.max(0, fromKmh - (kmhPerS * ms) / 1000)
    const isBraking = ms >= 0 && kmh > 0
    const isReading = ms <= readingMs && ms + stepMs > readingMs
    const forward = isReading ? -readingMs2 : isBraking ? Math.max(-kmhPerS / 3.6, -9.8) : 0.1
    const second = Math.round(ms / 10) % 100 === 0 ? ms / 1000 : NaN
    return {
      at: at + Math.round(ms),
      signals: {
        'Vehicle.Acceleration.Longitudinal': Math.round(forward * 10) / 10,
        ...(!Number.isNaN(second) && { 'Vehicle.Speed': Math.round(kmh * 10) / 10, ...more[Math.round(second)] }),
      },
    }
  })
}

function alertsOf(messages: readonly Message[]): Alert[] {
  const driver = driveJobs([crash])
  driver.feed(recordsOf(messages))
  driver.pass(at + 3_600_000)
  return [...driver.results().values()] as Alert[]
}

const brake = fc.record({
  fromKmh: fc.integer({ min: 30, max: 130 }),
  kmhPerS: fc.double({ min: 20, max: 40, noNaN: true }),
  readingMs: fc.integer({ min: 0, max: 3_000 }),
})

test(`one reading beside a full brake confirms no crash (seed ${seed})`, () => {
  const unit = fc.oneof(
    fc.record({
      rateHz: fc.constantFrom(1, 5, 10, 25, 50, 100),
      readingMs2: fc.integer({ min: 15, max: 39 }),
      inSeconds: fc.constant(false),
    }),
    // Of a sensor that is quiet a hundredth of a second before or after.
    fc.record({
      rateHz: fc.constantFrom(100, 200),
      readingMs2: fc.integer({ min: 15, max: 300 }),
      inSeconds: fc.constant(true),
    }),
  )
  fc.assert(
    fc.property(brake, unit, (braked, { rateHz, readingMs2, inSeconds }) => {
      const samples = samplesOf({ ...braked, rateHz, readingMs2 })
      const messages = Array.from({ length: 80 }, (_, seq): Message => {
        return { boot: '00000000000000aa', seq, samples: samples.slice(seq * rateHz, (seq + 1) * rateHz) }
      })
      const found = alertsOf(inSeconds ? messages : messagesOf(samples))
      assert.deepEqual(
        found.filter(({ status }) => status === 'confirmed'),
        [],
      )
    }),
    { numRuns: 100, seed, endOnFailure: true },
  )
})

test('braked 60, 30, 0 with one reading of 15.2 m/s²: possible, and confirmed by what no brake brings', () => {
  const base = { fromKmh: 60, kmhPerS: 30, rateHz: 2, readingMs: 500, readingMs2: 15.2 }
  const belted = { 'Vehicle.Cabin.Seat.Row1.DriverSide.IsBelted': true }
  const cases: readonly (readonly [string, Partial<Brake>, Alert['status']])[] = [
    ['stands', {}, 'possible'],
    ['hazard lights', { more: { 1: { 'Vehicle.Body.Lights.Hazard.IsSignaling': true } } }, 'possible'],
    ['turns', { more: { 1: { 'Vehicle.AngularVelocity.Yaw': 130 } } }, 'confirmed'],
    ['belt', { more: { [-5]: belted, 20: { 'Vehicle.Cabin.Seat.Row1.DriverSide.IsBelted': false } } }, 'confirmed'],
    ['silent', { untilS: 4 }, 'confirmed'],
  ]
  for (const [name, other, status] of cases)
    assert.deepEqual(
      alertsOf(messagesOf(samplesOf({ ...base, ...other }))).map((alert) => alert.status),
      [status],
      name,
    )
})
