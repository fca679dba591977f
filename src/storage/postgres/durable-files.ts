// PGlite's file system for Node, with fsync. PGlite turns fsync off, and its file system would do
// nothing if it were on; with both mended, a power cut while an old folder is recovered or read
// costs nothing that was committed.
import { fsyncSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'
import { syncFolder } from '../../base/sync-folder.ts'

/** The part of Emscripten's NODEFS that this file relies on. */
type NodeFiles = {
  readonly stream_ops: { fsync?: (stream: { readonly nfd?: number; readonly node: unknown }) => number }
  realPath(node: unknown): string
}

/** WASI's code of an input/output error. PostgreSQL stops on it, as it must: what it believed to be
 *  written may not be. */
const ioError = 29

/** Opens the database in `dir`, created when missing. Synchronous commit, all files fsynced. */
export async function openDurablePglite(dir: string): Promise<PGlite> {
  const startParams = [
    ...PGlite.defaultStartParams.filter((param) => param !== '-F'),
    ...['wal_sync_method=fsync', 'jit=off', 'min_wal_size=96MB', 'max_wal_size=256MB'].flatMap((setting) => [
      '-c',
      setting,
    ]),
  ]
  return await PGlite.create({ fs: new DurableFiles(dir), startParams })
}

class DurableFiles extends NodeFS {
  override async init(...args: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(...args)
    const mend = (module: { readonly NODEFS?: NodeFiles }): void => {
      if (module.NODEFS !== undefined) module.NODEFS.stream_ops.fsync = fsyncOf(module.NODEFS)
    }
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), mend] } }
  }
}

const fsyncOf =
  (files: NodeFiles): NonNullable<NodeFiles['stream_ops']['fsync']> =>
  ({ nfd, node }) => {
    try {
      if (nfd === undefined) syncFolder(files.realPath(node))
      else fsyncSync(nfd)
      return 0
    } catch {
      return ioError
    }
  }
