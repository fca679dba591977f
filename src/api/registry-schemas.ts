// Vehicles as people know them, groups, assignments and roles as JSON Schema; the compiler holds
// each against the contract (schemas.test.ts).
import { Type, type Static, type TSchema } from 'typebox'
import { vehicleKinds } from '../model/vehicle-kind.ts'
import { askedInstant, closed, count, instant, vehicleId } from '../read-models/schema-parts.ts'
import { registryLimits as limits } from '../registry/check-fields.ts'
import { groupLimits } from '../registry/groups.ts'
import { allPermissions } from '../rights/permissions.ts'

/** One schema of two types, and not one of two schemas, of which the first that can would take null
 *  for zero: parameters are given their types. */
const orNull = <Schema extends TSchema>(schema: Schema) => {
  const { type, enum: values, ...rest } = schema as Schema & { readonly type?: string; readonly enum?: unknown[] }
  return Type.Unsafe<Static<Schema> | null>({
    ...rest,
    ...(type !== undefined && { type: [type, 'null'] }),
    ...(values !== undefined && { enum: [...values, null] }),
  })
}
const text = (maxLength: number, description?: string) =>
  orNull(Type.String({ maxLength, ...(description === undefined ? {} : { description }) }))
/** An id that people choose. */
export const chosenId = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
  description: 'An id has 1 to 63 letters, digits, ".", "_" or "-", and starts with a letter or digit.',
})

const writtenFields = {
  name: text(limits.nameChars),
  plate: text(limits.plateChars, 'The number plate.'),
  make: text(limits.makeChars),
  model: text(limits.makeChars),
  year: orNull(Type.Integer({ minimum: limits.yearMin, maximum: limits.yearMax, description: 'Of the model.' })),
  kind: orNull(Type.Enum([...vehicleKinds])),
  vin: text(40, 'Vehicle identification number (ISO 3779); spaces and hyphens are left out.'),
  notes: text(limits.notesChars),
  groups: Type.Array(chosenId, { maxItems: limits.groups, description: 'Ids of groups.' }),
  tags: Type.Array(Type.String({ maxLength: limits.tagChars }), {
    maxItems: limits.tags,
    description: 'Kept in lower case, each once.',
  }),
  attributes: Type.Record(Type.String(), Type.String({ maxLength: limits.attributeChars }), {
    description: `At most ${limits.attributes}, by names of your own.`,
  }),
  tariff: text(63, 'The id of a tariff.'),
  zone: text(64, 'The time zone that working hours are of, by its IANA name.'),
  hours: Type.Array(
    Type.Object(
      {
        days: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), { description: '1 is Monday.' }),
        from: Type.Integer({ minimum: 0, maximum: 1440, description: 'Minutes after midnight.' }),
        to: Type.Integer({ minimum: 0, maximum: 1440, description: 'Where it is not later, it is of the next day.' }),
      },
      closed,
    ),
    { maxItems: limits.hours, description: 'Working hours.' },
  ),
}

export const registryViewSchema = Type.Object(
  {
    vehicle: vehicleId,
    version: count('Another one after every change; 0: nobody wrote anything.'),
    ...writtenFields,
    archivedAt: orNull(instant('From then on it is in no list that does not ask for it.')),
    isVinShown: Type.Boolean({
      description: 'False: you may not see it, and vin is null whether there is one or not.',
    }),
    doubts: Type.Array(Type.Object({ field: Type.String(), message: Type.String() }), {
      description: 'Values to look at again.',
    }),
  },
  { $id: 'RegistryView' },
)

export const registryEditParts = {
  ...Type.Partial(Type.Object(writtenFields)).properties,
  archived: Type.Optional(Type.Boolean({ description: 'Out of lists, or back in them.' })),
}
export const registryPatchSchema = Type.Object(
  { version: count('The version that was read; with another one by now nothing is changed.'), ...registryEditParts },
  { ...closed, $id: 'RegistryPatch', description: 'Fields that are not there stay as they are.' },
)

const groupFields = {
  name: Type.String({ minLength: 1, maxLength: groupLimits.nameChars }),
  parent: orNull(chosenId),
}
export const groupBody = Type.Object(groupFields, closed)
export const groupSchema = Type.Object({ id: chosenId, ...groupFields }, { $id: 'VehicleGroup' })
export const groupsSchema = Type.Object({ rows: Type.Array(groupSchema) }, { $id: 'VehicleGroups' })

export const assignmentBody = Type.Object(
  {
    person: Type.String({ minLength: 1, maxLength: 200, description: 'The id of a person.' }),
    from: askedInstant('The first instant, by our clock.'),
    until: orNull(askedInstant('The first instant after it; null: until further notice.')),
  },
  closed,
)
export const assignmentSchema = Type.Object(
  {
    id: chosenId,
    vehicle: vehicleId,
    person: Type.String(),
    from: instant(''),
    until: orNull(instant('Null: until further notice.')),
  },
  { $id: 'VehicleAssignment' },
)
export const assignmentsSchema = Type.Object({ rows: Type.Array(assignmentSchema) }, { $id: 'VehicleAssignments' })

const mayField = { may: Type.Array(Type.Enum([...allPermissions]), { uniqueItems: true }) }
export const roleBody = Type.Object(mayField, closed)
export const roleSchema = Type.Object({ name: chosenId, ...mayField }, { $id: 'CustomRole' })
export const rolesSchema = Type.Object({ rows: Type.Array(roleSchema) }, { $id: 'CustomRoles' })

export const registryImportSchema = Type.Object(
  {
    isStored: Type.Boolean(),
    lines: count('Under the header.'),
    made: count('Vehicles that were not known before.'),
    changed: count(),
    same: count('Lines that say what is there already.'),
    faulty: count('Lines with a fault.'),
    faults: Type.Array(Type.Object({ line: count(), column: Type.String(), message: Type.String() }), {
      description: 'The first of them, each with its remedy.',
    }),
  },
  { $id: 'RegistryImport' },
)

const { kind, make, model, year, zone, hours, tariff } = writtenFields
const groupIds = Type.Array(chosenId, { maxItems: limits.groups })
const tagList = Type.Array(Type.String({ minLength: 1, maxLength: limits.tagChars }), { maxItems: limits.tags })
export const bulkEditSchema = Type.Object(
  {
    select: Type.Partial(
      Type.Object(
        {
          vehicles: Type.Array(vehicleId, { minItems: 1, maxItems: 1000 }),
          search: Type.String({ minLength: 1, maxLength: 100, description: 'A part of id, name, plate or a tag.' }),
          group: chosenId,
          tag: Type.String({ minLength: 1, maxLength: limits.tagChars }),
          archived: Type.Boolean({ description: 'Those archived, or, as usual, those that are not.' }),
        },
        closed,
      ),
      { ...closed, description: 'All that is given must hold.' },
    ),
    edit: Type.Partial(
      Type.Object(
        {
          kind,
          make,
          model,
          year,
          zone,
          hours,
          tariff,
          addGroups: groupIds,
          removeGroups: groupIds,
          addTags: tagList,
          removeTags: tagList,
          archived: Type.Boolean(),
        },
        closed,
      ),
      closed,
    ),
    dryRun: Type.Boolean({ description: 'Stores nothing, and counts.' }),
  },
  { ...closed, $id: 'BulkEdit' },
)
export const bulkEditResultSchema = Type.Object(
  { isStored: Type.Boolean(), selected: count(), changed: count('Of those selected; the others were so already.') },
  { $id: 'BulkEditResult' },
)

export const registrySchemas = [
  registryImportSchema,
  bulkEditSchema,
  bulkEditResultSchema,
  registryViewSchema,
  registryPatchSchema,
  groupSchema,
  groupsSchema,
  assignmentSchema,
  assignmentsSchema,
  roleSchema,
  rolesSchema,
]
