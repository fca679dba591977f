import { doubtKinds, type Doubt } from '../../model/doubt.ts'
import { newestMax, type DoubtStore } from '../doubt-store.ts'
import { pageInMemory, type Order } from './memory-page.ts'
import { openMemoryProjection } from './memory-projection.ts'

const lastHeard: Order<Doubt> = {
  list: 'doubts',
  shape: ['n', 's', 's'],
  descending: true,
  keyOf: (doubt) => [doubt.lastReceivedAt, doubt.vehicle, doubt.kind],
}

export function openMemoryDoubts(guard: () => void): DoubtStore {
  const projection = openMemoryProjection<Doubt>(
    guard,
    (doubt) => [doubt.count, doubt.lastReceivedAt],
    (_, doubt) => doubt,
  )
  const ofTenant = (tenant: string): Doubt[] => [...projection.rows.values()].filter((doubt) => doubt.tenant === tenant)
  return {
    ...projection,
    async list(tenant, { vehicle, kind }, page) {
      guard()
      const rows = ofTenant(tenant).filter(
        (doubt) => (vehicle === undefined || doubt.vehicle === vehicle) && (kind === undefined || doubt.kind === kind),
      )
      return pageInMemory(rows, lastHeard, page)
    },
    async sums(tenant) {
      guard()
      const byKind = Map.groupBy(ofTenant(tenant), ({ kind }) => kind)
      return doubtKinds.flatMap((kind) => {
        const doubts = byKind.get(kind)
        if (doubts === undefined) return []
        const newest = pageInMemory(doubts, lastHeard, { limit: newestMax }).rows
        return [
          {
            kind,
            vehicles: doubts.length,
            count: doubts.reduce((sum, { count }) => sum + count, 0),
            newest: newest.map(({ vehicle, count, lastReceivedAt }) => ({ vehicle, count, lastReceivedAt })),
          },
        ]
      })
    },
  }
}
