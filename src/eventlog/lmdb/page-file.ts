// The pages of an LMDB file, read without LMDB: native code that meets a damaged page may end the
// process without a word, this never does. The layout is that of lmdb-js's LMDB (MDB_DATA_VERSION
// 2; mdb.c: MDB_page_header, MDB_node, MDB_ovpage, MDB_db, MDB_meta), little-endian:
//
//   page  = page number 8 | transaction 8 | key size 2 | flags 2 | lower 2 | upper 2 | node offsets 2 … | free | nodes
//           where lower, upper and the offsets count from behind the head
//   node  = data size or child's low and high half 2 + 2 | flags or child's top 2 | key size 2 | key | data
//   big   = (data of a node whose value has pages of its own) first page 8 | transaction 8 | pages 8
//   meta  = (after the head of pages 0 and 1) magic 4 | version 4 | address 8 | map size 8 | free tree | main tree | last page 8 | transaction 8
//   tree  = page size 4 | flags 2 | depth 2 | branch pages 8 | leaf pages 8 | overflow pages 8 | entries 8 | root 8
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

export const headBytes = 24
const nodeHeadBytes = 8
const treeBytes = 48
const bigBytes = 24
const magic = 0xbeefc0de
const dataVersion = 2
export const pageFlag = { branch: 1, leaf: 2, overflow: 4, meta: 8 } as const
const nodeFlag = { big: 1, subTree: 2 } as const
/** The root of a tree without entries. */
export const noPage = 2n ** 64n - 1n

export type PageTree = {
  /** Of the free tree: the page size. */
  readonly pad: number
  readonly flags: number
  readonly depth: number
  readonly branchPages: number
  readonly leafPages: number
  readonly overflowPages: number
  readonly entries: number
  readonly root: bigint
}

export type Meta = {
  readonly pageBytes: number
  readonly mapBytes: number
  readonly free: PageTree
  readonly main: PageTree
  readonly lastPage: number
  readonly transaction: number
}

export type PageHead = {
  /** As it bears it. */
  readonly number: number
  readonly transaction: number
  readonly flags: number
  /** Of an overflow page: how many pages its value has. */
  readonly pages: number
}
export type FilePage = PageHead & { readonly bytes: Buffer }

export type Node = {
  readonly key: Buffer
  /** Of a branch. */
  readonly child: number
  /** Of a leaf: the value, where it stands on the page itself. */
  readonly value: Buffer | undefined
  /** Of a leaf: the pages and the length of a value that stands on pages of its own. */
  readonly big:
    | { readonly page: number; readonly transaction: number; readonly pages: number; readonly bytes: number }
    | undefined
  readonly isTree: boolean
  /** Of the node in its page, in bytes. */
  readonly length: number
}

export interface PageFile extends Disposable {
  readonly bytes: number
  readonly pageBytes: number
  /** Of pages 0 and 1; undefined for one that is none. */
  readonly metas: readonly (Meta | undefined)[]
  /** Undefined beyond the end of the file. */
  page(number: number): FilePage | undefined
  /** Without what stands behind the head: pages of values need not be read whole. */
  head(number: number): PageHead | undefined
  /** The value on pages of its own; undefined beyond the end of the file. */
  bigValue(at: { readonly page: number; readonly bytes: number }): Buffer | undefined
}

/** Opens the file for reading. Throws what the file system says. */
export function openPageFile(path: string): PageFile {
  const file = openSync(path, 'r')
  const bytes = fstatSync(file).size
  const read = (at: number, length: number): Buffer | undefined => {
    if (at < 0 || length < 0 || at + length > bytes) return undefined
    const buffer = Buffer.allocUnsafeSlow(length)
    return readSync(file, buffer, 0, length, at) === length ? buffer : undefined
  }
  const first = metaOf(read(0, 512), 0)
  // Without a first page the second one is looked for where it is with pages of the usual size.
  const pageBytes = first?.pageBytes ?? 4096
  return {
    bytes,
    pageBytes,
    metas: [first, metaOf(read(pageBytes, 512), 1)],
    page(number) {
      const found = read(number * pageBytes, pageBytes)
      return found === undefined ? undefined : { ...headOf(found), bytes: found }
    },
    head(number) {
      const found = read(number * pageBytes, headBytes)
      return found === undefined ? undefined : headOf(found)
    },
    bigValue: (at) => read(at.page * pageBytes + headBytes, at.bytes),
    [Symbol.dispose]: () => closeSync(file),
  }
}

const headOf = (bytes: Buffer): PageHead => ({
  number: Number(bytes.readBigUInt64LE(0)),
  transaction: Number(bytes.readBigUInt64LE(8)),
  flags: bytes.readUInt16LE(18),
  pages: bytes.readUInt32LE(20),
})

function metaOf(bytes: Buffer | undefined, number: number): Meta | undefined {
  if (bytes === undefined || bytes.readBigUInt64LE(0) !== BigInt(number) || bytes.readUInt16LE(18) !== pageFlag.meta)
    return undefined
  if (bytes.readUInt32LE(headBytes) !== magic) return undefined
  if ((bytes.readUInt32LE(headBytes + 4) & 0xffff) !== dataVersion) return undefined
  const pageBytes = bytes.readUInt32LE(48)
  if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0) return undefined
  return {
    pageBytes,
    mapBytes: Number(bytes.readBigUInt64LE(headBytes + 16)),
    free: treeOf(bytes.subarray(48)),
    main: treeOf(bytes.subarray(48 + treeBytes)),
    lastPage: Number(bytes.readBigUInt64LE(144)),
    transaction: Number(bytes.readBigUInt64LE(152)),
  }
}

export const treeOf = (bytes: Buffer): PageTree => ({
  pad: bytes.readUInt32LE(0),
  flags: bytes.readUInt16LE(4),
  depth: bytes.readUInt16LE(6),
  branchPages: Number(bytes.readBigUInt64LE(8)),
  leafPages: Number(bytes.readBigUInt64LE(16)),
  overflowPages: Number(bytes.readBigUInt64LE(24)),
  entries: Number(bytes.readBigUInt64LE(32)),
  root: bytes.readBigUInt64LE(40),
})

export const isTreeValue = (value: Buffer | undefined): value is Buffer => value?.byteLength === treeBytes

/** How many pages a value takes that does not stand in its leaf. */
export const pagesFor = (bytes: number, pageBytes: number): number => Math.ceil((headBytes + bytes) / pageBytes)

/** The nodes of a branch or leaf page that can be. LMDB keeps them side by side up to the end of
 *  the page, so a length or a place that has changed shows: then it is not whole. */
export function nodesOf({ bytes, flags }: FilePage): { readonly nodes: readonly Node[]; readonly isWhole: boolean } {
  const lower = bytes.readUInt16LE(20)
  const upper = bytes.readUInt16LE(22)
  const room = bytes.byteLength - headBytes
  if (lower % 2 !== 0 || lower > upper || upper > room) return { nodes: [], isWhole: false }
  const nodes: Node[] = []
  let taken = 0
  for (let index = 0; index < lower / 2; index += 1) {
    const at = bytes.readUInt16LE(headBytes + 2 * index)
    const node =
      at < upper || at + nodeHeadBytes > room ? undefined : nodeOf(bytes, headBytes + at, (flags & pageFlag.leaf) !== 0)
    if (node === undefined) continue
    nodes.push(node)
    taken += node.length + (node.length % 2)
  }
  return { nodes, isWhole: nodes.length === lower / 2 && taken === room - upper }
}

function nodeOf(bytes: Buffer, at: number, isLeaf: boolean): Node | undefined {
  const size = bytes.readUInt32LE(at)
  const flags = bytes.readUInt16LE(at + 4)
  const keyEnd = at + nodeHeadBytes + bytes.readUInt16LE(at + 6)
  if (keyEnd > bytes.byteLength) return undefined
  const key = bytes.subarray(at + nodeHeadBytes, keyEnd)
  const none = { child: 0, value: undefined, big: undefined, isTree: false, length: keyEnd - at }
  if (!isLeaf) return { ...none, key, child: size + flags * 2 ** 32 }
  if (flags !== 0 && flags !== nodeFlag.big && flags !== nodeFlag.subTree) return undefined
  if (flags !== nodeFlag.big) {
    const value = bytes.subarray(keyEnd, keyEnd + size)
    return value.byteLength === size
      ? { ...none, key, value, isTree: flags === nodeFlag.subTree, length: none.length + size }
      : undefined
  }
  if (keyEnd + bigBytes > bytes.byteLength) return undefined
  const [page, transaction, pages] = [0, 8, 16].map((part) => Number(bytes.readBigUInt64LE(keyEnd + part))) as [
    number,
    number,
    number,
  ]
  return { ...none, key, big: { page, transaction, pages, bytes: size }, length: none.length + bigBytes }
}
