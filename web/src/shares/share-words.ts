// Links to a vehicle in words: how long they last, their address, and what became of them.

const hourMs = 3_600_000

/** How long a link can last, by what a person chooses; the API takes no more than 30 days. */
export const lifetimes = [
  { id: 'hour', name: '1 hour', ms: hourMs },
  { id: 'shift', name: '8 hours', ms: 8 * hourMs },
  { id: 'day', name: '1 day', ms: 24 * hourMs },
  { id: 'week', name: '1 week', ms: 7 * 24 * hourMs },
  { id: 'month', name: '30 days', ms: 30 * 24 * hourMs },
] as const

export type Lifetime = (typeof lifetimes)[number]['id']

/** A minute less, so that a clock of this computer that is ahead a little asks for no more than
 *  there is. */
export const untilOf = (lifetime: Lifetime, nowAt: number): number => {
  const { ms } = lifetimes.find(({ id }) => id === lifetime) ?? lifetimes[2]
  return nowAt + (ms === lifetimes[4].ms ? ms - 60_000 : ms)
}

/** Behind the `#`, which a browser sends to nobody. */
export const linkOf = (origin: string, token: string): string => `${origin}/share#${token}`

/** The token of an address; null where it is not one of a link. */
export const tokenOf = (hash: string): string | null => (/^#rsl_[\w-]{43}$/.test(hash) ? hash.slice(1) : null)
