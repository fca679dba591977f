// Links of the made-up API: kept in memory, and told as the real one does.
import { randomBytes } from 'node:crypto'
import type { SharedVehicle, ShareInfo } from '../../src/api/contract.ts'
import { speedNow, timesOf, type Fleet } from './mock-cars.ts'

type Asked = Readonly<Record<string, unknown>>
type Answered = { readonly status: number; readonly body: unknown }

export function createMockShares(fleet: Fleet) {
  const shares = new Map<string, ShareInfo>()
  const find = (authorization: string | undefined): ShareInfo | undefined => {
    const share = shares.get(authorization?.replace('Bearer ', '') ?? '')
    return share !== undefined && share.until > Date.now() ? share : undefined
  }
  return {
    find,
    list: (vehicle: string): readonly ShareInfo[] =>
      [...shares.values()].filter((share) => share.vehicle === vehicle).toReversed(),
    make(vehicle: string, { until, withTrip }: Asked) {
      const token = `rsl_${randomBytes(32).toString('base64url')}`
      const now = Date.now()
      const share: ShareInfo = {
        id: `share-${shares.size}`,
        vehicle,
        withTrip: withTrip === true,
        from: now,
        until: Number(until),
        madeAt: now,
        madeBy: 'admin',
        usedAt: null,
      }
      shares.set(token, share)
      return { ...share, token }
    },
    end(id: string): boolean {
      for (const [token, share] of shares) if (share.id === id) return shares.delete(token)
      return false
    },
    look(authorization: string | undefined, part: string | undefined): Answered | undefined {
      const share = find(authorization)
      const car = fleet.cars.find(({ vehicle }) => vehicle === share?.vehicle)
      if (share === undefined || car === undefined) return undefined
      if (part === 'track') return { status: 200, body: { at: [], lat: [], lon: [], speedKmh: [], truncated: false } }
      const { vehicle, from, until } = share
      const { at, receivedAt } = timesOf(car)
      const body: SharedVehicle = {
        vehicle,
        from,
        until,
        powertrain: car.powertrain,
        at,
        receivedAt,
        speedKmh: speedNow(car),
        place: car.placed ? { lat: car.lat, lon: car.lon } : null,
        energyPercent: car.energyPercent,
        trip: null,
      }
      return { status: 200, body }
    },
  }
}
