// The audit as JSON Schema; the compiler holds each against the contract (schemas.test.ts).
import { Type } from 'typebox'
import { actorKinds, allAuditActions, auditResults } from '../../audit/audit-entry.ts'
import { count, instant, nullable } from '../../read-models/schema-parts.ts'

const kind = Type.Enum([...actorKinds], {
  description: 'Stranger: somebody who is not known. System: Roadstream itself, or somebody on its machine.',
})
const text = (description: string) => Type.String({ description })
const value = Type.Union([
  Type.String(),
  Type.Number(),
  Type.Boolean(),
  Type.Null(),
  Type.Array(Type.Union([Type.String(), Type.Number()])),
])
const facts = (description: string) => nullable(Type.Record(Type.String(), value, { description }))
const hash = text('SHA-256 of the hash before, the number and the entry.')

export const auditRowSchema = Type.Object(
  {
    seq: count('Its number in the chain of the tenant.'),
    hash,
    at: instant('By our clock.'),
    who: Type.Object({ kind, id: Type.String(), name: text('As it was called then.') }),
    action: Type.Enum([...allAuditActions]),
    target: Type.Object({ kind: Type.String(), id: Type.String() }),
    before: facts('As far as it is told; never with secrets.'),
    after: facts('As far as it is told; never with secrets.'),
    from: Type.Object({
      address: nullable(text('Null: from the machine itself.')),
      agent: nullable(text('The program, as it calls itself.')),
    }),
    result: Type.Enum([...auditResults], { description: 'Failed: allowed and begun, but not done.' }),
    reason: nullable(Type.String()),
  },
  { $id: 'AuditRow' },
)

export const auditVerificationSchema = Type.Object(
  {
    entries: nullable(count('Entries that are kept and were looked at; null where one is broken.')),
    removedTo: nullable(count('Entries up to this one were removed because of their age.')),
    head: nullable(
      Type.Object({ seq: count(), hash }, { description: 'The newest entry: keep its hash somewhere else.' }),
    ),
    broken: nullable(
      Type.Object(
        { seq: count(), reason: Type.String() },
        { description: 'The first entry that is not as it was, or is not there; null where all are.' },
      ),
    ),
  },
  { $id: 'AuditVerification' },
)

export const disclosureSchema = Type.Object(
  {
    at: instant('By our clock; of what is seen again and again, the first time in a quarter of an hour.'),
    who: Type.Object({ kind, name: Type.String() }),
    what: Type.Enum(['places', 'vin']),
    of: Type.Enum(['vehicle', 'fleet'], {
      description: 'The vehicle, or vehicles of the fleet, among which it may have been.',
    }),
  },
  { $id: 'Disclosure' },
)
