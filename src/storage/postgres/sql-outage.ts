// Errors of PostgreSQL as outages, however the database is reached; and values as it can keep them.
import { Outage } from '../../base/errors.ts'
import type { SqlValue } from './sql.ts'

/** `sqlState` is PostgreSQL's five-character code. */
export type SqlFailure = { readonly message: string; readonly sqlState: string }

export const unavailable = (message: string, cause?: unknown): Outage =>
  new Outage('STORE_UNAVAILABLE', message, { retryable: true, cause })

/** Waiting is of no use: somebody must mend something first. */
export const unusable = (message: string, cause?: unknown): Outage =>
  new Outage('STORE_UNAVAILABLE', message, { retryable: false, cause })

export const storeClosed = (): Outage => new Outage('STORE_CLOSED', 'The storage is closed.', { retryable: false })

/** PostgreSQL's text is kept as the cause only: it may quote values. Class 22: data exception, 23:
 *  integrity constraint, 54: program limit exceeded (a row larger than a page, a JSON nested too
 *  deep). */
export function sqlOutage({ message, sqlState }: SqlFailure): Outage {
  const cause = Object.assign(new Error(`${sqlState}: ${message}`), { code: sqlState })
  return /^(22|23|54)/.test(sqlState)
    ? new Outage('ROW_REFUSED', `The database cannot keep a value (SQLSTATE ${sqlState}).`, { retryable: false, cause })
    : unavailable(`The database refused a statement (SQLSTATE ${sqlState}).`, cause)
}

/** The code of an error as PostgreSQL gives it; undefined for errors that are not its own. Each of
 *  its codes has a digit, and EPIPE, of a socket, has none. */
export const sqlStateOf = (error: unknown): string | undefined =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  /^(?=.*\d)[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : undefined

/** Its text, or its code where it has none, as when every address of a name refuses. */
export function saidBy(error: unknown): string {
  const { message, code } = error as { readonly message?: string; readonly code?: string }
  return message === undefined || message === '' ? String(code) : message
}

/** PostgreSQL has no U+0000 in text, so nothing stored is ever equal to one that has it. */
export const storable = (value: SqlValue): SqlValue =>
  typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
