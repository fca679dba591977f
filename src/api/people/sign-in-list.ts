// Sign-ins as people are told of them.
import type { SignInRow } from '../../storage/sign-in-store.ts'
import type { SignInList } from '../contract.ts'

/** Those that have not ended; `own`: the session of who asks. */
export const signInList = (rows: readonly SignInRow[], own: string, now: number): SignInList => ({
  rows: rows
    .filter(({ expiresAt }) => expiresAt > now)
    .map(({ id, browser, address, since, usedAt, expiresAt }) => ({
      id,
      isThis: id === own,
      browser,
      address,
      since,
      usedAt,
      expiresAt,
    })),
})
