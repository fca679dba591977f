// Pages of other origins (CORS). An origin is let in by its exact name in the settings, and then by
// a token alone: no cookie of this server counts for it, so no page of another origin acts for
// whoever is signed in here. The name is answered as it was configured, never as it was sent.
import type { FastifyReply, FastifyRequest } from 'fastify'

export type CrossOrigin = {
  /** The origin of the page that calls, where it is one of those that are let in. */
  of(request: FastifyRequest): string | undefined
  /** Adds to the answer what lets the page read it. True where it is the answer to a browser that
   *  asks beforehand, and complete. */
  answer(request: FastifyRequest, reply: FastifyReply): boolean
}

const askedForMs = 600_000
/** Headers of answers, besides those that every page may read. */
const readable = 'retry-after, x-request-id, content-disposition, www-authenticate'
const sendable = 'authorization, content-type, last-event-id'

/** `methodsOf` gives those of an address. Without an origin nothing is added to any answer. */
export function createCrossOrigin(
  origins: readonly string[],
  methodsOf: (path: string) => readonly string[],
): CrossOrigin {
  const known = new Set(origins)
  const of: CrossOrigin['of'] = ({ headers: { origin } }) =>
    origin !== undefined && known.has(origin) ? origin : undefined
  return {
    of,
    answer(request, reply) {
      const path = request.url.split('?')[0] ?? ''
      if (known.size === 0 || !path.startsWith('/api/v1/')) return false
      // Caches must keep an answer for one origin apart from that for another.
      reply.header('vary', 'Origin')
      const origin = of(request)
      if (origin === undefined) return false
      reply.headers({ 'access-control-allow-origin': origin, 'access-control-expose-headers': readable })
      const asked = request.headers['access-control-request-method']
      const methods = methodsOf(path)
      if (request.method !== 'OPTIONS' || asked === undefined || methods.length === 0) return false
      reply.headers({
        'access-control-allow-methods': methods.join(', '),
        'access-control-allow-headers': sendable,
        'access-control-max-age': askedForMs / 1000,
      })
      return true
    },
  }
}
