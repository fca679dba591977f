// The counts of a round, by mapping, for metrics and the system page. It counts when the round is
// stored.
import { isInvalid, type Sample } from '../model/message.ts'
import type { ValueCounts } from '../model/publisher-report.ts'

type Counting = { -readonly [Outcome in keyof ValueCounts]: number }

export type MappingCounts = {
  /** Messages read. */
  taken: number
  /** Messages of ours made of them. */
  said: number
  samples: number
  /** By reason. */
  readonly refused: Map<string, number>
  /** Times that something was said of a vehicle that is not in the table, by the publisher's id of
   *  it. */
  readonly unknown: Map<string, number>
  /** Senders whose memory was forgotten, by why. */
  readonly forgotten: Map<string, number>
  /** By signal. */
  readonly values: Map<string, Counting>
  /** Times that an edge node of Sparkplug B was to be asked for its births, and of them those when
   *  it had given none since it was asked before. */
  rebirths: number
  unanswered: number
}

export type ToldCounts = Map<string, MappingCounts>

export const unknownSender = 'unknown-sender'

export function countsOf(told: ToldCounts, mapping: string): MappingCounts {
  let counts = told.get(mapping)
  if (counts === undefined) {
    counts = {
      taken: 0,
      said: 0,
      samples: 0,
      refused: new Map(),
      unknown: new Map(),
      forgotten: new Map(),
      values: new Map(),
      rebirths: 0,
      unanswered: 0,
    }
    told.set(mapping, counts)
  }
  return counts
}

export const add = (counts: Map<string, number>, name: string, count = 1): void =>
  void counts.set(name, (counts.get(name) ?? 0) + count)

/** Counts each value of the samples under its signal. */
export function countValues({ values }: MappingCounts, samples: readonly Sample[]): void {
  for (const { signals } of samples)
    for (const path in signals) {
      const counts = valueCountsOf(values, path)
      const value = signals[path]!
      if (value === null) counts.unknown += 1
      else if (isInvalid(value)) counts.invalid += 1
      else counts.taken += 1
    }
}

export const noValues: ValueCounts = { taken: 0, unknown: 0, invalid: 0 }

export function valueCountsOf(values: MappingCounts['values'], path: string): Counting {
  let counts = values.get(path)
  if (counts === undefined) values.set(path, (counts = { ...noValues }))
  return counts
}
