import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '../../../base/logger.ts'
import { outage } from '../../projection.contract.ts'
import { prepareCluster } from './cluster.ts'
import { anyRunner, scratchFolder } from './server.testing.ts'

const root = scratchFolder('cluster')
const runner = anyRunner()
const version = (dir: string): string => join(dir, 'cluster', 'PG_VERSION')

const dir = join(root, 'made')
test('a cluster is made once, and no mark is left', async () => {
  mkdirSync(dir)
  const path = await prepareCluster(dir, runner, silentLogger)
  writeFileSync(join(path, 'of-the-first'), '')
  assert.equal(await prepareCluster(dir, runner, silentLogger), path)
  assert.ok(existsSync(join(path, 'of-the-first')))
  assert.deepEqual(readdirSync(dir), ['cluster'])
})

test('one whose making was cut short is made again', async () => {
  writeFileSync(join(dir, 'cluster.creating'), '')
  rmSync(version(dir))
  const path = await prepareCluster(dir, runner, silentLogger)
  assert.equal(existsSync(join(path, 'of-the-first')), false)
  assert.deepEqual(readdirSync(dir), ['cluster'])
})

test('one of a newer or an older PostgreSQL is refused, with the remedy, and left alone', async () => {
  const known = readFileSync(version(dir), 'utf8')
  for (const [written, code] of [
    ['99\n', 'STORE_TOO_NEW'],
    ['9\n', 'STORE_TOO_OLD'],
  ] as const) {
    writeFileSync(version(dir), written)
    await assert.rejects(prepareCluster(dir, runner, silentLogger), outage(code))
    assert.equal(readFileSync(version(dir), 'utf8'), written)
  }
  writeFileSync(version(dir), known)
})

test('one that lost its version is refused and never made anew', async () => {
  rmSync(version(dir))
  const before = readdirSync(join(dir, 'cluster'))
  await assert.rejects(prepareCluster(dir, runner, silentLogger), outage('STORE_UNAVAILABLE'))
  writeFileSync(version(dir), '')
  await assert.rejects(prepareCluster(dir, runner, silentLogger), outage('STORE_UNAVAILABLE'))
  rmSync(version(dir))
  assert.deepEqual(readdirSync(join(dir, 'cluster')), before)
})

test('a place that cannot be written is told, with what PostgreSQL says of it', async () => {
  const file = join(root, 'file')
  writeFileSync(file, '')
  await assert.rejects(prepareCluster(file, runner, silentLogger))
})
