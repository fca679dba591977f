// People and their accounts, as the API tells of them.
import type { Grant } from '../../rights/grant.ts'

/** GET /people?limit&after → Listing<PersonInfo>, by name: those whom the caller may manage, who
 *  are those of whom he could give each grant. GET /people/{person} → PersonInfo. PUT
 *  /people/{person}/grants GrantsRequest → PersonInfo. PUT /people/{person}/access AccessRequest →
 *  PersonInfo. DELETE /people/{person} → 204. POST /people/{person}/reset → 201 MadeAccountLink.
 *  GET /people/{person}/sign-ins → SignInList; DELETE → 204: all end. */
export type PersonInfo = {
  readonly id: string
  readonly name: string
  readonly grants: readonly Grant[]
  /** Whether there is a password, and whether an identity provider knows the person. */
  readonly hasPassword: boolean
  readonly isElsewhere: boolean
  /** Since when the person is kept out; null: is not. */
  readonly disabledAt: number | null
}
export type GrantsRequest = { readonly grants: readonly Grant[] }
export type AccessRequest = { readonly isAllowed: boolean }

/** GET /people/invitations → InvitationList, the newest first. POST InvitationRequest → 201
 *  MadeAccountLink. DELETE /people/invitations/{invitation} → 204. */
export type InvitationInfo = {
  readonly id: string
  /** For whom, in the words of who invites. */
  readonly label: string
  readonly grants: readonly Grant[]
  readonly madeBy: string
  readonly madeAt: number
  readonly expiresAt: number
}
export type InvitationList = { readonly rows: readonly InvitationInfo[] }
export type InvitationRequest = {
  readonly label: string
  readonly grants: readonly Grant[]
  /** A week from now when absent. */
  readonly expiresAt?: number
}
/** The token is told this once: the link is /welcome#token of this dashboard. */
export type MadeAccountLink = { readonly id: string; readonly token: string; readonly expiresAt: number }

/** POST /account-links/look AccountLinkToken → AccountLinkInfo. POST /account-links/use
 *  AccountLinkUse → 201 SessionInfo and a session cookie. */
export type AccountLinkToken = { readonly token: string }
export type AccountLinkInfo = {
  readonly tenant: string
  /** Of whose account it is; null: it invites somebody who has none. */
  readonly name: string | null
  readonly label: string
  readonly madeBy: string
  readonly expiresAt: number
}
export type AccountLinkUse = {
  readonly token: string
  readonly password: string
  /** Of who is invited. */
  readonly name?: string
}

/** GET /account/sign-ins → SignInList, the newest first. DELETE /account/sign-ins → 204: all others
 *  end. DELETE /account/sign-ins/{signIn} → 204. */
export type SignInInfo = {
  readonly id: string
  /** Of the request. */
  readonly isThis: boolean
  readonly browser: string
  readonly address: string
  readonly since: number
  /** To a minute. */
  readonly usedAt: number
  readonly expiresAt: number
}
export type SignInList = { readonly rows: readonly SignInInfo[] }

/** PUT /account/password PasswordRequest → SessionInfo and a new cookie: all other sessions end. */
export type PasswordRequest = { readonly old: string; readonly password: string }
