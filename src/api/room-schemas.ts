// Sizes of all that is stored, what a day adds to them, and when the disk is full, as JSON Schema.
// Part of schemas.ts.
import { Type } from 'typebox'
import { count, instant, nullable } from '../read-models/schema-parts.ts'

const part = Type.Enum(['log', 'derived', 'tables'], {
  description: 'What cars sent, what jobs derived, or the database.',
})

const storeSchema = Type.Object({
  part,
  kind: Type.Enum(['topic', 'state', 'free', 'table', 'write-log'], {
    description:
      'state: what jobs, or sessions and publishers, must remember. free: pages of a log’s file that are used for what comes. write-log: of the database, for recovery.',
  }),
  name: Type.String({ description: 'Of a topic or a table; of the others the kind.' }),
  bytes: nullable(count('On the disk, packed, with indexes; null where it is not known.')),
  bytesPerDay: nullable(
    count('What a day adds before anything is dropped; null where it is not known, or there is no growth of its own.'),
  ),
  bytesPerDayPerCar: nullable(count('The same for each vehicle heard meanwhile; null where there was none.')),
  isSteady: nullable(
    Type.Boolean({ description: 'As much is dropped or used again as comes. Null where it is not known.' }),
  ),
  retention: Type.Object(
    {
      keptMs: nullable(count()),
      bytesMax: nullable(count()),
      settings: Type.Array(Type.String(), { description: 'The settings that say so; none: kept for ever.' }),
    },
    { description: 'How long, and how much at most, is kept.' },
  ),
  unknown: nullable(
    Type.Enum(['measuring', 'kafka', 'no-answer'], {
      description: 'Why a figure is null: not measured for long enough, kept by Kafka’s brokers, or nobody answers.',
    }),
  ),
})

const filling = {
  fullAt: nullable(instant('When nothing is free any more if days go on as they were measured.')),
  why: nullable(
    Type.Enum(['unknown', 'rests', 'years'], {
      description:
        'Why fullAt is null: a rate is not known; all comes to its retention with room to spare; or it takes more than ten years.',
    }),
  ),
  bytesToCome: nullable(
    count('By how much it is filled until all is at its retention; null where something is kept for ever and grows.'),
  ),
}

const diskSchema = Type.Object({ holds: Type.Array(part), freeBytes: count(), totalBytes: count(), ...filling })

const logSchema = Type.Object({
  part: Type.Enum(['log', 'derived']),
  bytes: count('Of its records and the state beside them.'),
  bytesMax: count('Beyond it the log takes nothing more (ROADSTREAM_LOG_MAX).'),
  ...filling,
})

export const roomSchema = nullable(
  Type.Object(
    {
      measuredMs: count('Over how long growth has been measured, about a day at most.'),
      measuredMsLeast: count('How long that takes at least.'),
      cars: nullable(count('Vehicles heard in that time; null where the tables do not answer.')),
      stores: Type.Array(storeSchema),
      disks: Type.Array(diskSchema, { description: 'Those that hold a part of the data folder.' }),
      logs: Type.Array(logSchema, { description: 'Logs on a disk of this machine.' }),
      elsewhere: Type.Array(Type.Object({ part, at: Type.Enum(['kafka', 'postgres']) }), {
        description: 'Parts that are on no disk of this machine that is known, and who has them.',
      }),
    },
    {
      description:
        'All that is stored, of all tenants, what a day adds to it, and when the disk is full; null where it is not known.',
    },
  ),
)
