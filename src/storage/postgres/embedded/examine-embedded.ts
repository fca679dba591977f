// The embedded database as `doctor` looks at it. A server that runs is asked by its socket; one
// that does not is not started: its folder and its programs are looked at.
import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../../base/clock.ts'
import { Outage } from '../../../base/errors.ts'
import { findingsOf, type Examination, type Finding } from '../../../base/finding.ts'
import { isFolderHeld } from '../../../base/folder-lock.ts'
import { openExamined, sessionFindings } from '../examine-server.ts'
import { areLinksLaid, findBinaries, majorOf, programOf, type Binaries } from './binaries.ts'
import { checkVersion } from './cluster.ts'
import { clusterOf, isServing, reachServer } from './running-server.ts'

const { ok, problem, warning } = findingsOf('database')
const programTimeoutMs = 5_000

/** `dir`: the folder of the database, which holds `cluster`. */
export const examineEmbedded = (dir: string, wall: Clock): Examination => ({
  name: 'database',
  async look() {
    const binaries = findBinaries()
    const path = clusterOf(dir)
    const isHeld = await isFolderHeld(dir)
    const fault = folderFault(dir, path, binaries)
    if (fault !== undefined) return [fault]
    if (isServing(path)) return await runningFindings(dir, wall)
    if (isHeld)
      return [
        problem(
          `the server in ${path} does not run, though a Roadstream runs on the folder: rows wait, and cars are taken on`,
          'it is started again by itself; if that lasts, the log of that Roadstream says why it does not start',
        ),
      ]
    return [stoppedFinding(path, binaries)]
  },
})

/** Why the next start would refuse the folder; undefined when it would not. */
function folderFault(dir: string, path: string, binaries: Binaries): Finding | undefined {
  if (existsSync(join(dir, 'cluster.creating')) || !existsSync(path)) return undefined
  // Another user's cannot even be entered.
  const { uid } = lstatSync(path)
  const self = process.getuid?.() ?? uid
  if (self !== 0 && self !== uid)
    return problem(
      `${path} belongs to the user ${uid}, and this is the user ${self}: PostgreSQL runs on a folder of its own user alone`,
      `start as that user, or \`chown -R ${self} ${path}\` as root`,
    )
  if (readdirSync(path).length === 0) return undefined
  try {
    checkVersion(path, majorOf(binaries))
    return undefined
  } catch (error) {
    if (error instanceof Outage) return problem(error.message)
    throw error
  }
}

async function runningFindings(dir: string, wall: Clock): Promise<readonly Finding[]> {
  const path = clusterOf(dir)
  using server = reachServer(dir)
  await using sql = openExamined(server.address)
  try {
    const [about] = await sql.query<{ readonly version: string }>(`select current_setting('server_version') as version`)
    return [ok(`${path}: PostgreSQL ${about?.version ?? ''}, runs`), ...(await sessionFindings(sql, wall))]
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    if (server.address.password === undefined)
      return [
        warning(
          `the server in ${path} runs and cannot be asked, as its password, in the file \`password\` beside that folder, is gone or damaged: Roadstream has it in memory and goes on`,
          'restart Roadstream when it suits: the start makes another one',
        ),
      ]
    const { message = error.message } = (error.cause ?? {}) as { readonly message?: string }
    return [
      problem(
        `the server in ${path} runs and does not answer (${message})`,
        'restart Roadstream; if it stays so, see what its log says of the database',
      ),
    ]
  }
}

function stoppedFinding(path: string, binaries: Binaries): Finding {
  const programs = `PostgreSQL ${binaries.version}`
  const fault = programFault(binaries)
  if (fault !== undefined)
    return warning(
      `the programs of ${programs} do not run in place (${fault})`,
      'the next start tries them in other ways and says so; if it cannot, name a server in ROADSTREAM_POSTGRES',
    )
  const isThere = existsSync(join(path, 'PG_VERSION')) && !existsSync(`${path}.creating`)
  const left = existsSync(join(path, 'postmaster.pid')) ? ', and recovers it, as it was not stopped cleanly' : ''
  return ok(
    isThere ? `${path}: ${programs}; the next start runs it${left}` : `${path}: the next start makes it by ${programs}`,
  )
}

/** Why the server's program does not run; undefined when it does, or when its libraries are laid
 *  out with the first start. */
function programFault(binaries: Binaries): string | undefined {
  if (!areLinksLaid(binaries)) return undefined
  try {
    execFileSync(programOf(binaries, 'postgres'), ['--version'], { stdio: 'ignore', timeout: programTimeoutMs })
    return undefined
  } catch (error) {
    return (error as Error).message.split('\n')[0]
  }
}
