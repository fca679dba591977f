import type { Trip } from '../../model/read-models.ts'
import { listedAt, type TripStore } from '../trip-store.ts'
import { pageInMemory, type Order } from './memory-page.ts'
import { openMemoryProjection } from './memory-projection.ts'

const newest: Order<Trip> = { list: 'trips', shape: ['n', 's'], descending: true, keyOf: (trip) => [listedAt(trip), trip.id] }

export function openMemoryTrips(guard: () => void): TripStore {
  const projection = openMemoryProjection<Trip>(
    guard,
    (trip) => [trip.startAt, trip.endAt, trip.samples, trip.receivedAt ?? 0],
    (_, trip) => trip,
  )
  return {
    ...projection,
    async get(tenant, id) {
      guard()
      const trip = projection.rows.get(id)
      return trip?.tenant === tenant ? structuredClone(trip) : undefined
    },
    async list(tenant, { vehicle, from, to }, page) {
      guard()
      const rows = [...projection.rows.values()].filter(
        (trip) =>
          trip.tenant === tenant &&
          (vehicle === undefined || trip.vehicle === vehicle) &&
          (from === undefined || listedAt(trip) >= from) &&
          (to === undefined || listedAt(trip) < to),
      )
      return pageInMemory(rows, newest, page)
    },
  }
}
