// The data folder: whether it is there, whether this user may use it and all that is in it, and who
// has it.
import { constants, accessSync, existsSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findingsOf, type Examination, type Finding } from '../base/finding.ts'
import type { Config } from '../config/config.ts'
import type { RunningSystem } from './running-system.ts'

const { ok, problem } = findingsOf('data folder')
const mayUse = constants.R_OK | constants.W_OK | constants.X_OK
const ownRemedy =
  'run this as the user that owns it, give it to that user (chown -R), or name another folder in ROADSTREAM_DATA'

export const dataFolderExamination = ({ dataDir }: Config, system: RunningSystem): Examination => ({
  name: 'data folder',
  look: () => Promise.resolve([folderFinding(dataDir), holderFinding(system)]),
})

export function folderFinding(dataDir: string): Finding {
  const there = nearest(dataDir)
  if (!statSync(there).isDirectory())
    return problem(`${there} is no folder`, 'name a folder in ROADSTREAM_DATA, or move that file away')
  if (there !== dataDir) {
    const fault = faultOf(there)
    return fault === undefined
      ? ok(`${dataDir} is not there yet; the first start makes it`)
      : problem(`${dataDir} is not there, and cannot be made: ${fault}`, ownRemedy)
  }
  const fault = faultOf(dataDir) ?? partsOf(dataDir).flatMap((part) => faultOf(part) ?? [])[0]
  return fault === undefined ? ok(`${dataDir}, which this user may read and write`) : problem(fault, ownRemedy)
}

const partsOf = (dataDir: string): readonly string[] =>
  readdirSync(dataDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(dataDir, name))

/** The path itself, or the nearest one above it at which something is. */
const nearest = (path: string): string => (existsSync(path) || dirname(path) === path ? path : nearest(dirname(path)))

/** The folder itself, or the nearest one above it that is there. */
export function existingAbove(path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  return isFolder || dirname(path) === path ? path : existingAbove(dirname(path))
}

/** Why this process may not use the folder; undefined when it may. */
function faultOf(path: string): string | undefined {
  try {
    accessSync(path, mayUse)
    return undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const { uid, mode } = lstatSync(path)
    return `${path} may not be read and written by this user (${code}; it is the user ${process.getuid?.() ?? 'unknown'}, and the folder is the user ${uid}'s with the mode ${(mode & 0o777).toString(8)})`
  }
}

function holderFinding({ pids, isRunning }: RunningSystem): Finding {
  const holder = findingsOf('running system')
  if (!isRunning && pids.length === 0) return holder.ok('none on this data folder')
  return holder.ok(
    `one on this data folder${pids.length === 0 ? '' : ` (process ${pids.join(', ')})`}: its settings are taken to be those of this command`,
  )
}
