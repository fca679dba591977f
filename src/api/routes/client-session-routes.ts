// Sessions that gateways keep for their MQTT clients, and the end of them. Not to be confused with
// the session of whoever is signed in (session-routes.ts). A client id is `tenant/client`, so it is
// two parts of the address: many a proxy does not let an encoded slash through.
import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { Outage } from '../../base/errors.ts'
import { sessionStates } from '../../model/client-session.ts'
import { answers, signedIn } from '../answers.ts'
import type { ClientSessions } from '../api-options.ts'
import type { ClientSession, ClientSessionDetail, ClientSessionListing, Disconnection } from '../contract.ts'
import { listing } from '../listing.ts'
import { problem } from '../problem.ts'
import type { Rights } from '../rights.ts'
import { clientSessionDetailSchema, clientSessionSchema, disconnectionSchema } from '../client-session-schemas.ts'
import { vehicleId } from '../../read-models/schema-parts.ts'
import { listingOf, named, pageQuery, query } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import { calledBy, given, tenantOf, type RouteParts } from './route-parts.ts'

const tags = ['clients']
const params = Type.Object({
  tenant: Type.String({
    minLength: 1,
    maxLength: 63,
    description: 'The part of the client id before the first slash.',
  }),
  client: Type.String({
    minLength: 1,
    maxLength: 200,
    description: 'The rest of the client id; of a vehicle, its id.',
  }),
})
const some = ['not-found', 'gateway-unreachable', 'sessions-elsewhere', ...signedIn] as const
const count = (description: string) => Type.Integer({ minimum: 0, description })

export function registerClientSessionRoutes(server: Server, parts: RouteParts, sessions: ClientSessions): void {
  registerList(server, parts, sessions)
  registerOne(server, parts, sessions)
  registerEnds(server, parts, sessions)
}

function registerList(server: Server, { cursors, rights }: RouteParts, sessions: ClientSessions): void {
  server.get(
    '/sessions',
    {
      config: { paced: true, needs: 'clients:read' },
      schema: {
        tags,
        operationId: 'listClientSessions',
        summary: 'MQTT sessions by client id: who is connected, and for whom messages wait',
        querystring: query({
          vehicle: Type.Optional(vehicleId),
          search: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 200,
              description: 'A part of the client id after the tenant, in any case; the whole client id does as well.',
            }),
          ),
          state: Type.Optional(Type.Enum([...sessionStates])),
          ...pageQuery,
        }),
        response: answers(
          {
            status: 200,
            description: 'A page of sessions',
            schema: listingOf(clientSessionSchema, {
              total: Type.Object(
                { connected: count('Connected now.'), away: count('Kept for a client that is away.') },
                { description: 'All that match the filter, whatever their state.' },
              ),
            }),
          },
          ['invalid-cursor', 'gateway-unreachable', 'sessions-elsewhere', ...signedIn],
        ),
      },
    },
    async (request): Promise<ClientSessionListing> => {
      const tenant = tenantOf(request)
      const { vehicle, state } = request.query
      if (!isSeen(rights, request, vehicle)) throw oneVehicle()
      const search = withoutTenant(request.query.search, tenant)
      const clientId = vehicle === undefined ? undefined : `${tenant}/${vehicle}`
      let total = { connected: 0, away: 0 }
      const page = await listing(
        cursors,
        ['sessions', tenant],
        request.query,
        async (wanted) => {
          const page = await reached(sessions.list({ tenant, ...given({ clientId, search, state }), ...wanted }))
          total = { ...page.total }
          return page
        },
        (row) => shownTo(rights, request, row),
      )
      return { ...page, total }
    },
  )
}

function registerOne(server: Server, { rights }: RouteParts, sessions: ClientSessions): void {
  server.get(
    '/sessions/:tenant/:client',
    {
      config: { needs: 'clients:read' },
      schema: {
        tags,
        operationId: 'getClientSession',
        summary: 'One MQTT session: its subscriptions, what waits for it, its will, limits and traffic',
        params,
        response: answers({ status: 200, description: 'The session', schema: named(clientSessionDetailSchema) }, some),
      },
    },
    async (request): Promise<ClientSessionDetail> => {
      const { client } = request.params
      const detail = isSeen(rights, request, client)
        ? await reached(sessions.inspect(addressed(request, request.params)))
        : null
      return shownTo(rights, request, detail ?? notThere())
    },
  )
}

/** The end of a connection, and that of a session. */
function registerEnds(server: Server, { audit, rights }: RouteParts, sessions: ClientSessions): void {
  const end = async (request: FastifyRequest, address: Address, endSession: boolean): Promise<Disconnection> => {
    if (!rights.sees(rights.sight(calledBy(request), 'clients:end'), address.client)) notThere()
    const by = calledBy(request).name
    const session = addressed(request, address)
    const target = { kind: endSession ? 'client session' : 'client connection', id: session.clientId }
    return audit.change(
      request,
      { action: 'end', target },
      async () => (await reached(sessions.disconnect({ ...session, endSession, by }))) ?? notThere(),
    )
  }

  server.delete(
    '/sessions/:tenant/:client/connection',
    {
      config: { needs: 'clients:end' },
      schema: {
        tags,
        operationId: 'disconnectClient',
        summary: 'Closes the connection of a client, which may come back to its session',
        params,
        response: answers({ status: 200, description: 'What there was', schema: named(disconnectionSchema) }, [
          ...some,
        ]),
      },
    },
    (request) => end(request, request.params, false),
  )

  server.delete(
    '/sessions/:tenant/:client',
    {
      config: { needs: 'clients:end' },
      schema: {
        tags,
        operationId: 'endClientSession',
        summary: 'Closes the connection of a client and drops its session with the messages that wait in it',
        params,
        response: answers({ status: 200, description: 'What there was', schema: named(disconnectionSchema) }, [
          ...some,
        ]),
      },
    },
    (request) => end(request, request.params, true),
  )
}

/** Whether the caller sees the sessions of a client now; of all of them, whether he sees all. The
 *  id of a client that is a vehicle is the vehicle's. */
function isSeen(rights: Rights, request: FastifyRequest, client: string | undefined): boolean {
  const sight = rights.sight(calledBy(request), 'clients:read')
  return sight.windows === 'all' || (client !== undefined && rights.sees(sight, client))
}

const oneVehicle = (): Error =>
  problem(
    'not-allowed',
    'You see the sessions of some vehicles: give one of them as "vehicle". The list of all is for those who see the whole tenant.',
    { errors: [{ field: 'vehicle', message: 'Give a vehicle that you see.' }] },
  )

/** Of a client id as it stands in a log the rest is what is looked for: every session one may see
 *  begins with the own tenant. */
const withoutTenant = (search: string | undefined, tenant: string): string | undefined =>
  search?.toLowerCase().startsWith(`${tenant.toLowerCase()}/`) === true ? search.slice(tenant.length + 1) : search

type Address = { readonly tenant: string; readonly client: string }

/** A session of another tenant is not there for whoever asks. */
function addressed(
  request: FastifyRequest,
  { tenant, client }: Address,
): { readonly tenant: string; readonly clientId: string } {
  if (tenant !== tenantOf(request)) notThere()
  return { tenant, clientId: `${tenant}/${client}` }
}

function notThere(): never {
  throw problem(
    'not-found',
    'No gateway keeps a session for that client id: it is neither connected nor expected back.',
  )
}

/** Where a client connects from is for those who may end its connection. */
const shownTo = <Row extends ClientSession>(rights: Rights, request: FastifyRequest, row: Row): Row =>
  rights.sees(rights.sight(calledBy(request), 'clients:end'), row.clientId.split('/')[1] ?? '')
    ? row
    : { ...row, address: null }

async function reached<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    if (error.code === 'SESSIONS_ELSEWHERE')
      throw problem(
        'sessions-elsewhere',
        `${error.message} Look there: this system only bridges what cars publish (ROADSTREAM_BRIDGE).`,
      )
    if (error.code !== 'ROLE_UNREACHABLE') throw error
    throw problem(
      'gateway-unreachable',
      'No gateway answers. Start one (`roadstream gateway`) on the same machine, with the same data folder and as the same user as the API, and try again.',
      { headers: { 'retry-after': '5' } },
    )
  }
}
