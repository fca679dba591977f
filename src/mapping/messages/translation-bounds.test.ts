import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { mappingNames, shippedAnyMapping } from '../../replay/mapping-catalogue.ts'
import type { Memory } from '../foreign.ts'
import { isOfMessages } from '../parse-mapping.ts'
import { messageMappingLimits } from './limits.ts'
import type { ExampleMessage } from './message-mapping.ts'
import { openTranslation } from './open-translation.ts'
import { box, t0, take, topicValues, translationOf } from './translation.testing.ts'

const shipped = mappingNames().map(shippedAnyMapping).filter(isOfMessages)
const examples: readonly ExampleMessage[] = shipped.flatMap(({ examples = [] }) =>
  examples.flatMap(({ messages }) => messages),
)
const payloads = examples
  .filter(({ hex }) => hex === undefined)
  .map(({ payload = '' }) => (typeof payload === 'string' ? payload : JSON.stringify(payload)))
const frames = examples.flatMap(({ hex }) => (hex === undefined || hex === '' ? [] : [hex]))
const deep = (depth: number): string => `${'{"position":['.repeat(depth)}1${']}'.repeat(depth)}`

test('whatever comes is said or refused, never thrown, and leaves a bounded memory', () => {
  assert.ok(shipped.length >= 10)
  const word = fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    'toString',
    'a'.repeat(600),
    '-1',
    'nil',
    '{}',
    '[]',
    '1e999',
    'location',
    '0',
  )
  const json = fc.jsonValue({ depthSize: 'small' }).map((value) => JSON.stringify(value))
  const cut = fc
    .tuple(fc.constantFrom(...payloads), fc.nat())
    .map(([text, at]) => text.slice(0, at % (text.length + 1)))
  const changed = fc
    .tuple(
      fc.constantFrom(...payloads),
      fc.constantFrom('null', '""', '-1', '{}', '[[]]', 'NaN', '1e400', 'true', '"__proto__"'),
      fc.nat(),
    )
    .map(([text, other, at]) => {
      let count = 0
      const numbers = text.match(/-?\d+(\.\d+)?|"[^"]*"/g)?.length ?? 0
      return text.replaceAll(/-?\d+(\.\d+)?|"[^"]*"/g, (found) =>
        count++ === at % Math.max(1, numbers) ? other : found,
      )
    })
  const torn = fc
    .tuple(
      fc.constantFrom(...frames),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      fc.nat(),
    )
    .map(([hex, changes, end]) => {
      const bytes = Buffer.from(hex, 'hex')
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte
      return end % 3 === 0 ? bytes.subarray(0, end % bytes.length) : bytes
    })
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    torn,
    fc.oneof(word, json, cut, changed, fc.nat({ max: 5000 }).map(deep)).map((text) => new TextEncoder().encode(text)),
  )
  const address = fc.oneof(
    fc.constantFrom(...examples.map(({ to }) => to)),
    fc.tuple(fc.constantFrom(...examples.map(({ to }) => to)), word).map(([to, text]) => to.replace(/[^/?=]+$/, text)),
    fc.string({ maxLength: 40 }),
    fc.string({ maxLength: 40 }).map((text) => `POST /${text}`),
  )
  const messages = fc.array(fc.tuple(address, payload, fc.boolean(), fc.integer({ min: 0, max: 5000 })), {
    minLength: 1,
    maxLength: 12,
  })
  const translations = shipped.map((mapping) => openTranslation(mapping))
  fc.assert(
    fc.property(messages, (given) => {
      for (const translation of translations) {
        let memory: Memory = {}
        let at = t0
        for (const [to, payload, retained, passed] of given) {
          at += passed
          translation.senderOf(to)
          const taken = [
            take(translation, memory, { to, payload, retained, receivedAt: at }),
            translation.pass(memory, at),
          ]
          for (const { said } of taken)
            for (const { samples } of said)
              for (const sample of samples)
                assert.ok(Number.isSafeInteger(sample.at) && Object.keys(sample.signals).length > 0)
          memory = JSON.parse(JSON.stringify(memory)) as Memory
        }
        assert.ok(JSON.stringify(memory).length < 100_000, translation.name)
        assert.equal(({} as Record<string, unknown>)['open'], undefined)
      }
    }),
    { numRuns: 400 },
  )
})

test('a sender of ever new parts, vehicles and long texts is refused, and its memory does not grow', () => {
  const translation = translationOf({ ...topicValues, constants: { 'Vehicle.Powertrain.Type': 'ELECTRIC' } })
  const memory: Memory = {}
  let refused = 0
  let bytes = 0
  for (let number = 0; number < 5000; number++) {
    const receivedAt = t0 + number * 400
    for (const [name, text] of [
      ['car', `car-${number}`],
      ['speed', String(number % 90)],
      ['state', 'x'.repeat(5000)],
    ] as const)
      if (take(translation, memory, box(name, text, receivedAt, String(number % 500))).refused?.reason === 'too-many')
        refused++
    bytes = Math.max(bytes, JSON.stringify(memory).length)
  }
  const { parts, keptChars, vehicles } = messageMappingLimits
  assert.ok(refused > 0)
  assert.ok(bytes < parts * 2 * (keptChars + 300) + vehicles * 40, `${bytes} bytes`)
})
