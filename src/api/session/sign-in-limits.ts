// How many attempts to sign in there may be. Those of strangers are counted by address, by name at
// an address, and by name; those from a browser in which the same person signed in before by that
// browser alone, so that no stranger can use them up.
import type { Asker } from '../../base/fair-turns.ts'
import type { Clock } from '../../base/clock.ts'
import { foldCase } from '../../base/fold-case.ts'
import { createRateLimit, type RateLimit } from '../rate-limit.ts'

export type Attempt = {
  readonly name: string
  /** As addressKey has it. */
  readonly address: string
  /** The browser where `name` signed in before; undefined of a stranger. */
  readonly browser: string | undefined
}

export type SignInLimits = {
  /** Counts an attempt: 0, or the milliseconds until there may be one. */
  take(attempt: Attempt): number
  /** Takes back one that turned out right. */
  giveBack(attempt: Attempt): void
}

const keysMax = 50_000

/** Ten wrong passwords at once and then one in half a minute; twice as many for an address, behind
 *  which there may be an office; a hundred for a name (NIST SP 800-63B, 5.2.2) from all addresses
 *  together, and then one in ten seconds. */
const few = { burst: 10, perSecond: 1 / 30, keysMax }
const ofAddress = { burst: 20, perSecond: 1 / 15, keysMax }
const ofName = { burst: 100, perSecond: 1 / 10, keysMax }

export function createSignInLimits(clock: Clock): SignInLimits {
  const byBrowser = createRateLimit(clock, few)
  const byAddress = createRateLimit(clock, ofAddress)
  const byBoth = createRateLimit(clock, few)
  const byName = createRateLimit(clock, ofName)

  /** In this order, so that an attempt that an address may not have costs a name nothing. */
  const countersOf = ({ name, address, browser }: Attempt): readonly (readonly [RateLimit, string])[] => {
    if (browser !== undefined) return [[byBrowser, browser]]
    const folded = foldCase(name)
    return [
      [byAddress, address],
      [byBoth, `${address} ${folded}`],
      [byName, folded],
    ]
  }

  return {
    take(attempt) {
      for (const [limit, key] of countersOf(attempt)) {
        const waitMs = limit.take(key)
        if (waitMs > 0) return waitMs
      }
      return 0
    },
    giveBack(attempt) {
      for (const [limit, key] of countersOf(attempt)) limit.giveBack(key)
    },
  }
}

/** The turn in which a password is judged: that of a known browser, or of all strangers at an
 *  address. */
export const askerOf = ({ address, browser }: Omit<Attempt, 'name'>): Asker =>
  browser === undefined ? { name: address, isPreferred: false } : { name: browser, isPreferred: true }
