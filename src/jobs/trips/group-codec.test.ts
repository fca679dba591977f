import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { groupCodec } from './group-codec.ts'
import { milestoneFields, type Milestones } from './milestones.ts'
import { onePlace, pathFields, type Path } from './path.ts'
import { formerFields } from './sum-fields.ts'
import { newSums, type Sums } from './sums.ts'
import type { Group } from './trips-state.ts'

const minute = 29_400_000

const at = fc.integer({ min: minute * 60_000, max: minute * 60_000 + 599_999 })
const number = fc.oneof(
  fc.constantFrom(NaN, 0, 1),
  at,
  fc.double({ noNaN: true }),
  fc.nat(1_000).map((n) => n / 10),
)
const known = fc.oneof(at, fc.double({ noNaN: true }))
/** As jobs make objects. */
const plain = { noNullPrototype: true } as const
const all = <Name extends string>(names: readonly Name[], value: fc.Arbitrary<number>) =>
  fc.record(Object.fromEntries(names.map((name) => [name, value])), plain) as fc.Arbitrary<Record<Name, number>>

const level = fc.array(number, { maxLength: 15 })
const path = fc.oneof(fc.constant(null), fc.constant(onePlace), all(pathFields, known) as fc.Arbitrary<Path>)
const milestones = fc
  .constantFrom(0, 2, 4)
  .chain((count) => fc.array(all(milestoneFields, known), { minLength: count, maxLength: count }))
const sums: fc.Arbitrary<Sums> = fc
  .record(
    {
      numbers: all(formerFields, number),
      tankFirst: level,
      tankLast: level,
      head: path,
      tail: path,
      milestones: milestones as unknown as fc.Arbitrary<Milestones>,
    },
    plain,
  )
  .map(({ numbers, ...others }) => ({ ...newSums(), ...numbers, ...others }))
const mark = fc.record(
  {
    at,
    ignition: fc.constantFrom<0 | 1 | 2 | 3>(0, 1, 2, 3),
    lat: number,
    lon: number,
    speedKmh: number,
    odometerM: number,
    stepMs: number,
    ahead: fc.nat(1),
  },
  plain,
)
const group: fc.Arbitrary<Group> = fc
  .uniqueArray(fc.tuple(fc.nat(9), fc.record({ marks: fc.array(mark), sums }, plain)), { selector: ([place]) => place })
  .map((minutes) => new Map(minutes.map(([place, summary]) => [minute + place, summary])))

test('a group survives being stored, whatever its minutes tell', () => {
  fc.assert(
    fc.property(group, (each) => {
      const read = groupCodec.decode(groupCodec.encode(each))
      assert.deepEqual(read, each)
      assert.deepEqual([...read.keys()], [...each.keys()])
    }),
  )
})
