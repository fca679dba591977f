// Room on the disk of a folder, in words for a person where there is too little.
import { existsSync, statfsSync } from 'node:fs'
import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Outage } from './errors.ts'
import { sizeText } from './finding.ts'

/** Bytes that this process may still write in the folder, or where it would be made. */
function freeBytesIn(dir: string): number {
  if (!existsSync(dir) && dirname(dir) !== dir) return freeBytesIn(dirname(dir))
  const { bavail, bsize } = statfsSync(dir)
  return bavail * bsize
}

export type Disk = { readonly id: number; readonly freeBytes: number; readonly totalBytes: number }

/** The disk of a folder that is there: folders on one have the same id. */
export async function diskOf(dir: string): Promise<Disk> {
  const [{ dev }, { bavail, blocks, bsize }] = await Promise.all([stat(dir), statfs(dir)])
  return { id: dev, freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}

/** Throws an Outage with the code (retryable) where fewer bytes than that are left. `cause`: what
 *  failed, and may have failed of it. */
export function needRoom(dir: string, code: string, leastBytes: number, cause?: unknown): void {
  const freeBytes = freeBytesIn(dir)
  if (freeBytes >= leastBytes) return
  throw new Outage(
    code,
    `The disk of ${dir} is full: ${sizeText(freeBytes)} are left, and ${sizeText(leastBytes)} are needed. Free some room there, or name a data folder on a larger one (ROADSTREAM_DATA). Nothing is damaged by it.`,
    { retryable: true, cause },
  )
}
