// An entry of the audit: who did what to what, from where, and how it ended. An entry is made once,
// by `auditEntry`, and kept as its text, of which the chain is made; no secret is ever in it.
import { foldCase } from '../base/fold-case.ts'

/** Actions, each in words that complete the name of who did it. */
export const auditActions = {
  'set-up': 'made the first administrator',
  'sign-in': 'signed in',
  'sign-out': 'signed out',
  access: 'asked for something',
  make: 'made',
  change: 'changed',
  remove: 'removed',
  invite: 'invited',
  reset: 'reset',
  provision: 'gave credentials to',
  revoke: 'revoked',
  end: 'ended',
  share: 'shared',
  import: 'imported',
  export: 'exported',
  replay: 'sent again',
  forget: 'erased',
  'disclose-place': 'saw places',
  'disclose-vin': 'saw vehicle identification numbers',
  prune: 'removed old entries of',
} as const satisfies Readonly<Record<string, string>>

export type AuditAction = keyof typeof auditActions
export const allAuditActions = Object.keys(auditActions) as readonly AuditAction[]

/** Stranger: somebody who is not known, as at a sign-in that is refused. */
export const actorKinds = ['person', 'program', 'link', 'system', 'stranger'] as const
export type Actor = {
  readonly kind: (typeof actorKinds)[number]
  readonly id: string
  /** As it was called then. */
  readonly name: string
}

/** Failed: it was allowed and begun, and did not end as it should. */
export const auditResults = ['done', 'refused', 'failed'] as const
export type AuditResult = (typeof auditResults)[number]

export type AuditTarget = { readonly kind: string; readonly id: string }

export type AuditValue = string | number | boolean | null | readonly (string | number)[]

type SecretWord = 'password' | 'secret' | 'token' | 'hash' | 'privateKey'
/** State before or after, as flat fields. A field that is called like a secret is refused by the
 *  compiler, and blanked where it comes all the same. */
export type AuditFacts = { readonly [field: string]: AuditValue } & {
  readonly [field in `${string}${SecretWord | Capitalize<SecretWord>}${string}`]?: never
}

export type AuditEntry = {
  /** Epoch milliseconds, by our clock. */
  readonly at: number
  readonly tenant: string
  readonly who: Actor
  readonly action: AuditAction
  readonly target: AuditTarget
  readonly before: Readonly<Record<string, AuditValue>> | null
  readonly after: Readonly<Record<string, AuditValue>> | null
  readonly from: {
    /** Null: the machine itself. */
    readonly address: string | null
    /** The program by which it was asked, as that says, cut short. */
    readonly agent: string | null
  }
  readonly result: AuditResult
  /** Why, for a person; null where there is nothing to say. */
  readonly reason: string | null
}

/** As it is given; what is left out is null, and the result `done`. */
export type NewAuditEntry = Pick<AuditEntry, 'at' | 'tenant' | 'who' | 'action' | 'target' | 'from'> & {
  readonly before?: AuditFacts
  readonly after?: AuditFacts
  readonly result?: AuditResult
  readonly reason?: string
}

/** Characters of a text, values of a list, and fields of a state that are kept. */
export const auditLimits = { charsMax: 500, agentCharsMax: 120, valuesMax: 50, fieldsMax: 50 } as const

const secretField = /pass(word|phrase)|secret|token|hash|private_?key|cookie/i
const blanked = '(not kept)'

/** The entry in its one form: fields in order, texts cut, secrets blanked. */
export function auditEntry({ at, tenant, who, action, target, from, ...rest }: NewAuditEntry): AuditEntry {
  const { before, after, result = 'done', reason } = rest
  return {
    at,
    tenant: shortText(tenant),
    who: { kind: who.kind, id: shortText(who.id), name: shortText(who.name) },
    action,
    target: { kind: shortText(target.kind), id: shortText(target.id) },
    before: before === undefined ? null : keptFacts(before),
    after: after === undefined ? null : keptFacts(after),
    from: {
      address: from.address,
      agent: from.agent === null ? null : shortText(from.agent, auditLimits.agentCharsMax),
    },
    result,
    reason: reason === undefined ? null : shortText(reason),
  }
}

const keptFacts = (facts: Readonly<Record<string, AuditValue | undefined>>): Readonly<Record<string, AuditValue>> =>
  Object.fromEntries(
    Object.entries(facts)
      .slice(0, auditLimits.fieldsMax)
      .flatMap(([field, value]) => (value === undefined ? [] : [[shortText(field), keptValue(field, value)]])),
  )

function keptValue(field: string, value: AuditValue): AuditValue {
  if (typeof value === 'boolean' || value === null) return value
  if (secretField.test(field)) return blanked
  if (typeof value === 'object') return value.slice(0, auditLimits.valuesMax).map(shortOne)
  return shortOne(value)
}

/** JSON has neither a number that is not finite nor -0. */
const shortOne = (value: string | number): string | number =>
  typeof value === 'number' && Number.isFinite(value) ? value + 0 : shortText(String(value))

const shortText = (text: string, charsMax: number = auditLimits.charsMax): string =>
  keepableText(text.slice(0, charsMax))

/** The text as it can be kept: PostgreSQL has neither U+0000 nor half a character in JSON. */
export const keepableText = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD')

/** The text that is kept, and of which the chain is made. */
export const auditText = (entry: AuditEntry): string => JSON.stringify(entry)

// Only `auditText` makes what is kept; a text that somebody else put there breaks the chain.
export const parseAuditText = (text: string): AuditEntry => JSON.parse(text) as AuditEntry

/** The text in which is looked for a word: names and ids, not states. */
export const searchedText = ({ who, target, reason, from }: AuditEntry): string =>
  foldCase([who.name, who.id, target.id, reason ?? '', from.address ?? ''].join('\n'))
