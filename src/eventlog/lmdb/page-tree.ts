// Walks the trees of an LMDB file page by page, gives their entries, and says of every page that cannot be what is wrong with
// it. A part of a tree that is damaged is passed over; the rest is walked.
import { headBytes, isTreeValue, nodesOf, noPage, pageFlag, treeOf } from './page-file.ts'
import type { Meta, Node, Page, PageFile, Tree } from './page-file.ts'

export type Fault = { readonly page: number; readonly what: string }

export type Entry = {
  readonly key: Buffer
  readonly value: () => Buffer | undefined
  /** Where the value begins in the file. */
  readonly at: number
  /** That wrote the page. */
  readonly transaction: number
}

/** Of one walk over a file: each page may be met once. */
export type Walk = { readonly file: PageFile; readonly meta: Meta; readonly met: Set<number>; readonly faults: Fault[] }

/** Told now and then while it walks; true ends the walk. */
export type Enough = () => boolean

export const newWalk = (file: PageFile, meta: Meta): Walk => ({ file, meta, met: new Set(), faults: [] })

/** LMDB writes its two meta pages by turns, so of a sound file both are readable, one transaction apart, and the number of the transaction
 *  says which page it is on. Gives the newer one, as LMDB takes it; undefined when neither is readable. */
export function newestMeta({ metas }: PageFile, faults: Fault[]): Meta | undefined {
  for (const [page, meta] of metas.entries())
    if (meta === undefined) faults.push({ page, what: 'it is no meta page' })
    else if (meta.transaction !== 0 && meta.transaction % 2 !== page)
      faults.push({ page, what: 'its transaction belongs to the other meta page' })
  const [even, odd] = metas
  if (even === undefined || odd === undefined) return even ?? odd
  if (Math.abs(even.transaction - odd.transaction) > 1) faults.push({ page: 0, what: 'the meta pages are not one transaction apart' })
  return even.transaction >= odd.transaction ? even : odd
}

/** The trees by name that the main tree holds. */
export function namedTrees(walk: Walk, enough: Enough): Map<string, Tree> {
  const trees = new Map<string, Tree>()
  for (const { key, value } of entriesOf(walk, walk.meta.main, 'main', enough)) {
    const bytes = value()
    // Names end in a zero byte.
    if (isTreeValue(bytes)) trees.set(key.toString('utf8').replace(/\0$/, ''), treeOf(bytes))
    else walk.faults.push({ page: Number(walk.meta.main.root), what: 'an entry of the main tree is no tree' })
  }
  return trees
}

type Counts = { branchPages: number; leafPages: number; overflowPages: number; entries: number }

/** The entries of a tree in the order of their keys, as far as its pages are sound; afterwards what was met is held against what the tree
 *  says it has. */
export function* entriesOf(walk: Walk, tree: Tree, name: string, enough: Enough): Generator<Entry> {
  if (tree.root === noPage) return
  const counts: Counts = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 }
  const faultsBefore = walk.faults.length
  yield* entriesUnder(walk, { number: Number(tree.root), depth: tree.depth, name, counts, enough })
  if (enough() || walk.faults.length > faultsBefore) return
  for (const field of ['branchPages', 'leafPages', 'overflowPages', 'entries'] as const)
    if (counts[field] !== tree[field])
      walk.faults.push({ page: Number(tree.root), what: `the tree ${name} has ${counts[field]} ${field} and should have ${tree[field]}` })
}

type Place = {
  readonly number: number
  /** Levels from here to the leaves, this one included. */
  readonly depth: number
  readonly name: string
  readonly counts: Counts
  readonly enough: Enough
}

function* entriesUnder(walk: Walk, place: Place): Generator<Entry> {
  const { depth, name, counts, enough } = place
  const page = takePage(walk, place.number, depth === 1 ? pageFlag.leaf : pageFlag.branch)
  const nodes = page === undefined ? undefined : nodesOf(page)
  if (page === undefined || nodes === undefined) {
    if (page !== undefined) walk.faults.push({ page: place.number, what: `its nodes in the tree ${name} cannot be` })
    return
  }
  const isLeaf = depth === 1
  if (isLeaf) counts.leafPages += 1
  else counts.branchPages += 1
  checkOrder(walk, page, nodes, name, isLeaf)
  for (const node of nodes) {
    if (enough()) return
    if (!isLeaf) yield* entriesUnder(walk, { ...place, number: node.child, depth: depth - 1 })
    else {
      counts.entries += 1
      const entry = entryOf(walk, page, node, counts)
      if (entry !== undefined) yield entry
    }
  }
}

function entryOf(walk: Walk, page: Page, { key, value, big }: Node, counts: Counts): Entry | undefined {
  const { file } = walk
  if (big === undefined) return entryOn(file, page, { key, value, big })
  const first = takePage(walk, big.page, pageFlag.overflow)
  if (first === undefined) return undefined
  if (first.pages !== big.pages || big.bytes > big.pages * file.pageBytes - headBytes) {
    walk.faults.push({ page: big.page, what: 'it has another length than its entry says' })
    return undefined
  }
  counts.overflowPages += big.pages
  return entryOn(file, page, { key, value, big })
}

/** The entry of a node of a leaf, whatever it points to. */
export function entryOn(file: PageFile, { number, transaction }: Page, { key, value, big }: Pick<Node, 'key' | 'value' | 'big'>): Entry {
  if (big !== undefined) return { key, transaction, at: big.page * file.pageBytes + headBytes, value: () => file.bigValue(big) }
  return { key, transaction, at: number * file.pageBytes + (value?.byteOffset ?? 0), value: () => value }
}

/** The page, when it can be one of this kind and was not met before. */
function takePage({ file, meta, met, faults }: Walk, number: number, kind: number): Page | undefined {
  const fault = (what: string): undefined => void faults.push({ page: number, what })
  if (!(number >= 2 && number <= meta.lastPage)) return fault('it is beyond the end of the file')
  if (met.has(number)) return fault('it is met twice')
  met.add(number)
  const page = file.page(number)
  if (page === undefined) return fault('it is beyond the end of the file')
  if (Number(page.bytes.readBigUInt64LE(0)) !== number) return fault('it bears another number')
  if ((page.flags & 0xff) !== kind) return fault('it is of another kind than its parent says')
  if (page.transaction > meta.transaction) return fault('it is newer than the file')
  return page
}

/** Within a page keys ascend; the first of a branch is never looked at and may be anything. */
function checkOrder(walk: Walk, page: Page, nodes: readonly Node[], name: string, isLeaf: boolean): void {
  // The free list has numbers for keys, in the byte order of the machine.
  if (name === 'free') return
  for (let index = isLeaf ? 1 : 2; index < nodes.length; index += 1)
    if (Buffer.compare(nodes[index - 1]!.key, nodes[index]!.key) >= 0) {
      walk.faults.push({ page: page.number, what: `its keys in the tree ${name} are out of order` })
      return
    }
}
