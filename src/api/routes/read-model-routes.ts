// The routes of read models: the list of each, with its filters, and one row where rows have an id.
import { Type, type TSchema } from 'typebox'
import type { AnyModel, AnyRow, Routes } from '../../read-models/read-model.ts'
import { parseCircle } from '../../model/circle.ts'
import { readModels, type ReadModelName } from '../../read-models/read-models.ts'
import { askedCircle } from '../../read-models/schema-parts.ts'
import type { TableStore } from '../../storage/table-store.ts'
import { answers, signedIn } from '../answers.ts'
import type { Listing } from '../contract.ts'
import { listing } from '../listing.ts'
import { listingOf, named, pageQuery, query, rowId } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import { findRow, given, tenantOf, type RouteParts } from './route-parts.ts'

type Store = TableStore<AnyRow, Readonly<Record<string, unknown>>>

export function registerReadModelRoutes(server: Server, { storage, cursors }: RouteParts): void {
  for (const model of Object.values<AnyModel>(readModels)) {
    const { routes } = model
    if (routes === undefined) continue
    const store: Store = storage[model.name as ReadModelName]
    registerList(server, model, routes, store, cursors)
    if (routes.one !== undefined) registerOne(server, model, routes, routes.one, store)
  }
}

function registerList(
  server: Server,
  { name, shape, filters, near }: AnyModel,
  { path, tag, list, needs }: Routes,
  store: Store,
  cursors: RouteParts['cursors'],
): void {
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
      const tenant = tenantOf(request)
      const { limit, after, ...filter } = request.query
      const page = given({ limit, after }) as { readonly limit?: number; readonly after?: string }
      return listing(
        cursors,
        [name, tenant],
        { ...page, ...filter },
        (next) => store.list(tenant, parsed(filter), next),
        (row) => row,
      )
    },
  )
}

/** Filters as the store takes them. */
function parsed(filter: AnyRow): AnyRow {
  const { near } = filter
  return typeof near === 'string' ? { ...filter, near: parseCircle(near) } : filter
}

function registerOne(
  server: Server,
  model: AnyModel,
  { path, tag, needs }: Routes,
  one: NonNullable<Routes['one']>,
  store: Store,
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
    (request): Promise<AnyRow> => findRow(store, model, tenantOf(request), request.params.id),
  )
}
