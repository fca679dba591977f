// The part of its tenant of which a reader is told, by feed. The feeds ask here for each reader
// and event; a right that somebody no longer has is absent.
import type { Permission } from '../../rights/permissions.ts'
import type { Holder, Sight } from '../../rights/sight.ts'
import { alertsModel } from '../../read-models/alerts/alerts.ts'
import type { AnyModel, AnyRow } from '../../read-models/read-model.ts'
import { timeOf, withoutPlaces } from '../../read-models/row-time.ts'
import { tripsModel } from '../../read-models/trips/trips.ts'
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
  const time = row === null ? undefined : times[feed](row as AnyRow)
  const isSeen = ({ tenant, windows }: Sight): boolean => {
    if (windows === 'all') return true
    if (time !== undefined) return rights.sees({ tenant, windows }, vehicle, { from: time.first, to: time.last })
    return rights.sees({ tenant, windows: windows.map(({ of }) => ({ of, from: null, until: null })) }, vehicle)
  }
  if (!isSeen(sight)) return undefined
  return places !== undefined && isSeen(places) ? 'whole' : 'placeless'
}

/** Rows of the topic of a feed are of this model. */
const models = { alert: alertsModel, trip: tripsModel } as const satisfies Readonly<Record<ResumableFeed, AnyModel>>
const times = { alert: timeOf(alertsModel), trip: timeOf(tripsModel) } as const

/** The row without its places: not known, as far as the reader is told. */
export const eventWithoutPlaces = (feed: ResumableFeed, row: object): object => withoutPlaces(models[feed], row)
