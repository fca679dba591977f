// Checks what lies in the root of the repository, how files of src end, that documents name files
// that there are, and that no program run by hand makes a file or folder of a word it does not
// know.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from './support/running-system.ts'

const root = fileURLToPath(new URL('../', import.meta.url))

const folders = [
  '.ci',
  'bench',
  'city',
  'clients',
  'deploy',
  'docs',
  'findings',
  'mappings',
  'scripts',
  'src',
  'test',
  'web',
]
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

test(
  'findings are scripts that their README lists, and it lists no other',
  { skip: isCheckout ? false : 'not a git checkout' },
  () => {
    const names = git('ls-files', '-z', '--cached', '--others', '--exclude-standard', 'findings').map((path) =>
      path.slice('findings/'.length),
    )
    const listed = textOf('findings/README.md').match(/[\w-]+\.sh(?=`|\))/g) ?? []
    assert.deepEqual(names.filter((name) => name !== 'README.md').sort(), [...new Set(listed)].sort())
  },
)

test('what tests need ends in .testing.ts, a suite of a port in .contract.ts, and no file otherwise', () => {
  const ends = globSync('src/**/*.ts', { cwd: root }).flatMap((file) => /\.[\w-]+\.ts$/.exec(file)?.[0] ?? [])
  assert.deepEqual([...new Set(ends)].sort(), ['.contract.ts', '.test.ts', '.testing.ts'])
})

const documents = globSync(['*.md', 'docs/*.md', 'src/**/*.md', 'clients/*/*.md', 'deploy/*/*.md', 'findings/*.md'], {
  cwd: root,
})
/** The history tells of files that are gone. */
const told = documents.filter((name) => name !== 'CHANGELOG.md')
const textOf = (name: string): string => readFileSync(join(root, name), 'utf8')
/** Files that docs/adding.md has its reader make, by their examples. */
const toBeMade = /\b(?:NAME|pace|paces|0012-paces|silence-routes)\b/

test('every path of the repository that a document names leads to something', () => {
  assert.ok(told.length > 30, 'the documents were not found')
  const named = told.flatMap((name) =>
    [...textOf(name).matchAll(/(?<![\w/.-])(?:src|test|web|bench|mappings|scripts)\/[\w/.*-]*[\w/*]/g)].map(
      ([path]) => ({ name, path }),
    ),
  )
  assert.deepEqual(
    named
      // A topic of MQTT in a case of another broker's suite.
      .filter(({ path }) => path !== 'test/nosubscribe' && !toBeMade.test(path))
      .filter(({ path }) => globSync(path, { cwd: root }).length === 0)
      .map(({ name, path }) => `${name} names ${path}`),
    [],
  )
})

test('every link of a document to a file or to a heading leads there', () => {
  const headings = (name: string): Set<string> =>
    new Set(
      [...textOf(name).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
      ),
    )
  const faults = documents.flatMap((name) =>
    [...textOf(name).matchAll(/\]\(([^)\s#:]*)(?:#([^)\s]+))?\)/g)].flatMap(([link, path = '', heading]) => {
      const file = path === '' ? name : normalize(join(dirname(name), path))
      if (!existsSync(join(root, file))) return [`${name}: ${link}`]
      return heading === undefined || !file.endsWith('.md') || headings(file).has(heading) ? [] : [`${name}: ${link}`]
    }),
  )
  assert.deepEqual(faults, [])
})

test('README of a slice names files that it has, and each folder of src has its row in ARCHITECTURE.md', () => {
  const faults = globSync('src/*/README.md', { cwd: root }).flatMap((name) =>
    [...textOf(name).matchAll(/`([\w/-]+\.ts)`/g)]
      .map(([, file = '']) => file)
      .filter((file) => globSync([`${dirname(name)}/**/${file}`, `src/${file}`, file], { cwd: root }).length === 0)
      .map((file) => `${name} names ${file}`),
  )
  assert.deepEqual(faults, [])
  const rows = textOf('ARCHITECTURE.md')
  assert.deepEqual(
    readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter(
        (entry) =>
          entry.isDirectory() && !rows.match(/^\| `.*$/gm)?.some((row) => row.includes(`\`src/${entry.name}\``)),
      )
      .map(({ name }) => name),
    [],
  )
})

const programs = [
  'web/dev/screenshots.ts',
  'web/dev/tour.ts',
  'web/dev/measure-ticks.ts',
  'web/dev/mock-api.ts',
  'scripts/build-city.ts',
  'scripts/paho-suite.ts',
  'scripts/write-rights.ts',
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

test('no merge was left half done', () => {
  const places = ['*.md', 'docs/**/*.{md,json}', 'mappings/*.json', 'findings/*', 'clients/*/*.{md,py,toml}', '.ci/*']
  const texts = globSync(places, { cwd: root })
  assert.ok(texts.length > 30, 'the texts were not found')
  assert.deepEqual(
    texts.filter((file) => /^(<{7}|>{7}) /m.test(textOf(file))),
    [],
  )
})

test('tests take their long form by one word, which .ci/run says', () => {
  assert.match(textOf('.ci/run'), /^export CI=true$/m)
  const tests = globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: root })
  const asked = tests.filter((file) => /process\.env\['CI'\]/.test(textOf(file)))
  assert.ok(asked.length > 10)
  assert.deepEqual(
    asked.filter((file) => /process\.env\['CI'\](?! === 'true')/.test(textOf(file))),
    [],
  )
})
