/** Reports on a publisher: the values of each signal, and its messages. */
export type ValueCounts = { readonly taken: number; readonly unknown: number; readonly invalid: number }

/** The fate of the messages of one mapping since the start. */
export type PublisherReport = {
  readonly mapping: string
  /** Messages read. */
  readonly taken: number
  /** Messages of ours made of them. */
  readonly said: number
  /** Messages, and parts of them, that became dead letters, the most frequent reason first. */
  readonly refused: readonly { readonly reason: string; readonly count: number }[]
  /** Ids that are in no table, heard last first. */
  readonly unknown: readonly { readonly foreignId: string; readonly count: number }[]
  /** Each signal that the mapping may tell: how many values of it were taken, how many were told to
   *  be unknown, and how many are kept as invalid. */
  readonly signals: readonly ({ readonly signal: string } & ValueCounts)[]
  /** Names that messages had and no rule of the mapping reads, those of the first hundred. */
  readonly unread: readonly string[]
  /** Times that an edge node of Sparkplug B was to be asked for its births; of them `unanswered`,
   *  when it had given none since it was asked before. */
  readonly rebirths: { readonly asked: number; readonly unanswered: number }
}
