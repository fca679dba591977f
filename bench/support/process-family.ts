// This process and those below it under measure, by `/proc`: a database is several.
import { readFileSync, readdirSync } from 'node:fs'

/** Of `/proc`: the number, its parent's, and ticks of 10 ms, those of children that ended too. */
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

/** This process and those below it. */
function family(): readonly Process[] {
  const all = allProcesses()
  const found = all.filter(({ pid }) => pid === process.pid)
  for (const member of found) found.push(...all.filter(({ parent }) => parent === member.pid))
  return found
}

/** Of this process and all below it. */
export const cpuMicros = (): number => family().reduce((sum, { ticks }) => sum + ticks * 10_000, 0)

/** Of the same: what no other process has, or the share of what several have. */
export function memoryMb(kind: 'own' | 'shared'): number {
  let [own, proportional] = [0, 0]
  for (const { pid } of family()) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0)
    own += kilobytes('Private_Clean') + kilobytes('Private_Dirty')
    proportional += kilobytes('Pss')
  }
  return (kind === 'own' ? own : proportional - own) / 1024
}
