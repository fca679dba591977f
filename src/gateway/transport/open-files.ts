// How many files this process may open, as a connection is one. Out of them, libuv takes a client in and closes it at once without telling
// anyone, so the time to say it is before.
import { readFileSync } from 'node:fs'
import type { Logger } from '../../base/logger.ts'

/** What the log, its threads and the standard streams open besides the connections. */
const ownFiles = 100

/** The soft limit; undefined where the system does not tell (elsewhere than on Linux) or there is none. Node raises it to the hard one at start. */
function openFilesMax(): number | undefined {
  try {
    const max = Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
    return Number.isNaN(max) ? undefined : max
  } catch {
    return undefined
  }
}

/** Warns when the connections that are allowed would not all find a file descriptor. */
export function warnOfFewFiles(connectionsMax: number, logger: Logger): void {
  const openFiles = openFilesMax()
  if (openFiles !== undefined && openFiles < connectionsMax + ownFiles)
    logger.warn({ openFiles, connections: connectionsMax }, 'fewer files may be opened than connections are allowed: raise `ulimit -n`')
}
