// How long each stage behind the gateway lets records gather: the one place that decides it. A
// commit, a transaction and a wake-up cost the same for one record as for hundreds, so a quiet
// fleet costs as much as they are many. Each stage takes what is there at once, rests, and goes on
// with what came meanwhile: the fuller its batch was and the longer it took, the shorter it rests,
// and not at all where there is more. So nothing is done where nothing comes, and under load
// batches do not grow beyond what they may hold. An acknowledgement waits for none of this.
//
//   log ──► jobs ──► derived log ──┬─► alert, row, figure ──► storage
//                                  └─► feed ──► positions ──► live feed

/** From receipt, at the 99th percentile: an airbag to its alert, a message to the row of its twin,
 *  and to who watches. Milliseconds. */
export const promisedMs = { alert: 250, row: 1_000, feed: 1_000 } as const

/** The part of a promise that is left to the work itself, at least: fsyncs, a database under load,
 *  and a machine that others use too. */
export const workShare = 0.4

/** The longest rest of each stage. Milliseconds. */
export const gatherMs = {
  /** After a round of all jobs. Messages of any topic may tell of a crash, so it is within what an
   *  alert may take. */
  jobs: 150,
  /** From what jobs say of a car to what they say of it next, rests included, where it says twice
   *  as much and more: then all but alerts. */
  said: 280,
  /** After a round in which something came to `critical`. */
  critical: 20,
  /** A commit there is a transaction of the whole cluster. */
  jobsOnKafka: 200,
  /** Messages of publishers go through the log twice. */
  translator: 20,
  alert: 0,
  row: 300,
  /** Counts and sums over many messages: people look at them, and nobody waits for one. */
  figure: 2_000,
  /** Of an index a batch is a row for each vehicle, so that the larger it is the less it takes.
   *  Lists read the end of the log besides, which bounds it. */
  index: 60_000,
  /** Commits of the derived log that are read as one. */
  feed: 10,
  /** Between two positions of a vehicle on the live map. */
  positions: 250,
} as const

/** Of a batch: the part that it had of what one may hold, and how long it took. */
export type BatchLoad = { readonly fill: number; readonly tookMs: number }

/** The rest after a batch. Batches settle well below full ones, whatever the rate; and where the
 *  work takes long, as on a machine that is busy, records have gathered meanwhile. */
export const restAfter = (longestMs: number, { fill, tookMs }: BatchLoad): number =>
  Math.max(0, longestMs * (1 - fill) - tookMs)
