// Instants of requests and answers in either of two forms, epoch milliseconds and RFC 3339. Within,
// there are milliseconds alone: requests are read before they are checked, answers written after
// they are made, both by the schemas of the route.
import { Type } from 'typebox'
import { parseIso } from '../../model/instant.ts'
import type { Server } from '../server-types.ts'
import { changeInstants, type InPlace } from './schema-instants.ts'

const instantForms = ['ms', 'rfc3339'] as const
type InstantForm = (typeof instantForms)[number]

const formQuery = Type.Optional(
  Type.Enum([...instantForms], {
    default: 'ms',
    description: 'How instants of the answer are written: epoch milliseconds, or RFC 3339 (2026-03-01T08:00:00.000Z).',
  }),
)

/** RFC 3339 in UTC, to the millisecond; the number itself beyond the years that it can write. */
export function instantText(at: number): string | number {
  const year = Math.abs(at) <= 8.64e15 ? new Date(at).getUTCFullYear() : Number.NaN
  return year >= 0 && year <= 9999 ? new Date(at).toISOString() : at
}

/** A text of RFC 3339 as epoch milliseconds; anything else as it is, for the check of the request
 *  to judge. */
export function readInstantText(given: unknown): unknown {
  const at = typeof given === 'string' ? parseIso(given) : undefined
  return typeof at === 'number' ? at : given
}

/** In an address a plus that was not encoded is read as a space. */
const readQueryInstant: InPlace = (given) =>
  readInstantText(typeof given === 'string' ? given.replace(/ (?=\d\d:?\d\d$)/, '+') : given)
const writeInstant: InPlace = (at) => (typeof at === 'number' ? instantText(at) : at)

/** The instants of one route: in its query and its body, and in its answers by their status. */
type RouteInstants = {
  readonly query?: InPlace
  readonly body?: InPlace
  readonly answers: ReadonlyMap<number, InPlace>
}

declare module 'fastify' {
  interface FastifyContextConfig {
    instants?: RouteInstants
  }
  interface FastifyRequest {
    /** How the answer's instants are asked for. */
    instants: InstantForm
  }
}

/** For the routes that are added to the server from now on. */
export function registerInstants(server: Server): void {
  const resolve = (name: string): object => server.getSchema(name) as object
  server.decorateRequest('instants', 'ms')
  server.addHook('onRoute', (route) => {
    const { querystring, body, response } = (route.schema ?? {}) as RouteSchema
    const answers = answerInstants(response, resolve)
    const query = querystring && changeInstants(querystring, readQueryInstant, resolve)
    const inBody = body && changeInstants(body, readInstantText, resolve)
    route.config = { ...route.config, instants: { answers, ...(query && { query }), ...(inBody && { body: inBody }) } }
    if (answers.size === 0) return
    const asked = { ...querystring, properties: { ...querystring?.properties, instants: formQuery } }
    route.schema = { ...route.schema, querystring: asked }
  })
  server.addHook('preValidation', async (request) => {
    const { query, body } = request.routeOptions.config.instants ?? {}
    if (query !== undefined) request.query = query(request.query)
    if (body !== undefined) request.body = body(request.body)
  })
  server.addHook('preHandler', async (request) => {
    if (request.routeOptions.config.instants?.answers.size === 0) return
    // No filter: a list goes on with its cursor in either form.
    const { instants, ...query } = request.query as { readonly instants?: InstantForm }
    request.instants = instants ?? 'ms'
    request.query = query
  })
  server.addHook('preSerialization', async ({ instants, routeOptions }, { statusCode }, payload) =>
    instants === 'ms' ? payload : (routeOptions.config.instants?.answers.get(statusCode)?.(payload) ?? payload),
  )
}

type RouteSchema = {
  readonly querystring?: { readonly properties: object }
  readonly body?: object
  readonly response?: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: object }>> }>>
}

function answerInstants(
  response: RouteSchema['response'] = {},
  resolve: (name: string) => object,
): ReadonlyMap<number, InPlace> {
  const found = Object.entries(response).flatMap(([status, { content }]) => {
    const schema = content?.['application/json']?.schema
    const change = schema && changeInstants(schema, writeInstant, resolve)
    return change === undefined ? [] : [[Number(status), change] as const]
  })
  return new Map(found)
}
