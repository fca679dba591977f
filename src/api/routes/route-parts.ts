// The parts route files are given, and how a handler asks for who is calling.
import assert from 'node:assert/strict'
import type { FastifyRequest } from 'fastify'
import type { Clock } from '../../base/clock.ts'
import type { Catalogue, CatalogueOf } from '../../model/catalogue.ts'
import type { Twin } from '../../model/twin.ts'
import type { VehicleRef } from '../../model/vehicle-id.ts'
import type { Vehicles } from '../../model/vehicles.ts'
import type { AnyModel, AnyRow } from '../../read-models/read-model.ts'
import { timeOf, withoutPlaces } from '../../read-models/row-time.ts'
import type { StoredOrganisation } from '../../registry/organisation.ts'
import { inReach, type Reach, type ReachSpan } from '../../storage/reach.ts'
import type { StorageToRead } from '../../storage/storage.ts'
import type { TableStore } from '../../storage/table-store.ts'
import type { Audit } from '../audit/request-audit.ts'
import type { Cursors } from '../cursor.ts'
import { problem } from '../problem.ts'
import type { Needed, Rights } from '../rights.ts'
import type { Caller, PersonCaller } from '../server-types.ts'

export type RouteParts = {
  readonly storage: StorageToRead
  readonly cursors: Cursors
  readonly rights: Rights
  readonly organisation: StoredOrganisation
  readonly audit: Audit
  readonly clock: Clock
  /** All signals there are, and those that are taken of a vehicle. */
  readonly catalogue: Catalogue
  readonly catalogueOf: CatalogueOf
  readonly vehicles: Vehicles
  /** Instants further ahead of their receipt are marked. */
  readonly clockAheadMs: number
}

/** The caller's tenant: the only one whose rows it may see. */
export function tenantOf(request: FastifyRequest): string {
  return calledBy(request).tenant
}

export function calledBy({ caller }: FastifyRequest): Caller {
  assert.ok(caller !== null, 'a route that needs somebody was reached by nobody')
  return caller
}

/** The calling person; throws `not-allowed` where it is a program. */
export function personCalling(request: FastifyRequest): PersonCaller {
  const caller = calledBy(request)
  if (caller.kind === 'person') return caller
  throw problem('not-allowed', 'This is for people who are signed in, and not for programs. Sign in without a token.')
}

/** Throws `not-found` where the vehicle was never heard; without a `ref`, that of one the caller
 *  does not see, nothing is read and the same is said. */
export async function findTwin(storage: Pick<StorageToRead, 'twins'>, ref: VehicleRef | undefined): Promise<Twin> {
  const twin = ref && (await storage.twins.get(ref))
  if (twin === undefined) throw neverHeard()
  return twin
}

/** When the caller sees what a vehicle did, in order; throws `not-found`, as of one that was never
 *  heard, where he does not at any time. Nothing is read for it. */
export function seenSpans(
  { rights }: Pick<RouteParts, 'rights'>,
  request: FastifyRequest,
  needed: Needed,
  vehicle: string,
): readonly ReachSpan[] {
  const spans = rights.spans(calledBy(request), needed, vehicle)
  if (spans.length === 0) throw neverHeard()
  return spans
}

/** The last instant in the spans, at most `at`. */
export const lastSeen = (spans: readonly ReachSpan[], at: number): number =>
  Math.min(at, (spans.at(-1)?.until ?? Infinity) - 1)

const neverHeard = (): Error =>
  problem('not-found', 'No vehicle of that id was ever heard. The list of vehicles has those that were.')

/** Leaves out of rows where something was, unless the caller sees that. */
export function placesSeenBy(
  { rights }: Pick<RouteParts, 'rights'>,
  request: FastifyRequest,
  model: PlacedModel,
): <Row extends object>(row: Row) => Row {
  if (model.places === undefined) return (row) => row
  const caller = calledBy(request)
  const isSeen = inReach(
    model.happened === undefined ? rights.reachNow(caller, 'places:read') : rights.reach(caller, 'places:read'),
  )
  const rowTime = timeOf(model)
  return (given) => {
    const row = given as AnyRow
    return isSeen(String(row['vehicle']), rowTime(row)) ? given : withoutPlaces(model, given)
  }
}

type PlacedModel = Pick<AnyModel, 'places' | 'happened' | 'keys' | 'shape'>

/** A row by its id; throws `not-found` in the words of its read model where none is reached. */
export async function findRow<Row>(
  store: Pick<TableStore<Row, never>, 'get'>,
  { routes }: Pick<AnyModel, 'routes'>,
  reach: Reach,
  id: string,
): Promise<Row> {
  const row = await store.get(reach, id)
  if (row === undefined) throw problem('not-found', routes?.one?.notFound ?? 'There is nothing of that id.')
  return row
}

/** Leaves out what was not given, as exact optional properties want it. */
export type Given<Values> = { [Key in keyof Values]?: Exclude<Values[Key], undefined> }
export const given = <Values extends object>(values: Values): Given<Values> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<Values>
