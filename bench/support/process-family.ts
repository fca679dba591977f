// This process and those below it under measure: a database is several.
import { readFileSync, readdirSync } from 'node:fs'
import { processTree } from '../../test/support/process-tree.ts'

/** Of this process and all below it. */
export const cpuMicros = (): number => processTree(process.pid).reduce((sum, { ticks }) => sum + ticks * 10_000, 0)

/** By process and thread: its name, and the CPU it took. */
export type ThreadTimes = ReadonlyMap<string, { readonly name: string; readonly micros: number }>

/** Of this process and all below it but those `without`. To the nanosecond (`schedstat`): ticks are
 *  too coarse for threads that wake often. */
export function threadTimes(without: ReadonlySet<number> = new Set()): ThreadTimes {
  const times = new Map<string, { readonly name: string; readonly micros: number }>()
  for (const { pid } of processTree(process.pid))
    if (!without.has(pid))
      for (const { thread, name, ns } of threadsOf(pid)) times.set(`${pid}/${thread}`, { name, micros: ns / 1000 })
  return times
}

/** By the name of the thread; what all processes of a database took together. Threads that ended
 *  meanwhile are not counted. */
export function cpuMicrosByName(before: ThreadTimes, after: ThreadTimes): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const [thread, { name, micros }] of after)
    sums.set(name, (sums.get(name) ?? 0) + micros - (before.get(thread)?.micros ?? 0))
  return sums
}

function threadsOf(pid: number): { readonly thread: string; readonly name: string; readonly ns: number }[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => {
      const read = (file: string): string => readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'utf8')
      return { thread, name: read('comm').trim(), ns: Number(read('schedstat').split(' ')[0]) }
    })
  } catch {
    // It ended just now.
    return []
  }
}

/** Of the same: what no other process has, or the share of what several have. */
export function memoryMb(kind: 'own' | 'shared'): number {
  let [own, proportional] = [0, 0]
  for (const { pid } of processTree(process.pid)) {
    const megabytes = rollupOf(pid)
    own += megabytes('Private_Clean') + megabytes('Private_Dirty')
    proportional += megabytes('Pss')
  }
  return kind === 'own' ? own : proportional - own
}

/** By the names that the system gives them; nothing of a process that ended just now. */
function rollupOf(pid: number): (name: string) => number {
  let rollup = ''
  try {
    rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  } catch {}
  return (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0) / 1024
}

export type ProcessMemory = {
  readonly pid: number
  readonly command: string
  /** Memory of its own, its share of what it shares with others by no file, and its share of files
   *  that it has mapped, which the system takes back when it needs room. */
  readonly ownMb: number
  readonly sharedMb: number
  readonly filesMb: number
}

/** Of a process and all below it. */
export const memoryByProcess = (of: number): readonly ProcessMemory[] =>
  processTree(of).flatMap(({ pid }) => {
    const megabytes = rollupOf(pid)
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      const [ownMb, sharedMb, filesMb] = [megabytes('Pss_Anon'), megabytes('Pss_Shmem'), megabytes('Pss_File')]
      return [{ pid, command, ownMb, sharedMb, filesMb }]
    } catch {
      // It ended just now.
      return []
    }
  })
