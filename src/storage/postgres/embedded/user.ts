// The user that PostgreSQL runs as. It refuses root, since whoever breaks into it would be root:
// then it runs in a user namespace, where it is nobody and has no rights but those of a file's
// owner; and where the system allows no namespaces, as a user that nothing else runs as, since
// whoever is the same user reads its files and its memory.
import { execFileSync } from 'node:child_process'
import { chownSync, lchownSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '../../../base/logger.ts'
import { copyBinaries, layLinks, noBinaries, programOf, type Binaries } from './binaries.ts'

export type Ids = { readonly uid: number; readonly gid: number }

/** How PostgreSQL's programs are run. */
export type Runner = {
  readonly binaries: Binaries
  /** Goes before the program and its arguments. */
  readonly wrapper: readonly string[]
  /** The user to become; absent: none but the present one. */
  readonly become: Ids | undefined
  /** The same for `initdb` and the single-user mode, which refuse users without a name. The files
   *  are given to this user meanwhile. */
  readonly maker: Ids | undefined
  /** The owner that PostgreSQL's files must have; absent: the present user, who can give them
   *  none. */
  readonly owner: Ids | undefined
}

type Way = Omit<Runner, 'binaries'>

const nobody = 65_534
/** Of the numbers that Debian and systemd give to no user (60,706 to 61,183 there), so that it has
 *  no name and no other processes. */
const ownUser = 60_999
const namespace = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`]
/** A folder of the root user cannot be entered by others by its path; by the process that is in it
 *  already, it can. */
export const dataFolder = (path: string): string => (process.platform === 'linux' ? '/proc/self/cwd' : path)

export type RunnerOptions = {
  readonly binaries: Binaries
  readonly logger: Logger
  readonly isRoot?: boolean
  /** Whether the system lets this process make user namespaces. */
  readonly hasNamespaces?: () => boolean
  /** Where a copy of the binaries goes; the folder of temporary files by default. */
  readonly copiesIn?: string
}

/** Runs PostgreSQL once to see that it runs. Throws an Outage when it does not. */
export function openRunner({
  binaries,
  logger,
  isRoot = process.getuid?.() === 0,
  hasNamespaces = () => runs([...namespace, 'true'], undefined) === undefined,
  copiesIn,
}: RunnerOptions): Runner {
  const way = !isRoot ? asPresentUser : hasNamespaces() ? inNamespace : asOwnUser()
  const inPlace = laidInPlace(binaries) ? tried(way, binaries) : undefined
  const runner = inPlace ?? tried(way, copyBinaries(binaries, copiesIn))
  if (runner === undefined) {
    const fault = runs([...way.wrapper, programOf(binaries, 'postgres'), '--version'], way.become)
    throw noBinaries('PostgreSQL does not run on this system', fault)
  }
  if (way.become !== undefined)
    logger.warn(
      { binaries: runner.binaries.dir },
      `PostgreSQL refuses to run as root and this system allows no user namespaces: the database runs as the user ${ownUser}, who has no name and owns its files`,
    )
  else if (runner !== inPlace)
    logger.info({ binaries: runner.binaries.dir }, 'the database runs from a copy of its programs')
  return runner
}

const asPresentUser: Way = { wrapper: [], become: undefined, maker: undefined, owner: undefined }
const inNamespace: Way = { wrapper: namespace, become: undefined, maker: undefined, owner: { uid: 0, gid: 0 } }

function asOwnUser(): Way {
  if (process.platform !== 'linux') throw noBinaries('PostgreSQL refuses to run as root; start as another user')
  const own = { uid: ownUser, gid: ownUser }
  return { wrapper: [], become: own, maker: { uid: nobody, gid: nobody }, owner: own }
}

function laidInPlace(binaries: Binaries): boolean {
  try {
    layLinks(binaries)
    return true
  } catch {
    // The packages were installed by another user.
    return false
  }
}

function tried(way: Way, binaries: Binaries): Runner | undefined {
  const fault = runs([...way.wrapper, programOf(binaries, 'postgres'), '--version'], way.become)
  return fault === undefined ? { ...way, binaries } : undefined
}

/** Why it does not; undefined when it does. */
function runs([program = '', ...args]: readonly string[], become: Ids | undefined): unknown {
  try {
    execFileSync(program, args, { stdio: 'ignore', cwd: '/', ...become })
    return undefined
  } catch (error) {
    return error
  }
}

/** Gives the files of a folder to a user; the folder itself last, so that what was cut short is
 *  done again. Absent: they are the present user's. */
export function giveFiles(dir: string, owner: Ids | undefined): void {
  if (owner === undefined || lstatSync(dir).uid === owner.uid) return
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' }))
    lchownSync(join(dir, name), owner.uid, owner.gid)
  chownSync(dir, owner.uid, owner.gid)
}
