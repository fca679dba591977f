// Reaches of any kind for the contracts of stores, and what they reach, said once more and simply.
import type { Reach, ReachWindow } from './reach.ts'

/** Some reach of the tenant, with bounds at the instants or next to them. */
export function someReach(
  tenant: string,
  vehicles: readonly string[],
  instants: readonly number[],
  chance: () => number,
): Reach {
  if (chance() < 0.4) return { tenant, windows: 'all' }
  const bound = (): number | null => {
    const at = instants[Math.floor(chance() * instants.length)]
    return at === undefined || chance() < 0.4 ? null : at + Math.floor(chance() * 3) - 1
  }
  const window = (): ReachWindow => ({
    vehicles: chance() < 0.2 ? null : [...vehicles, 'nobody'].filter(() => chance() < 0.4),
    from: bound(),
    until: bound(),
  })
  return { tenant, windows: Array.from({ length: Math.floor(chance() * 4) }, window) }
}

/** Whether what a vehicle of the tenant did at the instants is reached; none: at no time. */
export const isReached = ({ windows }: Reach, vehicle: string, instants: readonly number[]): boolean =>
  windows === 'all' ||
  windows.some(({ vehicles, from, until }) => {
    if (vehicles !== null && !vehicles.includes(vehicle)) return false
    if (instants.length === 0) return from === null && until === null
    return instants.every((at) => (from === null || at >= from) && (until === null || at < until))
  })
