// Everyone who has something unsent has a turn, in order, and nobody has to wait until all have had
// theirs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { atOnce, createEndOfTick } from './end-of-tick.ts'

test('clients are flushed in the order they asked, some at a time, with a pump before each', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 10, atOnce.bytes / 3, atOnce.bytes), { maxLength: 1500 }), (sizes) => {
      const ticks: (() => void)[] = []
      const flushed: number[] = []
      let pumps = 0
      const tick = createEndOfTick(
        () => void pumps++,
        (run) => ticks.push(run),
      )
      for (const [index, size] of sizes.entries()) tick.wakeFor({ flush: () => (flushed.push(index), size) })
      assert.ok(ticks.length <= 1)
      for (let round = 1; ticks.length > 0; round++) {
        const before = flushed.length
        ticks.shift()!()
        assert.equal(pumps, round)
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
  const ticks: (() => void)[] = []
  const said: string[] = []
  const tick = createEndOfTick(
    () => undefined,
    (run) => ticks.push(run),
  )
  const client = (name: string, then?: () => void) => ({ flush: () => (said.push(name), then?.(), 1) })
  tick.wakeFor(client('first', () => tick.wakeFor(client('late'))))
  tick.wakeFor(client('second'))
  while (ticks.length > 0) ticks.shift()!()
  assert.deepEqual(said, ['first', 'second', 'late'])
})
