// The live feed as server-sent events. The response outlives Fastify's handling: it is written to
// directly, with the headers every answer has.
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { answers, signedIn } from '../answers.ts'
import type { Audit } from '../audit/request-audit.ts'
import { fleetTarget } from '../audit/audit-hooks.ts'
import type { LiveHub } from '../live/live-hub.ts'
import { liveFeeds, type LiveFeed } from '../live/live-reader.ts'
import { feedNeeds, liveSightsOf } from '../live/live-sights.ts'
import { query } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import { ApiProblem, problem } from '../problem.ts'
import type { Rights } from '../rights.ts'
import type { Caller } from '../server-types.ts'
import { calledBy } from './route-parts.ts'

const feedNames = `(${liveFeeds.join('|')})`
const description = `Events \`alert\` and \`trip\` carry an id. With Last-Event-ID what was missed comes first, then what happens: nothing twice, nothing lost;
\`reset\` says that the missed events are no longer kept. \`positions\` has the newest position of each car that changed, in columns, at most four times a second; the
first ones have all cars. A reader gets what it may see, as that changes: places are null where they
may not be seen; a feed asked for by its name that it may not follow is refused. A reader that is too slow is dropped and may come back. The shapes are those of \`LiveEvents\` in docs/api.md.`

export type LiveParts = {
  readonly hub: LiveHub
  readonly rights: Rights
  readonly audit: Audit
  /** Who sent a request, asked anew: undefined when whoever it was is no longer let in. */
  readonly findCaller: (request: FastifyRequest) => Promise<Caller | undefined>
}

export function registerLiveRoutes(server: Server, { hub, rights, audit, findCaller }: LiveParts): void {
  server.get(
    '/live',
    {
      config: { needs: 'vehicles:read', forLinks: true },
      exposeHeadRoute: false,
      schema: {
        tags: ['live'],
        operationId: 'followLive',
        summary: 'What happens, as it happens',
        description,
        querystring: query({
          feeds: Type.Optional(
            Type.String({
              pattern: `^${feedNames}(,${feedNames})*$`,
              description: `Give some of ${liveFeeds.join(', ')}, separated by commas; all that may be followed when absent.`,
            }),
          ),
          lastEventId: Type.Optional(
            Type.String({
              maxLength: 16_384,
              description: 'For a first connection that resumes; the header Last-Event-ID goes before it.',
            }),
          ),
        }),
        headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 16_384 })) }),
        response: answers(
          {
            status: 200,
            description: 'The events, until either side ends it',
            schema: Type.String(),
            mediaType: 'text/event-stream',
          },
          signedIn,
        ),
      },
    },
    async (request, reply) => {
      const caller = calledBy(request)
      const feeds = feedsOf(rights, caller, request.query.feeds)
      const user = `${caller.kind} ${caller.id}`
      if (rights.may(caller, 'places:read'))
        await audit.seldom(request, { action: 'disclose-place', target: fleetTarget(request) })
      hub.admit(caller.tenant, user)
      reply.hijack()
      const { raw } = reply
      raw.writeHead(200, {
        ...Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)])),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // Asks proxies of the nginx family not to collect what should flow.
        'x-accel-buffering': 'no',
      })
      const reader = hub.join(
        {
          tenant: caller.tenant,
          user,
          feeds,
          sights: liveSightsOf(rights, caller),
          async ask() {
            const found = await findCaller(request).catch(refusedAsNobody)
            return found === undefined || found.tenant !== caller.tenant ? undefined : liveSightsOf(rights, found)
          },
        },
        {
          write: (text) => raw.write(text),
          bufferedBytes: () => raw.writableLength,
          end: () => raw.end(),
          destroy: () => raw.destroy(),
        },
        request.headers['last-event-id'] ?? request.query.lastEventId,
      )
      raw.on('drain', () => hub.drained(reader))
      raw.on('close', () => reader.close('left'))
      raw.on('error', () => reader.close('left'))
    },
  )
}

/** A caller that is refused is nobody; what cannot be found out rejects further. */
function refusedAsNobody(error: unknown): undefined {
  if (!(error instanceof ApiProblem)) throw error
}

/** Throws `not-allowed` for a feed that is asked for by its name, or when there is none. */
function feedsOf(rights: Rights, caller: Caller, asked: string | undefined): ReadonlySet<LiveFeed> {
  if (asked !== undefined) {
    const feeds = asked.split(',') as LiveFeed[]
    for (const feed of feeds) rights.demand(caller, feedNeeds[feed])
    return new Set(feeds)
  }
  const feeds = liveFeeds.filter((feed) => rights.may(caller, feedNeeds[feed]))
  if (feeds.length === 0)
    throw problem(
      'not-allowed',
      'You need a role that may see places, alerts or trips to follow what happens. Ask an administrator of your tenant for one.',
    )
  return new Set(feeds)
}
