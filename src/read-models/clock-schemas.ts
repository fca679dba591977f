// Clocks as JSON Schema: whose clock an instant is of, what is doubtful about it, and what a car's
// own clock is off by.
import { Type } from 'typebox'
import { clockDoubts, clockStates } from '../model/car-clock.ts'
import { sampleClocks } from '../model/message.ts'

/** `what` has the instant or instants that it is about, and what its absence means. */
export const clockSchema = (what: string) =>
  Type.Enum([...sampleClocks], {
    description: `${what} sent: whoever sent the values told when he did. server: a server on the way had them then. received: somebody received them then, who was told no instant.`,
  })

export const aheadSchema = (description: string) => Type.Enum(['ahead'], { description })

export const clockDoubtSchema = Type.Enum([...clockDoubts], {
  description:
    'What is doubtful about the instant: it is ahead of its receipt, behind it by more than any message waits, or of a clock that was never set.',
})

export const carClockSchema = Type.Object(
  {
    boot: Type.String({ description: 'The boot of the unit heard last.' }),
    offsetMs: Type.Integer({
      description:
        'The greatest difference of an instant of the car and its receipt in this boot. Below 0: the clock is behind, or the messages waited.',
    }),
    state: Type.Enum([...clockStates], {
      description:
        'ahead: instants are further after their receipt than ROADSTREAM_CLOCK_AHEAD. behind: by more than any buffer explains. jumps: lone instants far from those around them were put aside.',
    }),
  },
  { description: 'What the car’s own clock is off by; null where no instant of it is known.' },
)
