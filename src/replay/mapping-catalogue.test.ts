import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkMessage } from '../model/message-check.ts'
import { findSignal } from '../model/vss.ts'
import { findMapping, mappings } from './mapping-catalogue.ts'
import { conversionFactor } from './units.ts'

test('every mapping names signals of the catalogue, once, in a unit that converts to theirs', () => {
  for (const { name, signals } of mappings) {
    assert.equal(new Set(signals.map(({ signal }) => signal)).size, signals.length, name)
    for (const { signal: path, unit, texts } of signals) {
      const signal = findSignal(path)
      assert.ok(signal !== undefined, `${name}: ${path}`)
      if (texts === undefined)
        assert.ok(unit !== undefined && signal.unit !== undefined && conversionFactor(unit, signal.unit) !== undefined, `${name}: ${path}`)
      else for (const text of Object.values(texts)) assert.ok(signal.allowed?.includes(text), `${name}: ${text}`)
    }
  }
})

test('the constants of every mapping are values the model takes', () => {
  for (const { name, constants = {} } of mappings) {
    const message = checkMessage({ boot: '0'.repeat(16), seq: 0, samples: [{ at: Date.UTC(2026), signals: constants }] })
    assert.ok(message.ok && 'samples' in message.value)
    assert.deepEqual(message.value.samples[0]?.signals, constants, name)
  }
})

test('an unknown mapping is answered with those there are', () => {
  const found = findMapping('nds')
  assert.ok(!found.ok)
  for (const { name } of mappings) assert.ok(found.detail.includes(name))
})

test('conversions are exact by definition', () => {
  assert.equal(conversionFactor('mph', 'km/h'), 1.609344)
  assert.equal(conversionFactor('g', 'm/s^2'), 9.80665)
  assert.equal(conversionFactor('mph', 'm'), undefined)
})
