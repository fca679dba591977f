// Groups of a tenant as a forest: each lies in at most one other, none in itself, none too deep.
import type { VehicleGroup } from '../model/registry.ts'
import { groupsAround } from './known-organisation.ts'

export const groupLimits = { depth: 8, perTenant: 1000, nameChars: 100 } as const

/** The reason why the group cannot be put among those of its tenant, and the remedy; undefined: it
 *  can. */
export function groupFault(group: VehicleGroup, others: readonly VehicleGroup[]): string | undefined {
  const all = new Map(others.map((each) => [each.id, each]))
  if (!all.has(group.id) && all.size >= groupLimits.perTenant)
    return `A tenant has at most ${groupLimits.perTenant} groups: remove one first.`
  if (group.parent !== null && !all.has(group.parent)) return 'The group around it does not exist: make that first.'
  all.set(group.id, group)
  if (isWithin(all, group)) return 'A group cannot lie within itself: choose one that is not within it.'
  const deepest = Math.max(...Array.from(all.keys(), (id) => groupsAround(all, id).length + 1))
  if (deepest > groupLimits.depth)
    return `Groups lie within each other at most ${groupLimits.depth} deep: choose one further out.`
  return undefined
}

/** Whether the group that it is to lie in lies within it. */
function isWithin(all: ReadonlyMap<string, VehicleGroup>, { id, parent }: VehicleGroup): boolean {
  for (let [next, steps] = [parent, 0]; next !== null && steps <= all.size; steps++) {
    if (next === id) return true
    next = all.get(next)?.parent ?? null
  }
  return false
}
