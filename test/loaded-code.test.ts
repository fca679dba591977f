// The code that each thread of `start --demo` loads, in each a heap of its own: what a role does
// not need costs memory and time of the start there, and comes in unseen by one import too many.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startSystem, temporaryFolder } from './support/running-system.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>
}

/** By thread: folders of `src`, and packages that the project names. */
const needed: Readonly<Record<string, { readonly slices: string; readonly packages: string }>> = {
  jobs: {
    slices: 'base compose engine eventlog jobs model plausibility roles',
    packages: '@noble/hashes lmdb pino prom-client',
  },
  gateway: {
    slices: 'base certificates compose config eventlog gateway ingest model mqtt roles tcp',
    packages: 'lmdb pino prom-client ws',
  },
  city: {
    slices: 'base city compose config model roles sim vehicle',
    packages: 'mqtt-packet pino prom-client',
  },
  // Settings are checked by the slices whose limits they are; mappings by their own language.
  main: {
    slices:
      'api audit base compose config eventlog gateway identity ingest jobs mapping model plausibility raw-messages read-models registry replay rights roles room storage tcp writers',
    packages:
      '@fastify/cookie @fastify/static @fastify/swagger @fastify/swagger-ui fastify lmdb pg pino prom-client typebox',
  },
}

const loaded = new Map<string, string[]>()

before(async () => {
  using folder = temporaryFolder()
  const noted = join(folder.path, 'loads')
  await using system = await startSystem({
    dataDir: join(folder.path, 'data'),
    args: ['--demo', '--cars', '1'],
    settings: { LOADS_NOTED: noted },
    command: [process.execPath, '--import', join(root, 'test/support/note-loads.main.ts'), join(root, 'src/main.ts')],
  })
  await system.stop()
  for (const line of readFileSync(noted, 'utf8').trim().split('\n')) {
    const [thread = '', url = ''] = line.split(' ')
    if (!url.startsWith('file:')) continue
    loaded.set(thread, [...(loaded.get(thread) ?? []), fileURLToPath(url).slice(root.length)])
  }
})

const namesIn = (files: readonly string[], pattern: RegExp): string =>
  [...new Set(files.flatMap((file) => pattern.exec(file)?.[1] ?? []))].sort().join(' ')

const slicesIn = (files: readonly string[]): string => namesIn(files, /^src\/([^/]+)\//)

const packagesIn = (files: readonly string[]): string =>
  namesIn(files, /^node_modules\/((?:@[^/]+\/)?[^/]+)\//)
    .split(' ')
    .filter((name) => name in dependencies)
    .join(' ')

test('each thread loads the slices and the packages that its role needs, and no others', () => {
  const found = Array.from(loaded, ([thread, files]) => [
    thread,
    { slices: slicesIn(files), packages: packagesIn(files) },
  ])
  assert.deepEqual(Object.fromEntries(found), needed)
})

test('of other slices a thread loads the files that hold their limits alone', () => {
  const files = (thread: string, slices: RegExp): string[] =>
    (loaded.get(thread) ?? []).filter((file) => slices.test(file)).sort()
  assert.deepEqual(files('main', /^src\/(gateway|ingest|jobs|tcp)\//), [
    'src/gateway/gateway-limits.ts',
    'src/ingest/ingest-limits.ts',
    'src/jobs/crash/thresholds.ts',
    'src/tcp/rate-limit.ts',
  ])
  assert.ok(!files('gateway', /^src\/config\//).includes('src/config/config.ts'))
  assert.ok(!files('city', /^src\/config\//).includes('src/config/config.ts'))
})
