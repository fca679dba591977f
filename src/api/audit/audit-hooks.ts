// Reads and refusals that the audit tells of, written for all routes in one place: a route only
// says in its config that places or identification numbers are in what it gives.
import type { FastifyRequest } from 'fastify'
import type { Permission } from '../../rights/permissions.ts'
import { ApiProblem, problemType } from '../problem.ts'
import type { Rights } from '../rights.ts'
import type { Server } from '../server-types.ts'
import type { Audit } from './request-audit.ts'
import type { AuditAction } from '../../audit/audit-entry.ts'

/** Disclosures by an answer, to those who may see that. Messages as they came have everything. */
const disclosures = [
  { config: 'hasPlaces', action: 'disclose-place', permission: 'places:read' },
  { config: 'hasVins', action: 'disclose-vin', permission: 'vins:read' },
] as const satisfies readonly {
  readonly config: string
  readonly action: AuditAction
  readonly permission: Permission
}[]

/** An answer that discloses something is given once that is written. */
export function registerDisclosures(scope: Server, audit: Audit, rights: Rights): void {
  scope.addHook('preSerialization', async (request, reply, payload) => {
    const { caller, routeOptions } = request
    if (caller === null || reply.statusCode >= 300) return payload
    for (const { config, action, permission } of disclosures) {
      const { needs, [config]: has = false } = routeOptions.config
      if (!has || (needs !== 'messages:read' && !rights.may(caller, permission))) continue
      await audit.seldom(request, { action, target: disclosedBy(request, payload) })
    }
    return payload
  })
}

/** The vehicle that the answer or the address names, or that is asked for; or else the fleet. */
function disclosedBy(request: FastifyRequest, payload: unknown): { readonly kind: string; readonly id: string } {
  const places = [payload, request.params, request.query] as readonly ({ readonly vehicle?: unknown } | null)[]
  const id = places.map((place) => place?.vehicle).find((vehicle) => typeof vehicle === 'string')
  return id === undefined ? fleetTarget(request) : { kind: 'vehicle', id }
}

/** Many vehicles at once, by the route that gives them. */
export const fleetTarget = ({ routeOptions }: Pick<FastifyRequest, 'routeOptions'>) => ({
  kind: 'fleet',
  id: (routeOptions.url ?? '').replace('/api/v1/', ''),
})

/** A refusal for want of a right is written, and stands whether that succeeds or not. */
export async function recordRefusal(audit: Audit, request: FastifyRequest, error: unknown): Promise<void> {
  if (!(error instanceof ApiProblem) || error.body.type !== problemType('not-allowed') || request.caller === null)
    return
  const { method, routeOptions } = request
  const target = { kind: 'route', id: `${method} ${routeOptions.url ?? ''}` }
  try {
    await audit.seldom(request, { action: 'access', target, result: 'refused', reason: error.body.detail })
  } catch (cause) {
    request.log.error({ err: cause }, 'a refusal could not be written to the audit')
  }
}
