// All entries of a damaged LMDB file that are whole: first along its trees, and where these are damaged from every page that
// looks like a leaf, in use or not, so that no damaged page hides what others hold. Of several copies of an entry the newest.
import { decodeBlockKey, type StoredBlockKey } from './block-key.ts'
import { isIntactBlock } from './block-reading.ts'
import { nodesOf, pageFlag, type PageFile } from './page-file.ts'
import { entriesOf, entryOn, namedTrees, newestMeta, newWalk, type Entry, type Fault } from './page-tree.ts'
import { unseal } from './sealed-values.ts'

export type WholeBlock = Pick<Entry, 'key' | 'value' | 'at'> & { readonly place: StoredBlockKey }

export type Gathered = {
  readonly faults: readonly Fault[]
  /** By `topicNumber/partition`, in the order of their offsets. */
  readonly blocks: ReadonlyMap<string, readonly WholeBlock[]>
  /** What the log says of itself, by key, opened. */
  readonly meta: ReadonlyMap<string, Buffer>
  /** The entries of the tree that is said in. */
  readonly metaEntries: readonly Entry[]
  readonly state: readonly Entry[]
  readonly tasks: readonly Entry[]
  /** The value under a key as it was stored; undefined when it is damaged. */
  readonly opened: (key: Buffer, stored: Buffer | undefined) => Uint8Array | undefined
}

const never = (): boolean => false
const sealedFormat = 2

export function gatherEntries(file: PageFile): Gathered {
  const faults: Fault[] = []
  const trees = new Map<string, Entry[]>()
  const blocks = new Map<string, WholeBlock>()
  const meta = newestMeta(file, faults)
  if (meta !== undefined) {
    const walk = newWalk(file, meta)
    for (const [name, tree] of namedTrees(walk, never)) {
      if (name !== 'blocks') trees.set(name, [...entriesOf(walk, tree, name, never)])
      else for (const entry of entriesOf(walk, tree, name, never)) takeBlock(blocks, entry)
    }
    faults.push(...walk.faults)
  }
  const metaEntries = [...(trees.get('meta') ?? [])]
  if (faults.length > 0) for (const entry of leafEntries(file)) if (!takeBlock(blocks, entry)) metaEntries.push(entry)
  const isSealed = formatOf(metaEntries) >= sealedFormat
  const opened = (key: Buffer, stored: Buffer | undefined): Uint8Array | undefined =>
    stored === undefined ? undefined : isSealed ? unseal(key, stored) : stored
  return {
    faults,
    blocks: byPartition(blocks),
    meta: newestOf(metaEntries, opened),
    metaEntries: trees.get('meta') ?? [],
    state: trees.get('state') ?? [],
    tasks: trees.get('tasks') ?? [],
    opened,
  }
}

const isFormat = ({ key }: Entry): boolean => key.toString('latin1') === 'format'

function formatOf(entries: readonly Entry[]): number {
  const formats = entries.filter(isFormat).map(({ value }) => Number(/"format":(\d+)/.exec(value()?.toString() ?? '')?.[1] ?? 0))
  return Math.max(0, ...formats)
}

/** The format alone is stored without a checksum. */
function newestOf(entries: readonly Entry[], opened: Gathered['opened']): Map<string, Buffer> {
  const newest = new Map<string, number>()
  const found = new Map<string, Buffer>()
  for (const entry of entries) {
    const name = entry.key.toString('latin1')
    if ((newest.get(name) ?? -1) >= entry.transaction) continue
    const value = isFormat(entry) ? entry.value() : opened(entry.key, entry.value())
    if (value === undefined) continue
    newest.set(name, entry.transaction)
    found.set(name, Buffer.from(value))
  }
  return found
}

/** The entries of every page of the file that can be a leaf. */
function* leafEntries(file: PageFile): Generator<Entry> {
  for (let number = 2; ; number += 1) {
    const page = file.page(number)
    if (page === undefined) return
    if ((page.flags & 0xff) !== pageFlag.leaf || Number(page.bytes.readBigUInt64LE(0)) !== number) continue
    for (const node of nodesOf(page) ?? []) yield entryOn(file, page, node)
  }
}

/** Whether the entry has the key of a block; it is taken when its checksum, which covers its key, is right. */
function takeBlock(blocks: Map<string, WholeBlock>, { key, value, at }: Entry): boolean {
  const place = decodeBlockKey(key)
  if (place.version === 0) return false
  const name = key.toString('latin1')
  if (blocks.has(name)) return true
  const bytes = value()
  if (bytes !== undefined && isIntactBlock(place, key, bytes)) blocks.set(name, { key: Buffer.from(key), place, value, at })
  return true
}

function byPartition(blocks: ReadonlyMap<string, WholeBlock>): Map<string, WholeBlock[]> {
  const found = new Map<string, WholeBlock[]>()
  for (const block of blocks.values()) {
    const name = `${block.place.topicId}/${block.place.partition}`
    const own = found.get(name)
    if (own === undefined) found.set(name, [block])
    else own.push(block)
  }
  for (const own of found.values()) own.sort((a, b) => a.place.base - b.place.base)
  return found
}
