// Parts that the schemas of several subjects are made of.
import { Type, type TSchema } from 'typebox'
import { circlePattern } from '../model/circle.ts'

export const closed = { additionalProperties: false } as const
export const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])
/** Marks a schema as that of an instant: epoch milliseconds here, and in answers and requests of
 *  the API RFC 3339 as well. */
export const instantMark = 'x-instant'
export const instant = (description: string) => Type.Integer({ [instantMark]: true, description })
/** An instant to ask for. */
export const askedInstant = (description: string) =>
  Type.Integer({ [instantMark]: true, minimum: 0, maximum: 8.64e15, description })
/** A circle to ask for. */
export const askedCircle = (description: string) =>
  Type.String({
    pattern: circlePattern,
    description: `${description} latitude,longitude,metres: degrees of WGS 84 and a whole radius up to 10,000 km, such as -34.9055,-56.19,500.`,
  })
export const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description })
export const count = (description?: string) =>
  Type.Integer({ minimum: 0, ...(description === undefined ? {} : { description }) })

const vehiclePattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'
export const vehicleId = Type.String({
  pattern: vehiclePattern,
  description: 'A vehicle id has 1 to 63 letters, digits, ".", "_" or "-", and starts with a letter or digit.',
})

export const place = Type.Object(
  { lat: Type.Number({ minimum: -90, maximum: 90 }), lon: Type.Number({ minimum: -180, maximum: 180 }) },
  { ...closed, description: 'Degrees, WGS 84.' },
)
