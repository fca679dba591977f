import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Outage } from '../../../base/errors.ts'
import { copyBinaries, findBinaries, layLinks, majorOf, programOf } from './binaries.ts'

const root = mkdtempSync(join(tmpdir(), 'roadstream-binaries-'))
after(() => rmSync(root, { recursive: true, force: true }))

const linksIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isSymbolicLink())
    .map(({ name }) => name)

test('the binaries of this platform are found, and say their version', () => {
  const binaries = findBinaries()
  layLinks(binaries)
  const said = execFileSync(programOf(binaries, 'postgres'), ['--version'], { encoding: 'utf8' })
  assert.match(said, new RegExp(`PostgreSQL\\) ${majorOf(binaries)}\\.`))
})

test('a platform without binaries is told that a server may be named', () => {
  assert.throws(
    () => findBinaries('plan9-mips'),
    (error) => error instanceof Outage && /plan9-mips.*ROADSTREAM_POSTGRES/.test(error.message) && !error.retryable,
  )
})

test('links are laid as the package lists them, once, by any number of starters at once', async () => {
  const dir = join(root, 'package')
  mkdirSync(join(dir, 'native', 'lib'), { recursive: true })
  cpSync(join(findBinaries().dir, 'native', 'pg-symlinks.json'), join(dir, 'native', 'pg-symlinks.json'))
  const listed = JSON.parse(readFileSync(join(dir, 'native', 'pg-symlinks.json'), 'utf8')) as { source: string }[]
  for (const { source } of listed) writeFileSync(join(dir, source), source)
  const starter = `import { layLinks } from ${JSON.stringify(new URL('./binaries.ts', import.meta.url).href)}
    layLinks({ dir: process.argv[1] })`
  const codes = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', starter, dir], { stdio: 'inherit' })
      return await new Promise((ended) => child.on('exit', ended))
    }),
  )
  assert.deepEqual(codes, [0, 0, 0])
  assert.equal(linksIn(dir).length, listed.length)
  layLinks({ dir })
})

test('a copy runs, is taken again, and is mended when files of it are gone', () => {
  const binaries = findBinaries()
  const copy = copyBinaries(binaries, root)
  const run = (): string => execFileSync(programOf(copy, 'postgres'), ['--version'], { encoding: 'utf8' })
  assert.match(run(), /PostgreSQL/)
  writeFileSync(join(copy.dir, 'ours'), '')
  assert.deepEqual(copyBinaries(binaries, root), copy)
  assert.ok(readdirSync(copy.dir).includes('ours'), 'it was not made anew')
  rmSync(programOf(copy, 'postgres'))
  copyBinaries(binaries, root)
  assert.match(run(), /PostgreSQL/)
  assert.deepEqual(
    readdirSync(root).filter((name) => name.includes('postgres')),
    [copy.dir.slice(root.length + 1)],
  )
})

test('a copy that others may write is not run', () => {
  const parent = join(root, 'open')
  mkdirSync(parent)
  const copy = copyBinaries(findBinaries(), parent)
  execFileSync('chmod', ['777', copy.dir])
  assert.throws(() => copyBinaries(findBinaries(), parent), Outage)
})
