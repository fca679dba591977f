import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadCity } from '../city/city.ts'
import { noIncidents, type PlannedIncident } from './incidents.ts'
import { simulateOffline, type OfflineMessage } from './offline.ts'
import type { Truth } from './truth.ts'

const city = await loadCity()
const startAt = 1_767_877_200_000
const minuteMs = 60_000

function runWith(incidents: readonly PlannedIncident[], minutes: number, cars = 20) {
  const truths: Truth[] = []
  const onTruth = (truth: Truth): void => void truths.push(truth)
  const messages = [
    ...simulateOffline({
      city,
      seed: 5,
      cars,
      startAt,
      durationMs: minutes * minuteMs,
      rates: noIncidents,
      incidents,
      onTruth,
    }),
  ]
  return { messages, truths }
}

const samplesOf = (messages: readonly OfflineMessage[], vehicle: string) =>
  messages.flatMap(({ ref, message }) => (ref.vehicle === vehicle && 'samples' in message ? message.samples : []))

test('a crash is a pulse, an airbag with its event, and minutes of stillness with hazard lights', () => {
  const { messages, truths } = runWith([{ kind: 'crash', afterMs: 30_000, car: null }], 14)
  const crash = truths.find((truth) => truth.kind === 'crash')!
  assert.ok(crash.airbag && crash.peakG >= 16 && crash.peakG <= 45 && crash.deltaVKmh >= 28)
  const samples = samplesOf(messages, crash.vehicle)
  const pulse = samples.find(({ at }) => at === crash.at)!.signals
  assert.ok(Number(pulse['Vehicle.Acceleration.Longitudinal']) < -8 * 9.81)
  assert.equal(pulse['Vehicle.Cabin.Seat.Row1.DriverSide.Airbag.IsDeployed'], true)
  assert.equal(pulse['Vehicle.Speed'], 0)
  const events = messages.flatMap(({ stream, message }) => (stream === 'critical' && 'event' in message ? message : []))
  assert.deepEqual(
    events.map(({ event, at }) => [event, at]),
    [['airbag-deployed', crash.at]],
  )
  const after = samples.filter(({ at }) => at > crash.at && at <= crash.at + 5 * minuteMs)
  assert.equal(after.length, 300)
  assert.ok(after.every(({ signals }) => signals['Vehicle.Speed'] === 0))
  assert.equal(after[0]!.signals['Vehicle.Body.Lights.Hazard.IsSignaling'], true)
  assert.ok(
    samples.some(({ at, signals }) => at > crash.at && signals['Vehicle.LowVoltageSystemState'] === 'OFF'),
    'it is towed',
  )
})

test('a light crash is a pulse and stillness without an airbag', () => {
  const { messages, truths } = runWith([{ kind: 'minor-crash', afterMs: 60_000, car: 3 }], 8)
  const crash = truths.find((truth) => truth.kind === 'crash')!
  assert.equal(crash.vehicle, 'car-00004')
  assert.ok(!crash.airbag && crash.peakG >= 8 && crash.peakG < 16)
  assert.ok(messages.every(({ stream }) => stream !== 'critical'))
  assert.ok(
    samplesOf(messages, crash.vehicle)
      .filter(({ at }) => at > crash.at && at < crash.at + 5 * minuteMs)
      .every(({ signals }) => signals['Vehicle.Speed'] === 0),
  )
})

test('without a crash no peak reaches that of one, over potholes, kerbs, doors and hard stops', () => {
  const kinds = ['pothole', 'harsh-braking'] as const
  const incidents = Array.from({ length: 60 }, (_, i) => ({
    kind: kinds[i % 2]!,
    afterMs: 30_000 + i * 4000,
    car: null,
  }))
  const { messages, truths } = runWith(incidents, 10, 40)
  assert.ok(
    truths.filter(({ kind }) => kind === 'pothole').length === 30 &&
      truths.some(({ kind }) => kind === 'harsh-braking'),
  )
  for (const { message } of messages)
    for (const { signals } of 'samples' in message ? message.samples : [])
      for (const axis of ['Longitudinal', 'Lateral', 'Vertical']) {
        const peak = Math.abs(Number(signals[`Vehicle.Acceleration.${axis}`] ?? 0))
        assert.ok(peak < 4 * 9.81, `${axis} ${peak} m/s²`)
      }
})

test('a harsh braking loses 4 to 8 m/s in a second', () => {
  const { truths } = runWith([{ kind: 'harsh-braking', afterMs: 40_000, car: null }], 3)
  const braking = truths.find((truth) => truth.kind === 'harsh-braking')
  assert.ok(braking !== undefined && braking.peakMs2 >= 4 && braking.peakMs2 <= 8)
})

test('a breakdown stores a trouble code, rolls out, waits at the roadside, and drives on mended', () => {
  const { messages, truths } = runWith([{ kind: 'breakdown', afterMs: 60_000, car: 1 }], 30)
  const breakdown = truths.find((truth) => truth.kind === 'breakdown')!
  const samples = samplesOf(messages, breakdown.vehicle)
  const told = (path: string) =>
    samples.filter(({ at, signals }) => at > startAt + 60_000 && path in signals).map(({ signals }) => signals[path])
  assert.deepEqual(told('Vehicle.Diagnostics.DTCList').slice(0, 2), [[breakdown.code], []])
  assert.deepEqual(told('Vehicle.IsBrokenDown').slice(0, 2), [true, false])
  const waiting = samples.filter(({ at }) => at >= breakdown.at && at < breakdown.endAt)
  assert.ok(waiting.length > 400 && waiting.every(({ signals }) => signals['Vehicle.Speed'] === 0))
})

test('in a tunnel there is no position and no network: the messages come late, whole and in order', () => {
  const { messages, truths } = runWith([{ kind: 'tunnel', afterMs: 60_000, car: 2 }], 6)
  const tunnel = truths.find((truth) => truth.kind === 'tunnel')!
  const mine = messages.filter(({ ref }) => ref.vehicle === 'car-00003')
  const inside = mine.filter(
    ({ message }) =>
      'samples' in message && message.samples[0]!.at > tunnel.startAt && message.samples[0]!.at < tunnel.endAt!,
  )
  assert.ok(inside.length >= 29)
  for (const { message, sentAt } of inside) {
    assert.ok('samples' in message && message.samples[0]!.signals['Vehicle.CurrentLocation.Latitude'] === null)
    assert.equal(sentAt, tunnel.endAt)
  }
  const seqs = mine.filter(({ stream }) => stream === 'telemetry').map(({ message }) => message.seq)
  assert.deepEqual(
    seqs,
    seqs.map((_, i) => i),
  )
  assert.ok(
    messages.every(({ sentAt }, i) => i === 0 || sentAt >= messages[i - 1]!.sentAt),
    'in order of leaving',
  )
})

test('a car low on fuel or charge drives to a station and leaves it full', () => {
  const incidents = Array.from({ length: 20 }, (_, car) => ({ kind: 'low-energy' as const, afterMs: 1000, car }))
  const { truths } = runWith(incidents, 75)
  assert.ok(truths.filter(({ kind }) => kind === 'refuel').length >= 8)
  assert.ok(truths.filter(({ kind }) => kind === 'charge').length >= 1)
})
