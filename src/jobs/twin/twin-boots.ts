// The order of boots, of values within one, and its clock. All are functions of the set of messages
// heard.
import { believedAt, clockState, isAhead, type CarClock } from '../../model/car-clock.ts'
import { hearMessage, newJumps } from '../../engine/lone-jumps.ts'
import type { Message, Sample } from '../../model/message.ts'
import type { JobState } from '../../engine/job.ts'
import {
  twinBootsMax,
  type BootState,
  type KnownTwin,
  type RankedBoot,
  type TwinParts,
  type Value,
} from './twin-state.ts'

const ranksBefore = (a: RankedBoot, b: RankedBoot): boolean => (a.rank === b.rank ? a.boot > b.boot : a.rank > b.rank)

/** Takes in that a boot was heard, and forgets the state of one that is no longer told apart. False
 *  when the boot ran before those that are. */
export function hearBoot(state: JobState<TwinParts>, known: KnownTwin, message: Message, receivedAt: number): boolean {
  const rank = rankOf(message, receivedAt)
  const place = placeOf(known.boots, message.boot)
  if (place < 0) {
    if (rank <= known.forgottenRank) return false
    const added = { boot: message.boot, rank, receivedAt }
    known.boots.push(added)
    moveUp(known, known.boots.length - 1)
    if (known.boots.length <= twinBootsMax) return true
    const last = known.boots.pop()!
    known.forgottenRank = last.rank
    if (last !== added) state.delete('boot', last.boot)
    return last !== added
  }
  const heard = known.boots[place]!
  heard.receivedAt = Math.max(heard.receivedAt, receivedAt)
  if (rank > heard.rank) {
    heard.rank = rank
    moveUp(known, place)
  }
  return true
}

/** −1 of one that is not there. */
const placeOf = (boots: readonly RankedBoot[], boot: string): number =>
  boots[0]?.boot === boot ? 0 : boots.findIndex((each) => each.boot === boot)

/** Boots that change places may change the value of any signal that both name. */
function moveUp(known: KnownTwin, from: number): void {
  const { boots } = known
  let place = from
  for (; place > 0 && ranksBefore(boots[place]!, boots[place - 1]!); place -= 1)
    [boots[place - 1], boots[place]] = [boots[place]!, boots[place - 1]!]
  if (place !== from) known.dirty = 'all'
}

function rankOf(message: Message, receivedAt: number): number {
  if ('event' in message) return believedAt(message.at, receivedAt)
  let rank = 0
  for (const { at } of message.samples) rank = Math.max(rank, believedAt(at, receivedAt))
  return rank
}

/** Takes in the message's place and, where it is marked, its instant; `right` are its instants that
 *  are not. */
export function hearClock(state: BootState, stream: string, seq: number, instants: Instants): void {
  const jumps = (state.streams[stream] ??= newJumps())
  const { newestAt, markedAt, receivedAt } = instants
  const marked = Number.isNaN(markedAt) ? undefined : { at: markedAt, offsetMs: markedAt - receivedAt }
  const { counted, aside } = hearMessage(jumps, seq, marked)
  if (!Number.isNaN(newestAt)) count(state, { at: newestAt, offsetMs: newestAt - receivedAt })
  for (const instant of counted) count(state, instant)
  state.jumped += aside.length
}

/** The newest instants that are of the car's own clock, by which it measures and sends: those of a
 *  server and of a receipt say nothing of it. */
export function carInstants(message: Message, given: Instants, clockAheadMs: number): Instants {
  if ('event' in message || message.samples.every(isByCar)) return given
  const { receivedAt } = given
  let newestAt = NaN
  let markedAt = NaN
  for (const { at } of message.samples.filter(isByCar))
    if (isAhead(at, receivedAt, clockAheadMs)) markedAt = at > markedAt || Number.isNaN(markedAt) ? at : markedAt
    else newestAt = at > newestAt || Number.isNaN(newestAt) ? at : newestAt
  return { newestAt, markedAt, receivedAt }
}

const isByCar = ({ clock }: Sample): boolean => clock === undefined || clock === 'sent'

type Instants = { readonly newestAt: number; readonly markedAt: number; readonly receivedAt: number }
type Clock = { offsetMs: number | null; newestAt: number | null }

function count(clock: Clock, { at, offsetMs }: { readonly at: number; readonly offsetMs: number }): void {
  clock.offsetMs = Math.max(clock.offsetMs ?? offsetMs, offsetMs)
  clock.newestAt = Math.max(clock.newestAt ?? at, at)
}

/** The error of the clock of a boot, by the instants that count now. */
export function clockOf(
  boot: string,
  { offsetMs, newestAt, jumped, streams }: BootState,
  clockAheadMs: number,
): CarClock | null {
  const clock: Clock = { offsetMs, newestAt }
  let jumps = jumped > 0
  for (const stream in streams)
    for (const { counts, said } of streams[stream]!.open)
      if (counts) count(clock, said)
      else jumps = true
  if (clock.offsetMs === null || clock.newestAt === null) return null
  const state = clockState(clock.offsetMs, clock.newestAt, clockAheadMs)
  return { boot, offsetMs: clock.offsetMs, state: state === 'right' && jumps ? 'jumps' : state }
}

/** The boot heard last. */
export const lastHeard = (boots: readonly RankedBoot[]): RankedBoot | undefined =>
  boots.reduce<RankedBoot | undefined>(
    (last, each) => (last === undefined || heardAfter(each, last) ? each : last),
    undefined,
  )

const heardAfter = (a: RankedBoot, b: RankedBoot): boolean =>
  a.receivedAt === b.receivedAt ? a.boot > b.boot : a.receivedAt > b.receivedAt

/** The last value of a signal in one boot. Within a stream it is by `seq`, whatever the clock said;
 *  streams count apart, so between them it is by the car's clock. */
export const lastOf = (ofStreams: readonly Value[]): Value =>
  ofStreams.reduce((last, value) => (isLater(value, last) ? value : last))

const isLater = (a: Value, b: Value): boolean => (a.at === b.at ? a.stream > b.stream : a.at > b.at)
