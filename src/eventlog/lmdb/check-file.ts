// Whether an LMDB file may be opened: every page of its trees is looked at by our own code first, for native code may end the process on
// a damaged one. What blocks and values hold is checked when they are read.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openPageFile, noPage } from './page-file.ts'
import { entriesOf, namedTrees, newestMeta, newWalk, type Fault } from './page-tree.ts'

export type FileCheck = {
  /** What cannot be, in the order it was met; empty when all is well as far as was looked. */
  readonly faults: readonly Fault[]
  /** False when the time was over before the end. */
  readonly isWhole: boolean
  readonly pages: number
}

/** The trees of a log. */
const names = ['meta', 'blocks', 'state', 'tasks'] as const
const entriesBetweenLooks = 256

/** Looks at the file in `dir` for at most `budgetMs`, the small trees first. Nothing there is nothing wrong. */
export function checkFile(dir: string, budgetMs: number, steady: () => number = () => performance.now()): FileCheck {
  const path = join(dir, 'data.mdb')
  if (!existsSync(path)) return { faults: [], isWhole: true, pages: 0 }
  const until = steady() + budgetMs
  let looks = 0
  let isOver = false
  const enough = (): boolean => {
    if (++looks % entriesBetweenLooks === 0 && steady() > until) isOver = true
    return isOver
  }
  using file = openPageFile(path)
  if (file.bytes === 0) return { faults: [], isWhole: true, pages: 0 }
  const faults: Fault[] = []
  const meta = newestMeta(file, faults)
  if (meta === undefined || faults.length > 0) return { faults, isWhole: true, pages: 2 }
  const walk = newWalk(file, meta)
  const trees = namedTrees(walk, enough)
  if (meta.main.root !== noPage)
    for (const name of names) if (!trees.has(name)) walk.faults.push({ page: Number(meta.main.root), what: `the tree ${name} is missing` })
  for (const name of ['meta', 'tasks', 'state', 'blocks'] as const) {
    const tree = trees.get(name)
    if (tree === undefined) continue
    for (const entry of entriesOf(walk, tree, name, enough)) void entry
  }
  for (const entry of entriesOf(walk, meta.free, 'free', enough)) void entry
  return { faults: walk.faults, isWhole: !isOver, pages: walk.met.size }
}
