// Browsers in which somebody has signed in before, by a cookie that outlasts the session. It lets
// nobody in: it tells attempts of a person from those of strangers, so that neither guesses at a
// name nor an address that others use keep the person out (OWASP, "device cookies").
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { foldCase } from '../../base/fold-case.ts'

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
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'roadstream known browser', 32))
  const sign = (id: string, until: string, name: string): Buffer =>
    createHmac('sha256', key)
      .update(JSON.stringify([id, until, foldCase(name)]))
      .digest()
  return {
    issue(name) {
      const id = randomBytes(16).toString('base64url')
      const until = String(clock.now() + browserKnownMs)
      return [id, until, sign(id, until, name).toString('base64url')].join('.')
    },
    find(token, name) {
      if (token === undefined || token.length > tokenCharsMax) return undefined
      const [id = '', until = '', mac = '', ...rest] = token.split('.')
      const given = Buffer.from(mac, 'base64url')
      const wanted = sign(id, until, name)
      if (rest.length > 0 || given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined
      return Number(until) > clock.now() ? id : undefined
    },
  }
}
