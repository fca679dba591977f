// Each threshold decides by itself: what is said with the usual ones changes with it alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sample } from '../../model/message.ts'
import {
  alertsOfSamples,
  crashAt,
  haversinePulse,
  messagesOfCrash,
  playCrash,
  usualCrash,
  type PlayedCrash,
} from './played-crash.testing.ts'
import { g, usualThresholds, type Thresholds } from './thresholds.ts'

type Case = {
  readonly set: keyof Thresholds
  readonly to: number
  readonly played: Partial<PlayedCrash>
  /** Told with the usual value and with the other: the status, or a sign that is seen. */
  readonly before: string
  readonly after: string | undefined
}

/** A stop at 2.6 g: what readings below a pulse make. */
const lowPulse = Array.from({ length: 300 }, (_, ms) => -2.6 * Math.min(1, ms / 50, (300 - ms) / 50))
const blind = { speed: 'missing', fromKmh: 0 } as const

const cases: readonly Case[] = [
  { set: 'readingMs2', to: 3 * g, played: { ...blind, pulse: lowPulse }, before: 'possible', after: undefined },
  {
    set: 'pulseMs2',
    to: 10 * g,
    played: { ...blind, rateHz: 20, pulse: haversinePulse(9, 200) },
    before: 'possible',
    after: undefined,
  },
  {
    set: 'triggerKmh',
    to: 20,
    played: { ...blind, pulse: haversinePulse(3.8, 180) },
    before: 'possible',
    after: undefined,
  },
  {
    set: 'severeKmh',
    to: 60,
    played: { ...blind, pulse: haversinePulse(40, 69) },
    before: 'confirmed',
    after: 'possible',
  },
  { set: 'lossKmh', to: 70, played: { tellsAcceleration: false }, before: 'confirmed', after: undefined },
  {
    set: 'lossBesideReadingKmh',
    to: 43,
    played: { rateHz: 10, pulse: lowPulse, fromKmh: 28 },
    before: 'confirmed',
    after: undefined,
  },
  { set: 'stillS', to: 150, played: {}, before: 'stoodStill', after: undefined },
]

for (const { set, to, played, before, after } of cases)
  test(`${set}: ${before} with ${usualThresholds[set]}, ${after ?? 'nothing'} with ${to}`, () => {
    const told = (thresholds: Thresholds): readonly string[] => {
      const alert = playCrash({ ...usualCrash, ...played }, thresholds).inTheEnd
      return alert === undefined ? [] : [alert.status, ...Object.keys(alert.evidence)]
    }
    const usual = told(usualThresholds)
    assert.ok(usual.includes(before), String(usual))
    const changed = told({ ...usualThresholds, [set]: to })
    assert.ok(after === undefined ? !changed.includes(before) : changed.includes(after), String(changed))
  })

const samplesOfCrash = (played: Partial<PlayedCrash>): Sample[] =>
  messagesOfCrash({ ...usualCrash, ...played }).flatMap((message) => ('samples' in message ? message.samples : []))

test('silentS: a unit that is heard again after two minutes was silent for one, not for five', () => {
  const again = { at: crashAt + 120_000, signals: { 'Vehicle.Speed': null } }
  const samples = [...samplesOfCrash({ silentAfterS: 1 }), again]
  assert.equal(alertsOfSamples(samples)[0]?.evidence['wentSilent'], true)
  assert.equal(alertsOfSamples(samples, { ...usualThresholds, silentS: 300 })[0]?.evidence['wentSilent'], undefined)
})

test('rotationDegS: a car that turns at 80 °/s skids where that is said to be skidding', () => {
  const turns = { at: crashAt + 500, signals: { 'Vehicle.AngularVelocity.Yaw': 80 } }
  const samples = [...samplesOfCrash({}), turns].sort((a, b) => a.at - b.at)
  assert.equal(alertsOfSamples(samples)[0]?.evidence['skidded'], undefined)
  assert.equal(alertsOfSamples(samples, { ...usualThresholds, rotationDegS: 60 })[0]?.evidence['skidded'], true)
})
