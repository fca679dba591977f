// Before a process opens a log, its file is looked at by our own code (check-file.ts): on a damaged
// page native code may end the process without a word. A mark of each process that has the log open
// says whether the last end was clean; after one that was not, the look is longer.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderFault } from '../../base/folder-fault.ts'
import { checkFile } from './check-file.ts'
import { damagedOutage } from './sealed-values.ts'

/** How long a start may be held up: a gigabyte takes about a second where it is all small blocks,
 *  and a tenth where they are large. */
export const checkBudgetMs = { afterCleanEnd: 400, afterCrash: 5_000 } as const
const markPattern = /^opened-by-(\d+)$/
/** How often this process has each directory open. */
const openHere = new Map<string, number>()

/** Checks the log in `dir` and marks it as open. Throws Outage LOG_DAMAGED, with the remedy, when
 *  it cannot be opened safely, and LOG_UNAVAILABLE when it may not be read. Disposal is the clean
 *  end. */
export function checkedOpening(dir: string, budgetMs: typeof checkBudgetMs = checkBudgetMs): Disposable {
  const mark = join(dir, `opened-by-${process.pid}`)
  const count = openHere.get(dir) ?? 0
  if (count === 0) {
    try {
      checkFirst(dir, budgetMs)
    } catch (error) {
      throw folderFault(dir, 'LOG_UNAVAILABLE', error)
    }
    setMark(dir, mark)
  }
  openHere.set(dir, count + 1)
  return {
    [Symbol.dispose]() {
      const left = (openHere.get(dir) ?? 1) - 1
      openHere.set(dir, left)
      if (left === 0 && existsSync(mark)) rmSync(mark)
    },
  }
}

/** A folder that takes no mark is none a log can be opened in either: whoever opens it says why. */
function setMark(dir: string, mark: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    writeFileSync(mark, '')
  } catch {
    // Without a mark the next look is the short one.
  }
}

const marksIn = (dir: string): readonly string[] =>
  existsSync(dir) ? readdirSync(dir).filter((name) => markPattern.test(name)) : []
const pidOf = (mark: string): number => Number(markPattern.exec(mark)?.[1])

/** The processes that have the log in `dir` open, by their marks. The number of a process that
 *  died without a clean end may be another's by now. */
export const openersOf = (dir: string): readonly number[] => marksIn(dir).map(pidOf).filter(isAlive)

function checkFirst(dir: string, { afterCrash, afterCleanEnd }: typeof checkBudgetMs): void {
  // The number of a process that died may be another one's by now, so a mark alone spares nobody
  // the look.
  const dead = marksIn(dir).filter((name) => !isAlive(pidOf(name)))
  const { faults } = checkFile(dir, dead.length > 0 ? afterCrash : afterCleanEnd)
  const [first] = faults
  if (first !== undefined)
    throw damagedOutage(
      dir,
      `page ${first.page} of data.mdb: ${first.what}${faults.length > 1 ? `, and ${faults.length - 1} more` : ''}`,
    )
  for (const name of dead) rmSync(join(dir, name), { force: true })
}

/** Whether a process has this number; one that is not ours to signal counts. This one's number is
 *  of a process before it. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
