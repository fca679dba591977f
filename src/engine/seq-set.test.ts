import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { addSeq, hasSeq, joinSeqs, neighboursOf, seqRangesMax, type SeqSet } from './seq-set.ts'

test('holds what was added, once, in as few ranges as there are gaps', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60)), (seqs) => {
      const set: SeqSet = []
      const model = new Set<number>()
      for (const seq of seqs) {
        assert.equal(addSeq(set, seq), !model.has(seq))
        model.add(seq)
      }
      for (let seq = 0; seq <= 61; seq += 1) assert.equal(hasSeq(set, seq), model.has(seq))
      const starts = [...model].filter((seq) => !model.has(seq - 1)).length
      assert.equal(set.length, 2 * starts)
    }),
  )
})

test('beyond its limit of ranges the oldest gap is closed, and what fills it later counts as seen', () => {
  const set: SeqSet = []
  for (let index = 0; index <= seqRangesMax; index += 1) addSeq(set, 2 * index)
  assert.equal(set.length, 2 * seqRangesMax)
  assert.equal(addSeq(set, 1), false)
  assert.equal(addSeq(set, 3), true)
})

test('the neighbours of a number are those of the set, whether the number is in it or not; two sets join into one', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30)), fc.array(fc.nat(30)), fc.nat(31), (seqs, others, seq) => {
      const [set, other]: SeqSet[] = [[], []]
      for (const each of seqs) addSeq(set!, each)
      for (const each of others) addSeq(other!, each)
      const below = seqs.filter((each) => each < seq)
      const above = seqs.filter((each) => each > seq)
      assert.deepEqual(neighboursOf(set!, seq), [Math.max(-1, ...below), Math.min(Infinity, ...above)])
      const both: SeqSet = []
      for (const each of [...seqs, ...others]) addSeq(both, each)
      assert.deepEqual(joinSeqs(set!, other!), both)
    }),
  )
})
