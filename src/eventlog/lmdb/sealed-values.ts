// LMDB's pages have no checksum. Blocks bring their own; every other value of a log is stored with
// one that covers its key too, so that a value that was damaged, or stands under a damaged key, is
// found when it is read.
import { crc32 } from 'node:zlib'
import type { Database, RangeOptions } from 'lmdb'
import { Outage } from '../../base/errors.ts'

/** The part of a database that the log uses for values that are no blocks. */
export type SealedValues = {
  /** Throws Outage LOG_DAMAGED when the value is not what was stored under the key. */
  getBinary(key: Uint8Array): Uint8Array | undefined
  putSync(key: Uint8Array, value: Uint8Array): void
  /** The same, as the JSON it was stored as. */
  getJson<T>(key: Uint8Array): T | undefined
  putJson(key: Uint8Array, value: unknown): void
  /** Stores a value with its checksum behind it already (`writeSeal`). */
  putSealed(key: Uint8Array, sealed: Buffer): void
  removeSync(key: Uint8Array): void
  getKeys(options?: RangeOptions): Iterable<Uint8Array>
  getRange(options?: RangeOptions): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>
  getStats(): object
}

export const sealBytes = 4

/** Writes the checksum of the value at [start, end) behind it, and gives where that ends. */
export const writeSeal = (key: Uint8Array, bytes: Buffer, start: number, end: number): number =>
  bytes.writeUInt32LE(crc32(bytes.subarray(start, end), crc32(key)), end)

/** The value with its checksum behind it. */
export function seal(key: Uint8Array, value: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(value.byteLength + sealBytes)
  sealed.set(value)
  writeSeal(key, sealed, 0, value.byteLength)
  return sealed
}

/** The value without its checksum, a view; undefined when that is wrong. No Buffer, whose `slice`
 *  copies nothing. */
export function unseal(key: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const length = sealed.byteLength - sealBytes
  if (length < 0) return undefined
  const value = new Uint8Array(sealed.buffer, sealed.byteOffset, length)
  const checksum = new DataView(sealed.buffer, sealed.byteOffset + length).getUint32(0, true)
  return checksum === crc32(value, crc32(key)) ? value : undefined
}

export function sealedValues(database: Database<Buffer, Uint8Array>, dir: string, name: string): SealedValues {
  const opened = (key: Uint8Array, sealed: Uint8Array): Uint8Array => unseal(key, sealed) ?? refuse(dir, name)
  const getBinary = (key: Uint8Array): Uint8Array | undefined => {
    const sealed = database.getBinary(key)
    return sealed === undefined ? undefined : opened(key, sealed)
  }
  const putSealed = (key: Uint8Array, sealed: Buffer): void => {
    database.putSync(key, sealed)
  }
  return {
    getBinary,
    putSync: (key, value) => putSealed(key, seal(key, value)),
    getJson: <T>(key: Uint8Array) => {
      const value = getBinary(key)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the seal says that it is what `putJson` stored
      return value === undefined
        ? undefined
        : (JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString()) as T)
    },
    putJson: (key, value) => putSealed(key, seal(key, Buffer.from(JSON.stringify(value)))),
    putSealed,
    removeSync: (key) => {
      database.removeSync(key)
    },
    getKeys: (options) => database.getKeys(options),
    getRange: (options) => database.getRange(options).map(({ key, value }) => ({ key, value: opened(key, value) })),
    getStats: () => database.getStats(),
  }
}

function refuse(dir: string, name: string): never {
  throw damagedOutage(dir, `an entry of its ${name} does not match its checksum`)
}

/** The log in `dir` is damaged beyond what reading can pass over. */
export const damagedOutage = (dir: string, what: string, cause?: unknown): Outage =>
  new Outage(
    'LOG_DAMAGED',
    `The event log in ${dir} is damaged: ${what}. Check the disk; then \`npm run roadstream -- salvage\` copies what can still be read into a new log and keeps the damaged one beside it.`,
    { retryable: false, cause },
  )

/** Seals the values of a database that were stored without. Only inside a transaction. */
export function sealAll(database: Database<Buffer, Uint8Array>): void {
  for (const { key, value } of Array.from(database.getRange())) database.putSync(key, seal(key, value))
}
