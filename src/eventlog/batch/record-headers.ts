// Headers that every record of ours has in Kafka, before its own, as decimal text: other readers
// find there what the port's records have as fields. Being first, they are told from own ones of
// the same name.

export const headerNames = {
  /** Of records that were moved from another log, before all others: when that log took them, epoch
   *  milliseconds by its clock. The broker's own time is that of the move. */
  appendedAt: 'appendedAt',
  /** Event time, epoch milliseconds by the clock of the car. */
  at: 'at',
  /** When it was taken from the car, epoch milliseconds by the log's clock; empty: when the log
   *  took it. */
  receivedAt: 'receivedAt',
} as const
