// The last step of a move: folders of before are put aside under names with its date, and what was
// filled takes their place. Each renaming is done unless it was, so the step may be cut anywhere
// and done again.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { syncFolder } from '../base/sync-folder.ts'

export type Folders = readonly { readonly folder: string; readonly filling: string | undefined }[]

const keptName = (folder: string, stamp: string): string => `${folder}.before-${stamp}`

/** Gives the folders that hold what was before. `from`, `to`: of the engines that were moved and of
 *  those that were filled. */
export function switchFolders(dataDir: string, stamp: string, from: Folders, to: Folders): readonly string[] {
  const own = new Set([...from, ...to].map(({ folder }) => folder))
  const kept: string[] = []
  for (const name of own) {
    const folder = join(dataDir, name)
    const aside = join(dataDir, keptName(name, stamp))
    const filling = to.find((each) => each.folder === name)?.filling
    const isFilled = filling !== undefined && existsSync(join(dataDir, filling))
    const isOfBefore = from.some((each) => each.folder === name) || isFilled
    if (isOfBefore && !existsSync(aside) && holdsData(folder)) renameSync(folder, aside)
    if (existsSync(aside)) kept.push(keptName(name, stamp))
    if (!isFilled) continue
    // A folder that stands there now has nothing but a lock of a start that was refused.
    assert(!holdsData(folder), `${folder} was put aside`)
    rmSync(folder, { recursive: true, force: true })
    renameSync(join(dataDir, filling), folder)
  }
  syncFolder(dataDir)
  return kept
}

const holdsData = (folder: string): boolean =>
  existsSync(folder) && readdirSync(folder).some((name) => name === 'data.mdb' || name === 'cluster')
