// run.mjs in a checkout of its own, whose npm and vite only note that they were called: what is
// brought and built, and when.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from './support/running-system.ts'

const runMjs = fileURLToPath(new URL('../run.mjs', import.meta.url))

/** Files of the checkout. The stand-in for vite writes what vite writes: a page with a new name for
 *  its script each time. */
const checkout: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module" }',
  'package-lock.json': '{}',
  '.npmrc': '',
  'bin/npm': '#!/bin/sh\necho install >> calls\nmkdir -p node_modules\n',
  'web/index.html': '<title>page</title>',
  'web/vite.config.ts': '',
  'web/src/main.tsx': 'one',
  'web/src/main.test.ts': 'one',
  'src/main.ts': "console.log('main', ...process.argv.slice(2))",
  'node_modules/vite/bin/vite.js': `
    import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
    appendFileSync('calls', 'build\\n')
    mkdirSync('web/dist', { recursive: true })
    writeFileSync('web/dist/index.html', String(process.hrtime.bigint()))`,
}

function openCheckout() {
  const folder = temporaryFolder()
  cpSync(runMjs, join(folder.path, 'run.mjs'))
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder.path, name)), { recursive: true })
    writeFileSync(join(folder.path, name), text)
  }
  for (const [name, text] of Object.entries(checkout)) put(name, text)
  chmodSync(join(folder.path, 'bin/npm'), 0o755)
  return {
    path: folder.path,
    put,
    /** Runs it and gives what it called since the last time. */
    run(...args: readonly string[]) {
      writeFileSync(join(folder.path, 'calls'), '')
      const env: NodeJS.ProcessEnv = {
        ...process.env,
        PATH: `${join(folder.path, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
      }
      // These would be in the way of what is kept.
      delete env['NODE_COMPILE_CACHE']
      delete env['NODE_V8_COVERAGE']
      // A run of tests inside one is told apart by this variable, and would report to the outer
      // one.
      delete env['NODE_TEST_CONTEXT']
      const { status, stdout, stderr } = spawnSync(process.execPath, ['run.mjs', ...args], {
        cwd: folder.path,
        encoding: 'utf8',
        env,
      })
      return {
        status,
        stdout,
        stderr,
        calls: readFileSync(join(folder.path, 'calls'), 'utf8').split('\n').filter(Boolean),
      }
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

test('the first start brings the packages and builds the dashboard; the second does neither', () => {
  using project = openCheckout()
  const first = project.run('start', '--demo')
  assert.deepEqual(
    [first.status, first.stdout, first.calls],
    [0, 'main start --demo\n', ['install', 'build']],
    first.stderr,
  )
  const second = project.run('start', '--demo')
  assert.deepEqual([second.stdout, second.stderr, second.calls], ['main start --demo\n', '', []])
})

test('the dashboard is built again when a source of it has changed or it is gone, and for nothing else', () => {
  using project = openCheckout()
  project.run('api')
  for (const [change, calls] of [
    [() => project.put('web/src/main.tsx', 'two'), ['build']],
    [() => project.put('web/src/new.tsx', ''), ['build']],
    [() => project.put('web/vite.config.ts', 'two'), ['build']],
    [() => project.put('package-lock.json', '{ }'), ['install', 'build']],
    [() => rmSync(join(project.path, 'web/dist'), { recursive: true }), ['build']],
    [() => project.put('web/src/main.test.ts', 'two'), []],
    [() => project.put('web/dev/tour.ts', 'two'), []],
    [() => project.put('web/dist/assets/old.js', 'two'), []],
    [() => appendFileSync(join(project.path, 'src/main.ts'), '\n'), []],
  ] as const) {
    change()
    assert.deepEqual(project.run('api').calls, calls, change.toString())
    assert.deepEqual(project.run('api').calls, [], `again after ${change.toString()}`)
  }
})

test('a process that native code ends is explained, with what to do; one that is stopped is not', () => {
  using project = openCheckout()
  for (const [signal, said] of [
    ['SIGABRT', /ended by SIGABRT.*event log.*salvage/],
    ['SIGKILL', /^$/],
  ] as const) {
    project.put('src/main.ts', `process.kill(process.pid, '${signal}'); setInterval(() => {}, 1e3)`)
    project.run('gateway')
    const { stderr, status } = project.run('gateway')
    assert.match(stderr.trim(), said)
    assert.equal(status, 128 + constants.signals[signal])
  }
})

test('commands run with a bound on young objects, and keep compiled code for the next start', () => {
  using project = openCheckout()
  const cache = join(project.path, 'node_modules/.cache/roadstream/compiled')
  const told = (...args: readonly string[]): readonly string[] =>
    project
      .run(...args)
      .stdout.trim()
      .split('\n')
  project.put('src/main.ts', "console.log(process.execArgv.join(' '))\nconsole.log(process.env.NODE_COMPILE_CACHE)")
  const flags = '--max-semi-space-size=32 --no-allocation-site-pretenuring'
  assert.deepEqual(told('gateway'), [flags, cache])
  assert.ok(globSync('**/*', { cwd: cache }).length > 1, 'nothing was kept')
  assert.deepEqual(told('bench'), [flags, 'undefined'], 'a benchmark measures compiling too')
})

test('a command that shows no dashboard builds none', () => {
  using project = openCheckout()
  assert.deepEqual(project.run('gateway').calls, ['install'])
})

test('tests are run by file, by quoted glob and by name, whether "=" or a blank stands before the name', () => {
  using project = openCheckout()
  for (const file of ['src/jobs/one.test.ts', 'src/jobs/deep/er/two.test.ts', 'web/src/three.test.ts'])
    project.put(
      file,
      `import { test } from 'node:test'\ntest('late ${file}', () => {})\ntest('early ${file}', () => {})`,
    )
  const ran = (...args: readonly string[]): readonly string[] => {
    const { stdout, stderr, status } = project.run('test', ...args)
    assert.equal(status, 0, stderr)
    return [...stdout.matchAll(/^# Subtest: (.*)|^✔ (.*) \(/gm)].map(([, tap, spec]) => tap ?? spec ?? '').sort()
  }
  const of = (file: string): string[] => [`early ${file}`, `late ${file}`]
  assert.deepEqual(ran('src/jobs/one.test.ts'), of('src/jobs/one.test.ts'))
  assert.deepEqual(
    ran('src/jobs/**/*.test.ts'),
    [...of('src/jobs/deep/er/two.test.ts'), ...of('src/jobs/one.test.ts')].sort(),
  )
  for (const named of [['--test-name-pattern=late src'], ['--test-name-pattern', 'late src']]) {
    assert.deepEqual(ran('src/jobs/one.test.ts', ...named), ['late src/jobs/one.test.ts'])
    assert.deepEqual(ran(...named, 'src/jobs/one.test.ts'), ['late src/jobs/one.test.ts'])
  }
  assert.deepEqual(ran('--test-force-exit', 'src/jobs/one.test.ts'), of('src/jobs/one.test.ts'))
})

test('what CONTRIBUTING.md says is run names files that exist, with every glob in quotes', () => {
  const text = readFileSync(fileURLToPath(new URL('../CONTRIBUTING.md', import.meta.url)), 'utf8')
  const commands = [...text.matchAll(/^npm test -- (.*)$/gm)].map(([, rest = '']) => rest)
  assert.ok(commands.length >= 2)
  for (const command of commands) {
    const [, quoted, bare = ''] = /^(?:'([^']*)'|(\S+))/.exec(command) ?? []
    assert.doesNotMatch(bare, /[*?[{]/, `the glob in "${command}" is not quoted`)
    assert.ok(globSync(quoted ?? bare, { cwd: dirname(runMjs) }).length > 0, `"${command}" runs nothing`)
  }
})
