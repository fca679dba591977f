// The folder of an embedded database: `pg` holds PostgreSQL's own files. While they are being made for the first time a file
// `creating` stands beside them, so that a process which ends in the middle leaves no half of a database behind.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fsyncFolder } from './durable-files.ts'

/** Gives PostgreSQL's folder, and what to call once the database in it is open. */
export function prepareFolder(dir: string): { readonly pgDir: string; readonly created: () => void } {
  const pgDir = join(dir, 'pg')
  const creating = join(dir, 'creating')
  mkdirSync(dir, { recursive: true })
  if (existsSync(creating)) rmSync(pgDir, { recursive: true, force: true })
  if (existsSync(join(pgDir, 'PG_VERSION'))) return { pgDir, created: () => {} }
  writeFileSync(creating, '')
  mkdirSync(pgDir, { recursive: true, mode: 0o700 })
  return {
    pgDir,
    created() {
      fsyncTree(pgDir)
      fsyncFolder(dir)
      rmSync(creating)
      fsyncFolder(dir)
    },
  }
}

function fsyncTree(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name)
    if (entry.isDirectory()) fsyncTree(inner)
    else if (entry.isFile()) fsyncFile(inner)
  }
  fsyncFolder(path)
}

function fsyncFile(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
