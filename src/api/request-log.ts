// One log line and one measurement for each request, with the route's pattern, never the address as
// it came: no id, no token, no search in the log.
import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { ApiMetrics } from './api-metrics.ts'
import type { Server } from './server-types.ts'

export const newRequestId = (): string => randomUUID()

const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? '(none)'

export function registerRequestLog(server: Server, metrics: ApiMetrics): void {
  server.addHook('onResponse', async (request, reply) => {
    const route = routeOf(request)
    const { statusCode: status, elapsedTime } = reply
    const ms = Math.round(elapsedTime * 10) / 10
    const level = status >= 500 ? 'error' : status >= 400 || request.method !== 'GET' ? 'info' : 'debug'
    request.log[level]({ route, method: request.method, status, ms }, 'answered')
    // A live connection lasts hours: it would say nothing about answering.
    if (!route.endsWith('/live'))
      metrics.requestSeconds.observe(
        { route, method: request.method, status: `${Math.floor(status / 100)}xx` },
        elapsedTime / 1000,
      )
  })
}
