// Who drives a vehicle, and when: at each instant one person at most.
import { Type } from 'typebox'
import { vehicleId } from '../../read-models/schema-parts.ts'
import { assignmentFault } from '../../registry/assignments.ts'
import { answers, signedIn, withBody } from '../answers.ts'
import type { AssignmentView, VehicleAssignments } from '../contract.ts'
import { problem } from '../problem.ts'
import { assignmentBody, assignmentSchema, assignmentsSchema, chosenId } from '../registry-schemas.ts'
import { named } from '../schemas.ts'
import type { Caller, Server } from '../server-types.ts'
import { calledBy, type RouteParts } from './route-parts.ts'

const tags = ['registry']
const vehicleParams = Type.Object({ vehicle: vehicleId })
const params = Type.Object({ vehicle: vehicleId, assignment: chosenId })

export function registerAssignmentRoutes(server: Server, { organisation, rights, audit }: RouteParts): void {
  const demand = (caller: Caller, vehicle: string): void => {
    if (!rights.sees(rights.sight(caller, 'drivers:assign'), vehicle))
      throw problem('not-found', 'There is no vehicle of that id of which you may say who drives it.')
  }
  const find = (tenant: string, vehicle: string, id: string) =>
    organisation.assignments(tenant).find((each) => each.id === id && each.vehicle === vehicle)

  server.get(
    '/vehicles/:vehicle/assignments',
    {
      config: { needs: 'drivers:assign' },
      schema: {
        tags,
        operationId: 'listAssignments',
        summary: 'Who drives a vehicle and when, the latest first',
        params: vehicleParams,
        response: answers({ status: 200, description: 'The assignments', schema: named(assignmentsSchema) }, [
          'not-found',
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<VehicleAssignments> => {
      const caller = calledBy(request)
      const { vehicle } = request.params
      demand(caller, vehicle)
      const rows = organisation.assignments(caller.tenant).filter((each) => each.vehicle === vehicle)
      return {
        rows: rows
          .sort((a, b) => b.from - a.from)
          .map(({ id, person, from, until }) => ({ id, vehicle, person, from, until })),
      }
    },
  )

  server.put(
    '/vehicles/:vehicle/assignments/:assignment',
    {
      config: { needs: 'drivers:assign' },
      schema: {
        tags,
        operationId: 'putAssignment',
        summary: 'Says who drives a vehicle from when until when, under an id of your own',
        params,
        body: assignmentBody,
        response: answers({ status: 200, description: 'The assignment', schema: named(assignmentSchema) }, [
          'not-found',
          'in-the-way',
          ...withBody,
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<AssignmentView> => {
      const caller = calledBy(request)
      const { tenant } = caller
      const { vehicle, assignment: id } = request.params
      const assignment = { id, vehicle, ...request.body }
      await organisation.change(async () => {
        demand(caller, vehicle)
        const fault = assignmentFault({ tenant, ...assignment }, organisation.assignments(tenant))
        if (fault !== undefined) throw problem('in-the-way', fault)
        const before = find(tenant, vehicle, id)
        await audit.record(request, {
          action: before === undefined ? 'make' : 'change',
          target: { kind: 'assignment', id },
          ...(before !== undefined && { before: assignmentFacts(before) }),
          after: assignmentFacts(assignment),
        })
        return { assignments: [{ tenant, ...assignment }] }
      })
      return assignment
    },
  )

  server.delete(
    '/vehicles/:vehicle/assignments/:assignment',
    {
      config: { needs: 'drivers:assign' },
      schema: {
        tags,
        operationId: 'removeAssignment',
        summary: 'Removes an assignment as if it had never been; to end one, put it with the instant of its end',
        params,
        response: answers({ status: 204, description: 'Removed' }, ['not-found', ...signedIn]),
      },
    },
    async (request, reply) => {
      const caller = calledBy(request)
      const { tenant } = caller
      const { vehicle, assignment: id } = request.params
      await organisation.change(async () => {
        demand(caller, vehicle)
        const before = find(tenant, vehicle, id)
        if (before === undefined) throw problem('not-found', 'The vehicle has no assignment of that id.')
        const target = { kind: 'assignment', id }
        await audit.record(request, { action: 'remove', target, before: assignmentFacts(before) })
        return { removed: { assignments: [{ tenant, id }] } }
      })
      return reply.status(204).send()
    },
  )
}

const assignmentFacts = ({ vehicle, person, from, until }: AssignmentView) => ({ vehicle, person, from, until })
