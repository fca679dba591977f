// Passwords as scrypt hashes (RFC 7914) that carry their own cost, so that it can be raised without
// a migration. One hash is computed at a time: the pool of threads it runs on also serves the disk,
// and 32 MiB each is not to be had a hundred times. Who asks for many waits behind himself.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { Outage } from '../../base/errors.ts'
import { createFairTurns, type Asker } from '../../base/fair-turns.ts'

export const passwordLimits = { charsMin: 12, charsMax: 256 } as const

export type PasswordCost = { readonly log2N: number; readonly r: number; readonly p: number }
/** OWASP's password storage cheat sheet: N=2^15, r=8, p=3. */
export const standardCost: PasswordCost = { log2N: 15, r: 8, p: 3 }

const saltBytes = 16
const keyBytes = 32
/** As many of one asker as an address may try at once. */
const waitingMax = { ofOne: 20, ofAll: 256 } as const

export type Passwords = {
  /** `scrypt$log2N$r$p$salt$key`, salt and key in base64url. */
  hash(password: string, asker: Asker): Promise<string>
  /** Takes as long whether there is a hash or not, so that the time does not tell whether a name
   *  exists. False without one. */
  verify(password: string, hash: string | undefined, asker: Asker): Promise<boolean>
}

/** Rejects with Outage PASSWORDS_BUSY (retryable) when too many of the asker, or of all, wait. */
export function createPasswords(cost: PasswordCost = standardCost): Passwords {
  const turns = createFairTurns(waitingMax)
  /** A hash no password has: what an unknown name is checked against. */
  const nobody = encode(cost, randomBytes(saltBytes), randomBytes(keyBytes))

  const inTurn = async (asker: Asker, work: () => Promise<Buffer>): Promise<Buffer> => {
    const key = await turns.take(asker, work)
    if (key === undefined)
      throw new Outage('PASSWORDS_BUSY', 'too many passwords are waiting to be checked already', { retryable: true })
    return key
  }

  return {
    async hash(password, asker) {
      const salt = randomBytes(saltBytes)
      return encode(cost, salt, await inTurn(asker, () => derive(password, salt, cost)))
    },
    async verify(password, hash, asker) {
      const known = parse(hash ?? nobody)
      const key = await inTurn(asker, () => derive(password, known.salt, known.cost))
      return timingSafeEqual(key, known.key) && hash !== undefined
    },
  }
}

const encode = ({ log2N, r, p }: PasswordCost, salt: Buffer, key: Buffer): string =>
  ['scrypt', log2N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$')

function parse(hash: string): { readonly cost: PasswordCost; readonly salt: Buffer; readonly key: Buffer } {
  const [scheme, log2N, r, p, salt = '', key = ''] = hash.split('$')
  const bytes = Buffer.from(key, 'base64url')
  if (scheme !== 'scrypt' || bytes.length !== keyBytes)
    throw new Outage(
      'PASSWORD_HASH',
      'A stored password hash is not of a form this version knows; set the password again',
      {
        retryable: false,
      },
    )
  return {
    cost: { log2N: Number(log2N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: bytes,
  }
}

/** NFKC, so that the same password typed on another keyboard is the same (NIST SP 800-63B,
 *  5.1.1.2). */
function derive(password: string, salt: Buffer, { log2N, r, p }: PasswordCost): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const N = 2 ** log2N
  scrypt(password.normalize('NFKC'), salt, keyBytes, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
    error === null ? resolve(key) : reject(error),
  )
  return promise
}
