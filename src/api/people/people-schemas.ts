// People, invitations and sign-ins as JSON Schema; the compiler holds each against the contract
// (schemas.test.ts).
import { Type } from 'typebox'
import { askedInstant, closed, instant, nullable } from '../../read-models/schema-parts.ts'
import { grantSchema } from '../programs/program-schemas.ts'
import { newPassword, userName } from '../password-schema.ts'
import { passwordLimits } from '../session/password.ts'

const givenGrants = Type.Array(grantSchema, {
  minItems: 1,
  maxItems: 50,
  description: 'Roles, each over some vehicles: at least one grant, and none that you have not yourself.',
})

export const personSchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    grants: Type.Array(grantSchema),
    hasPassword: Type.Boolean(),
    isElsewhere: Type.Boolean({ description: 'Whether an identity provider knows the person.' }),
    disabledAt: nullable(instant('Since when the person is kept out; null: is not.')),
  },
  { $id: 'Person' },
)
export const grantsRequestSchema = Type.Object({ grants: givenGrants }, { ...closed, $id: 'GrantsRequest' })
export const accessRequestSchema = Type.Object(
  { isAllowed: Type.Boolean({ description: 'False keeps the person out, and ends what he is signed in with.' }) },
  { ...closed, $id: 'AccessRequest' },
)

const label = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^\\S(.*\\S)?$',
  description: 'For whom it is, for those who manage people: a name or an address, of 1 to 200 characters.',
})
const invitationInfo = Type.Object({
  id: Type.String(),
  label: Type.String(),
  grants: Type.Array(grantSchema),
  madeBy: Type.String(),
  madeAt: instant(''),
  expiresAt: instant(''),
})
export const invitationListSchema = Type.Object({ rows: Type.Array(invitationInfo) }, { $id: 'InvitationList' })
export const invitationRequestSchema = Type.Object(
  {
    label,
    grants: givenGrants,
    expiresAt: Type.Optional(askedInstant('At most 14 days from now; a week from now when absent.')),
  },
  { ...closed, $id: 'InvitationRequest' },
)
export const madeAccountLinkSchema = Type.Object(
  {
    id: Type.String(),
    token: Type.String({ description: 'Told this once: the link is /welcome#token of this dashboard.' }),
    expiresAt: instant(''),
  },
  { $id: 'MadeAccountLink' },
)

const linkToken = Type.String({ minLength: 1, maxLength: 200, description: 'The token of the link.' })
export const accountLinkTokenSchema = Type.Object({ token: linkToken }, { ...closed, $id: 'AccountLinkToken' })
export const accountLinkInfoSchema = Type.Object(
  {
    tenant: Type.String(),
    name: nullable(Type.String({ description: 'Of whose account it is; null: it invites somebody who has none.' })),
    label: Type.String(),
    madeBy: Type.String(),
    expiresAt: instant(''),
  },
  { $id: 'AccountLinkInfo' },
)
export const accountLinkUseSchema = Type.Object(
  { token: linkToken, password: newPassword, name: Type.Optional(userName) },
  { ...closed, $id: 'AccountLinkUse' },
)

const signInInfo = Type.Object({
  id: Type.String(),
  isThis: Type.Boolean({ description: 'The session of this request.' }),
  browser: Type.String({ description: 'What it says it is; empty where it says nothing.' }),
  address: Type.String(),
  since: instant(''),
  usedAt: instant('To a minute.'),
  expiresAt: instant(''),
})
export const signInListSchema = Type.Object({ rows: Type.Array(signInInfo) }, { $id: 'SignInList' })
export const passwordRequestSchema = Type.Object(
  {
    old: Type.String({ minLength: 1, maxLength: passwordLimits.charsMax, description: 'The password of now.' }),
    password: newPassword,
  },
  { ...closed, $id: 'PasswordRequest' },
)
