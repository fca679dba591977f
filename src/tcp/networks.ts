// Networks that are named: whether an address is within one of them.
import { BlockList, isIP } from 'node:net'

/** Addresses and networks, such as `10.0.0.7`, `10.1.0.0/16` and `fd00::/8`; undefined when one of
 *  them is neither. */
export function parseNetworks(given: readonly string[]): BlockList | undefined {
  const list = new BlockList()
  for (const text of given) {
    const [address = '', bits, more] = text.split('/')
    const version = isIP(address)
    if (version === 0 || more !== undefined) return undefined
    const family = version === 4 ? 'ipv4' : 'ipv6'
    if (bits === undefined) list.addAddress(address, family)
    else if (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
      list.addSubnet(address, Number(bits), family)
    else return undefined
  }
  return list
}

/** An address that is not known any more, of a connection already gone, is in none. */
export const isWithin = (networks: BlockList, address: string | undefined): boolean =>
  address !== undefined && networks.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
