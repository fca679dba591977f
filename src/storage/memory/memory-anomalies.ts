import { anomalyKinds, type Anomaly } from '../../model/anomaly.ts'
import { newestMax, type AnomalyStore } from '../anomaly-store.ts'
import { pageInMemory, type Order } from './memory-page.ts'
import { openMemoryProjection } from './memory-projection.ts'

const lastHeard: Order<Anomaly> = {
  list: 'anomalies',
  shape: ['n', 's', 's'],
  descending: true,
  keyOf: (anomaly) => [anomaly.lastReceivedAt, anomaly.vehicle, anomaly.kind],
}

export function openMemoryAnomalies(guard: () => void): AnomalyStore {
  const projection = openMemoryProjection<Anomaly>(
    guard,
    (anomaly) => [anomaly.count, anomaly.lastReceivedAt],
    (_, anomaly) => anomaly,
  )
  const ofTenant = (tenant: string): Anomaly[] => [...projection.rows.values()].filter((anomaly) => anomaly.tenant === tenant)
  return {
    ...projection,
    async list(tenant, { vehicle, kind }, page) {
      guard()
      const rows = ofTenant(tenant).filter(
        (anomaly) => (vehicle === undefined || anomaly.vehicle === vehicle) && (kind === undefined || anomaly.kind === kind),
      )
      return pageInMemory(rows, lastHeard, page)
    },
    async sums(tenant) {
      guard()
      const byKind = Map.groupBy(ofTenant(tenant), ({ kind }) => kind)
      return anomalyKinds.flatMap((kind) => {
        const anomalies = byKind.get(kind)
        if (anomalies === undefined) return []
        const newest = pageInMemory(anomalies, lastHeard, { limit: newestMax }).rows
        return [
          {
            kind,
            vehicles: anomalies.length,
            count: anomalies.reduce((sum, { count }) => sum + count, 0),
            newest: newest.map(({ vehicle, count, lastReceivedAt }) => ({ vehicle, count, lastReceivedAt })),
          },
        ]
      })
    },
  }
}
