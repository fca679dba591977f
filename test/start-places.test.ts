// `npm start` where strangers put a clone: under a folder that only root may enter, with user
// namespaces and without, with a long path, and in one of another user's. Each until cars drive.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { VehicleListing } from '../src/api/contract.ts'
import { signIn } from './support/api-client.ts'
import { startSystem, temporaryFolder, type StartOptions } from './support/running-system.ts'

const here = fileURLToPath(new URL('..', import.meta.url))
const isRoot = process.platform === 'linux' && process.getuid?.() === 0
const skip = isRoot ? false : 'only root can start it as several users'
const withoutNamespaces = join(here, 'test/support/without-namespaces.sh')
const hasNamespaces = isRoot && spawnSync(withoutNamespaces, ['true']).status === 0
/** A user that every system has, and that cannot write the clone. */
const other = { uid: 65_534, gid: 65_534 }

/** All that a start needs. Files of the packages are the same files, under names of their own. */
function cloneInto(project: string): void {
  mkdirSync(project, { recursive: true })
  for (const name of [
    'src',
    'web',
    'city',
    'mappings',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    '.npmrc',
    'run.mjs',
  ])
    cpSync(join(here, name), join(project, name), { recursive: true })
  const packages = join(here, 'node_modules')
  if (spawnSync('cp', ['-al', packages, project]).status !== 0) spawnSync('cp', ['-a', packages, project])
  // It is written over, unlike the rest.
  const cache = 'node_modules/.cache'
  rmSync(join(project, cache), { recursive: true, force: true })
  if (existsSync(join(here, cache))) cpSync(join(here, cache), join(project, cache), { recursive: true })
}

/** By the Node that npm brought, as it is in the clone. */
const startOf = (project: string): [string, string] => {
  const node = relative(here, process.execPath)
  return [node.startsWith('..') ? process.execPath : join(project, node), join(project, 'run.mjs')]
}

async function startUntilCarsMove(project: string, options: Partial<StartOptions> = {}): Promise<string> {
  const dataDir = options.dataDir ?? join(project, 'data')
  const system = await startSystem({
    dataDir,
    args: ['--demo'],
    cwd: project,
    command: startOf(project),
    ...options,
  })
  try {
    const { get } = await signIn(system.setupUrl ?? '')
    const moving = async (): Promise<number> => (await get<VehicleListing>('/vehicles?state=moving')).total
    while ((await moving()) < 10) await wait(200)
    assert.ok(existsSync(join(dataDir, 'postgres/cluster/PG_VERSION')))
  } finally {
    assert.equal(await system.stop(), 0)
  }
  return system.said()
}

const ownerOf = (dataDir: string): number => statSync(join(dataDir, 'postgres/cluster')).uid

describe('it starts', { skip, concurrency: 1, timeout: 290_000 }, () => {
  const folder = skip === false ? temporaryFolder() : undefined
  const closed = join(folder?.path ?? '', 'closed')
  const project = join(closed, 'project')
  before(() => {
    chmodSync(folder?.path ?? '', 0o755)
    mkdirSync(closed, { mode: 0o700 })
    cloneInto(project)
  })
  after(() => folder?.[Symbol.dispose]())

  test('as root under a folder that only root may enter', async () => {
    const dataDir = join(project, 'data')
    await startUntilCarsMove(project)
    assert.equal(ownerOf(dataDir), hasNamespaces ? 0 : 60_999)
    rmSync(dataDir, { recursive: true })
  })

  test('as root where the system refuses user namespaces, and says so', async () => {
    const dataDir = join(project, 'data')
    const run = startOf(project)
    const said = await startUntilCarsMove(project, { command: hasNamespaces ? [withoutNamespaces, ...run] : run })
    assert.match(said, /this system allows no user namespaces/)
    assert.equal(ownerOf(dataDir), 60_999)
    rmSync(dataDir, { recursive: true })
  })

  test('as root with a path of 200 bytes', async () => {
    const deep = join(closed, 'd'.repeat(100), 'e'.repeat(Math.max(1, 100 - Buffer.byteLength(closed))), 'project')
    assert.ok(Buffer.byteLength(deep) >= 200)
    mkdirSync(dirname(deep), { recursive: true })
    renameSync(project, deep)
    try {
      await startUntilCarsMove(deep)
      rmSync(join(deep, 'data'), { recursive: true })
    } finally {
      renameSync(deep, project)
    }
  })

  test("as another user, in a clone of root's", async () => {
    const dataDir = join(folder?.path ?? '', 'data')
    mkdirSync(dataDir)
    chownSync(dataDir, other.uid, other.gid)
    chmodSync(closed, 0o755)
    await startUntilCarsMove(project, { dataDir, user: other })
    assert.equal(ownerOf(dataDir), other.uid)
  })
})
