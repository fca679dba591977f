// A server that is left over of a run that was killed. Its file `postmaster.pid` names it, and has
// the shared memory by which PostgreSQL tells that a process of it still works on the files: the
// file is never removed here.
import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '../../../base/logger.ts'
import { pause } from '../../../base/wait-out.ts'

const lookEveryMs = 20
/** Signals, each with how long it is waited for: stop with a last checkpoint; stop at once; end. */
const signals: readonly (readonly [NodeJS.Signals, number])[] = [
  ['SIGINT', 20_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
]

/** Ends the server that runs on the folder, if there is one; the caller holds the folder's lock.
 *  Resolves when it is gone. */
export async function endLeftOver(path: string, logger: Logger, signal: AbortSignal): Promise<void> {
  const file = join(path, 'postmaster.pid')
  const lines = readLines(file)
  const pid = Number(lines[0])
  if (Number.isInteger(pid) && pid > 1) {
    if (isServerOf(path, pid)) {
      logger.warn({ pid }, 'the database of an earlier run still runs; it is stopped first')
      await end(() => isServerOf(path, pid), pid, signal)
    } else if (isAlive(pid)) {
      // The number is another program's by now. PostgreSQL would take it for a server; its own
      // parent it does not.
      writeFileSync(file, [String(process.pid), ...lines.slice(1)].join('\n'))
    }
  }
  for (const name of ['.s.PGSQL.5432', '.s.PGSQL.5432.lock']) rmSync(join(path, name), { force: true })
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}

async function end(isThere: () => boolean, pid: number, signal: AbortSignal): Promise<void> {
  for (const [name, forMs] of signals) {
    if (isThere()) process.kill(pid, name)
    for (const began = performance.now(); performance.now() - began < forMs && !signal.aborted;) {
      if (!isThere()) return
      await pause(lookEveryMs, signal)
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Told by the folder that it runs in; where the system does not say that, by its command. */
function isServerOf(path: string, pid: number): boolean {
  try {
    if (process.platform === 'linux')
      return (
        readFileSync(`/proc/${pid}/comm`, 'utf8') === 'postgres\n' &&
        readlinkSync(`/proc/${pid}/cwd`) === realpathSync(path)
      )
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes(`-D ${path} `)
  } catch {
    return false
  }
}
