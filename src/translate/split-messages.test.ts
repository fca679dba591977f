import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messageLimits } from '../model/message-check.ts'
import { parseMessage } from '../model/message-codec.ts'
import type { Sample, SignalValue } from '../model/message.ts'
import { splitMessages } from './split-messages.ts'

function split(samples: readonly Sample[]) {
  let seq = 0
  const left: Sample[] = []
  const messages = splitMessages(
    samples,
    { id: () => ({ boot: '0123456789abcdef', seq }), taken: () => void seq++ },
    (sample) => left.push(sample),
  ).map(({ value, samples: own }) => {
    const parsed = parseMessage(value)
    assert.ok(parsed.ok && 'samples' in parsed.value && parsed.value.setAside === undefined)
    assert.deepEqual(parsed.value.samples, own)
    return parsed.value
  })
  assert.deepEqual(
    messages.map((message) => message.seq),
    messages.map((_, index) => index),
  )
  return { samples: messages.flatMap((message) => message.samples), count: messages.length, left }
}

const sampleOf = (at: number, signals: number, value: (index: number) => SignalValue): Sample => ({
  at: 1_764_000_000_000 + at,
  signals: Object.fromEntries(Array.from({ length: signals }, (_, index) => [`Vehicle.Own.S${index}`, value(index)])),
})

test('what fits is one message, what does not is as few as may be, in order and whole', () => {
  const few = [sampleOf(0, 3, (n) => n), sampleOf(1, 1, () => 'x')]
  assert.deepEqual(split(few), { samples: few, count: 1, left: [] })
  assert.deepEqual(split([]), { samples: [], count: 0, left: [] })
  const many = Array.from({ length: messageLimits.samples + 1 }, (_, n) => sampleOf(n, 1, () => n))
  assert.deepEqual(split(many), { samples: many, count: 2, left: [] })
  const heavy = Array.from({ length: 40 }, (_, n) => sampleOf(n, 10, () => 'x'.repeat(messageLimits.textChars)))
  const { samples, count } = split(heavy)
  assert.deepEqual(samples, heavy)
  assert.ok(count >= 3 && count <= 8, String(count))
})

test('a sample that is too wide or too heavy is several of its instant', () => {
  const wide = sampleOf(0, 2 * messageLimits.signalsPerSample + 1, (n) => n)
  const heavy = sampleOf(1, 300, () => 'x'.repeat(messageLimits.textChars))
  for (const sample of [wide, heavy]) {
    const { samples, left } = split([sample])
    assert.ok(samples.length > 1)
    assert.deepEqual([Object.assign({}, ...samples.map(({ signals }) => signals)), left], [sample.signals, []])
    assert.deepEqual(new Set(samples.map(({ at }) => at)), new Set([sample.at]))
  }
})

test('a value that no message can hold is left out by itself', () => {
  const list = Array.from({ length: messageLimits.listItems }, () => 'x'.repeat(messageLimits.textChars))
  const sample = sampleOf(0, 3, (n) => (n === 1 ? list : n))
  const { samples, left } = split([sample, sampleOf(1, 1, () => 7)])
  assert.deepEqual(
    left.map(({ signals }) => Object.keys(signals)),
    [['Vehicle.Own.S1']],
  )
  assert.deepEqual(
    samples.flatMap(({ signals }) => Object.values(signals)),
    [0, 2, 7],
  )
})
