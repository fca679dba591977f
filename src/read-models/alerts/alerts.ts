// Alerts: what a person should see. An alert is told as possible at once and keeps its id when more
// is known. A withdrawn one stays, with the reason in the evidence; one of which late samples show
// that there was nothing is deleted.
import { Type } from 'typebox'
import { clockDoubtSchema, clockSchema } from '../clock-schemas.ts'
import { defineReadModel, type ModelRow } from '../read-model.ts'
import { clockDoubtOfToday } from '../rows-before.ts'
import { instant, nullable, place, vehicleId } from '../schema-parts.ts'

export type Alert = ModelRow<typeof alertsModel>

/** When it was heard, by our clock; by the car's where that is not known. A car whose clock is
 *  ahead by a month does not hold the top of the list for a month. */
export const heardAt = ({ at, receivedAt }: { readonly at: number; readonly receivedAt: number | null }): number =>
  receivedAt ?? at

const kind = Type.Enum(['crash'])

export const alertShape = Type.Object(
  {
    tenant: Type.String(),
    vehicle: vehicleId,
    id: Type.String(),
    kind,
    // Critical with a deployed airbag.
    severity: Type.Enum(['critical', 'warning']),
    status: Type.Enum(['possible', 'confirmed', 'withdrawn'], {
      description:
        'Told as possible at once; confirmed or withdrawn under the same id when more is known. The evidence has the reason.',
    }),
    at: instant(
      'When it happened, by the car’s clock or the one that `clock` names; when it was received, where `clockDoubt` is not null.',
    ),
    place: nullable(place),
    evidence: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
      description: 'What it was concluded from.',
    }),
    receivedAt: nullable(instant('When its first evidence was received, by our clock; null where it is not known.')),
    clock: nullable(clockSchema('Whose clock the instant is of; null where the car measured then.')),
    clockDoubt: nullable(clockDoubtSchema),
  },
  { $id: 'Alert' },
)

export const alertsModel = defineReadModel({
  name: 'alerts',
  topic: 'alert',
  shape: alertShape,
  keys: { heardAt: { of: heardAt, sql: 'coalesce(received_at, at)' } },
  order: { by: ['heardAt', 'id'], newestFirst: true },
  agesBy: 'heardAt',
  happened: { first: 'heardAt', last: 'heardAt' },
  places: ['place'],
  filters: { vehicle: { on: 'vehicle', is: '=', query: vehicleId }, kind: { on: 'kind', is: '=', query: kind } },
  // Alerts of the time before they had a status were certain.
  ofToday: (row) => ({ status: 'confirmed', ...clockDoubtOfToday(row) }),
  wanted: 'alert',
  routes: {
    path: '/alerts',
    tag: 'alerts',
    needs: 'alerts:read',
    list: { operationId: 'listAlerts', summary: 'Alerts, last heard first', page: 'A page of alerts' },
    one: {
      operationId: 'getAlert',
      summary: 'One alert, with what it was concluded from',
      answer: 'The alert',
      notFound: 'There is no alert of that id. Late data may have taken it back: the list of alerts has what stands.',
    },
  },
})
