// The folder of an embedded database: `pg` holds PostgreSQL's own files. While they are being made
// for the first time a file `creating` stands beside them, so that a process which ends in the
// middle leaves no half of a database behind.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from '../../base/sync-folder.ts'

const fsyncsAtOnce = 32

/** Gives PostgreSQL's folder, and what to call once the database in it is open. */
export function prepareFolder(dir: string): { readonly pgDir: string; readonly created: () => Promise<void> } {
  const pgDir = join(dir, 'pg')
  const creating = join(dir, 'creating')
  mkdirSync(dir, { recursive: true })
  if (existsSync(creating)) rmSync(pgDir, { recursive: true, force: true })
  if (existsSync(join(pgDir, 'PG_VERSION'))) return { pgDir, created: async () => {} }
  writeFileSync(creating, '')
  mkdirSync(pgDir, { recursive: true, mode: 0o700 })
  return {
    pgDir,
    async created() {
      await fsyncTree(pgDir)
      syncFolder(dir)
      rmSync(creating)
      syncFolder(dir)
    },
  }
}

/** Many at a time: the file system makes them durable together, which takes a tenth of one after
 *  the other. */
async function fsyncTree(path: string): Promise<void> {
  const entries = readdirSync(path, { withFileTypes: true, recursive: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const fsyncNext = async (): Promise<void> => {
    for (let file = files.pop(); file !== undefined; file = files.pop()) {
      await using opened = await open(file, 'r+')
      await opened.sync()
    }
  }
  await Promise.all(Array.from({ length: fsyncsAtOnce }, fsyncNext))
  for (const entry of entries) if (entry.isDirectory()) syncFolder(join(entry.parentPath, entry.name))
  syncFolder(path)
}
