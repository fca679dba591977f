// Limits that the system sets to a process: open files and memory.
import { availableParallelism, totalmem } from 'node:os'
import { countText, findingsOf, sizeText, type Examination, type Finding } from '../base/finding.ts'
import { defaultLimits } from '../gateway/gateway-limits.ts'
import { connectionFilesMax } from '../gateway/transport/open-files.ts'
import type { RunningSystem } from './running-system.ts'

/** Own memory of the whole system with a few hundred cars, as docs/figures.md has it, and some room
 *  for a burst. */
const wantedBytes = 1e9
/** Room for fewer connections than that is soon found: the soft limit of many systems gives 500. */
const connectionsWanted = 5_000
/** Left beside one that runs. */
const spareBytes = 200e6

export const processExamination = (system: RunningSystem): Examination => ({
  name: 'process',
  look: () =>
    Promise.resolve([
      filesFinding(connectionFilesMax(), defaultLimits.connections),
      memoryFinding(
        {
          totalBytes: Math.min(totalmem(), process.constrainedMemory() || Infinity),
          freeBytes: process.availableMemory(),
        },
        system.isRunning,
      ),
    ]),
})

/** `room`: connections that there are files for. */
export function filesFinding(room: number, connections: number): Finding {
  const { ok, warning, unknown } = findingsOf('open files')
  if (room === Number.POSITIVE_INFINITY)
    return unknown(
      'this system does not tell how many files a process may open',
      'compare `ulimit -n` with the cars there are',
    )
  const says = `enough for ${countText(room, 'connection')} (the gateway takes ${countText(connections, 'connection')} at most)`
  return room >= Math.min(connections, connectionsWanted)
    ? ok(says)
    : warning(
        says,
        `if that is fewer than your cars: raise the limit of open files of the process, \`ulimit -n 65536\`, or LimitNOFILE=65536 in a unit of systemd`,
      )
}

type Memory = { readonly totalBytes: number; readonly freeBytes: number }

export function memoryFinding({ totalBytes, freeBytes }: Memory, isRunning: boolean): Finding {
  const { ok, warning } = findingsOf('memory')
  const says = `${sizeText(freeBytes)} of ${sizeText(totalBytes)} available, ${countText(availableParallelism(), 'processor')}`
  const leastBytes = isRunning ? spareBytes : wantedBytes
  return freeBytes >= leastBytes
    ? ok(says)
    : warning(
        says,
        `${isRunning ? 'a system that runs' : 'a start'} should find ${sizeText(leastBytes)}: end other programs, or give this machine or container more`,
      )
}
