// What vehicles send that cannot be right, as JSON Schema. Part of schemas.ts, which names it.
import { Type } from 'typebox'
import { anomalyKinds } from '../model/anomaly.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })
const lastReceivedAt = Type.Integer({ description: 'The newest receipt of what gave cause, by our clock. Epoch milliseconds.' })

export const anomalyKind = Type.Enum([...anomalyKinds], {
  description:
    'refused: messages that became dead letters. invalid: values that are none of their signal. doubted: places, speeds and odometers that cannot be true, by themselves or beside others. units: boots that ran while another did. reused: numbers used for several messages. number: jumps of the number. clock: instants that cannot be right.',
})
export const anomalySchema = Type.Object(
  {
    tenant: Type.String(),
    vehicle: Type.String(),
    kind: anomalyKind,
    count: count('Records, values, boots, messages, jumps or instants, by kind; over all parts.'),
    parts: Type.Array(
      Type.Object({
        subject: Type.String({
          description:
            'The stream; of invalid and doubted values the path (of a place that of the branch), of units, and of a clock that went back from one boot to the next, the boot.',
        }),
        reason: Type.Union([Type.String({ description: 'Of refused messages, invalid and doubted values, and instants.' }), Type.Null()]),
        count: count('How often.'),
      }),
      { description: 'The most frequent first; what is more is in count alone.' },
    ),
    lastReceivedAt,
  },
  { $id: 'Anomaly', description: 'One kind of what a vehicle sends that cannot be right.' },
)
export const anomalySum = Type.Object({
  kind: anomalyKind,
  vehicles: count('How many vehicles give cause.'),
  count: count('Over all of them.'),
  newest: Type.Array(Type.Object({ vehicle: Type.String(), count: count('Of this vehicle.'), lastReceivedAt }), {
    description: 'The vehicles that gave cause last.',
  }),
})
