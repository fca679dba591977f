// Jobs that several tests run: a window under another key, and timers on both times.
import { counting } from './accumulator.ts'
import type { AnyJob, Job } from './job.ts'
import { jsonCodec } from './part-codec.ts'
import { itemsOf, keyedTopic, rekeyed } from './rekey.ts'
import { windowJob } from './window-job.ts'
import { tumbling } from './windows.ts'

type GearOptions = {
  /** Of the job that gives the keys. */
  readonly version: number
  readonly reads: readonly string[]
  /** The key of a gear. */
  readonly named: (gear: number) => string
}

/** How many samples there were by gear and minute, over all vehicles. */
export const samplesByGear = ({ version, reads, named }: GearOptions): readonly AnyJob[] =>
  rekeyed(
    windowJob<'text', number, number>({
      name: 'gears',
      version: 1,
      keyedBy: 'text',
      reads: [keyedTopic('gears')],
      writes: [{ name: 'gear' }],
      windows: tumbling(60_000),
      allowedLatenessMs: 3_600_000,
      take: (input) => itemsOf<number>(input).map(({ at, item }) => ({ at, value: item })),
      accumulator: counting,
      topic: 'gear',
      result: (gear, { startAt: from }, samples) => ({ gear, from, samples }),
    }),
    {
      version,
      reads,
      of: ({ message }) =>
        message === null || 'event' in message
          ? []
          : message.samples.map(({ at, signals }) => ({ key: named(Number(signals['Vehicle.Gear'])), at, item: 1 })),
    },
  )

/** Says when a car was silent for so long by log time, and when its own time had gone on for as
 *  long. */
export const silenceOf = (silentMs: number, reads: readonly string[]): Job<{ seen: { count: number } }> => ({
  name: 'silence',
  version: 1,
  keyedBy: 'vehicle',
  reads,
  writes: [{ name: 'silence' }],
  codecs: { seen: jsonCodec() },
  apply(state, { newestAt }, { logAt }) {
    state.put('seen', undefined, { count: (state.get('seen')?.count ?? 0) + 1 })
    state.logTimer('log', logAt + silentMs)
    if (!Number.isNaN(newestAt)) state.timer('own', newestAt + silentMs)
  },
  emit(state, { tenant, vehicle }, { fired }) {
    const { count } = state.get('seen')!
    const key = `${tenant}/${vehicle}`
    return fired.map((timer) => ({
      topic: 'silence',
      id: `${key}/${timer}/${count}`,
      key,
      at: 0,
      value: { timer, count },
    }))
  },
})
