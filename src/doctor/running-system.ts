// The Roadstream that runs on the data folder, if there is one, as it is seen from outside.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { isFolderHeld } from '../base/folder-lock.ts'

export type RunningSystem = {
  /** Its processes, as far as they have the logs open. */
  readonly pids: readonly number[]
  readonly isRunning: boolean
}

/** The folders that a role locks. */
const locked = ['log', 'derived', 'postgres'] as const

/** `openers`: the processes that have the logs open. */
export async function findRunningSystem(dataDir: string, openers: readonly number[]): Promise<RunningSystem> {
  const held = await Promise.all(locked.map((name) => isFolderHeld(join(dataDir, name)).catch(() => false)))
  return { pids: openers, isRunning: held.includes(true) }
}

/** State "listening" of the kernel's table of TCP sockets. */
const listening = '0A'

/** Whether one of the processes listens on the port; undefined where the system does not tell
 *  (elsewhere than on Linux, and of processes of another user). */
export function listensOn(port: number, pids: readonly number[]): boolean | undefined {
  if (process.platform !== 'linux') return undefined
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listenersIn(table, port)))
  let isTold = true
  for (const pid of pids)
    try {
      for (const file of readdirSync(`/proc/${pid}/fd`))
        if (sockets.has(targetOf(`/proc/${pid}/fd/${file}`))) return true
    } catch {
      isTold = false
    }
  return isTold ? false : undefined
}

/** Names of sockets as links of file descriptors have them. */
function listenersIn(table: string, port: number): readonly string[] {
  const rows = textOf(table).split('\n').slice(1)
  return rows.flatMap((row) => {
    const [, local = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/)
    return state === listening && Number.parseInt(local.split(':').at(-1) ?? '', 16) === port
      ? [`socket:[${inode}]`]
      : []
  })
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    // Closed just then.
    return ''
  }
}
