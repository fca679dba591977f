import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { Memories, type MemoriesOptions } from './memories.ts'

const task = 't'
const mappings = new Set(['m'])
const roomy = { senders: 1_000, memoryChars: 1_000, memoriesChars: 100_000 }

const openState = () => openMemoryLog({ partitions: 1 })

function open({ state }: Pick<ReturnType<typeof openState>, 'state'>, limits: Partial<MemoriesOptions['limits']> = {}) {
  const memories = new Memories({ state, task, mappings, limits: { ...roomy, ...limits } })
  const forgotten: string[] = []
  return {
    memories,
    forgotten,
    say(name: string, vehicle?: string, text = '') {
      const sender = memories.hear('m', name, ++now)
      sender.memory['text'] = text
      if (vehicle !== undefined) sender.vehicle = vehicle
      memories.touch(sender)
    },
    save: () =>
      state.commit(
        [
          {
            task,
            positions: {},
            state: memories.takeChanges(({ sender, why }) => forgotten.push(`${why} ${sender.key}`)),
          },
        ],
        [],
      ),
    names: () => memories.all().map(({ key }) => key.slice(3)),
  }
}
let now = 0

test('what is remembered is there after a start, in the order in which it was heard, and that of other mappings is gone', async () => {
  await using kept = openState()
  const first = open(kept)
  first.say('a', 'golf', 'A')
  first.say('b')
  first.say('c', undefined, 'C')
  first.say('a')
  await first.save()
  const next = open(kept)
  assert.deepEqual(next.names(), ['b', 'c', 'a'])
  assert.deepEqual(next.memories.get('~m/a')!.vehicle, 'golf')
  assert.deepEqual(next.memories.get('~m/c')!.memory, { text: 'C' })
  const without = new Memories({ state: kept.state, task, mappings: new Set(['n']), limits: roomy })
  assert.equal(without.size, 0)
  await kept.state.commit([{ task, positions: {}, state: without.takeChanges(() => assert.fail()) }], [])
  assert.equal(open(kept).memories.size, 0)
})

test('senders that are made up drive out each other, and none that spoke of a vehicle that is known', async () => {
  await using kept = openState()
  const { say, save, names, forgotten } = open(kept, { senders: 3 })
  say('a', 'golf')
  say('b', 'van')
  for (let n = 0; n < 50; n++) {
    say(`x${n}`)
    if (n % 7 === 0) await save()
  }
  await save()
  assert.deepEqual(names().sort(), ['a', 'b', 'x49'])
  assert.equal(forgotten.length, 49)
  assert.deepEqual(open(kept).names().sort(), ['a', 'b', 'x49'])
  say('c', 'bus')
  say('d', 'cab')
  await save()
  assert.deepEqual(names(), ['b', 'c', 'd'])
})

test('a memory that has grown too large is forgotten as a whole', async () => {
  await using kept = openState()
  const { say, save, memories, forgotten } = open(kept, { memoryChars: 50 })
  say('a', 'golf', 'x'.repeat(100))
  say('b', 'van', 'x')
  await save()
  assert.deepEqual(forgotten, ['size ~m/a'])
  assert.deepEqual([memories.get('~m/a')!.memory, memories.get('~m/b')!.memory], [{}, { text: 'x' }])
  assert.deepEqual(open(kept).memories.get('~m/a')!.memory, {})
})

test('whatever is said, what is remembered stays within its bounds and is what is stored', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(
          fc.integer({ min: 0, max: 12 }),
          fc.option(fc.constant('golf'), { nil: undefined }),
          fc.integer({ min: 0, max: 90 }),
          fc.boolean(),
        ),
      ),
      async (steps) => {
        await using kept = openState()
        const { say, save, memories } = open(kept, { senders: 6, memoryChars: 80, memoriesChars: 200 })
        for (const [name, vehicle, chars, saves] of steps) {
          say(`s${name}`, vehicle, 'x'.repeat(chars))
          if (saves) await save()
        }
        await save()
        const chars = memories.all().reduce((sum, { memory }) => sum + JSON.stringify(memory).length, 0)
        assert.ok(memories.size <= 6 && (chars <= 200 || memories.size === 1), `${memories.size} ${chars}`)
        const stored = [...kept.state.range(task, 'sender/')].map(([key]) => key.slice('sender/'.length))
        assert.deepEqual(
          stored.sort(),
          memories
            .all()
            .map(({ key }) => key)
            .sort(),
        )
      },
    ),
    { numRuns: 200 },
  )
})
