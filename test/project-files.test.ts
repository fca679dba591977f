// Checks what lies in the root of the repository, and that no program run by hand makes a file or
// folder of a word it does not know.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from './support/running-system.ts'

const root = fileURLToPath(new URL('../', import.meta.url))

const folders = ['.ci', 'bench', 'city', 'clients', 'docs', 'findings', 'mappings', 'scripts', 'src', 'test', 'web']
const files = [
  '.gitignore',
  '.npmrc',
  '.oxfmtrc.json',
  '.oxlintrc.json',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'NOTICE',
  'README.md',
  'SECURITY.md',
  'STYLE.md',
  'knip.json',
  'package-lock.json',
  'package.json',
  'run.mjs',
  'tsconfig.json',
]

/** Tracked, and what git would take with the next commit. */
const git = (...args: string[]): string[] =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean)
const isCheckout = spawnSync('git', ['rev-parse', '--git-dir'], { cwd: root }).status === 0

test('the root of the repository holds only known names', { skip: isCheckout ? false : 'not a git checkout' }, () => {
  const names = git('ls-files', '-z', '--cached', '--others', '--exclude-standard').map(
    (path) => path.split('/')[0] ?? '',
  )
  const known = new Set([...folders, ...files])
  assert.deepEqual(
    [...new Set(names)].filter((name) => !known.has(name)),
    [],
    'a new folder or file in the root is named here, or belongs elsewhere',
  )
})

const programs = [
  'web/dev/screenshots.ts',
  'web/dev/tour.ts',
  'web/dev/measure-ticks.ts',
  'web/dev/mock-api.ts',
  'scripts/build-city.ts',
  'scripts/paho-suite.ts',
  'run.mjs bench',
]
for (const program of programs)
  for (const word of ['--unheard-of', '-x'])
    test(`${program} refuses ${word} and leaves no file`, () => {
      using folder = temporaryFolder()
      const [file = '', ...first] = program.split(' ')
      const run = spawnSync(process.execPath, [join(root, file), ...first, word], {
        cwd: folder.path,
        encoding: 'utf8',
        timeout: 60_000,
      })
      assert.ok((run.status ?? 0) > 0, run.stdout)
      assert.match(run.stderr, new RegExp(`Usage|${word}`))
      assert.deepEqual(readdirSync(folder.path), [])
    })

for (const program of programs.filter((name) => name.startsWith('web/dev/')))
  test(`${program} --help says how it is called and does nothing`, () => {
    using folder = temporaryFolder()
    const run = spawnSync(process.execPath, [join(root, program), '--help'], {
      cwd: folder.path,
      encoding: 'utf8',
      timeout: 60_000,
    })
    assert.equal(run.status, 0, run.stderr)
    assert.match(run.stdout, new RegExp(`^Usage: node ${program} `))
    assert.deepEqual(readdirSync(folder.path), [])
  })
