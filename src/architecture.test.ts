// Who may import whom, as a table. A slice sees only what its row names: no slice reaches another's
// insides, a port knows no adapter, and a driver package is imported in one place. Tests beside the
// code may besides import the memory adapters.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { importRules as table, type Rule } from './architecture.testing.ts'

const root = resolve(fileURLToPath(import.meta.url), '../..')

const isTest = (file: string): boolean => /\.(test|contract|testing)\.ts$/.test(file)
const testsMaySee = [
  '../test/engines',
  '../test/support/fault-proxy.ts',
  'read-models',
  'eventlog/memory',
  'storage/memory',
  'eventlog',
  'storage',
  'engine',
  'plausibility',
  'jobs',
  'mqtt',
  'ingest',
  'gateway',
  'publishers',
  'vehicle',
  'city',
  'sim',
  'mapping',
  'translate',
  'replay',
  'certificates',
  'identity',
  'model',
  'base',
  'api',
]
const testPackages = ['fast-check', 'mqtt', 'mqtt-packet', 'pino', 'prom-client', 'fastify', 'aedes', 'ws']

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]|(?:^|\n)\s*import\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g

type Import = { readonly specifier: string; readonly isType: boolean }

function importsOf(file: string): Import[] {
  return [...readFileSync(join(root, file), 'utf8').matchAll(importPattern)].map((match) => ({
    specifier: match[1] ?? match[2] ?? match[3] ?? '',
    isType: /^\s*(?:import|export) type\b/.test(match[0]),
  }))
}

/** A path from `src`, or the name of a package. */
const targetOf = (file: string, specifier: string): string =>
  specifier.startsWith('.') ? relative('src', relative(root, resolve(root, dirname(file), specifier))) : specifier

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith('/*')
    ? dirname(name) === pattern.slice(0, -2) ||
      (name.startsWith(pattern.slice(0, -1)) && !pattern.startsWith('storage'))
    : name === pattern || name.startsWith(`${pattern}/`)

function ruleOf(path: string): readonly [folder: string, rule: Rule] | undefined {
  const folder = Object.keys(table)
    .filter((name) => matches(name, path))
    .sort((a, b) => b.length - a.length)[0]
  const rule = folder === undefined ? undefined : table[folder]
  return folder === undefined || rule === undefined ? undefined : [folder, rule]
}

function violation(file: string, { specifier, isType }: Import): string | undefined {
  if (specifier.startsWith('node:')) return undefined
  const path = relative('src', file)
  const found = ruleOf(path)
  if (found === undefined) return `${file} has no row in the table`
  const [folder, rule] = found
  if (!specifier.startsWith('.')) {
    const allowed = [...(rule.packages ?? []), ...(isTest(file) ? testPackages : [])]
    return allowed.some((pattern) => matches(pattern, specifier))
      ? undefined
      : `${file} imports the package ${specifier}`
  }
  const target = targetOf(file, specifier)
  const own = matches(folder, target) && ruleOf(target)?.[0] === folder
  const seen =
    own ||
    [...rule.sees, ...(isType ? (rule.types ?? []) : []), ...(isTest(file) ? testsMaySee : [])].some((pattern) =>
      matches(pattern, target),
    )
  return seen ? undefined : `${file} imports ${target}`
}

test('every slice imports only what its row of the table names', () => {
  const files = globSync('src/**/*.ts', { cwd: root })
  assert.ok(files.length > 30, 'the sources were not found')
  assert.deepEqual(
    files.flatMap((file) => importsOf(file).flatMap((each) => violation(file, each) ?? [])),
    [],
  )
})

test('the root of src holds the command line and this table, and all else is in a slice', () => {
  assert.deepEqual(globSync('src/*.*', { cwd: root }).sort(), [
    'src/architecture.test.ts',
    'src/architecture.testing.ts',
    'src/main.ts',
  ])
})

test('adapters and drivers are loaded in compose, in files called so, and only when a role needs them', () => {
  const composition = /^src\/compose\/(.*-)?adapters\.ts$/
  const adapters = /^((eventlog|storage)\/(lmdb|kafka|postgres|memory)\/|lmdb$|@platformatic\/kafka$)/
  const files = globSync('src/**/*.ts', { cwd: root }).filter(
    (file) => !isTest(file) && !composition.test(file) && !adapters.test(relative('src', file)),
  )
  assert.deepEqual(
    files.flatMap((file) =>
      importsOf(file).flatMap(({ specifier }) =>
        adapters.test(targetOf(file, specifier)) ? [`${file} imports ${specifier}`] : [],
      ),
    ),
    [],
  )
  const eager = /^import[^\n]*from '([^']*\/(lmdb|kafka|postgres|memory)\/[^']*)'/gm
  const texts = globSync('src/compose/*adapters.ts', { cwd: root }).map((file) =>
    readFileSync(join(root, file), 'utf8'),
  )
  assert.deepEqual(
    texts.flatMap((text) => [...text.matchAll(eager)].map((match) => match[1])),
    [],
  )
})

/** The contract, and the words of what each permission allows. */
const sharedWithDashboard = new Set(['src/api/contract.ts', 'src/rights/permissions.ts'])

test("the dashboard shares the API's contract and the table of rights with the server and nothing else", () => {
  const files = globSync('web/src/**/*.{ts,tsx}', { cwd: root })
  const outside = files.flatMap((file) =>
    importsOf(file)
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier }) => relative(root, resolve(root, dirname(file), specifier)))
      .filter((target) => !target.startsWith('web/') && !sharedWithDashboard.has(target))
      .map((target) => `${file} imports ${target}`),
  )
  assert.deepEqual(outside, [])
})

test('only config.ts reads the environment', () => {
  const readers = globSync('src/**/*.ts', { cwd: root }).filter(
    (file) => !isTest(file) && readFileSync(join(root, file), 'utf8').includes('process.env'),
  )
  assert.deepEqual(
    readers.filter((file) => file !== 'src/main.ts'),
    [],
  )
})
