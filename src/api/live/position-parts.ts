// The parts of a tenant's table that readers see who do not see all of it: one for all who see the
// same. Invariant: a part has no vehicle that its sight does not show now. It is made anew, with
// numbers of its own, when the organisation has changed or a window has begun or ended, and then
// only if that made a difference.
import type { Clock } from '../../base/clock.ts'
import type { Sight } from '../../rights/sight.ts'
import type { Rights } from '../rights.ts'
import type { PositionPart, PositionTable } from './position-table.ts'

export type PositionParts = {
  /** Of a sight that is not of the whole tenant. Another part than before: what the reader knows of
   *  numbers no longer holds. */
  of(sight: Sight): PositionPart
  /** The round of the table has ended. Parts that nobody asked for since the last one are let
   *  go. */
  roundClosed(): void
}

type Made = {
  part: PositionPart
  /** Of the organisation by which it was made, and when. */
  version: number
  madeAt: number
  /** When a window begins or ends next. */
  changesAt: number
  isAsked: boolean
}

/** An organisation that changes all the time is looked at this often. */
const remadeMs = 1000

export function createPositionParts(
  table: PositionTable,
  rights: Pick<Rights, 'sees' | 'version'>,
  clock: Clock,
): PositionParts {
  const made = new Map<string, Made>()
  const keys = new WeakMap<Sight, string>()
  const keyOf = (sight: Sight): string => {
    let key = keys.get(sight)
    if (key === undefined) keys.set(sight, (key = JSON.stringify(sight.windows)))
    return key
  }
  const make = (sight: Sight): PositionPart => table.part((vehicle) => rights.sees(sight, vehicle))

  return {
    of(sight) {
      const { version } = rights
      const now = clock.now()
      const key = keyOf(sight)
      const known = made.get(key)
      if (known !== undefined) {
        known.isAsked = true
        const isOfToday = known.version === version || Math.abs(now - known.madeAt) < remadeMs
        if (isOfToday && now < known.changesAt) return known.part
      }
      const part = make(sight)
      const kept = known !== undefined && areSame(known.part.vehicles, part.vehicles) ? known.part : part
      made.set(key, { part: kept, version, madeAt: now, changesAt: nextChange(sight, now), isAsked: true })
      return kept
    },
    roundClosed() {
      for (const [key, { part, isAsked }] of made) {
        if (!isAsked) made.delete(key)
        else part.roundClosed()
      }
      for (const each of made.values()) each.isAsked = false
    },
  }
}

const areSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((each, index) => each === others[index])

function nextChange({ windows }: Sight, now: number): number {
  if (windows === 'all') return Infinity
  const bounds = windows.flatMap(({ from, until }) => [from ?? Infinity, until ?? Infinity])
  return bounds.reduce((next, bound) => (bound > now && bound < next ? bound : next), Infinity)
}
