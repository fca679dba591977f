// The series of a signal as JSON Schema; the compiler holds it against the contract (schemas.ts).
import { Type } from 'typebox'
import { pathCharsMax, signalPathPattern } from '../model/vss.ts'
import { doubtReasons } from '../model/value-doubt.ts'
import { aheadSchema, clockSchema } from '../read-models/clock-schemas.ts'
import { count, instant, nullable } from '../read-models/schema-parts.ts'

export const signalPath = Type.String({
  maxLength: pathCharsMax,
  pattern: signalPathPattern.source,
  description:
    'A signal is a path of names: "Vehicle" and up to 16 more, with points between them, of letters, digits and "_".',
})

export const signalSeriesSchema = Type.Object(
  {
    path: Type.String(),
    unit: nullable(Type.String({ description: 'As VSS names it; null where the signal has none, or none is known.' })),
    from: instant('The first instant that was asked for.'),
    to: instant('The last one.'),
    at: Type.Array(instant(''), { description: 'Instants of samples, never falling.' }),
    value: Type.Array(nullable(Type.Number()), {
      description:
        'Null breaks the line: something that is no number was said then, or the vehicle was silent from then on for more than 300 s. Between others what was not sent was unchanged.',
    }),
    marks: Type.Array(
      Type.Object({
        index: count('Which of the values.'),
        doubt: Type.Optional(Type.Enum(doubtReasons, { description: 'Why it is doubted, by what was told with it.' })),
        clockDoubt: Type.Optional(aheadSchema('Its instant is ahead of its receipt.')),
      }),
      { description: 'The values of which something is doubtful; all others are not.' },
    ),
    clock: nullable(
      clockSchema('Whose clock the instants are of, by the value that says least; null where the car measured all.'),
    ),
    said: Type.Object(
      {
        values: count('Numbers, before any thinning.'),
        unavailable: count('How often that it has no value.'),
        invalid: count('How often something that is no value.'),
        other: count('How often something that is no number: a truth value, a text, a list.'),
      },
      { description: 'What was said of the signal between the instants. The same told twice counts once.' },
    ),
    thinnedMs: nullable(
      Type.Integer({
        description:
          'Of each stretch of so many milliseconds the first, last, least and greatest value are given; null: all values are.',
      }),
    ),
    unreadBefore: nullable(
      instant(
        'Not all messages received before this were looked at, as there are more than one answer takes; null: all were that are kept.',
      ),
    ),
  },
  { $id: 'SignalSeries', description: 'at and value are columns of equal length.' },
)
