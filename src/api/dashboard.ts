// The built dashboard as files. Its pages have addresses of their own, so any address that is not a
// file or the API's gives index.html. Files under /assets/ carry a hash of their content in their
// names and are kept for ever; everything else is asked for again.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Server } from './server-types.ts'

/** Gives the answer for an address nothing else answers, or undefined when it is none of the
 *  dashboard's. */
export type Fallback = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined

export async function registerDashboard(server: Server, dir: string | undefined): Promise<Fallback> {
  if (dir === undefined || !existsSync(join(dir, 'index.html')))
    return (request, reply) =>
      isPage(request) ? reply.status(503).type('text/html; charset=utf-8').send(notBuilt) : undefined
  await server.register(fastifyStatic, {
    root: dir,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (response, path) =>
      void response.header(
        'cache-control',
        /[/\\]assets[/\\]/.test(path.slice(dir.length)) ? 'public, max-age=31536000, immutable' : 'no-cache',
      ),
  })
  return (request, reply) => (isPage(request) ? reply.status(200).sendFile('index.html') : undefined)
}

/** Whether a person could have typed it into the address bar: not a file, not the API. */
function isPage({ method, url }: FastifyRequest): boolean {
  const path = url.split('?')[0] ?? ''
  return (
    (method === 'GET' || method === 'HEAD') &&
    path !== '/api' &&
    !path.startsWith('/api/') &&
    !path.slice(path.lastIndexOf('/')).includes('.')
  )
}

const notBuilt = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Roadstream</title></head>
<body>
<h1>The dashboard is not built yet</h1>
<p><code>npm start</code> builds it and starts Roadstream. The API works: <a href="/api/docs">browse it</a>.</p>
</body>
</html>
`
