// The format of a log as it says itself: a plain value, so that an older version can read and
// refuse it, with a checksum of its own.
import { crc32 } from 'node:zlib'

/** Goes up with any change to what is stored where, also in a form of the jobs' parts that versions
 *  before cannot read. A directory of an older format is taken over as it is, and from then on
 *  refused by versions that only know the older one; one of a later format is refused. */
export const formatVersion = 5
/** The first whose other values carry checksums (sealed-values.ts). */
export const sealedVersion = 2
export const formatKey = Buffer.from('format')

export type Format = { readonly version: number; readonly partitions: number }
/** The first formats had no `format`, and no `check`, a CRC-32 of the other two. */
type Stored = { readonly format?: number; readonly partitions: number; readonly check?: number }

const checkOf = ({ version, partitions }: Format): number => crc32(`${version} ${partitions}`)

export function encodeFormat({ version, partitions }: Format): Buffer {
  const stored: Stored = { format: version, partitions, check: checkOf({ version, partitions }) }
  return Buffer.from(JSON.stringify(stored))
}

/** Undefined when it is damaged. */
export function parseFormat(bytes: Uint8Array): Format | undefined {
  try {
    const { format: version = 0, partitions, check } = JSON.parse(Buffer.from(bytes).toString()) as Stored
    const canBe = Number.isInteger(version) && Number.isInteger(partitions) && version >= 0 && partitions > 0
    return canBe && (check === undefined || check === checkOf({ version, partitions }))
      ? { version, partitions }
      : undefined
  } catch {
    return undefined
  }
}
