// Parts of a table by sight, against a model that asks of every vehicle anew.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { plainOrganisation } from '../../rights/plain-organisation.ts'
import type { Organisation, Sight } from '../../rights/sight.ts'
import type { PositionsEvent } from '../contract.ts'
import { createRights } from '../rights.ts'
import { createPositionParts } from './position-parts.ts'
import { createPositionTable, type PositionPart } from './position-table.ts'

const patch = (vehicle: string, at: number) => ({
  vehicle,
  receivedAt: at,
  signals: {
    'Vehicle.CurrentLocation.Latitude': { value: at % 90, at },
    'Vehicle.CurrentLocation.Longitude': { value: 1, at },
  },
})

const vehicles = ['car-1', 'car-2', 'car-3', 'car-4'] as const
const groups = ['north', 'south'] as const
const anyBound = fc.option(fc.integer({ min: 0, max: 40_000 }))
const anyWindow = fc.record({
  of: fc.oneof(
    fc.constantFrom(...vehicles).map((vehicle) => ({ vehicle })),
    fc.subarray([...groups]).map((some) => ({ groups: some })),
  ),
  from: anyBound,
  until: anyBound,
})
const anySight: fc.Arbitrary<Sight> = fc
  .array(anyWindow, { maxLength: 3 })
  .map((windows) => ({ tenant: 'ours', windows }))
const anyStep = fc.oneof(
  fc.record({ kind: fc.constant('move' as const), vehicle: fc.constantFrom(...vehicles) }),
  fc.record({
    kind: fc.constant('regroup' as const),
    vehicle: fc.constantFrom(...vehicles),
    to: fc.subarray([...groups]),
  }),
  fc.record({ kind: fc.constant('tick' as const), ms: fc.integer({ min: 1000, max: 5000 }) }),
)

/** A reader of a part: it shows what it was sent. */
function createShown() {
  let part: PositionPart | undefined
  let since = 0
  const names: string[] = []
  const lats = new Map<string, number>()
  return {
    lats,
    take(next: PositionPart, round: number) {
      if (next !== part) {
        since = 0
        names.length = 0
        lats.clear()
      }
      part = next
      const { json, upTo } = next.columns(since, 0, 100)
      since = round
      const { number, lat } = JSON.parse(`{${json}}`) as PositionsEvent
      for (const [index, name] of JSON.parse(next.names(names.length, Math.max(names.length, upTo))) as [
        number,
        string,
      ][])
        names[index] = name
      for (const [row, index] of number.entries()) lats.set(names[index] ?? '?', (lat[row] ?? 0) / 1e6)
      return names
    },
  }
}

test('whatever moves, is grouped anew or begins and ends: a reader shows the newest of what it sees, and no name besides', () => {
  fc.assert(
    fc.property(anySight, fc.array(anyStep, { maxLength: 30 }), (sight, steps) => {
      const clock = { at: 0, now: () => clock.at }
      const groupsOf = new Map<string, readonly string[]>()
      let version = 0
      const organisation: Organisation = {
        ...plainOrganisation,
        get version() {
          return version
        },
        groupsOf: (_tenant, vehicle) => groupsOf.get(vehicle) ?? [],
      }
      const rights = createRights(organisation, clock, 'ours')
      const table = createPositionTable(10)
      const parts = createPositionParts(table, rights, clock)
      const shown = createShown()
      const newest = new Map<string, number>()
      let patches = 0
      for (const step of [...steps, { kind: 'tick', ms: 1000 } as const])
        switch (step.kind) {
          case 'move':
            patches += 1
            table.put(patch(step.vehicle, patches), 0)
            newest.set(step.vehicle, patches)
            break
          case 'regroup':
            groupsOf.set(step.vehicle, step.to)
            version += 1
            break
          case 'tick': {
            clock.at += step.ms
            const round = table.closeRound()
            parts.roundClosed()
            const names = shown.take(parts.of(sight), round)
            const seen = new Map([...newest].filter(([vehicle]) => rights.sees(sight, vehicle)))
            assert.deepEqual(shown.lats, seen)
            assert.deepEqual(new Set(names), new Set(seen.keys()))
          }
        }
    }),
    { numRuns: 300 },
  )
})

test('all who see the same share a part, and nothing is made anew while it stays the same', () => {
  const clock = { at: 0, now: () => clock.at }
  let version = 0
  let asked = 0
  const table = createPositionTable(10)
  const parts = createPositionParts(
    table,
    {
      get version() {
        return version
      },
      sees: () => (asked += 1) > 0,
    },
    clock,
  )
  table.put(patch('car-1', 1), 0)
  const sight = (): Sight => ({
    tenant: 'ours',
    windows: [{ of: { groups: ['north'] }, from: null, until: 9000 }],
  })
  const part = parts.of(sight())
  const askedAt: number[] = []
  for (const [at, of] of [
    [1, 0],
    [5000, 0],
    [5500, 1],
    [6000, 1],
    [6500, 2],
    [9000, 2],
  ] as const) {
    clock.at = at
    version = of
    asked = 0
    for (let n = 0; n < 3; n += 1) assert.equal(parts.of(sight()), part)
    if (asked > 0) askedAt.push(at)
  }
  // A second change within a second of the first waits.
  assert.deepEqual(askedAt, [5500, 6500, 9000])
})
