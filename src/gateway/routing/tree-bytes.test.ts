// What the trees say they take is what they take: bounds that operators set in bytes go by it. Measured, because it is V8 that decides.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { noProperties } from '../codec/properties.ts'
import type { Subscription } from '../session/session.ts'
import { RetainedMessages } from './retained-messages.ts'
import { SubscriptionTree } from './subscription-tree.ts'
import { parseTopicFilter, parseTopicName } from './topic-filter.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const count = 10_000
/** As they come from a packet: each with bytes of its own. */
const shapes: Readonly<Record<string, (n: number) => string>> = {
  'three of a car': (n) => `v1/demo/car-${Math.floor(n / 3)}/down/${['command', 'config', 'notice'][n % 3]}`,
  'one long level': (n) => String(n).padStart(1000, '0'),
  '24 levels without a name': (n) => n + '/'.repeat(23),
  '24 long levels': (n) => Array.from({ length: 24 }, (_, level) => String(n + level).padStart(41, '0')).join('/'),
}
const textOf = (shape: (n: number) => string, n: number): string => new TextDecoder().decode(new TextEncoder().encode(shape(n)))

/** So that nothing of one test is let go while another measures. */
const kept: unknown[] = []

/** What `fill` has taken for good, with the bytes outside the heap. */
function measure(fill: () => void): number {
  const used = (): number => {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  used()
  const before = used()
  fill()
  return used() - before
}

for (const [name, shape] of Object.entries(shapes)) {
  test(`subscriptions take about what they count for: ${name}`, () => {
    const tree = new SubscriptionTree<object, Subscription>()
    const subscriptions = new Map<string, Subscription>()
    const session = {}
    kept.push(tree, subscriptions)
    const measured = measure(() => {
      for (let n = 0; n < count; n++) {
        const filter = textOf(shape, n)
        const parsed = parseTopicFilter(filter)!
        const subscription = { parsed, qos: 1, noLocal: false, retainAsPublished: false, subscriptionId: undefined } as const
        subscriptions.set(filter, subscription)
        tree.add(parsed, session, subscription)
      }
    })
    assert.equal(subscriptions.size, count)
    const ratio = measured / tree.bytes
    assert.ok(ratio > 0.6 && ratio < 1.5, `${Math.round(measured / count)} bytes each, counted as ${Math.round(tree.bytes / count)}`)
  })

  test(`retained messages take about what they count for: ${name}`, () => {
    const retained = new RetainedMessages({ retainedMessages: count, retainedBytes: Number.POSITIVE_INFINITY })
    kept.push(retained)
    const measured = measure(() => {
      for (let n = 0; n < count; n++) {
        const topic = textOf(shape, n)
        const levels = parseTopicName(topic)!
        const rest = { qos: 1, retain: true, properties: noProperties, expiresAt: 0, publisher: undefined, holders: 0 } as const
        retained.put(levels, { topic, levels, payload: Buffer.from('of a car'), ...rest })
      }
    })
    assert.equal(retained.count, count)
    const ratio = measured / retained.bytes
    assert.ok(ratio > 0.6 && ratio < 1.5, `${Math.round(measured / count)} bytes each, counted as ${Math.round(retained.bytes / count)}`)
  })
}
