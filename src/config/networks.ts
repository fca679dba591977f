// Settings that are addresses and networks, such as those of proxies.
import { isIP } from 'node:net'
import { accepted, refused } from '../base/errors.ts'
import type { Setting } from './setting.ts'

/** The parts of a comma-separated list without blanks around them; empty parts are left out. */
export const separated = (given: string): string[] =>
  given
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** An address, or a network in CIDR notation, of IPv4 or IPv6. */
export function isNetwork(given: string): boolean {
  const [address = '', bits, more] = given.split('/')
  const version = isIP(address)
  if (version === 0 || more !== undefined) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

/** A list such as `10.0.0.7, 10.1.0.0/16, fd00::/8`; none gives undefined. */
export const networks = (name: string, about: string): Setting<readonly string[] | undefined> => ({
  name,
  fallback: '',
  about,
  parse(given) {
    const list = separated(given)
    if (!list.every((network) => isNetwork(network)))
      return refused(
        'setting',
        'give addresses or networks separated by commas, such as 10.0.0.7, 10.1.0.0/16, fd00::/8',
      )
    return accepted(list.length === 0 ? undefined : list)
  },
})
