// The LMDB environment one log lives in: opened, checked against its format, read at fresh
// snapshots, written in transactions that are durable when their promise resolves.
//
// How durability is had: with `overlappingSync: false` lmdb-js commits like plain LMDB. Its writer
// thread runs pwrite and fdatasync of the pages, writes the meta page through a descriptor opened
// with O_DSYNC, and only then marks the transaction committed, which is what resolves the promise
// (writer.cpp, WriteWorker::Write; seen with strace). Readers see a transaction only after its meta
// page is written, so nothing that is read can be lost. With the default, overlappingSync, they see
// it before it is synced, and a power cut may leave a meta page without the pages it names.
// `test/power-cut.test.ts` holds all that against a disk that loses what was not synced.
//
// The file is made apart and has its name only when it is whole, with its format and all databases:
// LMDB writes its first pages without a sync, each database comes by a transaction of its own, and
// no folder is synced, so a start that is cut short would leave a log that seems damaged, or none.
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  rmSync,
  statfsSync,
} from 'node:fs'
import { join } from 'node:path'
import { open, type Database, type RootDatabase } from 'lmdb'
import { needRoom } from '../../base/disk-room.ts'
import { Outage } from '../../base/errors.ts'
import { remedyOf } from '../../base/folder-fault.ts'
import { makeFileOnce } from '../../base/private-file.ts'
import { syncFolder } from '../../base/sync-folder.ts'
import { treeNames } from './check-file.ts'
import { encodeFormat, formatKey, formatVersion, parseFormat, sealedVersion, type Format } from './format.ts'
import { createUnpackedBlocks, type UnpackedBlocks } from './packed-block.ts'
import { damagedOutage, sealAll, sealedValues, type SealedValues } from './sealed-values.ts'

type Root = RootDatabase<Buffer, Uint8Array>

export type Environment = {
  readonly root: Root
  /** The real path of the directory. */
  readonly dir: string
  readonly bytesMax: number
  /** Blocks of records by topic, partition and offset (block-key.ts). */
  readonly blocks: Database<Buffer, Uint8Array>
  /** Of blocks that readers asked for in steps. */
  readonly unpacked: UnpackedBlocks
  /** The bounds of every topic (topic-bounds.ts), and what else is known of the log as a whole. */
  readonly meta: SealedValues
  /** The keyed state of tasks. */
  readonly state: SealedValues
  /** The positions of tasks. */
  readonly tasks: SealedValues
  /** Makes the reads that follow see what is committed now. Reads in one synchronous run share a
   *  snapshot. */
  refresh(): void
  /** Runs `work` in a write transaction, resolving when it is durable. If `work` throws, nothing of
   *  it is kept. */
  transact<T>(work: () => T): Promise<T>
  /** Throws Outage LOG_FULL when `moreBytes` would not fit. Inside `transact` what that did so far
   *  counts. */
  reserve(moreBytes: number): void
  /** Waits for the transactions under way; `transact` rejects with LOG_CLOSED from the call on. */
  close(): Promise<void>
}

export type EnvironmentOptions = { readonly dir: string; readonly partitions: number; readonly bytesMax: number }

/** From MDB_meta in LMDB's mdb.c: what the first page says of the file; there are always two such
 *  pages. */
const lmdbFile = { magic: 0xbeefc0de, magicAt: 24, version: 2, versionAt: 28, bytesLeast: 8192 } as const
const headBytes = 32
const dataFile = 'data.mdb'
/** Left free on the disk by appends, so that retention, which writes before it frees, still finds
 *  room. */
const diskReserveBytes = 2 ** 24
/** For the file of readers and the first pages. */
const openingBytesLeast = 2 ** 20
/** The share of a file that may be free and yet too scattered for the runs of pages a block needs
 *  (15 % was measured). */
const scatteredShare = 0.2
const fullReason = /MDB_MAP_FULL|No space left|quota|File too large/i
const mapBytesApart = 2 ** 20
/** Address space taken at once, so that growing seldom maps the file again. It costs nothing but on
 *  Windows, which makes the file as large as its map. */
const mapBytesAtOpen = process.platform === 'win32' ? 2 ** 24 : 2 ** 34

/** Opens or creates the environment. Throws Outage LOG_UNAVAILABLE when the directory cannot be
 *  made, read or written, LOG_MISMATCH when it holds something else than a log of this format with
 *  this number of partitions, LOG_DAMAGED when what it says of its format cannot be read, LOG_FULL
 *  when its disk has no room. */
export function openEnvironment({ dir, partitions, bytesMax }: EnvironmentOptions): Environment {
  const root = openRoot(dir, partitions)
  const stored = { meta: database(root, 'meta'), state: database(root, 'state'), tasks: database(root, 'tasks') }
  try {
    checkFormat(root, stored, dir, partitions)
  } catch (error) {
    void root.close()
    throw error
  }
  const blocks = database(root, 'blocks')
  const meta = sealedValues(stored.meta, dir, 'meta data')
  const state = sealedValues(stored.state, dir, 'stored state')
  const tasks = sealedValues(stored.tasks, dir, 'stored positions')
  const underWay = new Set<Promise<unknown>>()
  let fresh = false
  let closed = false

  const begin = <T>(work: () => T): Promise<T> => {
    if (closed) throw closedOutage(dir)
    // A child transaction because it alone is undone when `work` throws.
    const running = root.childTransaction(work)
    underWay.add(running)
    return running.finally(() => underWay.delete(running))
  }

  return {
    root,
    dir: realpathSync(dir),
    bytesMax,
    blocks,
    unpacked: createUnpackedBlocks(),
    meta,
    state,
    tasks,
    refresh: () => {
      if (fresh) return
      fresh = true
      queueMicrotask(() => {
        fresh = false
      })
      root.resetReadTxn()
    },
    transact: async (work) => {
      try {
        return await begin(work)
      } catch (error) {
        throw await outageOf(error, dir, bytesMax)
      } finally {
        fresh = false
      }
    },
    reserve: (moreBytes) => {
      const inBlocks = pagesOf(blocks)
      const usedBytes = inBlocks.usedBytes + pagesOf(state).usedBytes
      if (usedBytes + moreBytes > bytesMax) throw fullOutage(dir, `its limit of ${bytesMax} bytes is used up`)
      const freeInFileBytes = inBlocks.fileBytes - usedBytes - inBlocks.fileBytes * scatteredShare
      if (freeInFileBytes < 2 * moreBytes && diskFreeBytes(dir) < 2 * moreBytes + diskReserveBytes)
        throw fullOutage(dir, `its disk has ${diskFreeBytes(dir)} bytes left (limit of the log: ${bytesMax} bytes)`)
    },
    close: async () => {
      closed = true
      await Promise.allSettled(underWay)
      await root.close()
    },
  }
}

function openRoot(dir: string, partitions: number): Root {
  try {
    // Records of cars are nobody else's business on a shared machine; a folder that is there keeps
    // its mode.
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    checkDataFile(dir)
    // LMDB maps a file of its readers, and dies of a page of it that the disk has no room for.
    needRoom(dir, 'LOG_FULL', openingBytesLeast)
    if (!existsSync(join(dir, dataFile))) makeDataFile(dir, partitions)
    // Another opener may have made the file this moment, or have been killed right after.
    syncFolder(dir)
    return openLmdb(dir, { mapSize: mapBytesAtOpen })
  } catch (cause) {
    if (cause instanceof Outage) throw cause
    throw new Outage(
      'LOG_UNAVAILABLE',
      `The event log in ${dir} cannot be opened (${cause instanceof Error ? cause.message : String(cause)}). ${remedyOf(cause)}`,
      {
        retryable: false,
        cause,
      },
    )
  }
}

const openLmdb = (path: string, options: { readonly mapSize: number; readonly noSync?: true }): Root =>
  open<Buffer, Uint8Array>({
    path,
    noSubdir: false,
    overlappingSync: false,
    // Batching makes a promise of its own that nobody handles: a failed commit would end the
    // process.
    eventTurnBatching: false,
    maxDbs: 8,
    encoding: 'binary',
    keyEncoding: 'binary',
    ...options,
  })

const database = (root: Root, name: (typeof treeNames)[number]): Database<Buffer, Uint8Array> =>
  root.openDB(name, { encoding: 'binary', keyEncoding: 'binary' })

/** Makes the file of a new log, unless another opener is faster. It is copied, since lmdb-js would
 *  know the file it still has open by its inode, and open that again. */
function makeDataFile(dir: string, partitions: number): void {
  const apart = mkdtempSync(join(dir, 'making-'))
  try {
    const root = openLmdb(apart, { mapSize: mapBytesApart, noSync: true })
    try {
      for (const name of treeNames) database(root, name)
      database(root, 'meta').putSync(formatKey, encodeFormat({ version: formatVersion, partitions }))
      makeFileOnce(join(dir, dataFile), readFileSync(join(apart, dataFile)), 0o664)
    } finally {
      void root.close()
    }
  } finally {
    rmSync(apart, { recursive: true, force: true })
  }
}

/** Refuses a file LMDB would refuse, because lmdb-js ends the process with a segmentation fault
 *  when it does. */
function checkDataFile(dir: string): void {
  const path = join(dir, dataFile)
  if (!existsSync(path)) return
  const file = openSync(path, 'r+')
  try {
    const { size } = fstatSync(file)
    const head = Buffer.alloc(headBytes)
    readSync(file, head, 0, headBytes, 0)
    const { magic, version, magicAt, versionAt } = lmdbFile
    const readable =
      size >= lmdbFile.bytesLeast &&
      head.readUInt32LE(magicAt) === magic &&
      (head.readUInt32LE(versionAt) & 0xffff) === version
    if (size > 0 && !readable)
      throw mismatch(dir, {
        what: 'data.mdb there is not a file of this version of LMDB',
        remedy: 'run the version of Roadstream that wrote it, or name another data folder (ROADSTREAM_DATA)',
      })
  } finally {
    closeSync(file)
  }
}

type Stored = {
  readonly meta: Database<Buffer, Uint8Array>
  readonly state: Database<Buffer, Uint8Array>
  readonly tasks: Database<Buffer, Uint8Array>
}

function checkFormat(root: Root, { meta, state, tasks }: Stored, dir: string, partitions: number): void {
  root.transactionSync(() => {
    const stored = meta.getBinary(formatKey)
    if (stored === undefined && Array.from(meta.getKeys({ limit: 1 })).length > 0)
      throw damagedOutage(dir, 'its format is gone')
    const found = stored === undefined ? { version: 0, partitions } : parseFormat(stored)
    if (found === undefined) throw damagedOutage(dir, 'what it says of its format has changed')
    const fault = stored === undefined ? undefined : formatFault(found, partitions)
    if (fault !== undefined) throw mismatch(dir, fault)
    if (found.version === formatVersion) return
    if (stored !== undefined && found.version < sealedVersion)
      for (const database of [meta, state, tasks]) sealAll(database)
    meta.putSync(formatKey, encodeFormat({ version: formatVersion, partitions }))
  })
}

/** A way in which a log does not fit this program or its settings, with the remedy. */
export type Misfit = { readonly what: string; readonly remedy: string }

/** Why a log of this format is not opened with so many partitions; undefined when it is. */
export function formatFault(format: Format, partitions: number): Misfit | undefined {
  if (format.version > formatVersion)
    return {
      what: `it was written in format ${format.version}, and this version reads up to ${formatVersion}`,
      remedy:
        'run the version of Roadstream that wrote it, or a newer one, or name another data folder (ROADSTREAM_DATA)',
    }
  if (format.partitions !== partitions)
    return {
      what: `it has ${format.partitions} partitions, and ${partitions} were asked for; the number is fixed when a log is made`,
      remedy: `set ROADSTREAM_LOG_PARTITIONS=${format.partitions}, or name another data folder (ROADSTREAM_DATA)`,
    }
  return undefined
}

const mismatch = (dir: string, { what, remedy }: Misfit): Outage =>
  new Outage(
    'LOG_MISMATCH',
    `The event log in ${dir} does not fit: ${what}. ${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}.`,
    {
      retryable: false,
    },
  )

export const closedOutage = (dir: string): Outage =>
  new Outage('LOG_CLOSED', `The event log in ${dir} is closed.`, { retryable: false })

const fullOutage = (dir: string, what: string, cause?: unknown): Outage =>
  new Outage(
    'LOG_FULL',
    `The event log in ${dir} is full: ${what}. Shorten the retention, raise the limit, or give it a larger disk.`,
    {
      retryable: true,
      cause,
    },
  )

/** Pages that a database takes, counting what the transaction did so far, and how long the file
 *  is. */
export function pagesOf(database: { getStats(): object }): { readonly usedBytes: number; readonly fileBytes: number } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- lmdb-js types its statistics as {}
  const { pageSize, treeBranchPageCount, treeLeafPageCount, overflowPages, lastPageNumber } =
    database.getStats() as Stats
  return {
    usedBytes: pageSize * (treeBranchPageCount + treeLeafPageCount + overflowPages),
    fileBytes: pageSize * (lastPageNumber + 1),
  }
}

type Stats = Readonly<
  Record<'pageSize' | 'treeBranchPageCount' | 'treeLeafPageCount' | 'overflowPages' | 'lastPageNumber', number>
>

/** Throws Outage LOG_UNAVAILABLE when the directory is gone: what is written to its open file then
 *  would be gone with the process. */
const diskFreeBytes = (dir: string): number => {
  try {
    const { bavail, bsize } = statfsSync(dir)
    return bavail * bsize
  } catch (cause) {
    throw new Outage(
      'LOG_UNAVAILABLE',
      `The event log in ${dir} is no longer there. Put the directory back and start again.`,
      {
        retryable: false,
        cause,
      },
    )
  }
}

/** lmdb-js rejects with "Commit failed" and puts the reason into a promise of its own, which must
 *  be handled. A write cut short by a full disk is an input/output error to LMDB, so the disk
 *  itself is asked. */
async function outageOf(error: unknown, dir: string, bytesMax: number): Promise<unknown> {
  if (error instanceof Outage || !(error instanceof Error)) return error
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- lmdb-js adds it to the error untyped
  const { commitError } = error as { commitError?: Promise<never> }
  if (commitError === undefined) return nativeOutage(error, dir)
  const cause = await reasonOf(commitError)
  if (fullReason.test(String(cause)) || diskFreeBytes(dir) < diskReserveBytes)
    return fullOutage(dir, `the disk took no more (limit of the log: ${bytesMax} bytes)`, cause)
  return new Outage(
    'LOG_UNAVAILABLE',
    `The event log in ${dir} could not be written. See the cause; the disk may be failing.`,
    {
      retryable: true,
      cause,
    },
  )
}

/** The error of LMDB itself about a page it cannot use, by its number, as LOG_DAMAGED; anything
 *  else as it is. */
export const nativeOutage = (error: unknown, dir: string): unknown =>
  error instanceof Error && 'code' in error && typeof error.code === 'number'
    ? damagedOutage(dir, `LMDB cannot use it (${error.message})`, error)
    : error

async function reasonOf(rejected: Promise<never>): Promise<unknown> {
  try {
    return await rejected
  } catch (reason) {
    return reason
  }
}
