// PGlite's file system for Node, with fsync. PGlite turns fsync off, and its file system would do
// nothing if it were on; with both mended, a power cut while an old folder is recovered or read
// costs nothing that was committed.
import { fsyncSync } from 'node:fs'
import { syncFolder } from '../../base/sync-folder.ts'
import { loadPglite, loadPgliteNodeFs } from './pglite-package.ts'
import type { Pglite, PgliteFiles } from './pglite.ts'

/** The part of Emscripten's NODEFS that this file relies on. */
type NodeFiles = {
  readonly stream_ops: { fsync?: (stream: { readonly nfd?: number; readonly node: unknown }) => number }
  realPath(node: unknown): string
}

/** WASI's code of an input/output error. PostgreSQL stops on it, as it must: what it believed to be
 *  written may not be. */
const ioError = 29

/** Opens the database in `dir`, created when missing, by the package in `packageDir`. Synchronous
 *  commit, all files fsynced. */
export async function openDurablePglite(dir: string, packageDir: string): Promise<Pglite> {
  const [{ PGlite }, { NodeFS }] = await Promise.all([loadPglite(packageDir), loadPgliteNodeFs(packageDir)])
  const startParams = [
    ...PGlite.defaultStartParams.filter((param) => param !== '-F'),
    ...['wal_sync_method=fsync', 'jit=off', 'min_wal_size=96MB', 'max_wal_size=256MB'].flatMap((setting) => [
      '-c',
      setting,
    ]),
  ]
  return await PGlite.create({ fs: durable(new NodeFS(dir)), startParams })
}

/** The same files, whose fsync works. */
function durable(files: PgliteFiles): PgliteFiles {
  const init = files.init.bind(files)
  files.init = async (pglite, options) => {
    const { emscriptenOpts } = await init(pglite, options)
    const mend = (module: { readonly NODEFS?: NodeFiles }): void => {
      if (module.NODEFS !== undefined) module.NODEFS.stream_ops.fsync = fsyncOf(module.NODEFS)
    }
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), mend] } }
  }
  return files
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
