// The little of a PostgreSQL connection that the stores need, so that the embedded one and a server
// can both give it. Parameters are plain; whole batches go as lists of columns, or as one JSON
// text. Integers of 8 bytes come back as numbers (all of ours are safe).

/** Bytes are a value in PostgreSQL's own binary form, for the PostgreSQL server alone. */
export type SqlValue = string | number | boolean | null | Buffer
export type Statement = { readonly text: string; readonly params?: readonly SqlValue[] }

/** Any number of callers at once. Rejects with Outage STORE_UNAVAILABLE, or the code of what is
 *  wrong with a server (retryable), when the database cannot be asked or gives an error of its own,
 *  ROW_REFUSED (not retryable) when it says that a value cannot be kept (SQLSTATE class 22 or 23),
 *  STORE_CLOSED after disposal, which waits for the calls under way. */
export interface Sql extends AsyncDisposable {
  /** One statement, by itself. A read for a tenant names it: on a server no row of another
   *  is there for it then, whatever its conditions (tenant-wall.ts). */
  query<Row>(text: string, params?: readonly SqlValue[], tenant?: string): Promise<readonly Row[]>
  /** All of the statements in order, in one transaction; durable when it resolves. */
  transaction(statements: readonly Statement[]): Promise<void>
}

/** Where lists and sums over history are read: a moment old perhaps. */
export type Reports = Pick<Sql, 'query'>
