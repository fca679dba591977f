import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { nodeQueue } from './node-queue.ts'

test('nodes come out in order of their least cost, each once, whatever was offered before', () => {
  const offers = fc.array(fc.tuple(fc.nat(30), fc.nat(1000)), { maxLength: 200 })
  fc.assert(
    fc.property(offers, offers, (abandoned, wanted) => {
      const queue = nodeQueue(31)
      for (const [node, cost] of abandoned) queue.offer(node, cost)
      queue.clear()
      const least = new Map<number, number>()
      for (const [node, cost] of wanted) {
        queue.offer(node, cost)
        least.set(node, Math.min(least.get(node) ?? Infinity, cost))
      }
      const taken: number[] = []
      while (queue.size() > 0) taken.push(queue.take())
      assert.equal(new Set(taken).size, taken.length)
      const costs = taken.map((node) => least.get(node))
      assert.deepEqual(
        costs,
        [...least.values()].sort((a, b) => a - b),
      )
    }),
  )
})
