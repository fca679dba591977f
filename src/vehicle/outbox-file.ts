// The outbox on disk: one append-only file a vehicle, so that what was not acknowledged survives
// the car's process being killed, and, but for the last `syncMs`, its power being cut (critical
// messages are synced at once).
//
//   file  = entry*           entry = length u32 · crc32 u32 · body        (big-endian; length and CRC are of the body)
//   body  = kind u8 (1 put, 2 settle) · stream u8 · boot 8 bytes · seq u64 · payload (put only)
//
// Invariants: an entry is whole or it is not there (what follows the first broken one is a torn
// tail and is cut off); the file is rewritten through a second file and a rename, so at every
// moment one whole outbox is on the disk.
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { Outage } from '../base/errors.ts'
import type { Logger } from '../base/logger.ts'
import { syncFolder, syncFoldersAbove } from '../base/sync-folder.ts'
import { messageLimits } from '../model/message-check.ts'
import { uplinkStreams, type UplinkStream } from '../model/topic.ts'
import type { VehicleRef } from '../model/vehicle-id.ts'
import { clearDeadline, newDeadline, setDeadline } from './deadlines.ts'
import type { OutboxEntry, OutboxJournal } from './outbox.ts'

const headerBytes = 8
const idBytes = 18
const kinds = { put: 1, settle: 2 } as const
/** A rewrite is worth it when settled entries take more than this, and more than what is still
 *  unsettled. */
const wasteBytesMin = 256 * 1024
/** After a failed write, how long until the whole outbox is written anew. */
const retryMs = 10_000

export type StoredMessage = {
  readonly stream: UplinkStream
  readonly boot: string
  readonly seq: number
  readonly payload: string
}

type Id = Pick<OutboxEntry, 'stream' | 'boot' | 'seq'>
const idOf = ({ stream, boot, seq }: Id): string => `${stream} ${boot} ${seq}`

/** One entry of the file. */
export function encodeEntry(kind: keyof typeof kinds, id: Id, payload = ''): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + idBytes + Buffer.byteLength(payload))
  bytes.writeUInt32BE(bytes.length - headerBytes, 0)
  bytes[headerBytes] = kinds[kind]
  bytes[headerBytes + 1] = uplinkStreams.indexOf(id.stream)
  bytes.write(id.boot, headerBytes + 2, 'hex')
  bytes.writeBigUInt64BE(BigInt(id.seq), headerBytes + 10)
  bytes.write(payload, headerBytes + idBytes)
  bytes.writeUInt32BE(crc32(bytes.subarray(headerBytes)), 4)
  return bytes
}

/** The unsettled messages of a file's bytes, in the order they were put, and how many bytes are
 *  whole entries. */
export function decodeEntries(bytes: Buffer): {
  readonly messages: readonly StoredMessage[]
  readonly wholeBytes: number
} {
  const messages = new Map<string, StoredMessage>()
  let at = 0
  while (at + headerBytes + idBytes <= bytes.length) {
    const length = bytes.readUInt32BE(at)
    const end = at + headerBytes + length
    if (length < idBytes || length > idBytes + messageLimits.bytes || end > bytes.length) break
    const body = bytes.subarray(at + headerBytes, end)
    const stream = uplinkStreams[body.readUInt8(1)]
    if (crc32(body) !== bytes.readUInt32BE(at + 4) || stream === undefined) break
    const id = { stream, boot: body.toString('hex', 2, 10), seq: Number(body.readBigUInt64BE(10)) }
    if (body[0] === kinds.put) messages.set(idOf(id), { ...id, payload: body.toString('utf8', idBytes) })
    else messages.delete(idOf(id))
    at = end
  }
  return { messages: [...messages.values()], wholeBytes: at }
}

export type OutboxFileOptions = {
  readonly folder: string
  readonly ref: VehicleRef
  readonly syncMs: number
  readonly logger: Logger
}

export interface OutboxFile extends OutboxJournal, Disposable {
  /** Messages that earlier runs left, oldest first. */
  readonly left: readonly StoredMessage[]
  /** Where a rewrite takes the unsettled messages from. Set once, before the first put. */
  pending: () => Iterable<OutboxEntry>
}

/** Opens a vehicle's file in `folder`, which many vehicles may share. Throws an `Outage`:
 *  `OUTBOX_FOLDER` when the folder cannot be used, `OUTBOX_BUSY` when another living process has
 *  this vehicle open. Later failures of the disk are logged, never thrown: the vehicle goes on from
 *  memory and writes all of it again when the disk is back. */
export function openOutboxFile({ folder, ref, syncMs, logger }: OutboxFileOptions): OutboxFile {
  // A comma is in no tenant and no vehicle, so two vehicles never share a name.
  const path = join(folder, `${ref.tenant},${ref.vehicle}.outbox`)
  const unlock = lock(folder, `${path}.lock`)
  try {
    return new AppendedOutbox(path, syncMs, logger, unlock)
  } catch (error) {
    unlock()
    throw new Outage('OUTBOX_FOLDER', `The outbox ${path} cannot be opened; see that the folder is writable.`, {
      retryable: false,
      cause: error,
    })
  }
}

class AppendedOutbox implements OutboxFile {
  readonly left: readonly StoredMessage[]
  pending: () => Iterable<OutboxEntry> = () => []
  readonly #path: string
  readonly #syncMs: number
  readonly #logger: Logger
  readonly #unlock: () => void
  readonly #sync = newDeadline(() => this.#attempt(() => fdatasyncSync(this.#fd)))
  #fd: number
  #fileBytes: number
  #pendingBytes: number
  #retryAt = 0

  constructor(path: string, syncMs: number, logger: Logger, unlock: () => void) {
    this.#path = path
    this.#syncMs = syncMs
    this.#logger = logger
    this.#unlock = unlock
    const bytes = readIfThere(path)
    const { messages, wholeBytes } = decodeEntries(bytes)
    if (wholeBytes < bytes.length)
      logger.warn({ cutBytes: bytes.length - wholeBytes }, 'the outbox ended in a torn entry, which was cut off')
    this.left = messages
    this.#fd = -1
    this.#fileBytes = this.#pendingBytes = 0
    this.#replace(messages)
  }

  put(entry: OutboxEntry): void {
    const bytes = encodeEntry('put', entry, entry.payload)
    this.#pendingBytes += bytes.length
    this.#append(bytes)
    if (entry.stream === 'critical' || this.#syncMs === 0) this.#attempt(() => fdatasyncSync(this.#fd))
    else if (this.#sync.tick < 0) setDeadline(this.#sync, this.#syncMs)
  }

  settle(entry: OutboxEntry): void {
    this.#pendingBytes -= headerBytes + idBytes + entry.bytes
    this.#append(encodeEntry('settle', entry))
    const waste = this.#fileBytes - this.#pendingBytes
    if (waste > wasteBytesMin && waste > this.#pendingBytes) this.#rewrite(entry)
  }

  [Symbol.dispose](): void {
    clearDeadline(this.#sync)
    this.#attempt(() => fdatasyncSync(this.#fd))
    if (this.#retryAt > 0) this.#rewrite()
    if (this.#fd >= 0) closeSync(this.#fd)
    this.#fd = -1
    this.#unlock()
  }

  #append(bytes: Buffer): void {
    if (this.#retryAt > 0) {
      if (performance.now() >= this.#retryAt) this.#rewrite()
      return
    }
    this.#attempt(() => {
      // A short write is a full disk: the next one says so, and the rewrite mends the torn entry.
      if (writeSync(this.#fd, bytes) < bytes.length) throw new Error('short write')
      this.#fileBytes += bytes.length
    })
  }

  #attempt(work: () => void): void {
    if (this.#retryAt > 0) return
    try {
      work()
    } catch (error) {
      this.#retryAt = performance.now() + retryMs
      this.#logger.error({ err: error }, 'the outbox cannot be written: messages are kept in memory only until it can')
    }
  }

  /** All that is unsettled, in a new file; `but` is being settled just now. */
  #rewrite(but?: OutboxEntry): void {
    const wasBroken = this.#retryAt > 0
    this.#retryAt = 0
    this.#attempt(() => this.#replace([...this.pending()].filter((entry) => entry !== but)))
    if (wasBroken && this.#retryAt === 0) this.#logger.info('the outbox can be written again')
  }

  #replace(messages: readonly StoredMessage[]): void {
    const bytes = Buffer.concat(messages.map((message) => encodeEntry('put', message, message.payload)))
    const next = openSync(`${this.#path}.next`, 'w', 0o600)
    try {
      writeFileSync(next, bytes)
      fsyncSync(next)
      renameSync(`${this.#path}.next`, this.#path)
      syncFolder(dirname(this.#path))
    } catch (error) {
      closeSync(next)
      throw error
    }
    if (this.#fd >= 0) closeSync(this.#fd)
    this.#fd = next
    this.#fileBytes = this.#pendingBytes = bytes.length
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}

/** Lock files this process holds: in a container every run has the same process id, so the id alone
 *  would lock us out. */
const held = new Set<string>()

function lock(folder: string, path: string): () => void {
  const busy = (pid: number): Outage =>
    new Outage(
      'OUTBOX_BUSY',
      `The outbox ${path} is held by process ${pid}: one vehicle runs once. If that process is another program, delete the file.`,
      { retryable: false },
    )
  if (held.has(path)) throw busy(process.pid)
  try {
    if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) syncFoldersAbove(folder)
    const owner = Number(readIfThere(path).toString())
    if (owner > 0 && owner !== process.pid && isAlive(owner)) throw busy(owner)
    rmSync(path, { force: true })
    // `wx`: of two processes that find a dead owner, one makes the file.
    writeFileSync(path, String(process.pid), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (error instanceof Outage) throw error
    throw new Outage('OUTBOX_FOLDER', `The folder ${folder} cannot be used for outboxes; see that it is writable.`, {
      retryable: false,
      cause: error,
    })
  }
  held.add(path)
  return () => {
    held.delete(path)
    rmSync(path, { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
