// The id of an event of the live feed: which records of `alert` and `trip` its reader has, as the next offset of every partition, so that it can
// go on at exactly that point. Bytes in base64url: version, feeds (bits), number of partitions, then the offsets as LEB128, feed by feed.

/** The feeds that resume, in the order of their bits. */
export const resumableFeeds = ['alert', 'trip'] as const
export type ResumableFeed = (typeof resumableFeeds)[number]

export type ResumePoint = {
  readonly partitions: number
  /** By feed: the next offset of each partition. A feed that was not followed is absent. */
  readonly offsets: Partial<Readonly<Record<ResumableFeed, readonly number[]>>>
}

const version = 1
const partitionsMax = 4096

export function encodeResumePoint({ partitions, offsets }: ResumePoint): string {
  const bytes: number[] = [version, resumableFeeds.reduce((bits, feed, bit) => (offsets[feed] === undefined ? bits : bits | (1 << bit)), 0)]
  writeVarint(bytes, partitions)
  for (const feed of resumableFeeds) for (const offset of offsets[feed] ?? []) writeVarint(bytes, offset)
  return Buffer.from(bytes).toString('base64url')
}

/** The resume point, or undefined when the text is not one; anyone may send anything. */
export function parseResumePoint(text: string): ResumePoint | undefined {
  if (text.length > 2 * partitionsMax * resumableFeeds.length * 8) return undefined
  const bytes = Buffer.from(text, 'base64url')
  if (bytes[0] !== version) return undefined
  const feeds = bytes[1] ?? 0
  const cursor = { at: 2 }
  const partitions = readVarint(bytes, cursor)
  if (partitions === undefined || partitions === 0 || partitions > partitionsMax || feeds >= 1 << resumableFeeds.length) return undefined
  const offsets: Partial<Record<ResumableFeed, number[]>> = {}
  for (const [bit, feed] of resumableFeeds.entries()) {
    if ((feeds & (1 << bit)) === 0) continue
    const row: number[] = []
    for (let partition = 0; partition < partitions; partition++) {
      const offset = readVarint(bytes, cursor)
      if (offset === undefined) return undefined
      row.push(offset)
    }
    offsets[feed] = row
  }
  return cursor.at === bytes.length ? { partitions, offsets } : undefined
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
