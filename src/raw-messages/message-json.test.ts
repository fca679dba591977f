import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { messageJson, parseObject } from './message-json.ts'

const nested = (depth: number, [open, close]: readonly [string, string], inner: string): string =>
  open.repeat(depth) + inner + close.repeat(depth)
const verdict = (text: string): string => {
  const parsed = parseObject(Buffer.from(text))
  return parsed.ok ? 'ok' : parsed.reason
}

test('64 containers within each other are taken, and no more, lists and objects alike', () => {
  for (const pair of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    assert.equal(verdict(`{"x":${nested(63, pair, '1')}}`), 'ok')
    assert.equal(verdict(`{"x":${nested(64, pair, '1')}}`), 'too-deep')
  }
  assert.equal(verdict(`{"x":[${'[1],{},'.repeat(200)}2]}`), 'ok', 'beside each other they may be many')
})

test('brackets in texts are no containers', () => {
  assert.equal(verdict(JSON.stringify({ ['{'.repeat(99)]: '['.repeat(99) })), 'ok')
  assert.equal(verdict(`{"x":"]]]]]]","y":${nested(64, ['[', ']'], '"}}"')}}`), 'too-deep')
  assert.equal(verdict(`{"x":"\\\\","y":${nested(64, ['[', ']'], '"\\""')}}`), 'too-deep')
  assert.equal(verdict(`{"x":"\\"${'['.repeat(99)}"}`), 'ok')
})

test('of a name that is there twice the last counts', () => {
  const deep = nested(70, ['[', ']'], '')
  assert.equal(verdict(`{"x":${deep},"x":1}`), 'ok')
  assert.equal(verdict(`{"x":1,"x":${deep}}`), 'too-deep')
})

test('any JSON is taken as deep as it is', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0
  fc.assert(
    fc.property(fc.object({ maxDepth: 4 }), fc.integer({ min: 56, max: 64 }), (inner, around) => {
      let value: object = JSON.parse(JSON.stringify(inner)) as object
      for (let level = 0; level < around; level++) value = level % 2 === 0 ? { '{"[\\': value } : { list: [value] }
      assert.equal(verdict(JSON.stringify(value)), depthOf(value) <= 64 ? 'ok' : 'too-deep')
    }),
  )
})

test('a message that is no JSON, or no object, is told as such', () => {
  for (const [text, reason] of [
    ['{', 'not-json'],
    ['"{"', 'shape'],
    ['[]', 'shape'],
  ] as const) {
    const json = messageJson(Buffer.from(text))
    assert.equal(json.ok ? 'ok' : json.reason, reason)
  }
})
