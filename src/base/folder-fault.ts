// A folder that the file system does not let this process use, in words for a person: nearly always
// another user owns it, as after a start with more rights.
import { Outage } from './errors.ts'

/** The Outage of this code (not retryable) where a call of the file system in `dir` failed; any
 *  other error as it is. */
export const folderFault = (dir: string, code: string, error: unknown): unknown =>
  isOfSystem(error)
    ? new Outage(
        code,
        `${dir} cannot be used (${error.message}). Run this as the user that owns the folder, make it one that this process may read and write, or name another data folder (ROADSTREAM_DATA).`,
        { retryable: false, cause: error },
      )
    : error

const isOfSystem = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && 'syscall' in error
