// The id of an event of the live feed: which records of `alert` and `trip` its reader has, as the
// next offset of every partition, so that it can go on at exactly that point, and the epoch of the
// log that the offsets were read in. Bytes in base64url: version, feeds (bits), epoch (6 bytes,
// big-endian), then feed by feed as LEB128 the number of partitions and the offsets.

/** The feeds that resume, in the order of their bits. */
export const resumableFeeds = ['alert', 'trip'] as const
export type ResumableFeed = (typeof resumableFeeds)[number]

export type ResumePoint = {
  /** The newest of the log when the offsets were read; below 2^48, 0 when nothing had been appended
   *  yet. */
  readonly epoch: number
  /** By feed: the next offset of each partition. A feed that was not followed is absent. */
  readonly offsets: Partial<Readonly<Record<ResumableFeed, readonly number[]>>>
}

/** Ids of version 1 had no epoch: whose they are cannot be told. */
const version = 2
const epochBytes = 6
const headBytes = 2 + epochBytes
const partitionsMax = 4096

export function encodeResumePoint({ epoch, offsets }: ResumePoint): string {
  const bytes: number[] = [
    version,
    resumableFeeds.reduce((bits, feed, bit) => (offsets[feed] === undefined ? bits : bits | (1 << bit)), 0),
  ]
  for (let shift = epochBytes - 1; shift >= 0; shift--) bytes.push(Math.floor(epoch / 256 ** shift) % 256)
  for (const feed of resumableFeeds) {
    const row = offsets[feed]
    if (row === undefined) continue
    writeVarint(bytes, row.length)
    for (const offset of row) writeVarint(bytes, offset)
  }
  return Buffer.from(bytes).toString('base64url')
}

/** The resume point, or undefined when the text is not one; anyone may send anything. */
export function parseResumePoint(text: string): ResumePoint | undefined {
  if (text.length > 2 * partitionsMax * resumableFeeds.length * 8) return undefined
  const bytes = Buffer.from(text, 'base64url')
  if (bytes[0] !== version || bytes.length < headBytes) return undefined
  const feeds = bytes[1] ?? 0
  if (feeds >= 1 << resumableFeeds.length) return undefined
  const cursor = { at: headBytes }
  const offsets: Partial<Record<ResumableFeed, readonly number[]>> = {}
  for (const [bit, feed] of resumableFeeds.entries()) {
    if ((feeds & (1 << bit)) === 0) continue
    const row = readRow(bytes, cursor)
    if (row === undefined) return undefined
    offsets[feed] = row
  }
  return cursor.at === bytes.length ? { epoch: bytes.readUIntBE(2, epochBytes), offsets } : undefined
}

function readRow(bytes: Uint8Array, cursor: { at: number }): number[] | undefined {
  const partitions = readVarint(bytes, cursor)
  if (partitions === undefined || partitions === 0 || partitions > partitionsMax) return undefined
  const row: number[] = []
  for (let partition = 0; partition < partitions; partition++) {
    const offset = readVarint(bytes, cursor)
    if (offset === undefined) return undefined
    row.push(offset)
  }
  return row
}

/** Arithmetic instead of shifts: offsets go beyond 32 bits. */
function writeVarint(bytes: number[], value: number): void {
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
}

function readVarint(bytes: Uint8Array, cursor: { at: number }): number | undefined {
  let value = 0
  for (let scale = 1; scale <= 2 ** 49; scale *= 0x80) {
    const byte = bytes[cursor.at++]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return Number.isSafeInteger(value) ? value : undefined
  }
  return undefined
}
