// Files of a folder under measure.
import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'

/** As the file system counts them, of a file or of all below a folder; 0 where nothing is. */
export function diskBytes(path: string): number {
  let stats: Stats
  try {
    stats = lstatSync(path)
  } catch {
    // It went just now, as files of the database do.
    return 0
  }
  if (!stats.isDirectory()) return stats.blocks * 512
  return readdirSync(path).reduce((sum, name) => sum + diskBytes(join(path, name)), stats.blocks * 512)
}
