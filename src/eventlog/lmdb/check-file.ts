// Whether an LMDB file may be opened: every page of its trees is looked at by our own code first,
// for native code may end the process on a damaged one. Blocks and values are checked when they are
// read.
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openPageFile, noPage } from './page-file.ts'
import { entriesOf, namedTrees, takeFree, newestMeta, newWalk, type Fault } from './page-tree.ts'

export type FileCheck = {
  /** Faults in the order they were met; empty when all is well as far as was looked. */
  readonly faults: readonly Fault[]
  /** False when the time was over before the end. */
  readonly isWhole: boolean
  readonly pages: number
}

/** The trees of a log, the small ones first. */
export const treeNames = ['meta', 'tasks', 'state', 'blocks'] as const
const entriesBetweenLooks = 256
/** Looked at whatever time that takes, some ten milliseconds but on a machine that is busy: every
 *  start looks at a small log whole. */
const entriesLeast = 10_240
const looksMost = 3
const nothing: FileCheck = { faults: [], isWhole: true, pages: 0 }

/** Looks at the file in `dir` for at most `budgetMs`, or at `entriesLeast` entries, the small trees
 *  first. Nothing there is nothing wrong. A page that changes while it is looked at is looked at
 *  again, and believed when it goes on changing: whoever writes to it has looked before. */
export function checkFile(dir: string, budgetMs: number, steady: () => number = () => performance.now()): FileCheck {
  const path = join(dir, 'data.mdb')
  const until = steady() + budgetMs
  if (!existsSync(path) || statSync(path).size === 0) return nothing
  for (let look = 0; look < looksMost; look += 1) {
    const before = transactionsOf(path)
    const found = lookOnce(path, until, steady)
    if (found.faults.length === 0 || transactionsOf(path) === before) return found
  }
  return { ...nothing, isWhole: false }
}

function transactionsOf(path: string): string {
  using file = openPageFile(path)
  return file.metas.map((meta) => meta?.transaction).join()
}

function lookOnce(path: string, until: number, steady: () => number): FileCheck {
  let looks = 0
  let isOver = false
  const enough = (): boolean => {
    if (++looks % entriesBetweenLooks === 0 && looks >= entriesLeast && steady() > until) isOver = true
    return isOver
  }
  using file = openPageFile(path)
  const faults: Fault[] = []
  const meta = newestMeta(file, faults)
  if (meta === undefined || faults.length > 0) return { faults, isWhole: true, pages: 2 }
  const walk = newWalk(file, meta)
  const trees = namedTrees(walk, treeNames, enough)
  for (const name of treeNames) {
    const tree = trees.get(name)
    if (tree !== undefined) for (const entry of entriesOf(walk, tree, name, enough)) void entry
    else if (meta.main.root !== noPage)
      walk.faults.push({ page: Number(meta.main.root), what: `the tree ${name} is missing` })
  }
  if (!isOver) takeFree(walk, enough)
  return { faults: walk.faults, isWhole: !isOver, pages: walk.met.size }
}
