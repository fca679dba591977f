// Whether a log that nobody has open is whole: every page, and every value that is no block.
// Damaged blocks are read past, and need no salvage.
import { join } from 'node:path'
import { checkFile } from './check-file.ts'
import { formatKey, parseFormat } from './format.ts'
import { gatherEntries } from './gather-entries.ts'
import { openPageFile } from './page-file.ts'

export function isWhole(dir: string): boolean {
  if (checkFile(dir, Infinity).faults.length > 0) return false
  using file = openPageFile(join(dir, 'data.mdb'))
  if (file.bytes === 0) return true
  const { state, tasks, metaEntries, opened } = gatherEntries(file)
  return [...state, ...tasks, ...metaEntries].every(({ key, value }) => {
    const stored = value()
    // The format alone has its checksum within it.
    return (key.equals(formatKey) && stored !== undefined ? parseFormat(stored) : opened(key, stored)) !== undefined
  })
}
