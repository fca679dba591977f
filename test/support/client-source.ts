// Where a client comes from, when there are very many: the ports of one address are gone after
// thirty thousand connections in a minute, and to look for a free one among few takes the system
// milliseconds. Linux takes any address of 127.0.0.0/8 as its own.
import type { Random } from '../../src/sim/random.ts'

export type ClientSource = { readonly localAddress?: string; readonly localPort?: number }

/** Below the ports the system gives out by itself. It may be taken. */
export const someSource = (random: Random): ClientSource =>
  process.platform === 'linux'
    ? { localAddress: `127.0.${1 + random.below(250)}.1`, localPort: 10_000 + random.below(20_000) }
    : {}

/** Whether connecting failed because the source is taken, or was a moment ago. */
export const isTaken = ({ code }: NodeJS.ErrnoException): boolean => code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL'
