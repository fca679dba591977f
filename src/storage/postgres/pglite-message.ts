// Messages to and from the thread of the embedded database.
import type { SqlFailure } from './sql-outage.ts'
import type { SqlValue, Statement } from './sql.ts'

export type PgliteQuestion = { readonly id: number } & (
  | { readonly kind: 'query'; readonly text: string; readonly params: readonly SqlValue[] }
  | { readonly kind: 'transaction'; readonly statements: readonly Statement[] }
  | { readonly kind: 'close' }
)

export type PgliteAnswer =
  | { readonly kind: 'open' }
  | { readonly kind: 'rows'; readonly id: number; readonly rows: readonly unknown[] }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: SqlFailure }

export type PgliteThreadData = {
  /** Absent: in memory, for tests. */
  readonly dir?: string
  /** Has the package. */
  readonly packageDir: string
}
