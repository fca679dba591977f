// Clock-marked samples on their way into a trip: those of lone jumps (lone-jumps.ts) make none.
// While it is open whether one is, its samples are kept apart from the minutes, and count or do not
// with the messages around it.
import type { Input, JobState, Now as Times } from '../../engine/job.ts'
import { hearMessage, newJumps, type Jumps } from '../../engine/lone-jumps.ts'
import type { TextCodec } from '../../engine/part-codec.ts'
import { isAhead } from '../../model/car-clock.ts'
import { ignition, type DriveSample } from './drive-sample.ts'
import { addSample, minuteMs, newMinute, type Minute } from './minute.ts'
import { movingKmh } from './trip-rules.ts'
import type { TripsNow, TripsParts } from './trips-state.ts'

type State = JobState<TripsParts>

/** Boots that are watched; one that is heard again after so many others is watched anew. */
const bootsMax = 64

/** Of one boot, by stream. */
export type StreamJumps = Record<string, Jumps<DriveSample[]>>

/** Takes in an input that has a message, and gives the samples that count for good. Minutes that
 *  open ones changed are noted in `now`. */
export function takeMarked(
  state: State,
  now: TripsNow,
  samples: DriveSample[],
  { input, times: { clockAheadMs } }: { readonly input: Input; readonly times: Times },
): DriveSample[] {
  const { record, markedAt, receivedAt } = input
  const { boot, seq } = input.message!
  const streams = state.get('jumps', boot) ?? openBoot(state, now, boot)
  const jumps = (streams[record.topic] ??= newJumps())
  const marked = Number.isNaN(markedAt) ? undefined : samples.filter(({ at }) => isAhead(at, receivedAt, clockAheadMs))
  const { counted, turned } = hearMessage(jumps, seq, marked)
  state.put('jumps', boot, streams)
  if (jumps.open.length > 0 || now.open.length > 0) noteOpen(now, boot, streams)
  if (turned.length > 0) for (const sample of turned.flat()) if (sample.at >= now.foldedTo) noteSample(now, sample)
  const right = marked === undefined ? samples : samples.filter((sample) => !marked.includes(sample))
  return counted.length === 0 ? right : [...right, ...counted.flat()]
}

/** The samples of a minute that count now. */
export function samplesOf(state: State, now: TripsNow, number: number): Minute {
  const minute = state.get('minute', number) ?? newMinute()
  if (now.open.length === 0) return minute
  const all: Minute = {
    ...minute,
    samples: minute.samples.copy(),
    instants: minute.instants && minute.instants.slice(),
  }
  for (const boot of now.open)
    for (const { open } of Object.values(state.get('jumps', boot) ?? {}))
      for (const { counts, said } of open)
        if (counts) for (const sample of said) if (Math.floor(sample.at / minuteMs) === number) addSample(all, sample)
  return all
}

/** Notes that a sample came, or counts other than before: its minute is to be summed up anew, and
 *  there may be something to say at once. */
export function noteSample(now: TripsNow, { at, speedKmh, ignition: state }: DriveSample): void {
  const minute = Math.floor(at / minuteMs)
  if (!now.changed.includes(minute)) now.changed.push(minute)
  if (at > now.unknownFrom && speedKmh >= movingKmh && now.openEndAt < 0) now.urgent = true
  if (state === ignition.off && now.openEndAt >= 0) now.urgent = true
}

function openBoot(state: State, now: TripsNow, boot: string): StreamJumps {
  now.boots.push(boot)
  if (now.boots.length > bootsMax) {
    const oldest = now.boots.shift()!
    state.leftOut('trips-boots', 1)
    state.delete('jumps', oldest)
    now.open = now.open.filter((other) => other !== oldest)
  }
  return {}
}

function noteOpen(now: TripsNow, boot: string, streams: StreamJumps): void {
  const others = now.open.filter((other) => other !== boot)
  now.open = Object.values(streams).some(({ open }) => open.length > 0) ? [...others, boot] : others
}

/** JSON has no NaN: it is null there. */
export const jumpsCodec: TextCodec<StreamJumps> = {
  form: 'text',
  encode: (streams) => JSON.stringify(streams),
  decode: (text) => JSON.parse(text, (_, value: unknown) => value ?? NaN) as StreamJumps,
}
