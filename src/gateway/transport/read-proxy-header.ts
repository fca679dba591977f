// Takes the PROXY header off a connection. Only proxies that are named may send one: whoever else
// comes to this listener could claim any address.
import type { BlockList, Socket } from 'node:net'
import type { Arrival } from './arrival.ts'
import { isWithin } from '../../tcp/networks.ts'
import { parseProxyPreamble, parseProxyRest, proxyPreambleBytes, type ProxyHeader } from './proxy-header.ts'
import { vehicleNamed } from './vehicle-certificate.ts'

/** Reads the header, leaves what follows it in the socket, and calls `then`. The arrival fails when
 *  there is no right header or the peer is not trusted. */
export function readProxyHeader(arrival: Arrival, trusted: BlockList, then: (arrival: Arrival) => void): void {
  const { socket } = arrival
  if (!isWithin(trusted, socket.remoteAddress)) {
    arrival.fail(
      'proxy-untrusted',
      'It came from an address that is no trusted proxy: name the proxy in ROADSTREAM_PROXY_FROM.',
    )
    return
  }
  let preamble: Buffer | undefined
  let restBytes = 0
  const onReadable = (): void => {
    if (preamble === undefined) {
      const bytes = take(socket, proxyPreambleBytes)
      if (bytes === undefined) return
      const parsed = parseProxyPreamble(bytes)
      if (!parsed.ok) return arrival.fail(parsed.reason, parsed.detail)
      preamble = bytes
      restBytes = parsed.value
    }
    const rest = restBytes === 0 ? Buffer.alloc(0) : take(socket, restBytes)
    if (rest === undefined) return
    const header = parseProxyRest(preamble, rest)
    if (!header.ok) return arrival.fail(header.reason, header.detail)
    socket.off('readable', onReadable)
    believe(arrival, header.value)
    // A socket whose `readable` nobody listens to any more flows again for the next stage, but only
    // after this tick.
    process.nextTick(then, arrival)
  }
  socket.on('readable', onReadable)
}

/** Exactly so many bytes; undefined while they have not all come. */
function take(socket: Socket, count: number): Buffer | undefined {
  const bytes = socket.read(count) as Buffer | null
  // At its end a stream gives whatever is left.
  return bytes?.length === count ? bytes : undefined
}

function believe(arrival: Arrival, { client, commonName }: ProxyHeader): void {
  if (commonName !== undefined) arrival.certificate = { vehicle: vehicleNamed(commonName) }
  if (client !== undefined) appearFrom(arrival.socket, client)
}

/** From here on the socket says that it comes from this address. */
export function appearFrom(
  socket: Socket,
  { address, port }: { readonly address: string; readonly port: number },
): void {
  Object.defineProperty(socket, 'remoteAddress', { value: address })
  Object.defineProperty(socket, 'remotePort', { value: port })
}
