// Alerts: the list and one.
import { Type } from 'typebox'
import type { Alert } from '../../model/read-models.ts'
import { answers, signedIn } from '../answers.ts'
import type { Listing } from '../contract.ts'
import { listing } from '../listing.ts'
import { problem } from '../problem.ts'
import { vehicleId } from '../schema-parts.ts'
import { alertSchema, listingOf, named, pageQuery, query, rowId } from '../schemas.ts'
import type { Server } from '../server-types.ts'
import { given, tenantOf, type RouteParts } from './route-parts.ts'

const tags = ['alerts']

export function registerAlertRoutes(server: Server, { storage, cursors }: RouteParts): void {
  server.get(
    '/alerts',
    {
      config: { paced: true },
      schema: {
        tags,
        operationId: 'listAlerts',
        summary: 'Alerts, last heard first',
        querystring: query({ vehicle: Type.Optional(vehicleId), kind: Type.Optional(Type.Enum(['crash'])), ...pageQuery }),
        response: answers({ status: 200, description: 'A page of alerts', schema: listingOf(alertSchema) }, [
          'invalid-cursor',
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<Listing<Alert>> => {
      const tenant = tenantOf(request)
      const { vehicle, kind } = request.query
      const filter = given({ vehicle, kind })
      return listing(
        cursors,
        ['alerts', tenant],
        request.query,
        (page) => storage.alerts.list(tenant, filter, page),
        (alert) => alert,
      )
    },
  )

  server.get(
    '/alerts/:id',
    {
      schema: {
        tags,
        operationId: 'getAlert',
        summary: 'One alert, with what it was concluded from',
        params: Type.Object({ id: rowId }),
        response: answers({ status: 200, description: 'The alert', schema: named(alertSchema) }, ['not-found', ...signedIn]),
      },
    },
    async (request): Promise<Alert> => {
      const alert = await storage.alerts.get(tenantOf(request), request.params.id)
      if (alert === undefined)
        throw problem('not-found', 'There is no alert of that id. Late data may have taken it back: the list of alerts has what stands.')
      return alert
    },
  )
}
