import { chainedAfter, chainStart, pruningEntry, type ChainedEntry, type ChainEnds } from '../../audit/audit-chain.ts'
import { auditText, parseAuditText, searchedText, keepableText, type AuditEntry } from '../../audit/audit-entry.ts'
import { foldCase } from '../../base/fold-case.ts'
import { chainedAtOnce, type AuditFilter, type AuditStore, type KeptEntry } from '../audit-store.ts'
import { pageInMemory, type Order } from './memory-page.ts'

const order: Order<KeptEntry> = { list: 'audit', shape: ['n'], descending: true, keyOf: ({ seq }) => [seq] }

export function openMemoryAudit(guard: () => void): AuditStore {
  const chains = new Map<string, { readonly ends: ChainEnds; readonly entries: readonly ChainedEntry[] }>()
  const none = { ends: { base: chainStart, head: chainStart }, entries: [] }
  const append = (entry: AuditEntry): ChainedEntry => {
    const { ends, entries } = chains.get(entry.tenant) ?? none
    const added = chainedAfter(ends.head, auditText(entry))
    chains.set(entry.tenant, { ends: { ...ends, head: pointOf(added) }, entries: [...entries, added] })
    return added
  }
  const prune = (tenant: string, olderThan: number, now: number): number => {
    const { entries } = chains.get(tenant) ?? none
    const young = entries.findIndex(({ text }) => parseAuditText(text).at >= olderThan)
    const old = young === -1 ? entries : entries.slice(0, young)
    const through = old.at(-1)
    if (through === undefined) return 0
    const base = pointOf(through)
    append(pruningEntry(tenant, now, base))
    const { ends, entries: all } = chains.get(tenant) ?? none
    chains.set(tenant, { ends: { ...ends, base }, entries: all.slice(old.length) })
    return old.length
  }
  return {
    async append(entry) {
      guard()
      return pointOf(append(entry))
    },
    async list(tenant, filter, page) {
      guard()
      const kept = (chains.get(tenant) ?? none).entries.map((each) => ({
        ...pointOf(each),
        entry: parseAuditText(each.text),
      }))
      return pageInMemory(
        kept.filter(({ entry }) => isWanted(entry, filter)),
        order,
        page,
      )
    },
    async tenants() {
      guard()
      return [...chains.keys()].toSorted()
    },
    async ends(tenant) {
      guard()
      return structuredClone(chains.get(tenant)?.ends)
    },
    async after(tenant, after) {
      guard()
      return (chains.get(tenant) ?? none).entries.filter(({ seq }) => seq > after).slice(0, chainedAtOnce)
    },
    async expire(olderThan, now) {
      guard()
      return [...chains.keys()].reduce((sum, tenant) => sum + prune(tenant, olderThan, now), 0)
    },
  }
}

const pointOf = ({ seq, hash }: ChainedEntry) => ({ seq, hash })

function isWanted(entry: AuditEntry, filter: AuditFilter): boolean {
  const { who, actions, targetKind, targetId, vehicleOrFleet, result, from = -Infinity, to = Infinity, search } = filter
  const { kind, id } = entry.target
  return (
    (who === undefined || entry.who.id === who) &&
    (actions === undefined || actions.includes(entry.action)) &&
    (vehicleOrFleet === undefined || kind === 'fleet' || (kind === 'vehicle' && id === keepableText(vehicleOrFleet))) &&
    (targetId === undefined || id === keepableText(targetId)) &&
    (targetKind === undefined || kind === targetKind) &&
    (result === undefined || entry.result === result) &&
    from <= entry.at &&
    entry.at <= to &&
    (search === undefined || searchedText(entry).includes(foldCase(search)))
  )
}
