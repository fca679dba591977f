import { closeSync, fsyncSync, openSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes the names in a folder durable: without it a power cut may undo a file's creation or
 *  renaming, though what is in the file was synced. Windows has no such thing and needs none. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Of folders above that are another's, or of a file system that has no such call. */
const notOurs: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS', 'EINVAL'])

/** Makes the name of the folder itself durable, and of those above it: for the first file that is
 *  to last in a folder, which may be as new as the file, whoever made it. */
export function syncFoldersAbove(path: string): void {
  if (process.platform === 'win32') return
  for (let below = realpathSync(path), at = dirname(below); at !== below; below = at, at = dirname(at)) {
    try {
      syncFolder(at)
    } catch (error) {
      if (!notOurs.has((error as NodeJS.ErrnoException).code)) throw error
    }
  }
}
