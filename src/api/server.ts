// The server with all its routes, before it listens. The order of the hooks is the order of the
// defences: host name, headers, origin, session, allowance.
import assert from 'node:assert/strict'
import cookie from '@fastify/cookie'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify, { LogController, type FastifyBaseLogger, type FastifyReply, type FastifyRequest } from 'fastify'
import { Outage } from '../base/errors.ts'
import type { ApiOptions } from './api-options.ts'
import { clockAheadMs as usualAheadMs } from '../model/car-clock.ts'
import { vssCatalogue } from '../model/catalogue.ts'
import { openOrganisation, type StoredOrganisation } from '../registry/organisation.ts'
import { noVehicles } from '../model/vehicles.ts'
import { recordRefusal, registerDisclosures } from './audit/audit-hooks.ts'
import { registerAuditRoutes } from './audit/audit-routes.ts'
import { createAudit, type Audit } from './audit/request-audit.ts'
import { callerOrNobody, createAuthenticate, notSignedIn, type Authenticate } from './authenticate.ts'
import { createApiMetrics } from './api-metrics.ts'
import { createCrossOrigin } from './cross-origin.ts'
import { createCursors } from './cursor.ts'
import { registerDashboard } from './dashboard.ts'
import { errorAnswer } from './error-answer.ts'
import { openLiveHub, type LiveHub } from './live/live-hub.ts'
import { standardLiveLimits } from './live/live-limits.ts'
import { registerOpenApi } from './openapi.ts'
import { watchMethods } from './other-methods.ts'
import { problem, problemMediaType, tooMany, type ApiProblem } from './problem.ts'
import { createAccessTokens } from './programs/access-token.ts'
import { registerOAuthRoutes } from './programs/oauth-routes.ts'
import { createProgramAccess } from './programs/program-access.ts'
import { registerProgramRoutes } from './programs/program-routes.ts'
import { createRateLimit, type RateLimit } from './rate-limit.ts'
import { instantMark } from '../read-models/schema-parts.ts'
import { registerInstants } from './instants/instants.ts'
import { refuseInfinite } from './finite-numbers.ts'
import { createHostCheck, createOriginCheck } from './request-guards.ts'
import { newRequestId, registerRequestLog } from './request-log.ts'
import { registerReadModelRoutes } from './routes/read-model-routes.ts'
import { registerClientSessionRoutes } from './routes/client-session-routes.ts'
import { registerLiveRoutes } from './routes/live-routes.ts'
import { registerMapRoutes } from './routes/map-routes.ts'
import { registerProbeRoutes } from './routes/probe-routes.ts'
import { registerAssignmentRoutes } from './routes/assignment-routes.ts'
import { registerOrganisationRoutes } from './routes/organisation-routes.ts'
import { registerRegistryFileRoutes } from './routes/registry-file-routes.ts'
import { registerRegistryRoutes } from './routes/registry-routes.ts'
import { registerSeriesRoutes } from './routes/series-routes.ts'
import { registerIdentityRoutes } from './routes/identity-routes.ts'
import { registerSessionRoutes, type SessionParts } from './routes/session-routes.ts'
import { registerAccounts } from './people/register-accounts.ts'
import { registerSignalRoutes } from './routes/signal-routes.ts'
import { registerSystemRoutes } from './routes/system-routes.ts'
import { registerTripRoutes } from './routes/trip-routes.ts'
import { registerTripSumRoutes } from './routes/trip-sum-routes.ts'
import { registerVehicleRoutes } from './routes/vehicle-routes.ts'
import { createShareAccess, notForLinks } from './shares/share-access.ts'
import { registerShareRoutes } from './shares/share-routes.ts'
import { createRights, type Rights } from './rights.ts'
import { query } from './schemas.ts'
import { securityHeaders } from './security-headers.ts'
import type { Server } from './server-types.ts'
import { createKnownBrowsers } from './session/known-browsers.ts'
import { createPasswords } from './session/password.ts'
import { createSignIns } from './session/sessions.ts'
import { createSetup } from './session/setup.ts'

const bodyBytesMax = 64 * 1024
/** Of one session, for lists and tracks: plenty for a person, not for a program that reads
 *  everything all the time. */
const sessionAllowance = { burst: 200, perSecond: 50, keysMax: 10_000 }
/** From one address, of tokens that nobody knows. */
const unknownTokens = { burst: 20, perSecond: 1, keysMax: 50_000 }

export type BuiltServer = { readonly server: Server; readonly hub: LiveHub }

/** Rejects with the Outage of a port it reads at the start. */
export async function buildServer(options: ApiOptions): Promise<BuiltServer> {
  const { storage, derived, clock, logger, registry } = options
  const publicUrl = options.publicUrl === undefined ? undefined : new URL(options.publicUrl)
  const cookieRule = { https: publicUrl?.protocol === 'https:' }
  const metrics = createApiMetrics(registry)
  const sessions = createSignIns(options.sessionSecret, { users: storage.users, signIns: storage.signIns }, clock)
  const passwords = createPasswords(options.passwordCost)
  const organisation = options.registered ?? (await organisationOf(options))
  const rights = createRights(options.organisation ?? organisation, clock, options.setup.tenant)
  const audit = createAudit(storage.audit, clock, options.setup.tenant)
  const hub = await openLiveHub({
    derived,
    twins: storage.twins,
    clock,
    rights,
    logger,
    metrics,
    limits: { ...standardLiveLimits, ...options.liveLimits },
  })

  const server: Server = createBareServer(options, audit)
  const methodsOf = watchMethods(server)
  registerRequestLog(server, metrics)
  const checkHost = createHostCheck({ host: options.listen.host, names: options.names ?? [], publicUrl })
  const headers = securityHeaders(cookieRule.https)
  server.decorateRequest('caller', null)
  await server.register(cookie)
  const crossOrigin = createCrossOrigin(options.origins ?? [], methodsOf)
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...headers, 'x-request-id': request.id })
    checkHost(request)
    if (crossOrigin.answer(request, reply)) return reply.status(204).send()
  })

  const shareAccess = createShareAccess({ ...storage, rights, clock, logger })
  const programAccess = createProgramAccess(storage.programs, clock, logger, createRateLimit(clock, unknownTokens))
  const accessTokens = createAccessTokens(options.sessionSecret, clock)
  const authenticate = createAuthenticate({
    sessions,
    cookie: cookieRule,
    shares: shareAccess,
    programs: programAccess,
    accessTokens,
  })
  await registerOpenApi(server)
  registerProbeRoutes(server, {
    storage,
    derived,
    uplink: options.uplink,
    held: options.held ?? (() => []),
    refusals: options.refusals ?? (async () => []),
    metrics: options.metrics,
    metricsToken: options.metricsToken,
    isAllowed: async (request) => {
      const caller = await callerOrNobody(authenticate)(request)
      return caller !== undefined && rights.may(caller, 'metrics:read', true)
    },
  })
  await registerOAuthRoutes(server, { access: programAccess, accessTokens, rights, audit, publicUrl })
  await server.register(
    async (api) => {
      const scope = api.withTypeProvider<TypeBoxTypeProvider>()
      protect(scope, {
        checkOrigin: createOriginCheck(publicUrl, crossOrigin),
        authenticate,
        rights,
        allowance: createRateLimit(clock, sessionAllowance),
      })
      registerDisclosures(scope, audit, rights)
      registerInstants(scope)
      refuseInfinite(scope)
      const {
        catalogue = vssCatalogue,
        catalogueOf = () => catalogue,
        vehicles = noVehicles,
        clockAheadMs = usualAheadMs,
      } = options
      const parts = {
        storage,
        cursors: createCursors(options.sessionSecret),
        rights,
        organisation,
        audit,
        clock,
        catalogue,
        catalogueOf,
        vehicles,
        clockAheadMs,
      }
      const setup = createSetup(storage.users, passwords, options.setup)
      const sessionParts: SessionParts = {
        users: storage.users,
        sessions,
        browsers: createKnownBrowsers(options.sessionSecret, clock),
        setup,
        passwords,
        cookie: cookieRule,
        clock,
        metrics,
        rights,
        audit,
        ended: () => void hub.review(),
      }
      registerSessionRoutes(scope, sessionParts)
      registerIdentityRoutes(scope, {
        ...sessionParts,
        identity: options.identity && { ...options.identity, tenant: options.setup.tenant },
        secret: options.sessionSecret,
        publicUrl: options.publicUrl,
      })
      registerAccounts(scope, storage, { ...sessionParts, ...parts })
      registerVehicleRoutes(scope, parts)
      registerRegistryRoutes(scope, parts)
      registerRegistryFileRoutes(scope, parts)
      registerOrganisationRoutes(scope, parts)
      registerAssignmentRoutes(scope, parts)
      registerSeriesRoutes(scope, parts)
      registerSignalRoutes(scope, catalogue)
      registerTripRoutes(scope, parts)
      registerTripSumRoutes(scope, parts)
      registerReadModelRoutes(scope, parts)
      registerSystemRoutes(scope, parts, options, () => hub.latencyMs())
      registerClientSessionRoutes(scope, parts, options.clientSessions)
      registerMapRoutes(scope, options.streetMap)
      registerShareRoutes(scope, {
        ...parts,
        shares: storage.shares,
        access: shareAccess,
        ended: () => void hub.review(),
      })
      registerProgramRoutes(scope, {
        ...parts,
        programs: storage.programs,
        access: programAccess,
        audit,
        ended: () => void hub.review(),
      })
      registerLiveRoutes(scope, { hub, rights, audit, findCaller: callerOrNobody(authenticate) })
      registerAuditRoutes(scope, parts)
    },
    { prefix: '/api/v1' },
  )
  const dashboard = await registerDashboard(server, options.dashboardDir)
  server.setNotFoundHandler((request, reply) => {
    const allowed = methodsOf(request.url.split('?')[0] ?? '')
    if (allowed.length > 0 && !allowed.includes(request.method))
      throw problem('method-not-allowed', `Here there is ${allowed.join(', ')}.`, {
        headers: { allow: allowed.join(', ') },
      })
    const page = dashboard(request, reply)
    if (page !== undefined) return page
    throw problem('not-found', 'There is nothing at this address. /api/docs lists what there is.')
  })
  return { server, hub }
}

/** Of a storage that nobody else writes to. */
const organisationOf = ({ storage, logger }: ApiOptions): Promise<StoredOrganisation> =>
  openOrganisation({ store: storage.registry, logger, every: () => () => {} })

function createBareServer({ logger, trustedProxies }: ApiOptions, audit: Audit): Server {
  // Named so that the server's type does not depend on pino's.
  const loggerInstance: FastifyBaseLogger = logger
  const server = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: newRequestId,
    bodyLimit: bodyBytesMax,
    requestTimeout: 30_000,
    trustProxy: trustedProxies === undefined || trustedProxies.length === 0 ? false : [...trustedProxies],
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: 'idle',
    ajv: {
      customOptions: {
        verbose: true,
        allErrors: true,
        removeAdditional: false,
        coerceTypes: true,
        keywords: [instantMark],
      },
    },
    frameworkErrors: (error, request, reply) => void answer(reply, errorAnswer(error, request.id)),
  }).withTypeProvider<TypeBoxTypeProvider>()
  // Answers are made from typed values and tested against their schemas; a serializer that drops
  // what it does not know would hide a mistake.
  server.setSerializerCompiler(() => (data) => JSON.stringify(data))
  server.setErrorHandler(async (error, request, reply) => {
    const problem = errorAnswer(error, request.id)
    // An outage that the log has is told there once, and not by each request that meets it.
    const level = error instanceof Outage && error.isTold ? 'debug' : 'error'
    if (problem.body.status >= 500 && problem !== error) request.log[level]({ err: error }, 'a request failed')
    await recordRefusal(audit, request, error)
    return answer(reply, problem)
  })
  // A form or plain text can be sent from any page without asking; JSON cannot.
  server.removeContentTypeParser('text/plain')
  return server
}

function answer(reply: FastifyReply, { body, headers }: ApiProblem): FastifyReply {
  return reply
    .status(body.status)
    .headers(headers)
    .header('cache-control', 'no-store')
    .type(problemMediaType)
    .send(JSON.stringify(body))
}

type Protection = {
  readonly checkOrigin: (request: FastifyRequest) => void
  readonly authenticate: Authenticate
  readonly rights: Rights
  readonly allowance: RateLimit
}

function protect(scope: Server, { checkOrigin, authenticate, rights, allowance }: Protection): void {
  scope.addHook('onRoute', (route) => {
    const { access, needs, whole, forLinks } = route.config ?? {}
    assert.ok(
      (access === undefined) !== (needs === undefined),
      `${String(route.method)} ${route.url} must say who may call it: everyone, whoever is signed in, or by which right`,
    )
    // A parameter that is misspelt would otherwise be ignored without a word.
    const querystring = route.schema?.querystring ?? query({})
    const rightsOfRoute = { 'x-needs': needs ?? access, 'x-whole': whole === true, 'x-links': forLinks === true }
    route.schema = { ...route.schema, querystring, ...rightsOfRoute }
  })
  scope.addHook('onRequest', async (request, reply) => {
    const { access, isReturn, needs, whole, paced, forLinks } = request.routeOptions.config
    if (isReturn !== true) checkOrigin(request)
    if (access === 'everyone') return
    reply.header('cache-control', 'no-store')
    const caller = await authenticate(request)
    if (caller === undefined) throw notSignedIn()
    if (caller.kind === 'link' && forLinks !== true) throw notForLinks()
    request.caller = caller
    if (needs !== undefined) rights.demand(caller, needs, whole)
    const waitMs = paced === true ? allowance.take(caller.accessId) : 0
    if (waitMs > 0)
      throw tooMany(
        'This session or token asks for lists and tracks faster than they are given (50 a second). Slow down; pages have up to 500 rows.',
        waitMs,
      )
  })
}
