// This process and those below it under measure: a database is several.
import { readFileSync } from 'node:fs'
import { processTree } from '../../test/support/process-tree.ts'

/** Of this process and all below it but `without`, a generator of load. */
export const cpuMicros = (without?: number): number =>
  processTree(process.pid).reduce((sum, { pid, ticks }) => sum + (pid === without ? 0 : ticks * 10_000), 0)

/** Of the same: what no other process has, or the share of what several have. */
export function memoryMb(kind: 'own' | 'shared'): number {
  let [own, proportional] = [0, 0]
  for (const { pid } of processTree(process.pid)) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0)
    own += kilobytes('Private_Clean') + kilobytes('Private_Dirty')
    proportional += kilobytes('Pss')
  }
  return (kind === 'own' ? own : proportional - own) / 1024
}
