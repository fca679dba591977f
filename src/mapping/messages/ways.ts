// Which routes take an address. Publishers use the same topics again and again, so what was found
// is remembered.
import { readAddress } from './address.ts'
import { messageMappingLimits } from './limits.ts'
import type { OpenRoute, RouteMatch } from './route.ts'

export type Taker = { readonly route: OpenRoute; readonly way: RouteMatch }

/** In the order of the routes; those whose payload would be called what nobody reads are none. */
export function openWays(routes: readonly OpenRoute[]): (address: string) => readonly Taker[] {
  const known = new Map<string, readonly Taker[]>()
  const find = (text: string): readonly Taker[] => {
    const address = readAddress(text)
    if (address === undefined) return []
    return routes.flatMap((route) => {
      const levels = route.match(address)
      return levels !== undefined && route.isRead(levels) ? [{ route, way: { address, levels } }] : []
    })
  }
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const found = find(text)
    // A query is another one each time, and what is long would be kept at length.
    if (text.includes('?') || text.length > messageMappingLimits.idChars) return found
    if (known.size >= messageMappingLimits.knownAddresses) known.clear()
    known.set(text, found)
    return found
  }
}
