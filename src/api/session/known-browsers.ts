// Browsers in which somebody has signed in before, by a cookie that outlasts the session. It lets
// nobody in: it tells attempts of a person from those of strangers, so that neither guesses at a
// name nor an address that others use keep the person out (OWASP, "device cookies").
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { foldCase } from '../../base/fold-case.ts'
import { createMac, isSameMac } from '../signed-text.ts'

/** Each sign-in begins it anew. */
export const browserKnownMs = 180 * 86_400_000

export type KnownBrowsers = {
  /** The value of a cookie for a browser in which `name` signed in. */
  issue(name: string): string
  /** Which browser it is, where `name` signed in there lately; undefined for any other value. */
  find(token: string | undefined, name: string): string | undefined
}

const tokenCharsMax = 200

export function createKnownBrowsers(secret: Uint8Array, clock: Clock): KnownBrowsers {
  const mac = createMac(secret, 'known browser')
  const sign = (id: string, until: string, name: string): Buffer => mac(JSON.stringify([id, until, foldCase(name)]))
  return {
    issue(name) {
      const id = randomBytes(16).toString('base64url')
      const until = String(clock.now() + browserKnownMs)
      return [id, until, sign(id, until, name).toString('base64url')].join('.')
    },
    find(token, name) {
      if (token === undefined || token.length > tokenCharsMax) return undefined
      const [id = '', until = '', given = '', ...rest] = token.split('.')
      if (rest.length > 0 || !isSameMac(Buffer.from(given, 'base64url'), sign(id, until, name))) return undefined
      return Number(until) > clock.now() ? id : undefined
    },
  }
}
