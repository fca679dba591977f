// Groups of a tenant, and roles of its own.
import { Type } from 'typebox'
import { groupFault } from '../../registry/groups.ts'
import { isBuiltInRole } from '../../rights/permissions.ts'
import { everyGroup } from '../../rights/sight.ts'
import { answers, signedIn, withBody } from '../answers.ts'
import type { CustomRoles, GroupView, RoleView, VehicleGroups } from '../contract.ts'
import { problem } from '../problem.ts'
import {
  chosenId,
  groupBody,
  groupSchema,
  groupsSchema,
  roleBody,
  roleSchema,
  rolesSchema,
} from '../registry-schemas.ts'
import { named } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import { calledBy, tenantOf, type RouteParts } from './route-parts.ts'

const tags = ['registry']
const groupParams = Type.Object({ group: chosenId })
const roleParams = Type.Object({ role: chosenId })
/** As many as a person can tell apart. */
const rolesMax = 100

export function registerOrganisationRoutes(server: Server, parts: RouteParts): void {
  registerGroups(server, parts)
  registerGroupEdits(server, parts)
  registerRoles(server, parts)
}

function registerGroups(server: Server, { organisation, rights }: RouteParts): void {
  server.get(
    '/groups',
    {
      config: { needs: 'vehicles:read' },
      schema: {
        tags,
        operationId: 'listGroups',
        summary: 'Groups of vehicles, each with the group it lies within: those whose vehicles you see',
        response: answers({ status: 200, description: 'The groups', schema: named(groupsSchema) }, signedIn),
      },
    },
    async (request): Promise<VehicleGroups> => {
      const caller = calledBy(request)
      const { windows } = rights.sight(caller, 'vehicles:read')
      const seen = windows === 'all' ? [everyGroup] : windows.flatMap(({ of }) => ('groups' in of ? of.groups : []))
      const all = organisation.groups(caller.tenant).map(({ id, name, parent }) => ({ id, name, parent }))
      return { rows: seen.includes(everyGroup) ? all : all.filter(({ id }) => seen.includes(id)) }
    },
  )
}

function registerGroupEdits(server: Server, { organisation, audit }: RouteParts): void {
  server.put(
    '/groups/:group',
    {
      config: { needs: 'vehicles:edit', whole: true },
      schema: {
        tags,
        operationId: 'putGroup',
        summary: 'Makes a group, names it anew, or moves it with all that lies within',
        params: groupParams,
        body: groupBody,
        response: answers({ status: 200, description: 'The group', schema: named(groupSchema) }, [
          'in-the-way',
          ...withBody,
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<GroupView> => {
      const tenant = tenantOf(request)
      const group = { id: request.params.group, ...request.body }
      await organisation.change(async () => {
        const groups = organisation.groups(tenant)
        const fault = groupFault({ tenant, ...group }, groups)
        if (fault !== undefined) throw problem('in-the-way', fault)
        const before = groups.find(({ id }) => id === group.id)
        await audit.record(request, {
          action: before === undefined ? 'make' : 'change',
          target: { kind: 'group', id: group.id },
          ...(before !== undefined && { before: { name: before.name, parent: before.parent } }),
          after: { name: group.name, parent: group.parent },
        })
        return { groups: [{ tenant, ...group }] }
      })
      return group
    },
  )

  server.delete(
    '/groups/:group',
    {
      config: { needs: 'vehicles:edit', whole: true },
      schema: {
        tags,
        operationId: 'removeGroup',
        summary: 'Removes a group in which nothing lies any more',
        params: groupParams,
        response: answers({ status: 204, description: 'Removed' }, ['not-found', 'in-the-way', ...signedIn]),
      },
    },
    async (request, reply) => {
      const tenant = tenantOf(request)
      const { group: id } = request.params
      await organisation.change(async () => {
        const groups = organisation.groups(tenant)
        if (!groups.some((group) => group.id === id)) throw problem('not-found', 'There is no group of that id.')
        if (groups.some(({ parent }) => parent === id))
          throw problem('in-the-way', 'Other groups lie within it: move or remove those first.')
        if (organisation.hasMembers(tenant, id))
          throw problem('in-the-way', 'Vehicles are in it: take them out first, all at once by a bulk edit.')
        await audit.record(request, { action: 'remove', target: { kind: 'group', id } })
        return { removed: { groups: [{ tenant, id }] } }
      })
      return reply.status(204).send()
    },
  )
}

function registerRoles(server: Server, { organisation, rights, audit }: RouteParts): void {
  server.get(
    '/roles',
    {
      config: { needs: 'people:manage', whole: true },
      schema: {
        tags,
        operationId: 'listRoles',
        summary: 'Roles that your tenant made, with what each may',
        response: answers({ status: 200, description: 'The roles', schema: named(rolesSchema) }, signedIn),
      },
    },
    async (request): Promise<CustomRoles> => ({
      rows: organisation.roles(tenantOf(request)).map(({ name, may }) => ({ name, may })),
    }),
  )

  server.put(
    '/roles/:role',
    {
      config: { needs: 'people:manage', whole: true },
      schema: {
        tags,
        operationId: 'putRole',
        summary: 'Makes a role of permissions that you have, or changes one for everybody who has it',
        params: roleParams,
        body: roleBody,
        response: answers({ status: 200, description: 'The role', schema: named(roleSchema) }, [
          'in-the-way',
          ...withBody,
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<RoleView> => {
      const caller = calledBy(request)
      const { tenant } = caller
      const { role: name } = request.params
      const { may } = request.body
      if (isBuiltInRole(name)) throw problem('in-the-way', 'That role is built in: choose another name.')
      for (const permission of may) rights.demand(caller, permission, true)
      await organisation.change(async () => {
        const known = organisation.roles(tenant)
        const before = known.find((role) => role.name === name)
        if (known.length >= rolesMax && before === undefined)
          throw problem('in-the-way', `A tenant has at most ${rolesMax} roles: remove one first.`)
        await audit.record(request, {
          action: before === undefined ? 'make' : 'change',
          target: { kind: 'role', id: name },
          ...(before !== undefined && { before: { may: before.may } }),
          after: { may },
        })
        return { roles: [{ tenant, name, may }] }
      })
      return { name, may }
    },
  )

  server.delete(
    '/roles/:role',
    {
      config: { needs: 'people:manage', whole: true },
      schema: {
        tags,
        operationId: 'removeRole',
        summary: 'Removes a role; grants of it grant nothing any more',
        params: roleParams,
        response: answers({ status: 204, description: 'Removed' }, ['not-found', ...signedIn]),
      },
    },
    async (request, reply) => {
      const tenant = tenantOf(request)
      const { role: id } = request.params
      await organisation.change(async () => {
        if (!organisation.roles(tenant).some(({ name }) => name === id))
          throw problem('not-found', 'There is no role of that name.')
        await audit.record(request, { action: 'remove', target: { kind: 'role', id } })
        return { removed: { roles: [{ tenant, id }] } }
      })
      return reply.status(204).send()
    },
  )
}
