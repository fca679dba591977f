// Everyone who has something unsent has a turn, in order, and nobody has to wait until all have had
// theirs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { onceATick } from '../base/once-a-tick.ts'
import { atOnce, createFlushes } from './flushes.ts'

function openTurns() {
  const ticks: (() => void)[] = []
  const flushes = createFlushes(
    onceATick(
      () => flushes.take(),
      (run) => ticks.push(run),
    ),
  )
  return { flushes, ticks }
}

test('clients are flushed in the order they asked, some at a time', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 10, atOnce.bytes / 3, atOnce.bytes), { maxLength: 1500 }), (sizes) => {
      const { flushes, ticks } = openTurns()
      const flushed: number[] = []
      for (const [index, size] of sizes.entries()) flushes.add({ flush: () => (flushed.push(index), size) })
      assert.ok(ticks.length <= 1)
      while (ticks.length > 0) {
        const before = flushed.length
        ticks.shift()!()
        const sent = sizes.slice(before, flushed.length)
        assert.ok(sent.length > 0 && sent.length <= atOnce.clients)
        // All but the last of them were within what is sent at once.
        assert.ok(sent.slice(0, -1).reduce((sum, size) => sum + size, 0) < atOnce.bytes)
      }
      assert.deepEqual(flushed, [...sizes.keys()])
    }),
  )
})

test('who has something to say while others are flushed comes after them; nothing to do is no tick', () => {
  const { flushes, ticks } = openTurns()
  const said: string[] = []
  const client = (name: string, then?: () => void) => ({ flush: () => (said.push(name), then?.(), 1) })
  flushes.add(client('first', () => flushes.add(client('late'))))
  flushes.add(client('second'))
  while (ticks.length > 0) ticks.shift()!()
  assert.deepEqual(said, ['first', 'second', 'late'])
})
