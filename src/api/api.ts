// The API role: REST, live feed, dashboard, probes and metrics on one address. Disposal ends live
// connections, lets requests under way finish, and cuts off what has not after a stated time.
import { hostText } from '../base/host-text.ts'
import type { AddressInfo } from 'node:net'
import { Outage } from '../base/errors.ts'
import { openTimeLimit } from '../base/time-limit.ts'
import type { Api, ApiOptions } from './api-options.ts'
import { buildServer } from './server.ts'

const drainMs = 5000

/** Listens and answers. Rejects with Outage API_ADDRESS (not retryable) when it cannot listen
 *  there, or with the Outage of a port it reads at the start. */
export async function openApi(options: ApiOptions): Promise<Api> {
  const { server, hub } = await buildServer(options)
  let closed: Promise<void> | undefined
  const close = (): Promise<void> =>
    (closed ??= (async () => {
      await hub[Symbol.asyncDispose]()
      using _limit = openTimeLimit(drainMs, () => server.server.closeAllConnections())
      await server.close()
    })())
  const { host, port } = options.listen
  try {
    await server.listen({ host, port })
  } catch (cause) {
    await close()
    const why =
      (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
        ? 'something listens there already'
        : (cause as Error).message
    throw new Outage(
      'API_ADDRESS',
      `The API cannot listen on ${host}:${port}: ${why}. Stop the other program or set ROADSTREAM_HTTP to another address.`,
      {
        retryable: false,
        cause,
      },
    )
  }
  const { port: taken } = server.server.address() as AddressInfo
  options.signal?.addEventListener('abort', () => void close(), { once: true })
  if (options.signal?.aborted === true) await close()
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : hostText(host)
  return { url: `http://${shown}:${taken}`, port: taken, [Symbol.asyncDispose]: close }
}
