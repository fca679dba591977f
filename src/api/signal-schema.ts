// One signal of a vehicle as JSON Schema; the compiler holds it against the contract as part of the
// vehicle's (schemas.ts).
import { Type } from 'typebox'
import { doubtReasons } from '../model/value-doubt.ts'
import { aheadSchema, clockSchema } from '../read-models/clock-schemas.ts'
import { instant } from '../read-models/schema-parts.ts'

const signalValue = Type.Union([
  Type.Number(),
  Type.Boolean(),
  Type.String(),
  Type.Array(Type.String()),
  Type.Null(),
  Type.Object({
    invalid: Type.String({ description: 'Why it is not a value.' }),
    value: Type.Optional(
      Type.Union([Type.Number(), Type.Boolean(), Type.String()], {
        description: 'What came, where JSON can hold it; of long texts, lists and objects the beginning.',
      }),
    ),
  }),
])

export const vehicleSignalSchema = Type.Object({
  path: Type.String({ description: 'COVESA VSS 6.0 path, or one of the maker.' }),
  unit: Type.Union([Type.String(), Type.Null()]),
  group: Type.String(),
  description: Type.Optional(Type.String({ description: 'What it is, by the overlay that adds it.' })),
  value: signalValue,
  at: instant('When the car measured it, or as `clock` says.'),
  clock: Type.Optional(clockSchema('Whose clock the instant is of; absent where the car measured the value then.')),
  clockDoubt: Type.Optional(
    aheadSchema('The instant is ahead of its receipt: the value is not of now, whatever the instant says.'),
  ),
  doubt: Type.Optional(
    Type.Enum(doubtReasons, {
      description:
        'Why the value is doubted, by what was told with it. no-fix: the receiver had none. null-island: latitude and longitude are both 0. inaccurate: the receiver vouches for no better than 150 m. sentinel: what a bus says for not available. impossible: beyond any car. A doubted place or speed is not that of the vehicle.',
    }),
  ),
})

export const signalCatalogueSchema = Type.Object(
  {
    signals: Type.Array(
      Type.Object({
        path: Type.String(),
        type: Type.Enum(['attribute', 'sensor', 'actuator']),
        datatype: Type.String({
          description:
            'As VSS names it: uint8, string[], … A name with a point is that of a struct, whose values have no form here.',
        }),
        unit: Type.Optional(Type.String({ description: 'As VSS names it; absent where there is none.' })),
        min: Type.Optional(Type.Number({ description: 'In its unit; that of the datatype besides.' })),
        max: Type.Optional(Type.Number()),
        allowed: Type.Optional(
          Type.Array(Type.String(), { description: 'The only values there are; numbers as JSON writes them.' }),
        ),
        description: Type.Optional(Type.String()),
        group: Type.String({ description: 'The heading it stands under.' }),
        models: Type.Optional(
          Type.Array(Type.Object({ model: Type.String(), version: Type.Optional(Type.String()) }), {
            description:
              'The models whose vehicles alone it is taken of, with * for any part; absent where it is of all.',
          }),
        ),
      }),
    ),
  },
  { $id: 'SignalCatalogue' },
)
