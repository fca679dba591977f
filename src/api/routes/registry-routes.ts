// Fields that people wrote of a vehicle: read, and edited by the version that was read.
import { Type } from 'typebox'
import type { AuditFacts, AuditValue } from '../../audit/audit-entry.ts'
import { noFields, type RegistryEntry, type RegistryFields } from '../../model/registry.ts'
import { vehicleId } from '../../read-models/schema-parts.ts'
import { checkFields, type FieldFault, type KnownIds } from '../../registry/check-fields.ts'
import type { StoredOrganisation } from '../../registry/organisation.ts'
import { vinDoubt } from '../../registry/vin.ts'
import { everyGroup, type Sight } from '../../rights/sight.ts'
import { answers, signedIn, withBody } from '../answers.ts'
import type { RegistryEdit, RegistryView } from '../contract.ts'
import { problem } from '../problem.ts'
import { registryPatchSchema, registryViewSchema } from '../registry-schemas.ts'
import type { Rights } from '../rights.ts'
import { named } from '../schemas.ts'
import type { Caller, Server } from '../server-types.ts'
import { calledBy, type RouteParts } from './route-parts.ts'

const params = Type.Object({ vehicle: vehicleId })
const tags = ['registry']
const one = { status: 200, description: 'The vehicle', schema: named(registryViewSchema) } as const

export function registerRegistryRoutes(server: Server, parts: RouteParts): void {
  const { storage, rights, organisation, audit, clock } = parts

  server.get(
    '/vehicles/:vehicle/registry',
    {
      config: { needs: 'vehicles:read', hasVins: true },
      schema: {
        tags,
        operationId: 'getVehicleRegistry',
        summary: 'What people wrote of a vehicle: name, plate, make, groups, tags and the like',
        params,
        response: answers(one, ['not-found', ...signedIn]),
      },
    },
    async (request): Promise<RegistryView> => {
      const caller = calledBy(request)
      const { vehicle } = request.params
      if (!rights.sees(rights.sight(caller, 'vehicles:read'), vehicle)) throw notThere()
      const [entry] = await storage.registry.entries(caller.tenant, [vehicle])
      if (entry === undefined) throw notThere()
      return registryView(entry, rights, caller)
    },
  )

  server.patch(
    '/vehicles/:vehicle/registry',
    {
      config: { needs: 'vehicles:edit', hasVins: true },
      schema: {
        tags,
        operationId: 'editVehicleRegistry',
        summary: 'Changes what people wrote of a vehicle; makes the vehicle where nothing was known of it',
        params,
        body: registryPatchSchema,
        response: answers(one, ['not-found', 'changed-meanwhile', ...withBody, ...signedIn]),
      },
    },
    async (request): Promise<RegistryView> => {
      const caller = calledBy(request)
      const { tenant } = caller
      const { vehicle } = request.params
      const { version, ...edit } = request.body
      let edited: RegistryEntry | undefined
      const made = await organisation.change(async () => {
        const sight = rights.sight(caller, 'vehicles:edit')
        if (!rights.sees(sight, vehicle)) throw notThere()
        const [before] = await storage.registry.entries(tenant, [vehicle])
        if ((before?.version ?? 0) !== version) throw changedMeanwhile()
        const fields = checkedEdit(edit, knownIds(organisation, tenant), clock.now())
        demandFields(fields, { ...noFields, vehicle, ...before }, { rights, caller, sight, organisation })
        edited = { ...noFields, tenant, vehicle, ...before, ...fields, version }
        await audit.record(request, {
          action: version === 0 ? 'make' : 'change',
          target: { kind: 'vehicle', id: vehicle },
          before: factsOf(before ?? noFields, fields),
          after: factsOf(edited, fields),
        })
        return { entries: [edited] }
      })
      return registryView({ ...noFields, tenant, vehicle, ...edited, version: made }, rights, caller)
    },
  )
}

const notThere = (): Error =>
  problem(
    'not-found',
    'There is no vehicle of that id, or it is not yours to see. The list of vehicles has those that are.',
  )

const changedMeanwhile = (): Error =>
  problem(
    'changed-meanwhile',
    'Somebody else changed this vehicle since it was read: read it again, and repeat what is still to be changed.',
  )

export function registryView(entry: RegistryEntry, rights: Rights, caller: Caller): RegistryView {
  const { tenant: _, ...shown } = entry
  const isVinShown = rights.sees(rights.sight(caller, 'vins:read'), entry.vehicle)
  const doubt = isVinShown && entry.vin !== null ? vinDoubt(entry.vin) : null
  return {
    ...shown,
    vin: isVinShown ? entry.vin : null,
    isVinShown,
    doubts: doubt === null ? [] : [{ field: 'vin', message: doubt }],
  }
}

export const knownIds = (organisation: StoredOrganisation, tenant: string): KnownIds => ({
  groups: new Set(organisation.groups(tenant).map(({ id }) => id)),
  tariffs: new Set(organisation.tariffs(tenant).map(({ id }) => id)),
})

/** The fields as they are kept. Throws `invalid-request` that names those at fault. */
export function checkedEdit(
  { archived, ...written }: RegistryEdit,
  known: KnownIds,
  now: number,
): Partial<RegistryFields> {
  const { fields, faults } = checkFields(written, known)
  if (faults.length > 0) throw faulty(faults)
  return archived === undefined ? fields : { ...fields, archivedAt: archived ? now : null }
}

const faulty = (errors: readonly FieldFault[]): Error =>
  problem('invalid-request', errors.map(({ field, message }) => `${field}: ${message}`).join(' '), { errors })

/** Fields that were written, for the audit: of a VIN that there is one, and not which. */
function factsOf(of: RegistryFields, written: Partial<RegistryFields>): AuditFacts {
  const facts: Partial<Record<keyof RegistryFields, AuditValue>> = {}
  for (const name of Object.keys(written) as (keyof RegistryFields)[]) {
    const value = name === 'vin' ? of.vin !== null : of[name]
    facts[name] = typeof value === 'object' && value !== null ? JSON.stringify(value) : value
  }
  return facts
}

export type EditRights = {
  readonly rights: Rights
  readonly caller: Caller
  /** Vehicles that the caller may edit. */
  readonly sight: Sight
  readonly organisation: StoredOrganisation
}

/** Throws `not-allowed` where the change goes beyond what the caller may: a VIN that it may not
 *  see, a group that it does not reach, or a vehicle that it would lose. */
export function demandFields(
  fields: Partial<RegistryFields>,
  before: RegistryFields & { readonly vehicle: string },
  { rights, caller, sight, organisation }: EditRights,
): void {
  if (fields.vin !== undefined && !rights.sees(rights.sight(caller, 'vins:read'), before.vehicle))
    throw problem('not-allowed', 'You may not see the VIN of this vehicle, and so not change it: leave it out.')
  if (fields.groups === undefined || sight.windows === 'all') return
  const reached = new Set(sight.windows.flatMap(({ of }) => ('groups' in of ? of.groups : [])))
  if (reached.has(everyGroup)) return
  const { groups } = fields
  const changed = [
    ...groups.filter((group) => !before.groups.includes(group)),
    ...before.groups.filter((group) => !groups.includes(group)),
  ]
  const beyond = changed.find((group) => !reached.has(group))
  const known = organisation.groups(caller.tenant).find(({ id }) => id === beyond)
  if (beyond !== undefined)
    throw problem(
      'not-allowed',
      `The group ${known?.name ?? beyond} is beyond the vehicles that you may edit: leave it as it is, or ask an administrator of your tenant.`,
    )
  if (!groups.some((group) => reached.has(group)))
    throw problem('not-allowed', 'The vehicle would be in none of your groups: leave it in one of them.')
}
