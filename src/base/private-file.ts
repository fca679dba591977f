// Files that are made or replaced whole, and outlive a power cut once they have their name. The
// folder may be another user's, who must not lead the writes of root elsewhere by a link in their
// way.
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder, syncFoldersAbove } from './sync-folder.ts'

/** Makes the file unless it is there: whole and on the disk before it has its name, with all
 *  folders that lead to it; whoever is first makes it. `mode`: as far as the mask of this process
 *  allows. */
export function makeFileOnce(path: string, content: string | Uint8Array, mode: number): void {
  const folder = dirname(path)
  const draft = `${path}.${randomBytes(4).toString('hex')}`
  const opened = openSync(draft, 'wx', mode)
  try {
    writeFileSync(opened, content)
    fsyncSync(opened)
    syncFoldersAbove(folder)
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    closeSync(opened)
    rmSync(draft)
  }
  syncFolder(folder)
}

/** Replaces the file whole or not at all; only its owner may read it, and it is on the disk when
 *  this returns. `owner` absent: the present user. */
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
