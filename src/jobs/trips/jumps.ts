// Clock-marked samples on their way into a trip: those of lone jumps (lone-jumps.ts) make none. While it is open whether one
// is, its samples are kept apart from the minutes, and count or do not with the messages around it.
import type { Input, JobState } from '../../engine/job.ts'
import { hearMessage, newJumps, type Jumps } from '../../engine/lone-jumps.ts'
import type { TextCodec } from '../../engine/part-codec.ts'
import { isAhead } from '../../model/car-clock.ts'
import type { Message } from '../../model/message.ts'
import { ignition, type DriveSample } from './drive-sample.ts'
import { addSample, minuteMs, type Minute } from './minute.ts'
import { movingKmh } from './trip-rules.ts'
import type { Now, TripsParts } from './trips-state.ts'

type State = JobState<TripsParts>

/** Streams of boots that are watched; of one heard first before these, every marked message counts. */
const streamsMax = 32

/** Takes in a message and gives the samples that count for good. Minutes that open ones changed are noted in `now`. */
export function takeMarked(state: State, now: Now, input: Input & { readonly message: Message }, samples: DriveSample[]): DriveSample[] {
  const { message, record, markedAt, receivedAt } = input
  const name = `${record.topic}/${message.boot}`
  const jumps = state.get('jumps', name) ?? openStream(state, now, name)
  const marked = Number.isNaN(markedAt) ? undefined : samples.filter(({ at }) => isAhead(at, receivedAt))
  const { counted, turned } = hearMessage(jumps, message.seq, marked)
  state.put('jumps', name, jumps)
  const open = jumps.open.length > 0
  if (open !== now.open.includes(name)) now.open = open ? [...now.open, name] : now.open.filter((other) => other !== name)
  for (const sample of turned.flat()) if (sample.at >= now.foldedTo) noteSample(now, sample)
  const right = marked === undefined ? samples : samples.filter((sample) => !marked.includes(sample))
  return counted.length === 0 ? right : [...right, ...counted.flat()]
}

/** The samples of a minute that count now. */
export function samplesOf(state: State, now: Now, number: number): Minute {
  const minute = state.get('minute', number) ?? []
  if (now.open.length === 0) return minute
  const all = [...minute]
  for (const name of now.open)
    for (const { counts, said } of state.get('jumps', name)?.open ?? [])
      if (counts) for (const sample of said) if (Math.floor(sample.at / minuteMs) === number) addSample(all, sample)
  return all
}

/** Notes that a sample came, or counts other than before: its minute is to be summed up anew, and there may be something to say
 *  at once. */
export function noteSample(now: Now, { at, speedKmh, ignition: state }: DriveSample): void {
  const minute = Math.floor(at / minuteMs)
  if (!now.changed.includes(minute)) now.changed.push(minute)
  if (at > now.unknownFrom && speedKmh >= movingKmh && now.openEndAt < 0) now.urgent = true
  if (state === ignition.off && now.openEndAt >= 0) now.urgent = true
}

function openStream(state: State, now: Now, name: string): Jumps<DriveSample[]> {
  now.streams.push(name)
  if (now.streams.length > streamsMax) {
    const oldest = now.streams.shift()!
    state.delete('jumps', oldest)
    now.open = now.open.filter((other) => other !== oldest)
  }
  return newJumps()
}

/** JSON has no NaN: it is null there. */
export const jumpsCodec: TextCodec<Jumps<DriveSample[]>> = {
  form: 'text',
  encode: (jumps) => JSON.stringify(jumps),
  decode(text) {
    const jumps = JSON.parse(text) as Jumps<DriveSample[]>
    jumps.open = jumps.open.map((jump) => ({ ...jump, said: jump.said.map(withNaN) }))
    return jumps
  },
}

const withNaN = (sample: DriveSample): DriveSample =>
  Object.fromEntries(Object.entries(sample).map(([field, value]) => [field, value ?? NaN])) as DriveSample
