// The bridge to another broker, and what became of the messages of publishers with forms of their
// own, as JSON Schema. Part of schemas.ts.
import { Type } from 'typebox'

const count = (description: string) => Type.Integer({ minimum: 0, description })

export const bridgeSchema = Type.Union(
  [
    Type.Object({
      broker: Type.String(),
      connections: count('How many there should be.'),
      subscribed: count('Of them, how many have their subscription.'),
      trouble: Type.Union([Type.String({ description: 'What keeps the others from it, for people.' }), Type.Null()]),
    }),
    Type.Null(),
  ],
  { description: 'The bridge to another broker; null where cars connect to us.' },
)

export const publishersSchema = Type.Union(
  [
    Type.Array(
      Type.Object({
        mapping: Type.String(),
        taken: count('Messages read.'),
        said: count('Messages of ours made of them.'),
        refused: Type.Array(Type.Object({ reason: Type.String(), count: count('Messages, and parts of them.') }), {
          description: 'What became dead letters, the most frequent reason first.',
        }),
        unknown: Type.Array(
          Type.Object({ foreignId: Type.String(), count: count('How often something was said of it.') }),
          {
            description:
              'The publisher’s ids that no table knows, heard last first: ROADSTREAM_SENDERS says which vehicle each is.',
          },
        ),
        signals: Type.Array(
          Type.Object({
            signal: Type.String(),
            taken: count('Values of it that were taken.'),
            unknown: count('Times that it was told to be unknown.'),
            invalid: count('Values that are kept as invalid, with their reason.'),
          }),
          { description: 'Each signal that the mapping may tell, in its order; one with three zeros was never told.' },
        ),
        unread: Type.Array(Type.String(), {
          description:
            'Names that messages had and no rule of the mapping reads, those of the first hundred: a key of JSON as a pointer, a parameter, an item of a list.',
        }),
        rebirths: Type.Object(
          {
            asked: count('Times that one was to be asked.'),
            unanswered: count('Of them, those when it had given none since it was asked before.'),
          },
          { description: 'Edge nodes of Sparkplug B that are asked for their births (ROADSTREAM_SPARKPLUG_REBIRTH).' },
        ),
      }),
    ),
    Type.Null(),
  ],
  {
    description:
      'What became of the messages of publishers with forms of their own, by mapping, since the start of the process that translates them; null where it does not answer.',
  },
)
