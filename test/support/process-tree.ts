// The processes of this machine by `/proc`, to tell which are below which: a database is several.
import { readFileSync, readdirSync } from 'node:fs'

/** A process: its number, its parent's, and the CPU it took, in ticks of 10 ms, those of children
 *  that ended too. */
type Process = { readonly pid: number; readonly parent: number; readonly ticks: number }

function allProcesses(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
        const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0)
        return [{ pid: Number(name), parent: Number(fields[1]), ticks }]
      } catch {
        return []
      }
    })
}

/** The process and those below it, parents first. */
export function processTree(root: number): readonly Process[] {
  const all = allProcesses()
  const found = all.filter(({ pid }) => pid === root)
  for (const member of found) found.push(...all.filter(({ parent }) => parent === member.pid))
  return found
}
