import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { driveJobs, messagesOf, recordsOf } from './job-driver.ts'
import type { Job } from './job.ts'
import { jsonCodec } from './part-codec.ts'
import { createSideTables, side } from './side-table.ts'

const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
const tariffs = side('tariff', number, (bytes) => bytes.length)
const noFiles = (): never => {
  throw new Error('There are no files.')
}
const fact = (validFrom: number, value: unknown): string => JSON.stringify({ validFrom, fact: value })

test('a fact holds from its instant on, until the next one of its id, and a tombstone takes it back', () => {
  const tables = createSideTables([tariffs], noFiles)
  for (const [key, value] of [
    ['night@5000', fact(5000, 2)],
    ['night@1000', fact(1000, 1)],
    ['day@3000', fact(3000, 7)],
    ['night@9000', fact(9000, null)],
  ] as const)
    assert.equal(tables.feed('tariff', key, value), true)
  const view = tables.view(tariffs)
  assert.deepEqual(
    [999, 1000, 4999, 5000, 8999, 9000].map((at) => view.get('night', at)),
    [undefined, 1, 1, 2, 2, undefined],
  )
  assert.deepEqual(view.all(6000), [
    ['day', 7],
    ['night', 2],
  ])
  tables.feed('tariff', 'night@5000', null)
  assert.equal(view.get('night', 6000), 1)
})

test('what is no fact is told and passed over', () => {
  const tables = createSideTables([tariffs], noFiles)
  for (const [key, value] of [
    ['night', fact(1, 1)],
    ['night@x', fact(1, 1)],
    ['night@2', fact(1, 1)],
    ['night@1', '{'],
    ['night@1', fact(1, 'much')],
  ] as const)
    assert.equal(tables.feed('tariff', key, value), false, key)
  assert.deepEqual(tables.view(tariffs).all(10), [])
})

test('a large fact is a file named by its hash', () => {
  const sha256 = 'ab'.repeat(32)
  const tables = createSideTables([tariffs], (asked) => new Uint8Array(asked === sha256 ? 3 : 0))
  assert.equal(tables.feed('tariff', 'night@1', fact(1, { file: sha256 })), true)
  assert.equal(tables.view(tariffs).get('night', 1), 3)
})

test('facts in any order give the same views', () => {
  const facts = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b'), fc.nat(20), fc.option(fc.nat(9))), {
    selector: ([id, from]) => `${id}${from}`,
  })
  fc.assert(
    fc.property(facts, fc.nat(25), (given, at) => {
      const viewOf = (order: readonly (readonly [string, number, number | null])[]) => {
        const tables = createSideTables([tariffs], noFiles)
        for (const [id, from, value] of order) tables.feed('tariff', `${id}@${from}`, fact(from, value))
        return tables.view(tariffs).all(at)
      }
      assert.deepEqual(viewOf(given), viewOf(given.toReversed()))
      const wanted =
        given.filter(([id, from]) => id === 'a' && from <= at).sort(([, a], [, b]) => b - a)[0]?.[2] ?? undefined
      assert.equal(new Map(viewOf(given)).get('a'), wanted)
    }),
  )
})

test('a job sees what held when a sample was measured', () => {
  const priced: Job<{ sum: number }, { tariffs: number }> = {
    name: 'priced',
    version: 1,
    keyedBy: 'vehicle',
    reads: ['telemetry'],
    writes: [{ name: 'price' }],
    codecs: { sum: jsonCodec() },
    sides: { tariffs },
    apply(state, { record }) {
      state.put('sum', undefined, (state.get('sum') ?? 0) + (state.side('tariffs').get('night', record.at) ?? 0))
    },
    emit: (state, { vehicle }) => [
      { topic: 'price', id: vehicle, key: vehicle, at: 0, value: { sum: state.get('sum') } },
    ],
  }
  const tables = createSideTables([tariffs], noFiles)
  tables.feed('tariff', 'night@946684801000', fact(946_684_801_000, 10))
  tables.feed('tariff', 'night@946684802000', fact(946_684_802_000, 100))
  const driver = driveJobs([priced], { sides: tables })
  driver.feed(
    recordsOf(messagesOf([0, 1, 2, 3].map((second) => ({ at: 946_684_800_000 + second * 1000, signals: {} })))),
  )
  assert.deepEqual(driver.results().get('price car-1'), { sum: 210 })
})
