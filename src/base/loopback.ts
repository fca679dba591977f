// Whether an address stays on this machine.
import { isIPv4 } from 'node:net'

/** Of a host as a setting names it, or an address as a socket tells it (IPv4 also as an IPv6 socket
 *  shows it). */
export function isLoopback(host: string): boolean {
  const plain = host.startsWith('::ffff:') ? host.slice('::ffff:'.length) : host
  return plain === '::1' || plain === 'localhost' || (plain.startsWith('127.') && isIPv4(plain))
}
