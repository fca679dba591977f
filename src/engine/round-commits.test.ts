import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Commit } from './committer.ts'
import { RoundCommits } from './round-commits.ts'
import { clockAt } from './runner.testing.ts'

function counted() {
  const begun: string[] = []
  const commit: Commit = async ([first]) => {
    begun.push(first!.task)
    return first!.task !== 'refused'
  }
  const steady = clockAt(0)
  const commits = new RoundCommits(commit, steady)
  return { begun, steady, add: (task: string) => commits.add([{ task, positions: {}, state: [] }], []), commits }
}

test('commits of a short round begin in one turn, in their order, and each resolves as it was stored', async () => {
  const { begun, add, commits } = counted()
  const stored = [add('a'), add('refused'), add('c')]
  assert.deepEqual(begun, [])
  commits.begin()
  assert.deepEqual(begun, ['a', 'refused', 'c'])
  assert.deepEqual(await Promise.all(stored), [true, false, true])
  commits.begin()
  assert.equal(begun.length, 3, 'each once')
})

test('in a long round those that wait begin before its end', () => {
  const { begun, steady, add, commits } = counted()
  void add('a')
  steady.at = 15
  void add('b')
  assert.deepEqual(begun, [])
  steady.at = 30
  void add('c')
  assert.deepEqual(begun, ['a', 'b', 'c'])
  void add('d')
  assert.deepEqual(begun, ['a', 'b', 'c'])
  commits.begin()
  assert.deepEqual(begun, ['a', 'b', 'c', 'd'])
})

test('a commit that cannot be rejects for who added it', async () => {
  const commits = new RoundCommits(() => Promise.reject(new Error('gone')), clockAt(0))
  const stored = commits.add([], [])
  commits.begin()
  await assert.rejects(stored, /gone/)
})
