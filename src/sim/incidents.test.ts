import assert from 'node:assert/strict'
import { test } from 'node:test'
import { incidentKinds, parseIncident } from './incidents.ts'

test('an incident is written KIND@SECONDS, with a car or without', () => {
  assert.deepEqual(parseIncident('crash@60:car-00012', 20, 'car'), {
    ok: true,
    value: { kind: 'crash', afterMs: 60_000, car: 11 },
  })
  const named = parseIncident('crash@60:night-bus-2', 20, 'night-bus')
  assert.deepEqual(named, { ok: true, value: { kind: 'crash', afterMs: 60_000, car: 1 } })
  for (const kind of incidentKinds)
    assert.deepEqual(parseIncident(`${kind}@1.5`, 1, 'car'), { ok: true, value: { kind, afterMs: 1500, car: null } })
})

test('what is no incident is refused with the form it should have', () => {
  for (const text of [
    '',
    'crash',
    'crash@',
    'fire@60',
    'crash@-1',
    'crash@60:12',
    'crash@60:car-x',
    'crash@60:bus-00001',
  ]) {
    const result = parseIncident(text, 20, 'car')
    assert.ok(!result.ok && result.detail.includes('KIND@SECONDS') && result.detail.includes('harsh-braking'), text)
  }
  for (const text of ['crash@60:car-21', 'crash@60:car-0']) {
    const result = parseIncident(text, 20, 'car')
    assert.ok(!result.ok && result.detail.includes('20'), text)
  }
})
