// The server of a role that runs alone: /metrics for Prometheus, /healthz for the supervisor that
// keeps it running, and /readyz, which says why nothing of it is stored now.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { Outage } from '../base/errors.ts'
import { placeless, type OutageReport } from '../base/placeless.ts'
import type { Address } from '../config/setting.ts'
import type { Refusing } from './questions.ts'

/** Probes are told no place: that is in the log. */
const readyText = (refusal: OutageReport | null): string =>
  refusal === null ? 'ready\n' : `not ready: the event log takes nothing (${placeless(refusal)})\n`

/** Listens until disposed. Rejects with Outage ADDRESS_IN_USE or ADDRESS_UNAVAILABLE. */
export async function openMetricsServer(
  address: Address,
  registry: Pick<Registry, 'metrics' | 'contentType'>,
  report: () => Promise<Refusing>,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((request, response) => {
    if (request.url === '/healthz') response.end('ok\n')
    else if (request.url === '/metrics')
      registry.metrics().then(
        (text) => response.setHeader('content-type', registry.contentType).end(text),
        () => response.writeHead(500).end(),
      )
    else if (request.url === '/readyz')
      report().then(
        ({ refusal }) => response.writeHead(refusal === null ? 200 : 503).end(readyText(refusal)),
        () => response.writeHead(500).end(),
      )
    else response.writeHead(404).end('There are /metrics, /healthz and /readyz here.\n')
  })
  server.listen(address.port, address.host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new Outage(
      'ADDRESS_UNAVAILABLE',
      `Cannot serve metrics on ${address.host}:${address.port} (${(cause as NodeJS.ErrnoException).code}). Set ROADSTREAM_METRICS to another host:port.`,
      { retryable: false, cause },
    )
  }
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
