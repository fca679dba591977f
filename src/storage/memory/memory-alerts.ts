import type { Alert } from '../../model/read-models.ts'
import { heardAt, type AlertStore } from '../alert-store.ts'
import { pageInMemory, type Order } from './memory-page.ts'
import { openMemoryProjection } from './memory-projection.ts'

const newest: Order<Alert> = { list: 'alerts', shape: ['n', 's'], descending: true, keyOf: (alert) => [heardAt(alert), alert.id] }

export function openMemoryAlerts(guard: () => void): AlertStore {
  const projection = openMemoryProjection<Alert>(
    guard,
    (alert) => [alert.at, alert.receivedAt ?? 0],
    (_, alert) => alert,
  )
  return {
    ...projection,
    async get(tenant, id) {
      guard()
      const alert = projection.rows.get(id)
      return alert?.tenant === tenant ? structuredClone(alert) : undefined
    },
    async list(tenant, { vehicle, kind }, page) {
      guard()
      const rows = [...projection.rows.values()].filter(
        (alert) =>
          alert.tenant === tenant && (vehicle === undefined || alert.vehicle === vehicle) && (kind === undefined || alert.kind === kind),
      )
      return pageInMemory(rows, newest, page)
    },
  }
}
