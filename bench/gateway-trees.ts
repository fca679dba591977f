// The memory of subscriptions and retained messages, beside what they count for: bounds that
// operators set in bytes go by the count, and V8 decides what it is worth.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { noProperties } from '../src/mqtt/properties.ts'
import { RetainedMessages } from '../src/gateway/routing/retained-messages.ts'
import { SubscriptionTree } from '../src/gateway/routing/subscription-tree.ts'
import { parseTopicFilter, parseTopicName } from '../src/mqtt/topic-filter.ts'
import type { Subscription } from '../src/gateway/session/subscription.ts'

export const title = 'Gateway: memory of subscriptions and retained messages, beside what they count for'

const count = 10_000
/** As they come from a packet: each with bytes of its own. */
const shapes: Readonly<Record<string, (n: number) => string>> = {
  'three of a car': (n) => `v1/demo/car-${Math.floor(n / 3)}/down/${['command', 'config', 'notice'][n % 3]}`,
  'one long level': (n) => String(n).padStart(1000, '0'),
  '24 levels without a name': (n) => n + '/'.repeat(23),
  '24 long levels': (n) => Array.from({ length: 24 }, (_, level) => String(n + level).padStart(41, '0')).join('/'),
}
const textOf = (shape: (n: number) => string, n: number): string =>
  new TextDecoder().decode(new TextEncoder().encode(shape(n)))

/** So that nothing of one measurement is let go while another goes on. */
const kept: unknown[] = []

/** Bytes that `fill` has taken for good, with the bytes outside the heap. */
function measure(fill: () => void): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
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

function subscribe(shape: (n: number) => string): { readonly measured: number; readonly counted: number } {
  const tree = new SubscriptionTree<object, Subscription>()
  const subscriptions = new Map<string, Subscription>()
  const session = {}
  kept.push(tree, subscriptions)
  const measured = measure(() => {
    for (let n = 0; n < count; n++) {
      const filter = textOf(shape, n)
      const parsed = parseTopicFilter(filter)!
      const subscription = {
        parsed,
        qos: 1,
        noLocal: false,
        retainAsPublished: false,
        subscriptionId: undefined,
      } as const
      subscriptions.set(filter, subscription)
      tree.add(parsed, session, subscription)
    }
  })
  return { measured, counted: tree.bytes }
}

function retain(shape: (n: number) => string): { readonly measured: number; readonly counted: number } {
  const retained = new RetainedMessages({ retainedMessages: count, retainedBytes: Number.POSITIVE_INFINITY })
  kept.push(retained)
  const measured = measure(() => {
    for (let n = 0; n < count; n++) {
      const topic = textOf(shape, n)
      const levels = parseTopicName(topic)!
      const rest = {
        qos: 1,
        retain: true,
        properties: noProperties,
        expiresAt: 0,
        publisher: undefined,
        holders: 0,
      } as const
      retained.put(levels, { topic, levels, payload: Buffer.from('of a car'), ...rest })
    }
  })
  return { measured, counted: retained.bytes }
}

export function run(): Promise<void> {
  for (const [kind, fill] of [
    ['subscription', subscribe],
    ['retained message', retain],
  ] as const)
    for (const [name, shape] of Object.entries(shapes)) {
      const { measured, counted } = fill(shape)
      const each = (bytes: number): string => `${Math.round(bytes / count)} bytes`
      process.stdout.write(
        `${kind}, ${name}: ${each(measured)}, counted as ${each(counted)} (${(measured / counted).toFixed(2)})\n`,
      )
    }
  return Promise.resolve()
}
