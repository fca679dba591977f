import { Outage } from '../../base/errors.ts'
import type { ShareLink, ShareStore } from '../share-store.ts'
import { pageInMemory } from './memory-page.ts'

export function openMemoryShares(guard: () => void): ShareStore {
  const shares = new Map<string, ShareLink>()
  const ids = new Map<string, string>()
  return {
    async list(tenant, vehicle, page) {
      guard()
      return pageInMemory(
        [...shares.values()].filter((share) => share.tenant === tenant && share.vehicle === vehicle),
        { list: 'shares', shape: ['n', 's'], descending: true, keyOf: ({ madeAt, id }) => [madeAt, id] },
        page,
      )
    },
    async add(share, hash) {
      guard()
      if (shares.has(share.id) || shares.has(ids.get(hash) ?? ''))
        throw new Outage('SHARE_EXISTS', 'There is a link of that id or token already.', { retryable: false })
      shares.set(share.id, structuredClone(share))
      ids.set(hash, share.id)
    },
    async findByHash(hash) {
      guard()
      return structuredClone(shares.get(ids.get(hash) ?? ''))
    },
    async remove(tenant, vehicle, id) {
      guard()
      const share = shares.get(id)
      if (share?.tenant !== tenant || share.vehicle !== vehicle) return undefined
      shares.delete(id)
      return share
    },
    async noteUse(id, at) {
      guard()
      const share = shares.get(id)
      if (share !== undefined) shares.set(id, { ...share, usedAt: Math.max(share.usedAt ?? at, at) })
    },
    async removeEnded(before) {
      guard()
      for (const { id, until } of shares.values()) if (until < before) shares.delete(id)
    },
  }
}
