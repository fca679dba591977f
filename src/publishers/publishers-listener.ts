// The listener for publishers that send by HTTP: apps, trackers, webhooks. A request is proven,
// stored as it came, and answered 200 when it is durable and not before; what is not answered so
// the publisher keeps and sends again.
//
//   /MAPPING/SECRET/rest?query ──proof──► body ──signature──► append to foreign ──durable──► 200
import { openTimeLimit } from '../base/time-limit.ts'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counter, type Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import { Outage } from '../base/errors.ts'
import type { Logger } from '../base/logger.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import { foreignLimits, foreignRecord, isSender, type Arrived } from '../eventlog/foreign-record.ts'
import type { Translation } from '../mapping/foreign.ts'
import { httpLimits, type HttpLimits } from './http-limits.ts'
import { challengeAnswer, givenSecret, isSecret, isSigned, type Proof } from './proof.ts'
import { readBody } from './read-body.ts'
import { refuse, type Refusal } from './refusal.ts'

export type HttpPublisher = Pick<Translation, 'name' | 'senderOf'> & { readonly proof: Proof }

export type PublishersListenerOptions = {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number }
  readonly publishers: readonly HttpPublisher[]
  readonly log: Pick<EventLog, 'append' | 'now'>
  readonly limits?: Partial<HttpLimits>
  /** Of rates. */
  readonly steady: Clock
  readonly logger: Logger
  readonly registry: Registry
}

/** Disposing takes no more and waits, at most `drainTimeoutMs`, for those under way. */
export interface PublishersListener extends AsyncDisposable {
  readonly port: number
}

/** Nothing a publisher waits for; OwnTracks wants a list (its HTTP mode). */
const stored = '[]'

/** Rejects with Outage ADDRESS_UNAVAILABLE. */
export async function openPublishersListener(options: PublishersListenerOptions): Promise<PublishersListener> {
  const { listen } = options
  const limits: HttpLimits = { ...httpLimits, ...options.limits }
  const takeRequest = createRequests(options, limits)
  const server = createServer(
    {
      headersTimeout: limits.headTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.idleTimeoutMs,
      connectionsCheckingInterval: Math.min(limits.headTimeoutMs, 1_000),
    },
    (request, response) => void takeRequest(request, response),
  )
  server.maxConnections = limits.connections
  server.listen(listen.port, listen.host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new Outage(
      'ADDRESS_UNAVAILABLE',
      `Cannot listen for publishers on ${listen.host}:${listen.port} (${(cause as NodeJS.ErrnoException).code}). Set ROADSTREAM_PUBLISHERS_HTTP to another host:port.`,
      { retryable: false, cause },
    )
  }
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeIdleConnections()
      using _limit = openTimeLimit(limits.drainTimeoutMs, () => server.closeAllConnections())
      await closed
    },
  }
}

/** `mapping` is `none` until the publisher has proven itself. Undefined when it left. */
type Answer = { readonly mapping: string; readonly said: Refusal | { readonly text: string } } | undefined

const unproven = 'none'

function createRequests(options: PublishersListenerOptions, limits: HttpLimits) {
  const { log, logger, steady } = options
  const publishers = new Map(options.publishers.map((publisher) => [publisher.name, publisher]))
  const isWithinRate = createRates(limits, steady)
  const requests = new Counter({
    name: 'roadstream_gateway_publisher_requests_total',
    help: 'Requests of publishers, by mapping ("none": it is not known, or not proven) and what they were answered.',
    labelNames: ['mapping', 'status'],
    registers: [options.registry],
  })
  let pendingBytes = 0

  async function answer(request: IncomingMessage, take: (bytes: number) => boolean): Promise<Answer> {
    const { method = '', headers } = request
    if (method !== 'GET' && method !== 'POST') return { mapping: unproven, said: 'method' }
    const { name, path, query } = splitUrl(request.url ?? '')
    const publisher = publishers.get(name)
    const { secret, key } = publisher?.proof ?? { secret: noSecret }
    const given = secret === undefined ? { secret: '', rest: path } : givenSecret(path, headers)
    const isProven = secret === undefined || isSecret(given.secret, secret)
    if (!isProven || publisher === undefined) return { mapping: unproven, said: 'not-proven' }
    if ((headers['content-encoding'] ?? 'identity') !== 'identity') return { mapping: unproven, said: 'encoding' }
    const body = await readBody(request, { bytesMax: foreignLimits.payloadBytes, take })
    if (body === undefined) return undefined
    if (typeof body === 'string') return { mapping: unproven, said: body }
    const challenge = key === undefined ? undefined : challengeAnswer(body, key)
    if (challenge !== undefined) return { mapping: name, said: { text: challenge } }
    if (key !== undefined && !isSigned(body, headers['sc-signature'], key))
      return { mapping: unproven, said: 'not-proven' }
    if (!isWithinRate(name)) return { mapping: name, said: 'too-many' }
    const address = `${method} /${given.rest}${query}`
    const sender = address.length > foreignLimits.addressChars ? undefined : publisher.senderOf(address)
    if (!isSender(sender)) return { mapping: name, said: 'not-read' }
    const type = headers['content-type']
    const arrived = { mapping: name, sender, address, payload: body, retained: false, receivedAt: log.now() }
    return { mapping: name, said: await store(type === undefined ? arrived : { ...arrived, contentType: type }) }
  }

  async function store(arrived: Arrived): Promise<Refusal | { readonly text: string }> {
    try {
      await log.append([foreignRecord(arrived).record])
      return { text: stored }
    } catch (error) {
      if (!(error instanceof Outage)) throw error
      logger.warn(
        { code: error.code, mapping: arrived.mapping },
        'the log does not take a message of a publisher, who is told to send it again',
      )
      return 'log-away'
    }
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let held = 0
    const take = (bytes: number): boolean => {
      held += bytes
      pendingBytes += bytes
      return pendingBytes <= limits.pendingBytes
    }
    try {
      const answered = await answer(request, take)
      if (answered === undefined) return
      const { mapping, said } = answered
      if (typeof said === 'string') refuse(response, said, said === 'too-many' ? 1 : limits.retryAfterS)
      else response.writeHead(200, { 'content-type': 'application/json' }).end(said.text)
      requests.inc({ mapping, status: response.statusCode })
    } finally {
      pendingBytes -= held
    }
  }
}

/** The text that the secret of a mapping that is not there is compared with, so that it takes as
 *  long. */
const noSecret = randomBytes(32).toString('hex')

/** `/MAPPING/path?query`; the query with its question mark. */
function splitUrl(url: string): { readonly name: string; readonly path: string; readonly query: string } {
  const mark = url.indexOf('?')
  const whole = mark < 0 ? url : url.slice(0, mark)
  const slash = whole.indexOf('/', 1)
  return {
    name: whole.slice(1, slash < 0 ? undefined : slash),
    path: slash < 0 ? '' : whole.slice(slash + 1),
    query: mark < 0 ? '' : url.slice(mark),
  }
}

/** Whether one more request of a mapping is within its rate: a bucket for each, kept as the instant
 *  until which what came is paid for. */
function createRates({ requestsPerS, requestsAtOnce }: HttpLimits, steady: Clock): (mapping: string) => boolean {
  const paidUntil = new Map<string, number>()
  const costMs = 1000 / requestsPerS
  return (mapping) => {
    const now = steady.now()
    const until = Math.max(paidUntil.get(mapping) ?? 0, now) + costMs
    if (until - now > requestsAtOnce * costMs) return false
    paidUntil.set(mapping, until)
    return true
  }
}
