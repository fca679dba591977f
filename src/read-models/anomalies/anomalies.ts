// Anomalies: what vehicles send that cannot be right, one row for each vehicle and kind. A vehicle
// that gives no cause has none.
import { Type } from 'typebox'
import { anomalyKinds } from '../../model/anomaly.ts'
import { defineReadModel, type ModelRow, type RowOf } from '../read-model.ts'
import { count, instant, nullable, vehicleId } from '../schema-parts.ts'

export type Anomaly = ModelRow<typeof anomaliesModel>
export type AnomalySum = RowOf<typeof anomalySum>

/** How many vehicles a sum names. */
export const newestMax = 5

const kind = Type.Enum([...anomalyKinds], {
  description:
    'refused: messages that became dead letters. invalid: values that are none of their signal. doubted: places, speeds and odometers that cannot be true, by themselves or beside others. units: boots that ran while another did. reused: numbers used for several messages. number: jumps of the number. clock: instants that cannot be right. excess: more than is kept of a vehicle.',
})
const lastReceivedAt = instant('The newest receipt of what gave cause, by our clock.')

export const anomalyShape = Type.Object(
  {
    tenant: Type.String(),
    vehicle: vehicleId,
    kind,
    count: count('Records, values, boots, messages, jumps, instants or bounds, by kind; over all parts.'),
    parts: Type.Array(
      Type.Object({
        subject: Type.String({
          description:
            'The stream; of invalid and doubted values the path (of a place that of the branch), of units, and of a clock that went back from one boot to the next, the boot; of excess the first signal, by name, that is left out, as are all after it.',
        }),
        reason: nullable(
          Type.String({
            description: 'Of refused messages, invalid and doubted values, and instants; of excess the bound.',
          }),
        ),
        count: count('How often.'),
      }),
      { description: 'The most frequent first; what is more is in count alone.' },
    ),
    lastReceivedAt,
  },
  { $id: 'Anomaly', description: 'One kind of what a vehicle sends that cannot be right.' },
)

/** One kind of anomaly over all vehicles of a tenant. */
export const anomalySum = Type.Object({
  kind,
  vehicles: count('How many vehicles give cause.'),
  count: count('Over all of them.'),
  newest: Type.Array(Type.Object({ vehicle: vehicleId, count: count('Of this vehicle.'), lastReceivedAt }), {
    description: 'The vehicles that gave cause last.',
  }),
})

export const anomaliesModel = defineReadModel({
  name: 'anomalies',
  topic: 'anomaly',
  shape: anomalyShape,
  keys: {},
  order: { by: ['lastReceivedAt', 'vehicle', 'kind'], newestFirst: true },
  filters: { vehicle: { on: 'vehicle', is: '=', query: vehicleId }, kind: { on: 'kind', is: '=', query: kind } },
  wanted: 'figure',
  routes: {
    path: '/anomalies',
    tag: 'system',
    needs: 'quality:read',
    list: {
      operationId: 'listAnomalies',
      summary: 'What vehicles send that cannot be right, by vehicle and kind, last heard first',
      page: 'A page of anomalies',
    },
  },
})
