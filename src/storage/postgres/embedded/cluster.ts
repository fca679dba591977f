// The folder of PostgreSQL's files, `cluster` in the folder of the database. While it is made a
// file `cluster.creating` stands beside it, so that a process which ends in the middle leaves no
// half of a database behind. Nothing that may hold rows is ever made anew.
import { unavailable, unusable } from '../sql-outage.ts'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { needRoom } from '../../../base/disk-room.ts'
import { Outage } from '../../../base/errors.ts'
import type { Logger } from '../../../base/logger.ts'
import { syncFolder, syncFoldersAbove } from '../../../base/sync-folder.ts'
import { majorOf, programOf } from './binaries.ts'
import { endLeftOver } from './left-over.ts'
import { dataFolder, giveFiles, type Runner } from './user.ts'

/** The one user and the one database that are used of it. */
export const owner = 'roadstream'
export const database = 'postgres'

/** Text is sorted by its bytes and its capital letters are those of Unicode, whatever the system's
 *  libraries say: an index never goes wrong by a new version of these. */
const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--locale=C', '--builtin-locale=C.UTF-8']

/** An empty one takes 40 MB, and grows with the first rows. */
const bytesToMake = 64 * 2 ** 20

/** Gives the folder of PostgreSQL's files, made when there is none. Rejects with STORE_UNAVAILABLE
 *  when it cannot be made or lacks its version, STORE_TOO_NEW when a newer PostgreSQL wrote it,
 *  STORE_TOO_OLD when an older one did. */
export async function prepareCluster(dir: string, runner: Runner, logger: Logger): Promise<string> {
  const path = resolve(dir, 'cluster')
  const creating = join(dir, 'cluster.creating')
  if (existsSync(creating)) {
    // Processes of the start that was killed may still write.
    await endLeftOver(path, logger)
    rmSync(path, { recursive: true, force: true })
  }
  if (existsSync(path) && readdirSync(path).length > 0) {
    checkVersion(path, majorOf(runner.binaries))
    giveFiles(path, runner.owner)
  } else {
    needRoom(dir, 'STORE_UNAVAILABLE', bytesToMake)
    writeFileSync(creating, '')
    syncFolder(dir)
    await make(path, runner)
    syncFoldersAbove(dir)
  }
  rmSync(creating, { force: true })
  syncFolder(dir)
  return path
}

/** For a folder of a database, of whatever version, that does not say which it is of. */
export const withoutVersion = (path: string): Outage =>
  unusable(
    `${path} holds files of a database but not which version it is of (PG_VERSION): it is damaged. Restore it from a backup. Moved away, it is made anew and filled from the log as far back as that is kept, but for the users, who are only in it.`,
  )

/** Throws an Outage where the folder of PostgreSQL's files is not of the version `known`. */
export function checkVersion(path: string, known: number): void {
  const file = join(path, 'PG_VERSION')
  const written = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : Number.NaN
  if (written === known) return
  if (Number.isNaN(written)) throw withoutVersion(path)
  const isNewer = written > known
  throw new Outage(
    isNewer ? 'STORE_TOO_NEW' : 'STORE_TOO_OLD',
    `${path} was written by PostgreSQL ${written}, and this version of Roadstream brings ${known}: run the version that wrote it${isNewer ? ', or a newer one' : ''}, or name another data folder (ROADSTREAM_DATA).`,
    { retryable: false },
  )
}

async function make(path: string, runner: Runner): Promise<void> {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  giveFiles(path, runner.maker)
  const options = ['-D', dataFolder(path), '-U', owner, '--auth=reject', '--no-instructions', ...locale]
  const [program = '', ...args] = [...runner.wrapper, programOf(runner.binaries, 'initdb'), ...options]
  const child = spawn(program, args, { cwd: path, stdio: ['ignore', 'ignore', 'pipe'], ...runner.maker })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code === 0) return giveFiles(path, runner.owner)
  throw unavailable(
    `The embedded database cannot be made in ${path} (${said.trim().split('\n').at(-1) ?? ''}): see that its disk has room and takes writes.`,
    new Error(said),
  )
}
