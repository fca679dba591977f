// The settings of an identity provider: people sign in there (OpenID Connect), and the groups it
// names of them are roles here.
import { accepted, refused, type Result } from '../base/errors.ts'
import { isLoopback } from '../base/loopback.ts'
import { builtInRoles } from '../rights/permissions.ts'
import type { Grant, Scope } from '../rights/grant.ts'
import { file, text, type Setting } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'
import { readTextFile } from './text-file.ts'

export type IdentityProviderConfig = {
  /** A URL. */
  readonly issuer: string
  readonly clientId: string
  /** Undefined: a public client, which has PKCE alone. */
  readonly clientSecret: string | undefined
  /** For the button people press. */
  readonly name: string
  /** The claim with the names of groups. */
  readonly groupsClaim: string
  /** Grants of the people of a group. */
  readonly groups: ReadonlyMap<string, readonly Grant[]>
}

const secretCharsMax = 10_000

export const identityProviderSettings = {
  issuer: {
    name: 'ROADSTREAM_OIDC_ISSUER',
    fallback: '',
    about: 'identity provider where people sign in (OpenID Connect), such as https://login.example/realms/fleet',
    parse: parseIssuer,
  },
  clientId: text(
    'ROADSTREAM_OIDC_CLIENT',
    '',
    'the id under which it knows us',
    /^[\x21-\x7e]*$/,
    'give its client id',
  ),
  secretFile: file('ROADSTREAM_OIDC_SECRET_FILE', 'file with the secret it gave us; none for a public client'),
  name: text(
    'ROADSTREAM_OIDC_NAME',
    'company account',
    'how people call it: "Sign in with your …"',
    /^[^\p{C}]{1,40}$/u,
    'give 1 to 40 characters',
  ),
  groupsClaim: text(
    'ROADSTREAM_OIDC_GROUPS',
    'groups',
    'the claim in which it names the groups of a person',
    /^\S{1,200}$/,
    'give the name of a claim',
  ),
  roles: {
    name: 'ROADSTREAM_OIDC_ROLES',
    fallback: '',
    about:
      'roles of its groups, such as fleet-admins=administrator,depot-north=viewer@north (a role over a group of vehicles)',
    parse: parseGroups,
  },
} satisfies Record<string, Setting<unknown>>

/** A URL with https, or of this machine; empty gives undefined. */
function parseIssuer(given: string): Result<string | undefined> {
  if (given === '') return accepted(undefined)
  const url = URL.canParse(given) ? new URL(given) : undefined
  const isRight =
    url !== undefined &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) &&
    url.username === '' &&
    url.search === '' &&
    url.hash === ''
  return isRight
    ? accepted(given)
    : refused('setting', 'give the issuer as it names itself: https://…, without a query (http only on this machine)')
}

/** `group=role,group=role@group of vehicles`; a group that is named twice has both. */
function parseGroups(given: string): Result<ReadonlyMap<string, readonly Grant[]>> {
  const groups = new Map<string, readonly Grant[]>()
  for (const each of given.split(',').map((part) => part.trim())) {
    if (each === '') continue
    const [, group = '', role = '', within] = /^(.+)=([^=@]+)(?:@([^@]+))?$/.exec(each) ?? []
    if (group === '') return refused('setting', `"${each}" is no group=role: separate several by commas`)
    if (!builtInRoles.some((known) => known === role))
      return refused('setting', `"${role}" is no role: give one of ${builtInRoles.join(', ')}`)
    const scope: Scope =
      within === undefined ? { of: role === 'driver' ? 'assigned' : 'tenant' } : { of: 'group', group: within }
    groups.set(group, [...(groups.get(group) ?? []), { role, scope }])
  }
  return accepted(groups)
}

/** Undefined without an issuer, also where it is wrong. */
export function identityProviderConfig({
  takeAll,
  isSet,
  isWrong,
  problems,
}: SettingsReader): IdentityProviderConfig | undefined {
  const { issuer, clientId, secretFile, name, groupsClaim, roles } = takeAll(identityProviderSettings)
  if (issuer === undefined) {
    for (const [isGiven, setting] of [
      [clientId !== '', identityProviderSettings.clientId],
      [secretFile !== '', identityProviderSettings.secretFile],
      [roles.size > 0, identityProviderSettings.roles],
    ] as const)
      if (isGiven && !isSet(identityProviderSettings.issuer))
        problems.push(
          `${setting.name} is set, and ${identityProviderSettings.issuer.name} is not: name the provider there`,
        )
    return undefined
  }
  if (clientId === '')
    problems.push(
      `${identityProviderSettings.clientId.name} is not set: give the id under which the identity provider knows us`,
    )
  if (roles.size === 0 && !isWrong(identityProviderSettings.roles))
    problems.push(
      `${identityProviderSettings.roles.name} is not set: nobody of the identity provider would have a role; give group=role`,
    )
  let clientSecret: string | undefined
  if (secretFile !== '') {
    const read = readTextFile(secretFile, 'secret', secretCharsMax)
    if ('text' in read) clientSecret = read.text.replace(/\r?\n$/, '')
    else problems.push(`${identityProviderSettings.secretFile.name} is "${secretFile}", which ${read.fault}`)
  }
  return { issuer, clientId, clientSecret, name, groupsClaim, groups: roles }
}
