// Texts that this system gives out and knows again as its own: an HMAC-SHA256 under a key for each
// purpose, so that what was signed for one is nothing for another; and secrets, of which only the
// hash is kept.
import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

export type Mac = (text: string) => Buffer

/** The MAC of texts for one purpose, 32 bytes. */
export function createMac(secret: Uint8Array, purpose: string): Mac {
  const key = Buffer.from(hkdfSync('sha256', secret, '', `roadstream ${purpose}`, 32))
  return (text) => createHmac('sha256', key).update(text).digest()
}

/** Compares in a time that tells nothing of where they differ. */
export const isSameMac = (given: Uint8Array, wanted: Uint8Array): boolean =>
  given.length === wanted.length && timingSafeEqual(given, wanted)

export type SignedClaims<Claims> = {
  seal(claims: Claims): string
  /** Undefined when it is none that `seal` made, or longer than `charsMax`. */
  open(text: string): Claims | undefined
}

/** Claims as JSON that its holder can read and not change, `base64url.base64url of the MAC`. */
export function createSignedClaims<Claims>(
  secret: Uint8Array,
  purpose: string,
  charsMax: number,
): SignedClaims<Claims> {
  const mac = createMac(secret, purpose)
  return {
    seal(claims) {
      const body = Buffer.from(JSON.stringify(claims)).toString('base64url')
      return `${body}.${mac(body).toString('base64url')}`
    },
    open(text) {
      if (text.length > charsMax) return undefined
      const [body = '', given = '', ...rest] = text.split('.')
      if (rest.length > 0 || !isSameMac(Buffer.from(given, 'base64url'), mac(body))) return undefined
      // Only `seal` makes what verifies, so what is inside has the form it gave it.
      return JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims
    },
  }
}

/** As a random secret of 128 bits or more is kept: nobody tries so many, however fast the hash. It
 *  has no key, so that every process on the same tables knows the secret. */
export const hashOfSecret = (text: string): string => createHash('sha256').update(text).digest('base64url')
