// News that concern life are taken whatever its clock and however late, and are told for what they
// are.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { StoredRecord, Topic } from '../../eventlog/event-log.ts'
import { driveJobs, recordsOf } from '../../engine/job-driver.ts'
import { clockDoubt } from '../../model/car-clock.ts'
import type { Alert } from '../../read-models/alerts/alerts.ts'
import type { EventMessage, Message, Sample } from '../../model/message.ts'
import { crash } from './crash.ts'
import type { CrashParts, State } from './crash-state.ts'
import { takeEvent } from './take.ts'

const at = 1_767_877_200_000
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const boot = '00000000000000aa'
const deployed = { 'Vehicle.Cabin.Seat.Row1.DriverSide.Airbag.IsDeployed': true }

const heard = (message: Message, receivedAt: number, topic: Topic = 'telemetry'): StoredRecord => ({
  ...recordsOf([message], 'demo/car-1', topic)[0]!,
  appendedAt: receivedAt,
  receivedAt,
})

function alertsFrom(records: readonly StoredRecord[]): Alert[] {
  const driver = driveJobs([crash], { reload: true })
  for (const record of records) driver.feed([record])
  driver.pass(at + 2 * dayMs)
  return [...driver.results().values()] as Alert[]
}

const speedAt = (when: number, kmh: number): Sample => ({ at: when, signals: { 'Vehicle.Speed': kmh } })
const airbagEvent = (when: number, seq = 0): EventMessage => ({
  boot,
  seq,
  event: 'airbag-deployed',
  at: when,
  data: {},
})

/** An airbag, told on every way there is. */
const ways: readonly (readonly [string, (when: number, receivedAt: number) => StoredRecord])[] = [
  ...(['critical', 'event'] as const).map(
    (topic) => [topic, (when: number, receivedAt: number) => heard(airbagEvent(when), receivedAt, topic)] as const,
  ),
  ['samples', (when, receivedAt) => heard({ boot, seq: 9, samples: [{ at: when, signals: deployed }] }, receivedAt)],
]

test('an airbag is a critical alert on every stream, 7 h late or by any clock', () => {
  const clocks: readonly (readonly [when: number, clock: Alert['clockDoubt']])[] = [
    [at - 7 * hourMs, null],
    [at - 30 * dayMs, null],
    [Date.UTC(2000, 0, 1, 0, 0, 9), 'unset'],
    [at - 1024 * 7 * dayMs, 'behind'],
    [at + 20 * hourMs, 'ahead'],
    [Date.UTC(2080, 0, 6), 'ahead'],
  ]
  for (const [name, told] of ways)
    for (const [when, clock] of clocks) {
      const alerts = alertsFrom([heard({ boot, seq: 1, samples: [speedAt(at - 1000, 0)] }, at), told(when, at + 2_000)])
      assert.deepEqual(
        alerts.map((alert) => [alert.severity, alert.status, alert.at, alert.receivedAt, alert.clockDoubt]),
        [['critical', 'confirmed', clock === null ? when : at + 2_000, at + 2_000, clock]],
        `${name}, ${new Date(when).toISOString()}`,
      )
    }
})

/** As much of a state as the taking of an event needs. */
function memoryState(): State {
  const parts = new Map<string, unknown>()
  const keyOf = (family: string, id: number | string = ''): string => `${family}/${id}`
  return {
    get: <Family extends keyof CrashParts>(family: Family, id?: number | string) =>
      parts.get(keyOf(family, id)) as CrashParts[Family] | undefined,
    put: (family, id, part) => void parts.set(keyOf(family, id), part),
    delete: (family, id) => void parts.delete(keyOf(family, id)),
  } as State
}

test('whatever number the instant of an airbag is, it is told for its own or for its receipt', () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true }), fc.constantFrom(0, 9_000, -1)), (when) => {
      const state = memoryState()
      const input = { receivedAt: at, lateBefore: -Infinity } as Parameters<typeof takeEvent>[2]
      takeEvent(state, airbagEvent(when), input, {
        eventAt: at,
        reachedAt: at,
        logAt: at,
        clockAheadMs: 120_000,
        fired: [],
      })
      const [airbag] = state.get('evidence')!.airbags
      const doubt = clockDoubt(when, at, 120_000)
      assert.deepEqual([airbag!.firstAt, airbag!.clockDoubt], [doubt === null ? when : at, doubt])
      assert.ok(Math.abs(airbag!.firstAt - at) < 16 * 365.25 * dayMs)
    }),
    { endOnFailure: true },
  )
})

/** A crash at 1 Hz, of which some messages carry an instant 20 h ahead. */
const crashing = (jumps: readonly number[]): StoredRecord[] =>
  Array.from({ length: 80 }, (_, second) => {
    const trueAt = at + second * 1000
    const signals = {
      'Vehicle.Speed': second < 20 ? 50 : 0,
      ...(second === 20 && { 'Vehicle.Acceleration.Longitudinal': -118 }),
    }
    const sample = { at: trueAt + (jumps.includes(second) ? 20 * hourMs : 0), signals }
    return heard({ boot, seq: second, samples: [sample] }, trueAt + 300)
  })

test('a crash with a lone wrong instant is told once, with what is doubtful about it', () => {
  const airbag = heard(airbagEvent(at + 20_100), at + 20_400, 'critical')
  for (const records of [
    crashing([20]),
    crashing([3, 20]),
    [...crashing([20]), airbag],
    [airbag, ...crashing([20]).toReversed()],
  ]) {
    const alerts = alertsFrom(records)
    assert.equal(alerts.length, 1)
    const withAirbag = records.includes(airbag)
    assert.deepEqual([alerts[0]!.clockDoubt, alerts[0]!.at], withAirbag ? [null, at + 20_100] : ['ahead', at + 20_300])
    assert.ok(Number(alerts[0]!.evidence['pulseMs2']) > 100)
  }
})

test('a car whose clock is ahead all the time is judged by its own time, and told for ours', () => {
  const all = Array.from({ length: 80 }, (_, second) => second)
  const [alert, ...more] = alertsFrom(crashing(all))
  assert.deepEqual(more, [])
  assert.deepEqual([alert!.status, alert!.clockDoubt, alert!.evidence['stoodStill']], ['confirmed', 'ahead', true])
  assert.ok(Math.abs(alert!.at - (at + 20_300)) <= 10_000)
})

test('an airbag after one position 20 h ahead is told, and one 7 h behind the newest sample', () => {
  const place = { 'Vehicle.CurrentLocation.Latitude': 52.5, 'Vehicle.CurrentLocation.Longitude': 13.4 }
  const ahead = heard(
    { boot, seq: 0, samples: [{ at: at + 20 * hourMs, signals: { 'Vehicle.Speed': 0, ...place } }] },
    at,
  )
  const drive = Array.from({ length: 120 }, (_, step) =>
    heard({ boot, seq: step + 1, samples: [speedAt(at - 1200_000 + step * 10_000, 50)] }, at + step),
  )
  const [alert] = alertsFrom([ahead, ...drive, heard(airbagEvent(at + 1), at + 500, 'critical')])
  assert.deepEqual([alert?.at, alert?.severity], [at + 1, 'critical'])
})
