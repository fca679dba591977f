// The password of the embedded server's one user, in a file beside the cluster that this process's
// user alone can read, and given to connections in memory. The cluster says by a digest in
// `pg_hba.conf` which password it knows. Where that is another one, or anybody may connect as in
// clusters of earlier versions, it is given this one before the server starts, by PostgreSQL's
// single-user mode, in which nobody can connect.
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unavailable } from '../sql-outage.ts'
import { programOf } from './binaries.ts'
import { database, owner } from './cluster.ts'
import { replaceFile } from '../../../base/private-file.ts'
import { serverArguments } from './settings.ts'
import { dataFolder, giveFiles, type Runner } from './user.ts'

const form = /^[\w-]{43}$/
const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')

const fileIn = (dir: string): string => join(dir, 'password')

/** Undefined when there is none, or its file is damaged. Throws what the file system says where it
 *  cannot be read. */
export function readPassword(dir: string): string | undefined {
  const kept = textOf(fileIn(dir)).trim()
  return form.test(kept) ? kept : undefined
}

/** Made when there is none. A file that is lost or damaged costs nothing: the cluster is given a
 *  new password. Throws what the file system says where it can be neither read nor written. */
export function keepPassword(dir: string): string {
  const file = fileIn(dir)
  const kept = readPassword(dir)
  if (kept !== undefined) {
    // A copy that was put back may have come with another mode.
    chmodSync(file, 0o600)
    return kept
  }
  const password = randomBytes(32).toString('base64url')
  replaceFile(file, `${password}\n`)
  return password
}

const rulesFor = (password: string): string => `# Written by Roadstream, whose password has the digest
# ${createHash('sha256').update(password).digest('hex')}
local ${database} ${owner} scram-sha-256
`

/** Has the cluster, whose server does not run, demand this password. Rejects with STORE_UNAVAILABLE
 *  (retryable) when PostgreSQL cannot change it. */
export async function demandPassword(path: string, password: string, runner: Runner): Promise<void> {
  const file = join(path, 'pg_hba.conf')
  const rules = rulesFor(password)
  if (textOf(file) === rules) return
  giveFiles(path, runner.maker)
  await setPassword(path, password, runner)
  giveFiles(path, runner.owner)
  replaceFile(file, rules, runner.owner)
}

async function setPassword(path: string, password: string, { binaries, wrapper, maker }: Runner): Promise<void> {
  const options = ['--single', '-D', dataFolder(path), ...serverArguments, '-c', 'exit_on_error=on', database]
  const [program = '', ...args] = [...wrapper, programOf(binaries, 'postgres'), ...options]
  const child = spawn(program, args, { cwd: path, stdio: ['pipe', 'ignore', 'pipe'], ...maker })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  // A program that ends before it reads says why by its code.
  child.stdin.on('error', () => {})
  child.stdin.end(`alter role ${owner} password '${password}'\n`)
  const [code] = (await once(child, 'close')) as [number | null]
  if (code === 0) return
  const fault = said.split('\n').findLast((line) => /^(FATAL|PANIC): /.test(line)) ?? `it ended with code ${code}`
  throw unavailable(`The embedded database in ${path} cannot be given a password (${fault}).`, new Error(fault))
}
