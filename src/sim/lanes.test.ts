import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { openLanes } from './lanes.ts'

test('each edge keeps its cars in order of place, whoever comes and goes', () => {
  const act = fc.record({ car: fc.nat(7), edge: fc.nat(2), s: fc.nat(100), leaves: fc.boolean() })
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const at = new Map<number, { edge: number; s: number }>()
      const lanes = openLanes(8, 3, (car) => at.get(car)?.s ?? 0)
      for (const { car, edge, s, leaves } of acts) {
        at.delete(car)
        lanes.leave(car)
        if (leaves) continue
        lanes.enter(car, edge, s)
        at.set(car, { edge, s })
      }
      for (const edge of [0, 1, 2]) {
        const listed: number[] = []
        for (let car = lanes.fromTail(edge, 1); car !== -1; car = lanes.ahead(car, 1)) listed.push(car)
        const wanted = [...at].filter(([, place]) => place.edge === edge).map(([car]) => car)
        assert.equal(new Set(listed).size, listed.length)
        assert.deepEqual(new Set(listed), new Set(wanted))
        const places = listed.map((car) => at.get(car)!.s)
        assert.deepEqual(
          places,
          [...places].sort((a, b) => a - b),
        )
        if (listed.length > 2) assert.equal(lanes.ahead(listed[0]!, 2), listed[2])
      }
    }),
  )
})
