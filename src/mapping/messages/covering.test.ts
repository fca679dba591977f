import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { coveredBy, type Covered, type MappingReader } from './covering.ts'
import type { MessageMapping, Route } from './message-mapping.ts'
import { openTranslation } from './open-translation.ts'

/** A reader of a field of JSON, or each of these names where a level names the payload. */
function reader(name: string, routes: readonly Route[], names: readonly string[] = ['/speed']): MappingReader {
  const mapping: MessageMapping = {
    name,
    about: 'a test',
    from: { form: 'messages', routes, vehicle: '{car}' },
    time: { as: 'receipt' },
    signals: { 'Vehicle.Speed': names.map((field) => ({ field, unit: 'km/h' })) },
  }
  return { mapping, translation: openTranslation(mapping) }
}
const ofTopics = (name: string, ...topics: readonly string[]): MappingReader =>
  reader(
    name,
    topics.map((topic) => ({ topic })),
  )

const covered = (before: readonly MappingReader[], by: MappingReader): Covered['is'] | 'none' =>
  coveredBy(before, by)?.is ?? 'none'

test('who stands before takes all where its patterns are as wide, a part where they are narrower, and nothing elsewhere', () => {
  for (const [first, second, is] of [
    ['a/{car}', 'a/{car}', 'all'],
    ['a/{car}', 'a/b', 'all'],
    ['a/b', 'a/{car}', 'some'],
    ['a/{car}', 'b/{car}', 'none'],
    ['a/{car}', 'a/{car}/b', 'none'],
    ['a/{car...}', 'a/{car}/b', 'all'],
    ['a/{car...}', 'a/b/{car...}', 'all'],
    ['a/{car}/{tail...}', 'a/{car...}', 'some'],
    ['a/{x}/{car}', 'a/{car...}', 'some'],
  ] as const)
    assert.equal(covered([ofTopics('one', first)], ofTopics('two', second)), is, `${first} before ${second}`)
  const both = [ofTopics('one', 'a/{car}'), ofTopics('two', 'b/{car}')]
  assert.deepEqual(coveredBy(both, ofTopics('three', 'b/{car}', 'a/{car}')), {
    is: 'all',
    topics: ['b/{car}', 'a/{car}'],
    by: ['two', 'one'],
  })
  assert.deepEqual(coveredBy(both, ofTopics('three', 'c/{car}', 'a/{car}')), {
    is: 'some',
    topics: ['a/{car}'],
    by: ['one'],
  })
})

test('where a level names what is told, a mapping takes no more than what it reads', () => {
  const named = (name: string, ...fields: readonly string[]): MappingReader =>
    reader(name, [{ topic: '{car}/{of...}', payload: 'text', field: '{of}' }], fields)
  const speed = named('one', 'v.speed', 'v.hidden')
  assert.equal(covered([speed], named('two', 'v.speed')), 'all')
  assert.equal(covered([speed], named('two', 'v.speed', 'v.soc')), 'some')
  assert.equal(covered([speed], named('two', 'v.soc')), 'none')
})

test('what comes by HTTP is nobody else’s', () => {
  const both = reader('two', [{ topic: 'a/{car}' }, { method: 'POST', path: '/{car}' }])
  assert.deepEqual(coveredBy([ofTopics('one', 'a/{car}')], both), { is: 'all', topics: ['a/{car}'], by: ['one'] })
  assert.equal(
    covered([reader('one', [{ method: 'POST', path: '/{car}' }])], reader('two', [{ method: 'POST', path: '/{car}' }])),
    'none',
  )
})

test('a mapping of which all is said to be taken gets no topic that is for it, and one of which nothing is said loses none to a covering pattern', () => {
  const level = fc.constantFrom('a', 'b', '{x}')
  const pattern = fc
    .tuple(fc.array(level, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([levels, hasTail]) =>
      [...levels.map((each, index) => each.replace('x', `x${index}`)), ...(hasTail ? ['{car...}'] : [])].join('/'),
    )
  const patterns = fc.array(pattern, { minLength: 1, maxLength: 3 })
  const topic = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 5 })
    .map((levels) => levels.join('/'))
  fc.assert(
    fc.property(patterns, patterns, fc.array(topic, { minLength: 20, maxLength: 20 }), (one, two, topics) => {
      const [first, second] = [ofTopics('one', ...one), ofTopics('two', ...two)]
      const is = covered([first], second)
      for (const each of topics) {
        const isOfSecond = second.translation.senderOf(each) !== undefined
        const isTaken = first.translation.senderOf(each) !== undefined
        if (is === 'all' && isOfSecond) assert.ok(isTaken, each)
      }
      if (one.some((each) => two.includes(each))) assert.notEqual(is, 'none')
    }),
  )
})
