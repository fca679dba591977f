// A folder that the file system does not let this process use, in words for a person: nearly always
// another user owns it, as after a start with more rights, or its disk is full.
import { Outage } from './errors.ts'

const ofRights =
  'Run this as the user that owns the folder, make it one that this process may read and write, or name another data folder (ROADSTREAM_DATA).'
const ofRoom = 'Free some room on its disk, or name a data folder on a larger one (ROADSTREAM_DATA).'
const ofKind = 'A part of its path is no folder: move that away, or name another data folder (ROADSTREAM_DATA).'
const remedies: Readonly<Record<string, string>> = {
  ENOSPC: ofRoom,
  EDQUOT: ofRoom,
  EROFS: 'Its disk takes no writes: mount it for writing, or name another data folder (ROADSTREAM_DATA).',
  // Of a disk that takes no writes Node says this where folders are made one in the other.
  ENOENT: 'It cannot be made: see that its disk takes writes, or name another data folder (ROADSTREAM_DATA).',
  EEXIST: ofKind,
  ENOTDIR: ofKind,
}

/** The Outage of this code (not retryable) where a call of the file system in `dir` failed; any
 *  other error as it is. */
export const folderFault = (dir: string, code: string, error: unknown): unknown =>
  isOfSystem(error)
    ? new Outage(code, `${dir} cannot be used (${error.message}). ${remedyOf(error)}`, {
        retryable: false,
        cause: error,
      })
    : error

/** The way to mend what a call of the file system said; sentences. */
export const remedyOf = (error: unknown): string => (isOfSystem(error) && remedies[error.code ?? '']) || ofRights

/** An error of a call of the operating system. */
export const isOfSystem = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && 'syscall' in error
