// Counts that the log on Kafka keeps of itself, for metrics.

export type KafkaCounts = {
  /** A produce request was answered: with how many batches and records, and after what time. */
  answered(batches: number, records: number, ms: number): void
  /** Batches that are sent again. */
  retried(batches: number): void
  /** Records between the last stable offset of a partition and its end, as they were last told: of
   *  transactions that are not ended, which nobody is given. */
  withheld(place: string, records: number): void
}

export const noCounts: KafkaCounts = { answered: () => {}, retried: () => {}, withheld: () => {} }
