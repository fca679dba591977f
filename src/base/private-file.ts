// Files that only one user may read, replaced whole. The folder may be another user's, who must not
// lead the writes of root elsewhere by a link in their way.
import { closeSync, fchmodSync, fchownSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder } from './sync-folder.ts'

/** Whole or not at all, and on the disk when it returns. `owner` absent: the present user. */
export function replaceFile(path: string, text: string, owner?: { readonly uid: number; readonly gid: number }): void {
  const draft = `${path}.new`
  rmSync(draft, { force: true })
  const opened = openSync(draft, 'wx', 0o600)
  try {
    // Whatever the mask of this process.
    fchmodSync(opened, 0o600)
    if (owner !== undefined) fchownSync(opened, owner.uid, owner.gid)
    writeFileSync(opened, text)
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
  renameSync(draft, path)
  syncFolder(dirname(path))
}
