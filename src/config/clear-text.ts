// Where passwords travel without TLS beyond this machine, so that whoever set it up that way is
// told at the start.
import type { Config } from './config.ts'
import { isLoopback } from '../base/loopback.ts'
import type { Address } from './setting.ts'
import { addressUrl } from './transport.ts'

const isOpen = (place: Address | undefined): place is Address => place !== undefined && !isLoopback(place.host)

/** Addresses where cars come in that way. Traffic of a proxy is the proxy's to protect, and of a
 *  broker the broker's. */
export function carsInClear({ bridge, transports: { mqtt, ws, proxyFrom } }: Config): readonly string[] {
  if (bridge !== undefined || proxyFrom !== undefined) return []
  return [...(isOpen(mqtt) ? [addressUrl('tcp', mqtt)] : []), ...(isOpen(ws) ? [addressUrl('ws', ws)] : [])]
}

/** Whether people sign in that way: the API speaks no TLS itself. */
export const peopleInClear = ({ http: { listen, publicUrl } }: Config): boolean =>
  isOpen(listen) && publicUrl?.startsWith('https:') !== true

/** The hosts of databases that are asked that way. A Unix socket is a folder of this machine. */
export const databasesInClear = ({ postgres }: Config): readonly string[] =>
  [postgres, postgres?.replica?.server].flatMap((server) =>
    server === undefined || server.tls !== undefined || server.host.startsWith('/') || isLoopback(server.host)
      ? []
      : [server.host],
  )
