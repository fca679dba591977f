// For those who run the system: is it alive, can it work, and its metrics. Not under /api/v1 and
// without a session, so that probes need none.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Outage } from '../../base/errors.ts'
import { placeless, type OutageReport } from '../../base/placeless.ts'
import type { EventLog } from '../../eventlog/event-log.ts'
import type { HeldStore } from '../../storage/projection.ts'
import type { StorageToRead } from '../../storage/storage.ts'
import { answers } from '../answers.ts'
import { problem } from '../problem.ts'
import { isLoopback } from '../../base/loopback.ts'
import type { Server } from '../server-types.ts'

export type ProbeParts = {
  readonly storage: StorageToRead
  readonly derived: EventLog
  readonly uplink: EventLog | undefined
  readonly held: () => readonly HeldStore[]
  readonly refusals: () => Promise<readonly OutageReport[]>
  readonly metrics: () => Promise<string>
  readonly metricsToken: string | undefined
  /** Whether somebody is signed in who may read metrics of the installation. */
  readonly isAllowed: (request: FastifyRequest) => Promise<boolean>
}

const readyTimeoutMs = 2000

/** One text for all stores of which the reason is the same. */
function heldTexts(held: readonly HeldStore[]): string[] {
  const stores = Map.groupBy(held, ({ outage }) => placeless(outage))
  return Array.from(
    stores,
    ([reason, of]) => `rows of ${of.map(({ store }) => store).join(', ')} cannot be written (${reason})`,
  )
}

const word = (text: string) => Type.Object({ status: Type.Literal(text) })

export function registerProbeRoutes(server: Server, parts: ProbeParts): void {
  server.get(
    '/healthz',
    {
      schema: {
        tags: ['operations'],
        operationId: 'getHealth',
        summary: 'The process is alive',
        security: [],
        response: answers({ status: 200, description: 'Alive', schema: word('alive') }, []),
      },
    },
    async () => ({ status: 'alive' }),
  )

  server.get(
    '/readyz',
    {
      schema: {
        tags: ['operations'],
        operationId: 'getReadiness',
        summary: 'Storage and event log answer, and records and rows can be written',
        security: [],
        response: answers({ status: 200, description: 'Ready', schema: word('ready') }, []),
      },
    },
    async () => {
      const { derived, uplink, storage } = parts
      const logs = [derived.bounds('trip', 0), ...(uplink === undefined ? [] : [uplink.bounds('telemetry', 0)])]
      const failed = within(readyTimeoutMs, Promise.all([...logs, storage.users.count()])).then(
        () => undefined,
        (error: unknown) => ({ error }),
      )
      const [failure, reported] = await Promise.all([failed, parts.refusals()])
      const refusals = new Set(reported.map(placeless))
      // Probes are told no place: that is in the log, and `roadstream doctor` tells it.
      const faults = [
        ...(refusals.size === 0 ? [] : [`the event log takes nothing (${[...refusals].join('; ')})`]),
        ...heldTexts(parts.held()),
        ...(failure?.error instanceof Outage ? [`what is stored cannot be read (${placeless(failure.error)})`] : []),
      ]
      if (faults.length > 0) throw problem('unavailable', `Not ready: ${faults.join('; ')}.`)
      if (failure !== undefined) throw failure.error
      return { status: 'ready' }
    },
  )

  server.get(
    '/metrics',
    {
      schema: {
        tags: ['operations'],
        operationId: 'getMetrics',
        summary: 'Metrics for Prometheus: for this machine, whoever may read metrics, or has the metrics token',
        security: [],
        response: answers(
          { status: 200, description: 'Metrics', schema: Type.String(), mediaType: 'text/plain; version=0.0.4' },
          ['not-allowed'],
        ),
      },
    },
    async (request, reply) => {
      const allowed =
        isDirectFromHere(request) || hasToken(request, parts.metricsToken) || (await parts.isAllowed(request))
      if (!allowed)
        throw problem(
          'not-allowed',
          'Metrics are given to this machine, to whoever is signed in and may read metrics of the installation, and to whoever sends the metrics token as "authorization: Bearer …".',
        )
      return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await parts.metrics())
    },
  )
}

/** A proxy on this machine also calls from loopback, for whomever: its headers give it away. */
const isDirectFromHere = (request: FastifyRequest): boolean =>
  isLoopback(request.ip) &&
  request.headers['x-forwarded-for'] === undefined &&
  request.headers['forwarded'] === undefined

function hasToken({ headers: { authorization } }: FastifyRequest, token: string | undefined): boolean {
  if (token === undefined || authorization === undefined) return false
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(authorization), digest(`Bearer ${token}`))
}

async function within<Value>(timeoutMs: number, work: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () =>
      reject(
        new Outage('STORE_UNAVAILABLE', `Storage and event log did not answer within ${timeoutMs} ms`, {
          retryable: true,
        }),
      ),
    timeoutMs,
  )
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
