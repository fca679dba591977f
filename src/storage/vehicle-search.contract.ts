// The promise of every Storage that a vehicle is found by its id and by what people call it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noFields } from '../model/registry.ts'
import { patch, t0 } from '../read-models/rows.testing.ts'
import { wholeReach } from './reach.ts'
import type { Storage } from './storage.ts'

export function vehicleSearchContract(open: () => Promise<Storage>): void {
  test('vehicles: are found by a part of id, name, plate or tag, in any case, and by no words of another tenant', async () => {
    await using storage = await open()
    const { twins, registry } = storage
    await twins.put(
      ['car-1', 'car-2', 'bus-3'].map((vehicle) => patch(vehicle, t0, {})),
      {},
    )
    const entry = (vehicle: string, fields: object) => ({ ...noFields, tenant: 'acme', vehicle, ...fields })
    await registry.write(
      {
        entries: [
          entry('car-1', { name: 'Die Große', plate: 'SBA 1234' }),
          entry('bus-3', { name: 'Ünal', tags: ['night'] }),
          { ...entry('car-2', { name: 'Große', plate: 'SBA 9', tags: ['night'] }), tenant: 'other' },
        ],
      },
      (await registry.version()).changed,
    )
    const found = async (search: string): Promise<readonly string[]> => {
      const { rows } = await twins.list(wholeReach('acme'), { search }, { limit: 10 })
      assert.equal(await twins.count(wholeReach('acme'), { search }), rows.length)
      return rows.map(({ vehicle }) => vehicle)
    }
    const asked = ['CAR', 'grosse', 'sba 1', 'NIGHT', 'ünal', 'u', 'nobody', '%', '_']
    assert.deepEqual(await Promise.all(asked.map(found)), [
      ['car-1', 'car-2'],
      ['car-1'],
      ['car-1'],
      ['bus-3'],
      ['bus-3'],
      ['bus-3'],
      [],
      [],
      [],
    ])
  })
}
