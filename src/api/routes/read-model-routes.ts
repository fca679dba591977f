// The routes of read models: the list of each, with its filters, and one row where rows have an id.
import type { FastifyRequest } from 'fastify'
import { Type, type TSchema } from 'typebox'
import type { AnyModel, AnyRow, Routes } from '../../read-models/read-model.ts'
import { parseCircle } from '../../model/circle.ts'
import { readModels, type ReadModelName } from '../../read-models/read-models.ts'
import { askedCircle } from '../../read-models/schema-parts.ts'
import type { Reach } from '../../storage/reach.ts'
import type { TableStore } from '../../storage/table-store.ts'
import { answers, signedIn } from '../answers.ts'
import type { Listing } from '../contract.ts'
import { listing } from '../listing.ts'
import type { Needed } from '../rights.ts'
import { listingOf, named, pageQuery, query, rowId } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import { calledBy, findRow, given, placesSeenBy, type RouteParts } from './route-parts.ts'

type Store = TableStore<AnyRow, Readonly<Record<string, unknown>>>

export function registerReadModelRoutes(server: Server, parts: RouteParts): void {
  for (const model of Object.values<AnyModel>(readModels)) {
    const { routes } = model
    if (routes === undefined) continue
    const store: Store = parts.storage[model.name as ReadModelName]
    registerList(server, model, routes, store, parts)
    if (routes.one !== undefined) registerOne(server, model, { ...routes, one: routes.one }, store, parts)
  }
}

function registerList(
  server: Server,
  model: AnyModel,
  { path, tag, list, needs }: Routes,
  store: Store,
  parts: RouteParts,
): void {
  const { name, shape, filters, near } = model
  const asked: Readonly<Record<string, TSchema>> = {
    ...Object.fromEntries(Object.entries(filters).map(([filter, each]) => [filter, Type.Optional(each.query)])),
    ...(near !== undefined && { near: Type.Optional(askedCircle(near.description)) }),
  }
  server.get(
    path,
    {
      config: { paced: true, needs, hasPlaces: near !== undefined },
      schema: {
        tags: [tag],
        operationId: list.operationId,
        summary: list.summary,
        querystring: query({ ...asked, ...pageQuery }),
        response: answers({ status: 200, description: list.page, schema: listingOf(shape) }, [
          'invalid-cursor',
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<Listing<AnyRow>> => {
      // Who asks for what lies somewhere must see where it lies.
      const reach = reachOf(parts, request, model, 'near' in request.query ? [needs, 'places:read'] : needs)
      const { limit, after, ...filter } = request.query
      const page = given({ limit, after }) as { readonly limit?: number; readonly after?: string }
      return listing(
        parts.cursors,
        [name, reach.tenant],
        { ...page, ...filter },
        (next) => store.list(reach, parsed(filter), next),
        placesSeenBy(parts, request, model),
      )
    },
  )
}

/** Rows that tell of a time are reached by when that was, the others by what is seen now. Throws
 *  `not-allowed` unless the caller has the permissions at all. */
function reachOf({ rights }: RouteParts, request: FastifyRequest, { happened }: AnyModel, needed: Needed): Reach {
  const caller = calledBy(request)
  for (const permission of [needed].flat()) rights.demand(caller, permission)
  return happened === undefined ? rights.reachNow(caller, needed) : rights.reach(caller, needed)
}

/** Filters as the store takes them. */
function parsed(filter: AnyRow): AnyRow {
  const { near } = filter
  return typeof near === 'string' ? { ...filter, near: parseCircle(near) } : filter
}

function registerOne(
  server: Server,
  model: AnyModel,
  { path, tag, needs, one }: Routes & { readonly one: NonNullable<Routes['one']> },
  store: Store,
  parts: RouteParts,
): void {
  server.get(
    `${path}/:id`,
    {
      config: { needs, hasPlaces: model.near !== undefined },
      schema: {
        tags: [tag],
        operationId: one.operationId,
        summary: one.summary,
        params: Type.Object({ id: rowId }),
        response: answers({ status: 200, description: one.answer, schema: named(model.shape) }, [
          'not-found',
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<AnyRow> => {
      const row = await findRow(store, model, reachOf(parts, request, model, needs), request.params.id)
      return placesSeenBy(parts, request, model)(row)
    },
  )
}
