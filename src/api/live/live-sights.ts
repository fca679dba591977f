// The part of its tenant of which a reader is told, by feed. The feeds ask here for each reader
// and event; a right that somebody no longer has is absent.
import type { Permission } from '../../rights/permissions.ts'
import type { Holder, Sight } from '../../rights/sight.ts'
import { heardAt, type Alert } from '../../read-models/alerts/alerts.ts'
import { listedAt, type Trip } from '../../read-models/trips/trips.ts'
import type { Rights } from '../rights.ts'
import { liveFeeds, type LiveFeed } from './live-reader.ts'
import type { ResumableFeed } from './resume-point.ts'

/** The right that a feed is of. */
export const feedNeeds = {
  positions: 'places:read',
  alert: 'alerts:read',
  trip: 'trips:read',
} as const satisfies Readonly<Record<LiveFeed, Permission>>

export type LiveSights = Partial<Readonly<Record<LiveFeed, Sight>>>

export const liveSightsOf = (rights: Pick<Rights, 'may' | 'sight'>, holder: Holder): LiveSights =>
  Object.fromEntries(
    liveFeeds
      .filter((feed) => rights.may(holder, feedNeeds[feed]))
      .map((feed) => [feed, rights.sight(holder, feedNeeds[feed])]),
  )

/** As whole, with its places, or without; undefined: not at all. */
export type EventForm = 'whole' | 'placeless' | undefined

/** The form in which an event of a vehicle is told. A row that is deleted has no instants any more:
 *  it is told, by its id alone, to all who see the vehicle at some time. */
export function eventForm(
  rights: Pick<Rights, 'sees'>,
  sights: LiveSights,
  { feed, vehicle, row }: { readonly feed: ResumableFeed; readonly vehicle: string; readonly row: object | null },
): EventForm {
  const [sight, places] = [sights[feed], sights.positions]
  if (sight === undefined) return undefined
  const span = row === null ? undefined : spanOf(feed, row)
  const isSeen = ({ tenant, windows }: Sight): boolean => {
    if (windows === 'all') return true
    if (span !== undefined) return rights.sees({ tenant, windows }, vehicle, span)
    return rights.sees({ tenant, windows: windows.map(({ of }) => ({ of, from: null, until: null })) }, vehicle)
  }
  if (!isSeen(sight)) return undefined
  return places !== undefined && isSeen(places) ? 'whole' : 'placeless'
}

// The topic of a feed has rows of its read model alone.
const spanOf = (feed: ResumableFeed, row: object): { readonly from: number; readonly to: number } => {
  if (feed === 'alert') {
    const at = heardAt(row as Alert)
    return { from: at, to: at }
  }
  const trip = row as Trip
  const from = listedAt(trip)
  return { from, to: Math.max(from, trip.endAt) }
}

/** The names of what says where in the rows of a feed. */
const placesIn = { alert: ['place'], trip: ['start', 'end'] } as const satisfies {
  readonly alert: readonly (keyof Alert)[]
  readonly trip: readonly (keyof Trip)[]
}

/** The row without its places: not known, as far as the reader is told. */
export const withoutPlaces = (feed: ResumableFeed, row: object): object => ({
  ...row,
  ...Object.fromEntries(placesIn[feed].map((name) => [name, null])),
})
