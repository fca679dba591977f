// The parts route files are given, and how a handler asks for who is calling.
import assert from 'node:assert/strict'
import type { FastifyRequest } from 'fastify'
import type { Clock } from '../../base/clock.ts'
import type { Catalogue, CatalogueOf } from '../../model/catalogue.ts'
import type { Twin } from '../../model/twin.ts'
import type { VehicleRef } from '../../model/vehicle-id.ts'
import type { Vehicles } from '../../model/vehicles.ts'
import type { AnyModel } from '../../read-models/read-model.ts'
import type { StorageToRead } from '../../storage/storage.ts'
import type { TableStore } from '../../storage/table-store.ts'
import type { Cursors } from '../cursor.ts'
import { problem } from '../problem.ts'

export type RouteParts = {
  readonly storage: StorageToRead
  readonly cursors: Cursors
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
  assert.ok(request.session !== null, 'a route that needs a session was reached without one')
  return request.session.tenant
}

export const isAdministrator = (request: FastifyRequest): boolean => request.session?.role === 'administrator'

/** The name of the calling administrator; throws `not-allowed` with `detail` when the caller is
 *  none. */
export function administratorOf(request: FastifyRequest, detail: string): string {
  if (!isAdministrator(request) || request.session === null)
    throw problem('not-allowed', `${detail} Sign in as one, or ask one to do it.`)
  return request.session.name
}

/** Throws `not-found` where the vehicle was never heard. */
export async function findTwin(storage: Pick<StorageToRead, 'twins'>, ref: VehicleRef): Promise<Twin> {
  const twin = await storage.twins.get(ref)
  if (twin === undefined)
    throw problem('not-found', 'No vehicle of that id was ever heard. The list of vehicles has those that were.')
  return twin
}

/** A row by its id; throws `not-found` in the words of its read model where the tenant has none. */
export async function findRow<Row>(
  store: Pick<TableStore<Row, never>, 'get'>,
  { routes }: Pick<AnyModel, 'routes'>,
  tenant: string,
  id: string,
): Promise<Row> {
  const row = await store.get(tenant, id)
  if (row === undefined) throw problem('not-found', routes?.one?.notFound ?? 'There is nothing of that id.')
  return row
}

/** Leaves out what was not given, as exact optional properties want it. */
export type Given<Values> = { [Key in keyof Values]?: Exclude<Values[Key], undefined> }
export const given = <Values extends object>(values: Values): Given<Values> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<Values>
