// How large the tables are, told without a look at their rows.

export type TableSize = {
  readonly table: string
  /** With its indexes and what lies beside its rows; null where it takes no disk. */
  readonly bytes: number | null
  /** No row is older, by our clock; null where that is not known without a look at them. */
  readonly oldestAt: number | null
}

export type StorageSize = {
  /** In order of their names. */
  readonly tables: readonly TableSize[]
  /** The database's log of writes, and what it grows to at most but for a moment; null where it
   *  has none, or a server that somebody else runs has it. */
  readonly writeLog: { readonly bytes: number; readonly bytesMax: number } | null
}

/** Tables beside those of the read models. */
const ownTables = [
  'twins',
  'messages',
  'message_index',
  'users',
  'vehicle_registry',
  'shares',
  'programs',
  'program_tokens',
  'audit',
  'audit_chains',
  'sign_ins',
  'account_links',
]

export const tableNames = (models: readonly string[]): readonly string[] => [...models, ...ownTables].toSorted()
