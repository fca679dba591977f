import type { Trip } from '../../model/read-models.ts'
import type { TripStore } from '../trip-store.ts'
import { pageInMemory, type Order } from './memory-page.ts'
import { openMemoryProjection } from './memory-projection.ts'

const newestStart: Order<Trip> = { list: 'trips', shape: ['n', 's'], descending: true, keyOf: (trip) => [trip.startAt, trip.id] }

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
          (from === undefined || trip.startAt >= from) &&
          (to === undefined || trip.startAt < to),
      )
      return pageInMemory(rows, newestStart, page)
    },
  }
}
