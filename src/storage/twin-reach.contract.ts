// The promise of every TwinStore that lists and counts are of the vehicles that are reached.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { vehicleKey } from '../model/vehicle-id.ts'
import { patch, t0 } from '../read-models/rows.testing.ts'
import { readPages } from './paging.contract.ts'
import type { OpenStore } from './projection.contract.ts'
import { isReached, someReach } from './reach.testing.ts'
import type { TwinStore } from './twin-store.ts'

const speed = (kmh: number) => ({ 'Vehicle.Speed': kmh })

export function twinReachContract(open: OpenStore<TwinStore>): void {
  test('twins: lists and counts have the vehicles that are reached now, page by page', async () => {
    await using store = await open()
    const vehicles = ['v1', 'V2', 'v.10', 'v3']
    await store.put(
      vehicles.flatMap((vehicle, n) => [
        patch(vehicle, t0, speed(n)),
        patch(vehicle, t0, speed(n), { tenant: 'other' }),
      ]),
      {},
    )
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), async (chance) => {
        const next = (): number => chance.next().value ?? 0
        const reach = someReach('acme', vehicles, [t0], next)
        const filter = next() < 0.5 ? {} : { moving: true }
        const wanted = vehicles
          .filter((vehicle, n) => isReached(reach, vehicle, []) && (n > 0 || !('moving' in filter)))
          .sort()
        const limit = 1 + Math.floor(next() * 3)
        const listed = await readPages((page) => store.list(reach, filter, page), limit)
        assert.deepEqual(
          listed.map(vehicleKey),
          wanted.map((vehicle) => `acme/${vehicle}`),
        )
        const heard = await readPages((page) => store.listHeard(reach, filter, page), limit)
        assert.deepEqual(heard.map(({ vehicle }) => vehicle).sort(), wanted)
        assert.equal(await store.count(reach, filter), wanted.length)
      }),
      { numRuns: 30 },
    )
  })
}
