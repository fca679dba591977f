// How many connections this process has file descriptors for. Without one left, libuv takes a
// client in and closes it at once without telling anyone, and the log, the tables and the API find
// no file either: so clients are turned away before, and that is said.
import { readFileSync } from 'node:fs'

/** Files that everything else in the process may open: the log, the tables, the API with its
 *  clients. */
const otherFiles = 200

/** By the soft limit, which Node raises to the hard one at start; infinite where the system does
 *  not tell (elsewhere than on Linux). */
export function connectionFilesMax(): number {
  try {
    const max = Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
    return Number.isNaN(max) ? Number.POSITIVE_INFINITY : Math.max(max - otherFiles, Math.floor(max / 2))
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
