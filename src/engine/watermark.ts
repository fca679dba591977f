// Event time. A watermark W says: nothing older than W is waited for. It only decides when something is said, never what:
// results are functions of sets of records. Each input of a task has its own; the task goes by the least of the inputs that are not idle.

/** The watermark of one input whose records come at most `boundMs` out of order: greatest timestamp seen − bound − 1 ms; −∞ before the first. */
export type BoundedOutOfOrderness = {
  observe(at: number): void
  watermark(): number
  /** The greatest timestamp seen, which is all there is to remember; −∞ before the first. */
  greatestAt(): number
}

export function boundedOutOfOrderness(boundMs: number, greatest = -Infinity): BoundedOutOfOrderness {
  let greatestAt = greatest
  return {
    observe(at) {
      if (at > greatestAt) greatestAt = at
    },
    watermark: () => greatestAt - boundMs - 1,
    greatestAt: () => greatestAt,
  }
}

/** The least watermark of the inputs that are not idle; undefined when all are. */
export function leastWatermark(inputs: Iterable<{ readonly watermark: number; readonly idle: boolean }>): number | undefined {
  let least: number | undefined
  for (const { watermark, idle } of inputs) if (!idle && (least === undefined || watermark < least)) least = watermark
  return least
}
