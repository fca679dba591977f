// A burst is a short way to write samples: columns of values that were measured at a fixed rate. It
// means what its samples spelt out would mean, and nothing else, so whoever reads messages sees
// samples alone. Invariant: what spelling out costs is in proportion to the values that came.
import { isInstant, readInstant } from './instant.ts'
import type { SampleClock, SetAside, SignalValue } from './message.ts'
import { addSetAside } from './set-aside.ts'

/** Sample i of it is at `at` + i × `every`, to the nearest millisecond, and has the i-th value of
 *  each column that is so long. */
export type Burst = {
  /** Epoch milliseconds of the first values. */
  readonly at: number
  /** Whose clock said so, as of a sample. */
  readonly clock?: SampleClock
  /** Milliseconds from each sample to the next; may have a fraction. */
  readonly every: number
  /** Columns of values by VSS path. */
  readonly signals: Readonly<Record<string, readonly SignalValue[]>>
}

/** From 1,000 a second, which is as fine as instants are, to one an hour. */
export const burstLimits = { everyMinMs: 1, everyMaxMs: 3_600_000, samples: 1000 } as const

export const isEvery = (ms: number): boolean => ms >= burstLimits.everyMinMs && ms <= burstLimits.everyMaxMs

/** The instant of a sample of a burst, epoch milliseconds. Halves are rounded up. */
export const burstInstant = (at: number, every: number, index: number): number => at + Math.round(index * every)

/** The samples it means, of the form that a message has them in and not yet checked; undefined when
 *  it has none. `before`: how many samples of the message stand before them. A column that is no
 *  list and samples beyond the limit are set aside. Never throws. */
export function spellOut(burst: unknown, before: number, setAside: SetAside[]): unknown[] | undefined {
  const { at, every, signals, clock } = fieldsOf(burst)
  if (typeof every !== 'number' || !isEvery(every)) return undefined
  const rows: [path: string, value: unknown][][] = []
  let longest = 0
  for (const [path, column] of Object.entries(fieldsOf(signals))) {
    if (!Array.isArray(column)) {
      addSetAside(setAside, { path, reason: 'form', sample: before, value: column })
      continue
    }
    longest = Math.max(longest, column.length)
    // One more than there may be, to tell what was set aside.
    for (let index = 0; index < column.length && index <= burstLimits.samples; index++)
      (rows[index] ??= []).push([path, column[index]])
  }
  const beginAt = readInstant(at)
  // Where the first instant is none, each sample has it, and is set aside for it. A path that is
  // none may be `__proto__`: entries make it a key like others.
  const instantOf = (index: number): unknown => (isInstant(beginAt) ? burstInstant(beginAt, every, index) : at)
  const samples = rows.map((row, index) => ({
    at: instantOf(index),
    signals: Object.fromEntries(row),
    ...(clock !== undefined && { clock }),
  }))
  const [value] = samples.splice(burstLimits.samples)
  const count = longest - samples.length
  if (count > 0)
    addSetAside(setAside, { path: null, reason: 'too-many-samples', sample: before + samples.length, value }, count)
  return samples.length === 0 ? undefined : samples
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {}
