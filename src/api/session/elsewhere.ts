// People who sign in at an identity provider: what waits in the browser meanwhile, and who they are
// here. The provider says who somebody is and in which groups; groups are roles here, anew at each
// sign-in. A person of the provider is never taken for one with a password here, whatever the name.
import { createHash } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import type { ProvenIdentity, IdentityProvider, SignInSecrets } from '../../identity/identity-provider.ts'
import type { Grant } from '../../rights/grant.ts'
import type { User, UserStore } from '../../storage/user-store.ts'
import { createSignedClaims } from '../signed-text.ts'

export type IdentityOptions = {
  readonly provider: IdentityProvider
  /** Grants of the people of a group, by the name that the provider has for it. */
  readonly groups: ReadonlyMap<string, readonly Grant[]>
  /** The tenant that they are people of. */
  readonly tenant: string
}

/** Long enough to find a second factor there. */
export const waitingMs = 10 * 60_000
const sealedCharsMax = 4096
/** Of several people with one name. */
const namesTriedMax = 20

/** A sign-in that waits: its secrets, and the page to go on to. */
export type Waiting = SignInSecrets & { readonly back: string }

export type WaitingSeal = { seal(waiting: Waiting): string; open(sealed: string | undefined): Waiting | undefined }

/** Signs what waits, so that a browser holds only what it was given, and for as long. */
export function createWaitingSeal(secret: Uint8Array, clock: Clock): WaitingSeal {
  const signed = createSignedClaims<readonly [until: number, Waiting]>(secret, 'sign-in elsewhere', sealedCharsMax)
  return {
    seal: (waiting) => signed.seal([clock.now() + waitingMs, waiting]),
    open(sealed = '') {
      const [until = 0, waiting] = signed.open(sealed) ?? []
      return until > clock.now() ? waiting : undefined
    },
  }
}

/** A path of ours, to go on to after the sign-in; the first page where it is none. */
export const ownPath = (path: string | undefined): string =>
  path !== undefined && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}$/.test(path) ? path : '/'

/** The person of an identity, made or brought up to date; undefined where no group of his has a
 *  role. */
export async function personOf(
  identity: ProvenIdentity,
  { groups, tenant }: Pick<IdentityOptions, 'groups' | 'tenant'>,
  users: UserStore,
): Promise<User | undefined> {
  const grants = [...new Set(identity.groups)].flatMap((group) => groups.get(group) ?? [])
  const known = await users.findByIdentity(identity)
  if (known !== undefined && JSON.stringify(known.grants) !== JSON.stringify(grants))
    await users.setGrants(known.id, grants)
  if (grants.length === 0) return undefined
  return known === undefined ? await made(identity, grants, tenant, users) : { ...known, grants }
}

async function made(
  identity: ProvenIdentity,
  grants: readonly Grant[],
  tenant: string,
  users: UserStore,
): Promise<User> {
  const { issuer, subject } = identity
  const id = createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('base64url')
  const place = new URL(issuer).host
  for (let n = 1; n <= namesTriedMax; n++) {
    const name = n === 1 ? identity.name : `${identity.name} (${place}${n === 2 ? '' : ` ${n - 1}`})`
    const user: User = { id, name, passwordHash: null, identity: { issuer, subject }, grants, tenant }
    try {
      await users.add(user)
      return user
    } catch (error) {
      if (!(error instanceof Outage) || error.code !== 'USER_EXISTS') throw error
      // The same person may have come twice at once; else the name is another's.
      const other = await users.findByIdentity(identity)
      if (other !== undefined) return other
    }
  }
  throw new Outage('USER_EXISTS', `Too many people are called as this one is (${namesTriedMax}).`, { retryable: false })
}
