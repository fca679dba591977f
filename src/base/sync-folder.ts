import { closeSync, fsyncSync, openSync } from 'node:fs'

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
