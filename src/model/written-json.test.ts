import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { keyPathText, parseWrittenJson } from './written-json.ts'

const twiceIn = (text: string): string | undefined => {
  const read = parseWrittenJson(text)
  return 'twice' in read ? keyPathText(read.twice) : undefined
}

test('a key that stands twice in one object is told with its place, however it is spelt', () => {
  for (const [text, path] of [
    ['{"a":1,"a":1}', 'a'],
    ['{"ovms": {"CAR7": "leaf", "CAR8": "van", "CAR7": "van"}}', 'ovms.CAR7'],
    ['{"a": 1 , "\\u0061"\n: 2}', 'a'],
    ['{"list":[1,{"b":[]},{"x.y":{"c":"]","c":1}}]}', 'list[2]["x.y"].c'],
    ['[[0],[1,{"":0,"":0}]]', '[1][1][""]'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"a":"\\"","a":{}}', 'a'],
  ] as const)
    assert.equal(twiceIn(text), path, text)
})

test('the same key in other objects, and texts that look like keys, are none', () => {
  for (const text of [
    '{"a":{"a":{"a":1}},"b":{"a":1}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"\\"a\\":1,","c":["a","a"]}',
    '"a"',
    '7',
    '{}',
  ])
    assert.deepEqual(parseWrittenJson(text), { json: JSON.parse(text) as unknown })
})

test('whatever JSON there is reads as JSON.parse reads it, and with any key said again it is told', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), fc.nat(), fc.boolean(), (value, pick, isWide) => {
      const text = JSON.stringify(value, undefined, isWide ? 2 : undefined)
      assert.deepEqual(parseWrittenJson(text), { json: JSON.parse(text) as unknown })
      const keys = objectsIn(value).flatMap((object) => Object.keys(object).map((key) => ({ object, key })))
      if (keys.length === 0) return
      const { object, key } = keys[pick % keys.length]!
      const whole = JSON.stringify(value, (_, each: unknown) => (each === object ? { ...object, '<again>': 0 } : each))
      assert.ok('twice' in parseWrittenJson(whole.replaceAll('"<again>"', () => JSON.stringify(key))))
    }),
  )
})

test('what is no JSON is told, and depth and length cost no stack', () => {
  assert.ok('said' in parseWrittenJson('{"a":'))
  const deep = 20_000
  assert.ok('json' in parseWrittenJson(`${'['.repeat(deep)}${']'.repeat(deep)}`))
  const last = parseWrittenJson(`${'[{"a":'.repeat(1_000)}{"b":1,"b":2}${'}]'.repeat(1_000)}`)
  assert.ok('twice' in last && last.twice.length === 2_001)
})

function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value).flatMap(objectsIn)
  return Array.isArray(value) ? inner : [value, ...inner]
}
