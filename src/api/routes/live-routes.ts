// The live feed as server-sent events. The response outlives Fastify's handling: it is written to
// directly, with the headers every answer has.
import { Type } from 'typebox'
import { answers, signedIn } from '../answers.ts'
import type { LiveHub } from '../live/live-hub.ts'
import { liveFeeds, type LiveFeed } from '../live/live-reader.ts'
import { query } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import type { SignIns } from '../session/sessions.ts'
import { calledBy } from './route-parts.ts'

const feedNames = `(${liveFeeds.join('|')})`
const description = `Events \`alert\` and \`trip\` carry an id. With Last-Event-ID what was missed comes first, then what happens: nothing twice, nothing lost;
\`reset\` says that the missed events are no longer kept. \`positions\` has the newest position of each car that changed, in columns, at most four times a second; the
first ones have all cars. A reader that is too slow is dropped and may come back. The shapes are those of \`LiveEvents\` in docs/api.md.`

export function registerLiveRoutes(server: Server, hub: LiveHub, sessions: SignIns): void {
  server.get(
    '/live',
    {
      config: { needs: 'vehicles:read' },
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
              default: liveFeeds.join(),
              description: `Give some of ${liveFeeds.join(', ')}, separated by commas.`,
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
    (request, reply) => {
      const { session } = calledBy(request)
      hub.admit(session.tenant, session.name)
      reply.hijack()
      const { raw } = reply
      raw.writeHead(200, {
        ...Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)])),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // Asks proxies of the nginx family not to collect what should flow.
        'x-accel-buffering': 'no',
      })
      const feeds = new Set((request.query.feeds ?? liveFeeds.join()).split(',') as LiveFeed[])
      const reader = hub.join(
        { tenant: session.tenant, user: session.name, feeds, allowed: () => sessions.stands(session) },
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
