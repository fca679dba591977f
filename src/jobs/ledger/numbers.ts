// A message under its number: which numbers of a boot there were, which are missing between them,
// and which were used twice. All of it follows from the set of messages, in whatever order they
// came.
import { addSeq, hasSeq, highestOf, neighboursOf } from '../../engine/seq-set.ts'
import type { Input, JobState } from '../../engine/job.ts'
import { believedBehindMs } from '../../model/car-clock.ts'
import type { MessageId } from '../../model/message.ts'
import { missingMax } from '../../model/seq.ts'
import { addInstant } from './backs.ts'
import { countedBootsMax, partOf, type BootCount, type LedgerParts, type StreamCount } from './ledger-state.ts'
import { spanOf, widen } from './units.ts'
import { addPayload, comparedPlace, newPayloads } from './payloads.ts'

type State = JobState<LedgerParts>

/** Where a message is counted: `part` is the name of its boot in its stream. */
export type CountPlace = MessageId & { readonly stream: string; readonly part: string }

export function countMessage(state: State, count: StreamCount, place: CountPlace, input: Input): void {
  const { stream, part, boot, seq } = place
  const { message, receivedAt } = input
  const known = state.get('boot', part) ?? newBoot(state, stream, boot, input.record.at)
  if (known === undefined) {
    state.leftOut('ledger-boots', 1)
    count.late += 1
    return
  }
  countNumber(count, known, seq)
  if (seq > missingMax) count.highReceivedAt = Math.max(count.highReceivedAt, receivedAt)
  if (message === null) {
    if (addSeq(known.refused, seq) && !hasSeq(known.stored, seq)) count.refused += 1
  } else {
    countStored(state, count, known, place, input)
    hearInstant(count, known, seq, input)
  }
  state.put('boot', part, known)
}

/** When the boot ran, and whether its clock went back. An instant of a clock that was not set shows
 *  neither; numbers that no unit counts up to, and those of streams that may tell of what is past,
 *  such as events, show nothing of the clock. */
function hearInstant(count: StreamCount, known: BootCount, seq: number, { record, receivedAt, newestAt }: Input): void {
  const at = receivedAt - newestAt > believedBehindMs ? NaN : newestAt
  if (known.span === null) known.span = spanOf(receivedAt, at)
  else widen(known.span, receivedAt, at)
  if (record.topic === 'telemetry' && seq <= missingMax && !Number.isNaN(at)) {
    const before = known.back
    addInstant(known, at, seq)
    count.back += known.back - before
  }
  if (known.back > 0) count.backReceivedAt = Math.max(count.backReceivedAt, known.span[1])
}

/** Adds a number to those that the car has counted, which is nothing where it is there. */
function countNumber(count: StreamCount, { stored, refused }: BootCount, seq: number): void {
  const highest = Math.max(highestOf(stored), highestOf(refused))
  if (seq > highest) {
    countStep(count, highest, seq, 1)
    return
  }
  if (hasSeq(stored, seq) || hasSeq(refused, seq)) return
  const [belowStored, aboveStored] = neighboursOf(stored, seq)
  const [belowRefused, aboveRefused] = neighboursOf(refused, seq)
  const below = Math.max(belowStored, belowRefused)
  const above = Math.min(aboveStored, aboveRefused)
  countStep(count, below, above, -1)
  countStep(count, below, seq, 1)
  countStep(count, seq, above, 1)
}

/** Counts the way from one number that is there to the next, or takes it back. */
function countStep(count: StreamCount, from: number, to: number, times: 1 | -1): void {
  const isJump = to - from > missingMax + 1
  count.counted += times * (isJump ? 1 : to - from)
  if (isJump) count.jumps += times
}

function countStored(state: State, count: StreamCount, known: BootCount, place: CountPlace, input: Input): void {
  const { seq } = place
  const isFirst = addSeq(known.stored, seq)
  if (isFirst) {
    count.numbers += 1
    if (hasSeq(known.refused, seq)) count.refused -= 1
  }
  const isAnother = comparePayload(state, count, known, place, input)
  if ((isFirst || isAnother) && input.late) count.late += 1
  if (!Number.isNaN(input.markedAt) && addSeq(known.marked, seq)) count.clock += 1
}

/** Whether it is another message than those that had its number. */
function comparePayload(
  state: State,
  count: StreamCount,
  known: BootCount,
  { part, seq }: CountPlace,
  input: Input,
): boolean {
  const place = comparedPlace(seq)
  if (place === undefined) return false
  const payloads = state.get('payloads', part) ?? newPayloads()
  const isAnother = addPayload(payloads, place, input.record.value)
  payloads.lastReceivedAt = Math.max(payloads.lastReceivedAt, input.receivedAt)
  state.put('payloads', part, payloads)
  if (isAnother) {
    known.reused += 1
    count.reused += 1
  }
  if (known.reused > 0) count.reusedReceivedAt = Math.max(count.reusedReceivedAt, payloads.lastReceivedAt)
  return isAnother
}

/** Undefined for a boot so old that it is no longer counted apart. */
function newBoot(state: State, stream: string, boot: string, at: number): BootCount | undefined {
  const known = state.get('boots', stream) ?? { boots: [], forgottenAt: -1 }
  if (at <= known.forgottenAt) return undefined
  known.boots.push([boot, at])
  if (known.boots.length > countedBootsMax) {
    known.boots.sort(([, a], [, b]) => a - b)
    const [oldest, firstAt] = known.boots.shift()!
    state.delete('boot', partOf(stream, oldest))
    state.delete('payloads', partOf(stream, oldest))
    known.forgottenAt = Math.max(known.forgottenAt, firstAt)
  }
  state.put('boots', stream, known)
  return { stored: [], refused: [], marked: [], reused: 0, span: null, tens: [], back: 0 }
}
