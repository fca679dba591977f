// The time of one key, by its own records alone: no other vehicle's clock touches it. Kept with the
// key's state and, like it, out of memory while the key is silent.
import type { Input } from './job.ts'
import type { BytesCodec } from './part-codec.ts'

/** The wait for records of a key: those of its streams come side by side, a little out of order. */
export const keyBoundMs = 2_000

export type KeyClock = {
  /** The newest instant that is neither clock-marked nor read from `critical`; −∞ before the first.
   *  It alone makes others late. */
  newestAt: number
  /** The newest of the others, which stands in for firing while there is none. */
  otherAt: number
  /** Log time when the key was last heard. */
  heardAt: number
}

export const newKeyClock = (): KeyClock => ({ newestAt: -Infinity, otherAt: -Infinity, heardAt: -Infinity })

/** Takes in that a record of the key was read at log time `logAt`. Instants that are marked or
 *  critical, and the receipt of what is no message, only count while there is nothing better; once
 *  there is, they move nothing. */
export function hear(
  clock: KeyClock,
  { record, newestAt, markedAt, critical, receivedAt }: Input,
  logAt: number,
): void {
  const hasNewest = !Number.isNaN(newestAt)
  if (hasNewest && !critical) {
    if (newestAt > clock.newestAt) clock.newestAt = newestAt
    clock.heardAt = logAt
    return
  }
  if (clock.newestAt !== -Infinity) return
  const at = hasNewest ? newestAt : Number.isNaN(markedAt) ? receivedAt : markedAt
  clock.otherAt = Math.max(clock.otherAt, at)
  // A critical record is read ahead of log time.
  clock.heardAt = Math.max(clock.heardAt, critical ? record.appendedAt : logAt)
}

/** How far the key's own data reached; of a key that has only instants that nothing else goes by,
 *  no further than its receipt. */
export const reachedTime = ({ newestAt, otherAt, heardAt }: KeyClock): number =>
  (newestAt === -Infinity ? Math.min(otherAt, heardAt) : newestAt) - keyBoundMs - 1

/** Key time when the key was last heard. */
const baseOf = ({ newestAt, otherAt }: KeyClock): number => (newestAt === -Infinity ? otherAt : newestAt) - keyBoundMs

/** Key time: that of its last record, and the log time since. */
export const keyTime = (clock: KeyClock, logAt: number): number =>
  clock.heardAt === -Infinity ? -Infinity : baseOf(clock) + Math.max(0, logAt - clock.heardAt)

/** The log time at which key time reaches `at`, if nothing more is heard of the key. */
export const logTimeOf = (clock: KeyClock, at: number): number =>
  clock.heardAt === -Infinity ? Infinity : clock.heardAt + at - baseOf(clock)

/** Thousands of clocks are stored at a checkpoint; a typed array for each on the way would cost
 *  more than the copy. */
const numbers = new Float64Array(3)
const numberBytes = new Uint8Array(numbers.buffer)

export const keyClockCodec: BytesCodec<KeyClock> = {
  form: 'bytes',
  encode({ newestAt, otherAt, heardAt }) {
    numbers[0] = newestAt
    numbers[1] = otherAt
    numbers[2] = heardAt
    return numberBytes.slice()
  },
  decode(bytes) {
    const [newestAt, otherAt, heardAt] = new Float64Array(bytes.slice().buffer)
    return { newestAt: newestAt!, otherAt: otherAt!, heardAt: heardAt! }
  },
}
