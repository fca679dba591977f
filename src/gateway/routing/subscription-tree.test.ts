// The trees beside the plainest matching there is: level by level, filter by filter.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RetainedMessages } from './retained-messages.ts'
import type { RoutedMessage } from '../session/routed-message.ts'
import { noProperties } from '../../mqtt/properties.ts'
import { nodeBytes, SubscriptionTree } from './subscription-tree.ts'
import { parseTopicFilter, parseTopicName, topicLimits, withoutCovered } from '../../mqtt/topic-filter.ts'

/** Section 4.7, word by word. */
function isMatch(filter: readonly string[], topic: readonly string[]): boolean {
  if (topic[0]!.startsWith('$') && (filter[0] === '+' || filter[0] === '#')) return false
  for (const [index, level] of filter.entries()) {
    if (level === '#') return true
    if (index >= topic.length || (level !== '+' && level !== topic[index])) return false
  }
  return filter.length === topic.length
}

const level = fc.constantFrom('a', 'b', '', '$x', '__proto__')
const topic = fc.array(level, { minLength: 1, maxLength: 5 }).filter((levels) => levels.join('/') !== '')
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 4 }), fc.boolean())
  .map(([levels, endsInHash]) => (endsInHash || levels.length === 0 ? [...levels, '#'] : levels))
  .filter((levels) => levels.join('/') !== '')

function membersOf(tree: SubscriptionTree<string, number>, levels: readonly string[]): string[] {
  const found: string[] = []
  tree.match(levels, {
    onMember: (member) => void found.push(member),
    onGroup: (members) => void found.push(...members.keys()),
  })
  return found.sort()
}

test('the tree finds exactly the filters that match, also after some are removed', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(filter, fc.boolean()), { maxLength: 15 }), topic, (filters, levels) => {
      const tree = new SubscriptionTree<string, number>()
      for (const [index, [filter]] of filters.entries())
        tree.add({ levels: filter, group: undefined }, `m${index}`, index)
      for (const [index, [filter, goes]] of filters.entries())
        if (goes) assert.ok(tree.remove({ levels: filter, group: undefined }, `m${index}`))
      const wanted = filters.flatMap(([filter, goes], index) => (!goes && isMatch(filter, levels) ? [`m${index}`] : []))
      assert.deepEqual(membersOf(tree, levels), wanted.sort())
    }),
    { numRuns: 1000 },
  )
})

test('what the tree says it takes is what the subscriptions that stand take, and nothing when none does', () => {
  const request = fc.record({ levels: filter, group: fc.constantFrom(undefined, 'g'), member: fc.nat(2) })
  fc.assert(
    fc.property(fc.array(fc.tuple(request, fc.boolean()), { maxLength: 15 }), (steps) => {
      const tree = new SubscriptionTree<number, number>()
      const standing = new Map<string, (typeof steps)[number][0]>()
      for (const [one, stays] of steps) {
        tree.add(one, one.member, 0)
        const key = JSON.stringify(one)
        standing.set(key, one)
        if (stays) continue
        assert.ok(tree.remove(one, one.member))
        standing.delete(key)
      }
      const fresh = new SubscriptionTree<number, number>()
      for (const one of standing.values()) fresh.add(one, one.member, 0)
      assert.equal(tree.bytes, fresh.bytes)
      for (const one of standing.values()) assert.ok(tree.remove(one, one.member))
      assert.equal(tree.bytes, 0)
    }),
    { numRuns: 1000 },
  )
})

/** Of messages with one byte of payload: each for itself, and each level once however many topics
 *  share it. */
function bytesOf(topics: readonly string[]): number {
  const nodes = new Set<string>()
  let bytes = 0
  for (const topic of topics) {
    const levels = topic.split('/')
    for (const depth of levels.keys()) nodes.add(JSON.stringify(levels.slice(0, depth + 1)))
    bytes += topic.length + 1 + 200 + levels.length * 32
  }
  return bytes + nodes.size * nodeBytes
}

test('whenever the sweep comes, retained messages that have expired are gone and the others stand', () => {
  const step = fc.record({
    name: fc.nat(7),
    lifeMs: fc.option(fc.integer({ min: 1, max: 60_000 })),
    pauseMs: fc.nat(20_000),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const retained = new RetainedMessages({ retainedMessages: 100, retainedBytes: 100_000 })
      const ends = new Map<string, number>()
      let now = 0
      for (const { name, lifeMs, pauseMs } of steps) {
        const topic = `t/${name}`
        const expiresAt = lifeMs === null ? 0 : now + lifeMs
        retained.put(['t', String(name)], {
          topic,
          levels: ['t', String(name)],
          payload: Buffer.from('x'),
          qos: 0,
          retain: true,
          properties: noProperties,
          expiresAt,
          publisher: undefined,
          holders: 0,
        })
        ends.set(topic, lifeMs === null ? Number.POSITIVE_INFINITY : expiresAt)
        now += pauseMs
        retained.expire(now)
      }
      // Walks are apart, so the last one may have been skipped: one more pause is enough for all.
      now += 60_000
      retained.expire(now)
      const standing = [...ends].filter(([, end]) => end > now).map(([topic]) => topic)
      assert.deepEqual(
        retained
          .match(['#'], now)
          .map(({ topic }) => topic)
          .sort(),
        standing.sort(),
      )
      assert.deepEqual([retained.count, retained.bytes], [standing.length, bytesOf(standing)])
    }),
    { numRuns: 500 },
  )
})

test('retained messages are found by exactly the filters that match, counted, and gone when removed', () => {
  const message = (levels: readonly string[], payload: string): RoutedMessage => ({
    topic: levels.join('/'),
    levels,
    payload: Buffer.from(payload),
    qos: 0,
    retain: true,
    properties: noProperties,
    expiresAt: 0,
    publisher: undefined,
    holders: 0,
  })
  fc.assert(
    fc.property(fc.array(fc.tuple(topic, fc.boolean()), { maxLength: 15 }), filter, (puts, filter) => {
      const retained = new RetainedMessages({ retainedMessages: 100, retainedBytes: 100_000 })
      const model = new Map<string, readonly string[]>()
      for (const [levels, isRemoval] of puts) {
        retained.put(levels, message(levels, isRemoval ? '' : 'x'))
        if (isRemoval) model.delete(levels.join('/'))
        else model.set(levels.join('/'), levels)
      }
      const found = retained.match(filter, 0).map(({ topic }) => topic)
      const wanted = [...model].filter(([, levels]) => isMatch(filter, levels)).map(([topic]) => topic)
      assert.deepEqual(found.sort(), wanted.sort())
      assert.equal(retained.count, model.size)
      assert.equal(retained.bytes, bytesOf([...model.keys()]))
    }),
    { numRuns: 1000 },
  )
})

test('filters and topic names are well-formed or refused', () => {
  for (const good of ['a', '/', 'a/+/b', '#', '+/#', '$share/g/a', '$share/g//', '$SYS/#'])
    assert.ok(parseTopicFilter(good), good)
  for (const bad of [
    '',
    'a#',
    'a/#/b',
    'a+',
    '$share',
    '$share/g',
    '$share//a',
    '$share/g+/a',
    'a/'.repeat(topicLimits.levels + 1),
  ])
    assert.equal(parseTopicFilter(bad), undefined, bad)
  for (const bad of ['', 'a/+', '#', 'x'.repeat(topicLimits.bytes + 1), '/'.repeat(topicLimits.levels)])
    assert.equal(parseTopicName(bad), undefined, bad)
})

test('filters without those that others cover match the same topics, and none of them covers another', () => {
  const filters = fc.array(filter, { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(filters, fc.array(topic, { maxLength: 20 }), (all, topics) => {
      const left = withoutCovered(all.map((levels) => levels.join('/')))
      for (const levels of topics) {
        const isMatched = all.some((one) => isMatch(one, levels))
        const matching = left.filter((one) => isMatch(one.split('/'), levels))
        assert.equal(matching.length > 0, isMatched)
      }
    }),
    { numRuns: 500 },
  )
  assert.deepEqual(withoutCovered(['a/+/b', 'a/#', 'a', 'a/#', 'c/+', 'c/d', '+/d', '$x/y', '+/y']), [
    'a/#',
    'c/+',
    '+/d',
    '$x/y',
    '+/y',
  ])
})
