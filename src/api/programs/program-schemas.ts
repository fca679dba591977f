// Programs, their grants and their tokens as JSON Schema; the compiler holds each against the
// contract (schemas.test.ts).
import { Type } from 'typebox'
import { askedInstant, closed, instant, nullable, vehicleId } from '../../read-models/schema-parts.ts'
import { programLimits } from './program-limits.ts'

const name = (what: string) =>
  Type.String({
    minLength: 1,
    maxLength: 64,
    pattern: '^\\S(.*\\S)?$',
    description: `${what} has 1 to 64 characters and does not begin or end with a space.`,
  })
const scope = <Of extends string>(of: Of) => ({ of: Type.Literal(of) })

/** A role over some vehicles, for some time. */
export const grantSchema = Type.Object(
  {
    role: Type.String({ minLength: 1, maxLength: 64, description: 'The name of a role.' }),
    scope: Type.Union(
      [
        Type.Object(scope('tenant'), closed),
        Type.Object({ ...scope('group'), group: Type.String({ minLength: 1, maxLength: 64 }) }, closed),
        Type.Object({ ...scope('vehicle'), vehicle: vehicleId }, closed),
        Type.Object(scope('assigned'), closed),
      ],
      {
        description:
          'Over which vehicles: {"of":"tenant"}, {"of":"group","group":…}, {"of":"vehicle","vehicle":…}, or {"of":"assigned"}, those assigned to a person.',
      },
    ),
    from: Type.Optional(askedInstant('What happened before it cannot be seen.')),
    until: Type.Optional(askedInstant('What happens from then on cannot be seen.')),
    expiresAt: Type.Optional(askedInstant('From then on it grants nothing.')),
  },
  { ...closed, $id: 'Grant' },
)

const tokenInfo = {
  id: Type.String(),
  name: Type.String(),
  madeAt: instant(''),
  madeBy: Type.String(),
  expiresAt: instant(''),
  usedAt: nullable(instant('When it was last used, to a minute; null where it never was.')),
}

export const programSchema = Type.Object(
  {
    id: Type.String({ description: 'Its client id for OAuth, too.' }),
    name: Type.String(),
    grants: Type.Array(grantSchema),
    managesPeople: Type.Boolean({
      description:
        'Whether it may manage people, programs and tenants as far as its roles allow it; without it, it may not, whatever they allow.',
    }),
    madeAt: instant(''),
    madeBy: Type.String({ description: 'The name of whoever made it.' }),
    tokens: Type.Array(Type.Object(tokenInfo), { description: 'The newest first.' }),
  },
  { $id: 'Program' },
)

export const programRequestSchema = Type.Object(
  {
    name: name('A name of a program'),
    grants: Type.Array(grantSchema, {
      minItems: 1,
      maxItems: 20,
      description: 'What it may do, over which vehicles: at least one grant, and none that you have not yourself.',
    }),
    managesPeople: Type.Optional(Type.Boolean()),
  },
  { ...closed, $id: 'ProgramRequest' },
)

export const tokenRequestSchema = Type.Object(
  {
    name: name('A name of a token'),
    expiresAt: Type.Optional(
      askedInstant(
        `At most ${programLimits.lifeMaxMs / 86_400_000} days from now; ${programLimits.lifeUsualMs / 86_400_000} days when absent.`,
      ),
    ),
  },
  { ...closed, $id: 'TokenRequest' },
)

export const madeTokenSchema = Type.Object(
  { ...tokenInfo, secret: Type.String({ description: 'The token itself. It is told this once.' }) },
  { $id: 'MadeToken' },
)

export const programSchemas = [
  grantSchema,
  programSchema,
  programRequestSchema,
  tokenRequestSchema,
  madeTokenSchema,
] as const
