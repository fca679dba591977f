// Promise: every partition has one owner, shares differ by one at most, and of what runs only what
// must goes elsewhere.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { shareOut, type Claims } from './assignment.ts'

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 1_000_000)

/** Partitions, some of which run at one of the members, and copies anywhere. */
const group = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 })).chain(([partitions, size]) =>
  fc.record({
    partitions: fc.constant(partitions),
    size: fc.constant(size),
    runningAt: fc.array(fc.option(fc.nat({ max: size - 1 })), { minLength: partitions, maxLength: partitions }),
    warmAt: fc.array(fc.nat({ max: size - 1 }), { minLength: partitions, maxLength: partitions }),
  }),
)

const nameOf = (index: number): string => `member-${index}`

function membersOf({ size, runningAt, warmAt }: { size: number; runningAt: (number | null)[]; warmAt: number[] }) {
  const places = (at: readonly (number | null)[], member: number): number[] =>
    at.flatMap((each, partition) => (each === member ? [partition] : []))
  return new Map<string, Claims>(
    Array.from({ length: size }, (_, member) => [
      nameOf(member),
      { running: places(runningAt, member), warm: places(warmAt, member) },
    ]),
  )
}

test(`each partition has one owner, and shares differ by one at most (seed ${seed})`, () => {
  fc.assert(
    fc.property(group, (given) => {
      const shares = shareOut(membersOf(given), given.partitions)
      assert.deepEqual(
        [...shares.values()].flat().sort((a, b) => a - b),
        [...Array(given.partitions).keys()],
      )
      const sizes = [...shares.values()].map(({ length }) => length)
      assert.equal(shares.size, given.size)
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1)
    }),
    { seed },
  )
})

test(`as many partitions stay where they run as balance allows, and what is balanced stays as it is (seed ${seed})`, () => {
  fc.assert(
    fc.property(group, (given) => {
      const members = membersOf(given)
      const { partitions, size } = given
      const shares = shareOut(members, partitions)
      const runs = [...members.values()].map(({ running }) => running.length)
      const least = Math.floor(partitions / size)
      // Beyond the least share one more stays at as many members as may have one more.
      const stayingMost =
        runs.reduce((sum, count) => sum + Math.min(count, least), 0) +
        Math.min(partitions - least * size, runs.filter((count) => count > least).length)
      const staying = [...shares].reduce(
        (sum, [name, own]) => sum + own.filter((partition) => members.get(name)!.running.includes(partition)).length,
        0,
      )
      assert.equal(staying, stayingMost)
      const then = new Map([...shares].map(([name, running]) => [name, { running, warm: [] }]))
      assert.deepEqual(shareOut(then, partitions), shares)
    }),
    { seed },
  )
})

test('what nobody runs goes to who has a copy of it, as far as balance allows', () => {
  const shares = shareOut(
    new Map([
      ['a', { running: [0], warm: [0] }],
      ['b', { running: [1], warm: [1, 2, 4] }],
      ['c', { running: [], warm: [3] }],
    ]),
    6,
  )
  assert.deepEqual(
    shares,
    new Map([
      ['a', [0, 4]],
      ['b', [1, 2]],
      ['c', [3, 5]],
    ]),
  )
})

test('a partition that several say they run goes to the first of them by name', () => {
  const shares = shareOut(
    new Map([
      ['b', { running: [0, 1], warm: [] }],
      ['a', { running: [1], warm: [] }],
    ]),
    2,
  )
  assert.deepEqual(
    shares,
    new Map([
      ['a', [1]],
      ['b', [0]],
    ]),
  )
})
