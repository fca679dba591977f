// /usr/bin/env node The one door: works on any Node from 20 with npm 11, before anything is
// installed. It brings the packages (and with them the Node 24 the project runs on) and the built
// dashboard when they are missing or older than their sources, says what it is doing, and hands
// over to src/main.ts or the test runner. Plain JavaScript because nothing is here yet.
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(fileURLToPath(import.meta.url))
const say = (text) => console.error(`roadstream: ${text}`)
const [command = 'help', ...args] = process.argv.slice(2)

const filesUnder = (path) =>
  !existsSync(path)
    ? []
    : statSync(path).isDirectory()
      ? readdirSync(path)
          .sort()
          .flatMap((name) => filesUnder(join(path, name)))
      : [path]

/** Of the names and bytes of sources; tests are none. Nothing that is made from them may be under
 *  `paths`. */
function fingerprint(paths) {
  const hash = createHash('sha256')
  const files = paths.flatMap((name) => filesUnder(join(root, name))).filter((path) => !/\.test\.tsx?$/.test(path))
  for (const path of files) hash.update(path.slice(root.length)).update(readFileSync(path))
  return hash.digest('hex')
}

/** Runs `work` unless what it makes is there and the sources are the ones it last succeeded on. */
function upToDate(marker, made, paths, work) {
  const file = join(root, 'node_modules', '.cache', 'roadstream', marker)
  const wanted = fingerprint(paths)
  if (existsSync(join(root, made)) && existsSync(file) && readFileSync(file, 'utf8') === wanted) return
  const started = Date.now()
  work()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, wanted)
  say(`done in ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

function install() {
  upToDate('installed', 'node_modules', ['package.json', 'package-lock.json', '.npmrc'], () => {
    say('installing the packages this version names (once; a minute or so) …')
    // --ignore-scripts: nothing we depend on needs an install script, so none may run. Not
    // `npm ci`: it wants every platform's optional package in the lock file, and some are not
    // published for each release; `install --no-save` keeps to the lock file as well.
    run('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
  })
}

function buildDashboard() {
  const sources = ['index.html', 'public', 'src', 'tsconfig.json', 'vite.config.ts'].map((name) => `web/${name}`)
  upToDate('dashboard', 'web/dist/index.html', [...sources, 'package-lock.json'], () => {
    say('building the dashboard (once after a change) …')
    run(node24(), [join(root, 'node_modules/vite/bin/vite.js'), 'build', 'web', '--logLevel', 'warn'])
  })
}

function run(program, programArgs) {
  try {
    execFileSync(program, programArgs, {
      cwd: root,
      stdio: ['ignore', process.stderr, process.stderr],
      shell: process.platform === 'win32' && program === 'npm',
    })
  } catch (error) {
    say(
      `\`${program} ${programArgs.slice(0, 2).join(' ')}\` failed${error.code === 'ENOENT' ? `: ${program} is not on the PATH` : ''}. The lines above say why; mend that and run the same command again.`,
    )
    process.exit(1)
  }
}

/** The Node 24 that npm brought for this platform, or this very Node where it is new enough. */
function node24() {
  const brought = join(
    root,
    'node_modules',
    `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`,
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  )
  if (existsSync(brought)) return brought
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  say(
    `npm has no Node 24 for ${process.platform}-${process.arch}, and this is Node ${process.versions.node}. Install Node 24 and run the same command again.`,
  )
  process.exit(1)
}

/** Flags of V8 for our commands. Young objects have 32 MB: with the 64 of Node 24 each thread grows
 *  to 100 MB, of which nearly all is garbage that waits; with 16 the jobs take more CPU. In `start`
 *  the jobs and the gateway are threads, which have as much (role-thread.ts), and the main thread
 *  does with 16. And no objects are made among the old ones for what those of the same place in the
 *  code did before: a start teaches that wrongly, and the garbage of all that follows waits for a
 *  full collection. */
const memoryFlags = [`--max-semi-space-size=${command === 'start' ? 16 : 32}`, '--no-allocation-site-pretenuring']

/** Settings of glibc for our commands. Of its own accord it opens eight arenas for each core, keeps
 *  in each what was once used, and after a large buffer was freed no longer maps ones of that size
 *  but cuts them from an arena: of 200 MB half was free and could not be given back. Buffers of
 *  64 KiB are not mapped: Node makes one for each read of a socket, and fresh pages for each were a
 *  seventh of the gateway's CPU. */
const memorySettings = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
}

/** For Node 24, of which it is known that it has them. */
const flagsFor = (program) =>
  program !== process.execPath || process.versions.node.startsWith('24.') ? memoryFlags : []

/** Compiled code, types stripped, is kept for the next start: both are a quarter of its CPU. Not of
 *  a benchmark, which measures them, nor where coverage is counted, which it makes less exact. */
function compileCache() {
  if (command === 'bench' || process.env.NODE_V8_COVERAGE !== undefined) return {}
  return { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'roadstream', 'compiled') }
}

/** What a process that reads memory as its files say dies of where these are damaged; nothing of
 *  ours can say so then. */
const nativeFaults = ['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGILL', 'SIGFPE', 'SIGTRAP']

/** Hands over to a child: its exit code is ours, and a signal to us reaches it. */
function become(program, programArgs, moreEnv = {}) {
  const child = spawn(program, programArgs, {
    stdio: 'inherit',
    env: {
      UV_THREADPOOL_SIZE: '16',
      ...memorySettings,
      ...moreEnv,
      ...process.env,
      NODE_NO_WARNINGS: '1',
      PATH: `${dirname(program)}:${process.env.PATH}`,
    },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (nativeFaults.includes(signal))
      say(
        `it was ended by ${signal}, a fault in native code: as a rule a damaged page of the event log, or memory that fails. The next start looks at the log more closely; \`npm run roadstream -- salvage\` looks at all of it, and copies what can be read of a damaged one.`,
      )
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0))
  })
}

/** Flags of Node's test runner that take a value, which may stand behind a blank as well as behind
 *  "=". */
const valueFlags =
  /^--test-(concurrency|coverage-\w+|global-setup|isolation|name-pattern|random-seed|reporter|reporter-destination|rerun-failures|shard|skip-pattern|timeout)$/

/** `--flag value` as `--flag=value`, so that whatever does not begin with "-" is a file. */
function joinValues(given) {
  const joined = []
  for (const arg of given) {
    if (valueFlags.test(joined.at(-1) ?? '') && !arg.startsWith('-')) joined.push(`${joined.pop()}=${arg}`)
    else joined.push(arg)
  }
  return joined
}

install()
if (command === 'test') {
  const given = joinValues(args)
  const flags = given.filter((arg) => arg.startsWith('-'))
  const named = given.filter((arg) => !arg.startsWith('-'))
  const suites = named.length > 0 ? named : ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/src/**/*.test.ts']
  if (named.length === 0) buildDashboard()
  say(`testing ${suites.join(' ')} …`)
  become(node24(), [
    '--test',
    ...(flags.some((flag) => flag.startsWith('--test-reporter')) ? [] : ['--test-reporter=spec']),
    ...flags,
    ...suites.map((suite) => join(root, suite)),
  ])
} else if (command === 'engines') {
  run('bash', [join(root, 'test/engines/install.sh')])
  if (!args.includes('--install')) become(node24(), [join(root, 'test/engines/main.ts'), ...args])
} else {
  if (command === 'start' || command === 'api' || command === 'bench') buildDashboard()
  const program = node24()
  become(program, [...flagsFor(program), join(root, 'src/main.ts'), command, ...args], compileCache())
}
