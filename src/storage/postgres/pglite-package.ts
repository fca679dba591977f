// PGlite, the embedded database of earlier versions, is none of the packages that are installed:
// only who still has a folder of it needs its 27 MB, once. npm fetches it when such a folder is
// met, this version and these bytes alone, and lays it beside the other packages, or with the
// folder where this user may not write there. A package is in its place whole or not at all.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Logger } from '../../base/logger.ts'
import type { PgliteModule, PgliteNodeFs } from './pglite.ts'
import { unusable } from './sql-outage.ts'

export type PinnedPackage = {
  readonly name: string
  readonly version: string
  /** Of its archive, as a lock file of npm has it. */
  readonly integrity: string
}

const pglite: PinnedPackage = {
  name: '@electric-sql/pglite',
  version: '0.5.16',
  integrity: 'sha512-Nj8KcIsJL748W408U2N8q4+9IlONdpRIU8MJypIAAINMJ5nqKyqpX7Mgg/5XKkXiAib3AoZGR6hnJFlrlLBrcg==',
}
const beside = fileURLToPath(new URL('../../../node_modules/.cache/roadstream', import.meta.url))

export type BringOptions = {
  /** Of the old database; absent: in memory, for tests. */
  readonly dir?: string
  readonly logger: Logger
  readonly pinned?: PinnedPackage
  /** Folders that may have it or get it, in this order. */
  readonly places?: readonly string[]
}

const nameIn = (place: string, { name, version }: PinnedPackage): string =>
  join(place, `${name.replace(/.*\//, '')}-${version}`)

/** Removes what was laid, or begun by a process that was killed, in the folder of an old database.
 *  Nobody else may fetch it there meanwhile. */
export function forgetPglite(dir: string): void {
  const laid = basename(nameIn(dir, pglite))
  for (const name of readdirSync(dir))
    if (name === laid || name.startsWith(`${laid}.`)) rmSync(join(dir, name), { recursive: true, force: true })
}

/** Gives the folder whose `node_modules` has PGlite, fetched when no place has it. Rejects with
 *  STORE_UNAVAILABLE (not retryable) where npm cannot fetch it; every place is then as it was. Any
 *  number of processes at once. */
export async function bringPglite({
  dir,
  logger,
  pinned = pglite,
  places = dir === undefined ? [beside] : [beside, dir],
}: BringOptions): Promise<string> {
  const wanted = places.map((place) => nameIn(place, pinned))
  const found = wanted.find((path) => existsSync(path))
  if (found !== undefined) return found
  const [making, path] = beginIn(wanted)
  const what = `${pinned.name} ${pinned.version}`
  logger.warn({ into: path }, `npm fetches ${what}, once, to read the database of an earlier version`)
  try {
    await fetchInto(making, pinned)
    layAt(path, making)
  } catch (error) {
    throw cannotFetch(pinned, path, error as Error)
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
  logger.warn({ into: path }, `${what} is there`)
  return path
}

/** A new folder beside the first of the paths where one can be made, and that path. */
function beginIn([path = '', ...others]: readonly string[]): readonly [making: string, path: string] {
  try {
    mkdirSync(join(path, '..'), { recursive: true })
    return [mkdtempSync(`${path}.`), path]
  } catch (error) {
    if (others.length === 0) throw error
    return beginIn(others)
  }
}

/** Fetched by another process meanwhile, it is the same. */
function layAt(path: string, making: string): void {
  try {
    renameSync(making, path)
  } catch (error) {
    if (!existsSync(path)) throw error
  }
}

const npmArguments = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']

/** Installs by a lock file, so that npm itself holds the bytes against the digest. */
async function fetchInto(folder: string, { name, version, integrity }: PinnedPackage): Promise<void> {
  const root = { name: 'roadstream-pglite', version: '0.0.0', dependencies: { [name]: version } }
  const packages = { '': root, [`node_modules/${name}`]: { version, integrity } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...root, private: true }))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, requires: true, packages }))
  // One more try, as is the way of the start: who waits is told soon what is wrong.
  const child = spawn('npm', [...npmArguments, '--fetch-retries=1', '--fetch-retry-mintimeout=1000'], {
    cwd: folder,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(reasonIn(said) ?? `npm ended with code ${code}`)
}

/** Of what npm said, the line that says most: it comes behind those that name codes. */
const reasonIn = (said: string): string | undefined =>
  said
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!) ?/, ''))
    .find((line) => line !== '' && !/^(code|syscall|errno|path) /.test(line))

function cannotFetch({ name, version }: PinnedPackage, path: string, cause: Error) {
  const folder = basename(path)
  return unusable(
    `The database was written by PGlite, the embedded one of earlier versions, and is read once by the package ${name} ${version}, which npm cannot fetch (${cause.message}). Nothing was changed. Start again where npm reaches its registry; or run \`npm install --ignore-scripts --prefix ${folder} ${name}@${version}\` where it does, and bring that folder to ${path}.`,
    cause,
  )
}

const fileIn = (folder: string, file: string): string =>
  pathToFileURL(join(folder, 'node_modules', pglite.name, 'dist', file)).href

/** Loads it from the folder that `bringPglite` gave. */
export const loadPglite = async (folder: string): Promise<PgliteModule> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of the pinned version
  (await import(fileIn(folder, 'index.js'))) as PgliteModule

/** Loads its file system for Node from there. */
export const loadPgliteNodeFs = async (folder: string): Promise<PgliteNodeFs> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of the pinned version
  (await import(fileIn(folder, 'fs/nodefs.js'))) as PgliteNodeFs
