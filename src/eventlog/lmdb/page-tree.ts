// Walks the trees of an LMDB file page by page, gives their entries, and says of every page that
// cannot be what is wrong with it. A part of a tree that is damaged is passed over; the rest is
// walked.
import { headBytes, isTreeValue, nodesOf, noPage, pageFlag, pagesFor, treeOf } from './page-file.ts'
import type { Meta, Node, FilePage, PageFile, PageTree } from './page-file.ts'

export type Fault = { readonly page: number; readonly what: string }

export type PageEntry = {
  readonly key: Buffer
  readonly value: () => Buffer | undefined
  /** Where the value begins in the file. */
  readonly at: number
  /** That wrote the page. */
  readonly transaction: number
  /** Whether it says of itself that it is the head of a tree. */
  readonly isTree: boolean
}

/** A bit for each page of the file. */
export type PageSet = {
  has(page: number): boolean
  add(page: number): void
  delete(page: number): void
  readonly size: number
}

/** Of one walk over a file: each page may be met once. */
export type Walk = { readonly file: PageFile; readonly meta: Meta; readonly met: PageSet; readonly faults: Fault[] }

/** Told now and then while it walks; true ends the walk. */
export type Enough = () => boolean

export const newWalk = (file: PageFile, meta: Meta): Walk => ({ file, meta, met: pageSet(meta.lastPage), faults: [] })

function pageSet(lastPage: number): PageSet {
  const bits = new Uint8Array((lastPage >> 3) + 1)
  const bitOf = (page: number): number => 1 << (page & 7)
  let size = 0
  return {
    has: (page) => ((bits[page >> 3] ?? 0) & bitOf(page)) !== 0,
    add: (page) => {
      bits[page >> 3]! |= bitOf(page)
      size += 1
    },
    delete: (page) => {
      bits[page >> 3]! &= ~bitOf(page)
      size -= 1
    },
    get size() {
      return size
    },
  }
}

/** Address space that no machine has. */
const mapBytesMax = 2 ** 47
/** Pages at the end that are free need not be in the file. */
const freeBeyondMax = 2 ** 20
/** As deep as LMDB's cursors go. */
const depthMax = 32

/** LMDB writes its two meta pages by turns, so of a sound file both are readable, one transaction
 *  apart, and the number of the transaction says which page it is on. Gives the newer one, as LMDB
 *  takes it; undefined when neither is readable. */
export function newestMeta({ metas, bytes, pageBytes }: PageFile, faults: Fault[]): Meta | undefined {
  for (const [page, meta] of metas.entries())
    if (meta === undefined) faults.push({ page, what: 'it is no meta page' })
    else if (meta.transaction !== 0 && meta.transaction % 2 !== page)
      faults.push({ page, what: 'its transaction belongs to the other meta page' })
    else if (
      meta.pageBytes !== pageBytes ||
      !(meta.mapBytes <= mapBytesMax) ||
      !(meta.lastPage <= bytes / pageBytes + freeBeyondMax)
    )
      faults.push({ page, what: 'the sizes it names cannot be' })
  const [even, odd] = metas
  if (even === undefined || odd === undefined) return even ?? odd
  if (even.transaction + odd.transaction > 0 && Math.abs(even.transaction - odd.transaction) !== 1)
    faults.push({ page: 0, what: 'the meta pages are not one transaction apart' })
  if (even.free.flags !== odd.free.flags || even.main.flags !== odd.main.flags)
    faults.push({ page: 0, what: 'the meta pages do not agree' })
  return even.transaction >= odd.transaction ? even : odd
}

/** The trees by name that the main tree holds; `names` are those there can be. */
export function namedTrees(walk: Walk, names: readonly string[], enough: Enough): Map<string, PageTree> {
  const trees = new Map<string, PageTree>()
  const fault = (what: string): unknown => walk.faults.push({ page: Number(walk.meta.main.root), what })
  for (const { key, value, isTree } of entriesOf(walk, walk.meta.main, 'main', enough)) {
    const bytes = value()
    // Names end in a zero byte.
    const name = names.find((known) => key.equals(Buffer.from(`${known}\0`)))
    const tree = isTree && isTreeValue(bytes) ? treeOf(bytes) : undefined
    if (name === undefined || tree === undefined) fault('an entry of the main tree is no tree of a log')
    else if (tree.flags !== 0 || tree.pad !== 0) fault(`the tree ${name} has flags that none of a log has`)
    if (name !== undefined && tree !== undefined) trees.set(name, tree)
  }
  return trees
}

type Counts = { branchPages: number; leafPages: number; overflowPages: number; entries: number }

/** The entries of a tree in the order of their keys, as far as its pages are sound; afterwards what
 *  was met is held against what the tree says it has. */
export function* entriesOf(walk: Walk, tree: PageTree, name: string, enough: Enough): Generator<PageEntry> {
  const { faults } = walk
  if ((tree.root === noPage) !== (tree.depth === 0) || tree.depth > depthMax)
    faults.push({ page: Number(tree.root), what: `the depth of the tree ${name} cannot be` })
  if (tree.root === noPage || tree.depth > depthMax) return
  const counts: Counts = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 }
  const faultsBefore = faults.length
  yield* entriesUnder(walk, {
    number: Number(tree.root),
    depth: tree.depth,
    name,
    counts,
    enough,
    low: undefined,
    high: undefined,
  })
  if (enough() || faults.length > faultsBefore) return
  for (const field of ['branchPages', 'leafPages', 'overflowPages', 'entries'] as const)
    if (counts[field] !== tree[field])
      faults.push({
        page: Number(tree.root),
        what: `the tree ${name} has ${counts[field]} ${field} and should have ${tree[field]}`,
      })
}

/** Takes the pages that are free for met: one that is in use as well would be written over. */
export function takeFree(walk: Walk, enough: Enough): void {
  const { faults, meta } = walk
  for (const { value } of entriesOf(walk, meta.free, 'free', enough)) {
    // How many entries follow; each a page, or as a negative number the length of the run that
    // begins with the next one.
    const list = value() ?? Buffer.alloc(0)
    const count = list.byteLength < 8 ? Infinity : Number(list.readBigInt64LE(0))
    if (!(count >= 0 && (count + 1) * 8 <= list.byteLength))
      return void faults.push({ page: 0, what: 'a list of free pages is cut short' })
    for (let index = 1; index <= count; index += 1) {
      const entry = Number(list.readBigInt64LE(8 * index))
      const isRun = entry < 0
      if (isRun) index += 1
      if (index > count) return void faults.push({ page: 0, what: 'a list of free pages is cut short' })
      const first = isRun ? Number(list.readBigInt64LE(8 * index)) : entry
      if (entry !== 0 && !takeRun(walk, first, isRun ? -entry : 1))
        return void faults.push({ page: first, what: 'it is free and in use' })
    }
  }
}

type Place = {
  readonly number: number
  /** Levels from here to the leaves, this one included. */
  readonly depth: number
  readonly name: string
  readonly counts: Counts
  readonly enough: Enough
  /** Keys are at or above `low` and below `high`, as the page above says. */
  readonly low: Buffer | undefined
  readonly high: Buffer | undefined
}

function* entriesUnder(walk: Walk, place: Place): Generator<PageEntry> {
  const { depth, name, counts, enough, number } = place
  const isLeaf = depth === 1
  const page = takePage(walk, number, isLeaf ? pageFlag.leaf : pageFlag.branch)
  if (page === undefined) return
  const { nodes, isWhole } = nodesOf(page)
  // Only the main tree has trees for values.
  if (!isWhole || nodes.some(({ isTree }) => isTree !== (isLeaf && name === 'main')))
    walk.faults.push({ page: number, what: `its nodes in the tree ${name} cannot be` })
  else if (!isInOrder(nodes, place))
    walk.faults.push({ page: number, what: `its keys in the tree ${name} are out of order` })
  if (isLeaf) counts.leafPages += 1
  else counts.branchPages += 1
  for (const [index, node] of nodes.entries()) {
    if (enough()) return
    if (!isLeaf) {
      // The first key of a branch is never looked at and may be anything.
      const low = index === 0 ? place.low : node.key
      yield* entriesUnder(walk, {
        ...place,
        number: node.child,
        depth: depth - 1,
        low,
        high: nodes[index + 1]?.key ?? place.high,
      })
    } else {
      counts.entries += 1
      const entry = entryOf(walk, page, node, counts)
      if (entry !== undefined) yield entry
    }
  }
}

function entryOf(walk: Walk, page: FilePage, node: Node, counts: Counts): PageEntry | undefined {
  const { file, meta, faults } = walk
  const { big } = node
  if (big === undefined) return entryOn(file, page, node)
  const head = file.head(big.page)
  const isRight =
    head?.number === big.page &&
    head.flags === pageFlag.overflow &&
    head.pages === big.pages &&
    big.pages === pagesFor(big.bytes, file.pageBytes) &&
    Math.max(head.transaction, big.transaction) <= meta.transaction
  if (!isRight || !takeRun(walk, big.page, big.pages)) {
    faults.push({ page: big.page, what: 'it does not begin the value its entry names' })
    return undefined
  }
  counts.overflowPages += big.pages
  return entryOn(file, page, node)
}

/** The entry of a node of a leaf, whatever it points to. */
export function entryOn(
  file: PageFile,
  { number, transaction }: FilePage,
  { key, value, big, isTree }: Node,
): PageEntry {
  if (big !== undefined)
    return { key, isTree, transaction, at: big.page * file.pageBytes + headBytes, value: () => file.bigValue(big) }
  return { key, isTree, transaction, at: number * file.pageBytes + (value?.byteOffset ?? 0), value: () => value }
}

/** The page, when it can be one of this kind and was not met before. */
function takePage(walk: Walk, number: number, kind: number): FilePage | undefined {
  const { file, meta, met, faults } = walk
  if (!takeRun(walk, number, 1))
    return void faults.push({ page: number, what: 'it is met twice, or outside of the file' })
  const fault = (what: string): undefined => {
    met.delete(number)
    faults.push({ page: number, what })
  }
  const page = file.page(number)
  if (page === undefined) return fault('it is beyond the end of the file')
  if (page.number !== number) return fault('it bears another number')
  if (page.flags !== kind) return fault('it is of another kind than its parent says')
  if (page.transaction > meta.transaction) return fault('it is newer than the file')
  return page
}

function takeRun({ met, meta }: Walk, first: number, pages: number): boolean {
  if (!(first >= 2 && pages >= 1 && first + pages - 1 <= meta.lastPage)) return false
  for (let page = first; page < first + pages; page += 1) if (met.has(page)) return false
  for (let page = first; page < first + pages; page += 1) met.add(page)
  return true
}

/** Keys ascend within a page and keep within what the page above says of it: or a search for one
 *  would end beside it. */
function isInOrder(nodes: readonly Node[], { name, depth, low, high }: Place): boolean {
  // The free tree has numbers for keys, in the byte order of the machine.
  if (name === 'free' && nodes.some(({ key }, index) => key.byteLength !== 8 && (depth === 1 || index > 0)))
    return false
  const compare = name === 'free' ? compareNumbers : Buffer.compare
  const keys = (depth === 1 ? nodes : nodes.slice(1)).map(({ key }) => key)
  const [first, last] = [keys[0], keys.at(-1)]
  if (first === undefined || last === undefined) return true
  if (low !== undefined && compare(low, first) > (depth === 1 ? 0 : -1)) return false
  if (high !== undefined && compare(last, high) >= 0) return false
  return keys.every((key, index) => index === 0 || compare(keys[index - 1]!, key) < 0)
}

const compareNumbers = (one: Buffer, other: Buffer): number => Number(one.readBigUInt64LE(0) - other.readBigUInt64LE(0))
