import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { hearMessage, newJumps } from './lone-jumps.ts'
import { shuffled } from './shuffled.testing.ts'

type Heard = readonly [seq: number, marked: boolean]

/** The marked messages that count, after all were heard in this order. */
function countedOf(heard: readonly Heard[]): number[] {
  const jumps = newJumps<number>()
  const counted = heard.flatMap(([seq, marked]) => hearMessage(jumps, seq, marked ? seq : undefined).counted)
  return [...counted, ...jumps.open.flatMap(({ counts, said }) => (counts ? [said] : []))].sort((a, b) => a - b)
}

const inOrder = (text: string): Heard[] =>
  text.split('').flatMap((letter, seq): Heard[] => (letter === '.' ? [] : [[seq, letter === 'M']]))

test('a jump alone is put aside, also the first message of a boot; a clock that is ahead, from the start or from then on, is not', () => {
  assert.deepEqual(countedOf(inOrder('rrMrrMMMr')), [5, 6, 7])
  assert.deepEqual(countedOf(inOrder('MMMrr')), [0, 1, 2])
  assert.deepEqual(countedOf(inOrder('M')), [0])
  assert.deepEqual(countedOf(inOrder('Mrr')), [])
  assert.deepEqual(countedOf(inOrder('..M.r')), [])
  assert.deepEqual(countedOf(inOrder('Mr.M.M')), [3, 5])
  assert.deepEqual(countedOf(inOrder('rM')), [], 'nothing shows yet that the clock was set')
  assert.deepEqual(countedOf(inOrder('r.M.M.r')), [2, 4], 'what was lost says nothing')
})

test('what is put aside is a function of the set of messages', () => {
  const heard = fc.uniqueArray(fc.tuple(fc.nat(25), fc.boolean()), { selector: ([seq]) => seq, maxLength: 26 })
  fc.assert(
    fc.property(heard, fc.infiniteStream(fc.nat(1000)), (messages, random) => {
      const bySeq = messages.toSorted(([a], [b]) => a - b)
      const wanted = bySeq.flatMap(([seq, marked], index) => {
        const [before, after] = [bySeq[index - 1], bySeq[index + 1]]
        const counts = before === undefined ? after?.[1] !== false : before[1] || after?.[1] === true
        return marked && counts ? [seq] : []
      })
      const someTwice = [...messages, ...messages.slice(0, 5)]
      assert.deepEqual(countedOf(shuffled(someTwice, random)), wanted)
    }),
  )
})
