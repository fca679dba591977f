// The streets to draw: made once, compressed once, and kept by browsers for a day (the ETag then
// says that it is still the same).
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { Type } from 'typebox'
import { answers } from '../answers.ts'
import type { StreetMap } from '../contract.ts'
import { named, streetMapSchema } from '../schemas.ts'
import type { Server } from '../server-types.ts'

const cacheControl = 'public, max-age=86400, stale-while-revalidate=604800'

type Prepared = { readonly gzipped: Buffer; readonly etag: string }

/** `streetMap` gives the map or its JSON as bytes, plain or gzipped. */
export function registerMapRoutes(server: Server, streetMap: () => Promise<StreetMap | Uint8Array>): void {
  let prepared: Promise<Prepared> | undefined
  const prepare = (): Promise<Prepared> => {
    const preparing = (prepared ??= streetMap().then(prepareMap))
    // A failure is not kept: the next request tries again.
    preparing.catch(() => (prepared = undefined))
    return preparing
  }

  server.get(
    '/map/streets.json',
    {
      config: { access: 'everyone' },
      schema: {
        tags: ['map'],
        operationId: 'getStreets',
        summary: 'The drivable streets, for drawing. © OpenStreetMap contributors, ODbL',
        security: [],
        headers: Type.Object({ 'if-none-match': Type.Optional(Type.String()) }),
        response: answers(
          [
            { status: 200, description: 'The map', schema: named(streetMapSchema) },
            { status: 304, description: 'As the ETag says' },
          ],
          [],
        ),
      },
    },
    async (request, reply) => {
      const { gzipped, etag } = await prepare()
      reply.headers({
        etag,
        'cache-control': cacheControl,
        vary: [reply.getHeader('vary') ?? [], 'accept-encoding'].flat().join(', '),
      })
      const known = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
      if (known.includes(etag)) return reply.status(304).send()
      reply.type('application/json; charset=utf-8')
      if (acceptsGzip(request.headers['accept-encoding'] ?? ''))
        return reply.header('content-encoding', 'gzip').send(gzipped)
      return reply.send(await promisify(gunzip)(gzipped))
    },
  )
}

async function prepareMap(map: StreetMap | Uint8Array): Promise<Prepared> {
  const bytes = map instanceof Uint8Array ? map : Buffer.from(JSON.stringify(map))
  const gzipped =
    bytes[0] === 0x1f && bytes[1] === 0x8b ? Buffer.from(bytes) : await promisify(gzip)(bytes, { level: 9 })
  return { gzipped, etag: `"${createHash('sha256').update(gzipped).digest('base64url').slice(0, 22)}"` }
}

/** `gzip;q=0` refuses it (RFC 9110, 12.5.3). */
const acceptsGzip = (header: string): boolean =>
  header.split(',').some((part) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$)[\d.]+\s*)?$/i.test(part))
