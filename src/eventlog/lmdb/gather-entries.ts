// All entries of a damaged LMDB file that are whole: first along its trees, and where these are
// damaged from every page that looks like a leaf, in use or not, so that no damaged page hides what
// others hold. Of several copies of an entry the newest.
import { decodeBlockKey, type StoredBlockKey } from './block-key.ts'
import { isIntactBlock } from './block-reading.ts'
import { treeNames } from './check-file.ts'
import { formatKey, parseFormat, sealedVersion } from './format.ts'
import { nodesOf, pageFlag, type FilePage, type PageFile } from './page-file.ts'
import {
  entriesOf,
  entryOn,
  namedTrees,
  newestMeta,
  newWalk,
  type PageEntry,
  type Fault,
  type PageSet,
} from './page-tree.ts'
import { unseal } from './sealed-values.ts'

export type WholeBlock = Pick<PageEntry, 'key' | 'value' | 'at' | 'transaction'> & { readonly place: StoredBlockKey }

export type GatheredEntries = {
  readonly faults: readonly Fault[]
  /** By `topicNumber/partition`, in the order of their offsets. */
  readonly blocks: ReadonlyMap<string, readonly WholeBlock[]>
  /** Values the log keeps of itself, by key, opened. */
  readonly meta: ReadonlyMap<string, Buffer>
  /** Whether what it says under a key is the last it said, and not what a page of earlier says. */
  readonly isCurrent: (name: string) => boolean
  /** The entries of the tree that is said in. */
  readonly metaEntries: readonly PageEntry[]
  readonly state: readonly PageEntry[]
  readonly tasks: readonly PageEntry[]
  /** Whether all pages of these two were sound. */
  readonly isStateWhole: boolean
  /** The value under a key as it was stored; undefined when it is damaged. */
  readonly opened: (key: Buffer, stored: Buffer | undefined) => Uint8Array | undefined
}

const never = (): boolean => false

export function gatherEntries(file: PageFile): GatheredEntries {
  const faults: Fault[] = []
  const trees = new Map<string, PageEntry[]>()
  const damagedTrees = new Set<string>()
  const blocks = new Map<string, WholeBlock>()
  const meta = newestMeta(file, faults)
  const isNewest = faults.length === 0
  let met: PageSet | undefined
  let isStateWhole = false
  if (meta !== undefined) {
    const walk = newWalk(file, meta)
    for (const [name, tree] of namedTrees(walk, treeNames, never)) {
      const faultsBefore = walk.faults.length
      if (name !== 'blocks') trees.set(name, [...entriesOf(walk, tree, name, never)])
      else for (const entry of entriesOf(walk, tree, name, never)) takeBlock(blocks, entry)
      if (walk.faults.length > faultsBefore) damagedTrees.add(name)
    }
    isStateWhole = isNewest && ['state', 'tasks'].every((name) => trees.has(name) && !damagedTrees.has(name))
    met = walk.met
    faults.push(...walk.faults)
  }
  const metaEntries = trees.get('meta') ?? []
  const stray = new Map<string, WholeBlock>()
  const strayEntries: PageEntry[] = []
  if (faults.length > 0)
    for (const entry of leafEntries(file, met)) if (!takeBlock(stray, entry)) strayEntries.push(entry)
  const isSealed = isSealedLog([...metaEntries, ...strayEntries])
  const opened = (key: Buffer, stored: Buffer | undefined): Uint8Array | undefined =>
    stored === undefined ? undefined : isSealed ? unseal(key, stored) : stored
  const inTree = newestOf(metaEntries, opened)
  const all = isNewest
    ? new Map([...newestOf(strayEntries, opened), ...inTree])
    : newestOf([...metaEntries, ...strayEntries], opened)
  // A value that a whole tree does not hold was never written.
  const isMetaWhole = trees.has('meta') && !damagedTrees.has('meta') && inTree.size === metaEntries.length
  // Of two meta pages the damaged one was of the transaction after the other's, if it was the
  // newer.
  const isLatest = (name: string): boolean =>
    meta !== undefined && (all.get(name)?.transaction ?? -1) > meta.transaction
  return {
    faults,
    blocks: byPartition(blocks, stray),
    meta: new Map([...all].map(([name, { value }]) => [name, value])),
    isCurrent: (name) => (isNewest ? isMetaWhole || inTree.has(name) : isLatest(name)),
    metaEntries,
    state: trees.get('state') ?? [],
    tasks: trees.get('tasks') ?? [],
    isStateWhole,
    opened,
  }
}

const isFormat = ({ key }: PageEntry): boolean => key.equals(formatKey)

/** By the latest format that can be read; without any the log is taken for one of now. */
function isSealedLog(entries: readonly PageEntry[]): boolean {
  const formats = entries.filter(isFormat).map(({ value }) => parseFormat(value() ?? Buffer.alloc(0)))
  const versions = formats.flatMap((format) => (format === undefined ? [] : [format.version]))
  return versions.length === 0 || Math.max(...versions) >= sealedVersion
}

type Said = { readonly value: Buffer; readonly transaction: number }

/** The format alone has its checksum within it. */
function newestOf(entries: readonly PageEntry[], opened: GatheredEntries['opened']): Map<string, Said> {
  const found = new Map<string, Said>()
  for (const entry of entries) {
    const { key, transaction } = entry
    const name = key.toString('latin1')
    if ((found.get(name)?.transaction ?? -1) >= transaction) continue
    const stored = entry.value()
    const value = isFormat(entry) ? stored : opened(key, stored)
    if (value === undefined || (isFormat(entry) && parseFormat(value) === undefined)) continue
    found.set(name, { value: Buffer.from(value), transaction })
  }
  return found
}

/** The entries of every page that can be a leaf and was not met in a tree. Pages within a value's
 *  run are what somebody sent, and may be made to look like leaves: one there must be newer than
 *  the run. */
function* leafEntries(file: PageFile, met: PageSet | undefined): Generator<PageEntry> {
  let run = { end: 0, transaction: 0 }
  for (let number = 2; ; number += 1) {
    const page = file.page(number)
    if (page === undefined) return
    if (met?.has(number) === true) continue
    const isNumbered = page.number === number
    if (isNumbered && page.flags === pageFlag.overflow)
      run = { end: number + page.pages, transaction: page.transaction }
    else if (
      number < run.end ? isNumbered && page.transaction > run.transaction : isNumbered || page.flags === pageFlag.leaf
    )
      yield* entriesOfLeaf(file, page)
  }
}

function* entriesOfLeaf(file: PageFile, page: FilePage): Generator<PageEntry> {
  for (const node of nodesOf({ ...page, flags: pageFlag.leaf }).nodes) yield entryOn(file, page, node)
}

/** Whether the entry has the key of a block; it is taken when its checksum, which covers its key,
 *  is right. */
function takeBlock(blocks: Map<string, WholeBlock>, { key, value, at, transaction }: PageEntry): boolean {
  const place = decodeBlockKey(key)
  if (place.version === 0) return false
  const name = key.toString('latin1')
  if (blocks.has(name)) return true
  const bytes = value()
  if (bytes !== undefined && isIntactBlock(place, key, bytes))
    blocks.set(name, { key: Buffer.from(key), place, value, at, transaction })
  return true
}

/** Those of the tree, and of the others the newest that are between them: pages no longer in use
 *  hold what retention has dropped and compaction has rewritten. */
function byPartition(
  inTree: ReadonlyMap<string, WholeBlock>,
  stray: ReadonlyMap<string, WholeBlock>,
): Map<string, WholeBlock[]> {
  const found = new Map<string, WholeBlock[]>()
  const newestFirst = [...stray.values()].toSorted((one, other) => other.transaction - one.transaction)
  for (const block of [...inTree.values(), ...newestFirst]) {
    const name = `${block.place.topicId}/${block.place.partition}`
    const own = found.get(name)
    if (own === undefined) found.set(name, [block])
    else insert(own, block)
  }
  return found
}

/** Into its place by offset, unless that is taken. */
function insert(sorted: WholeBlock[], block: WholeBlock): void {
  const { base, span } = block.place
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (sorted[middle]!.place.base < base) from = middle + 1
    else to = middle
  }
  const [before, after] = [sorted[from - 1]?.place, sorted[from]?.place]
  const isFree =
    (before === undefined || before.base + before.span <= base) && (after === undefined || base + span <= after.base)
  if (isFree) sorted.splice(from, 0, block)
}
