// The package of an earlier version's database as npm brings it, by a registry of this test: what
// is laid is what was pinned, and where that cannot be had nothing is changed.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { silentLogger } from '../../base/logger.ts'
import type { Outage } from '../../base/errors.ts'
import { openEmbeddedStorage } from './embedded/embedded-storage.ts'
import { beginImport } from './embedded/pglite-import.ts'
import { scratchFolder } from './embedded/server.testing.ts'
import { bringPglite, type PinnedPackage } from './pglite-package.ts'

const onWindows = process.platform === 'win32'
const root = scratchFolder('package')
const name = '@roadstream-test/reader'
const integrityOf = (bytes: Uint8Array): string => `sha512-${createHash('sha512').update(bytes).digest('base64')}`
let archive: Buffer
let pinned: PinnedPackage
let asked: string[] = []
/** Of the archive, by the word of the registry. */
let claimed: string
const registry = createServer((request, response) => {
  const path = decodeURIComponent(request.url ?? '')
  asked.push(path)
  const origin = `http://${request.headers.host}`
  const dist = { tarball: `${origin}/reader.tgz`, integrity: claimed }
  const about = { name, 'dist-tags': { latest: '1.2.3' }, versions: { '1.2.3': { name, version: '1.2.3', dist } } }
  response.end(path.endsWith('.tgz') ? archive : JSON.stringify(about))
})

before(async () => {
  const source = join(root, 'source')
  mkdirSync(source)
  writeFileSync(join(source, 'package.json'), JSON.stringify({ name, version: '1.2.3' }))
  writeFileSync(join(source, 'index.js'), 'export const reads = true\n')
  execFileSync('npm', ['pack', '--silent', '--pack-destination', root], { cwd: source, shell: onWindows })
  archive = readFileSync(join(root, 'roadstream-test-reader-1.2.3.tgz'))
  pinned = { name, version: '1.2.3', integrity: integrityOf(archive) }
  registry.listen(0, '127.0.0.1')
  await once(registry, 'listening')
})
after(() => registry.close())

const portOf = (): number => (registry.address() as AddressInfo).port
let count = 0
/** npm hands its settings on to what it starts, as `npm start` does. */
beforeEach(() => {
  asked = []
  claimed = pinned.integrity
  process.env['npm_config_registry'] = `http://127.0.0.1:${portOf()}/`
  process.env['npm_config_local_prefix'] = root
})

const scratch = (): string => {
  const path = join(root, `place-${count++}`)
  mkdirSync(path)
  return path
}

test('it is laid in the first place, once, and found there by the next', async () => {
  const places = [join(scratch(), 'made', 'for-it'), scratch()]
  const [first = '', second = ''] = places
  process.env['npm_config_cache'] = scratch()
  const folders = await Promise.all([1, 2, 3].map(() => bringPglite({ logger: silentLogger, pinned, places })))
  assert.deepEqual(new Set(folders), new Set([join(first, 'reader-1.2.3')]))
  assert.deepEqual([readdirSync(first), readdirSync(second)], [['reader-1.2.3'], []])
  const file = join(first, 'reader-1.2.3', 'node_modules', name, 'index.js')
  assert.equal(readFileSync(file, 'utf8'), 'export const reads = true\n')
  const before = asked.length
  assert.ok(before > 0)
  await bringPglite({ logger: silentLogger, pinned, places })
  assert.equal(asked.length, before)
})

test('where it was brought by hand it is found, in the second place too', async () => {
  const [first, second] = [scratch(), scratch()]
  mkdirSync(join(second, 'reader-1.2.3'))
  const found = await bringPglite({ logger: silentLogger, pinned, places: [first, second] })
  assert.deepEqual([found, asked], [join(second, 'reader-1.2.3'), []])
})

test('it is laid in the second place where the first takes no writes', async () => {
  const second = scratch()
  // As a folder, a file takes none, root's neither.
  const first = join(root, 'source', 'index.js')
  const found = await bringPglite({ logger: silentLogger, pinned, places: [first, second] })
  assert.equal(found, join(second, 'reader-1.2.3'))
})

/** Both places after it was refused, and what was said. */
async function refusal(wanted: PinnedPackage): Promise<string> {
  const places = [scratch(), scratch()]
  process.env['npm_config_cache'] = scratch()
  let said = ''
  await assert.rejects(bringPglite({ logger: silentLogger, pinned: wanted, places }), (error) => {
    const { code, retryable, message } = error as Outage
    assert.deepEqual([code, retryable], ['STORE_UNAVAILABLE', false])
    said = message
    return true
  })
  assert.deepEqual(
    places.flatMap((place) => readdirSync(place)),
    [],
  )
  assert.match(said, /run `npm install --ignore-scripts --prefix reader-1\.2\.3 @roadstream-test\/reader@1\.2\.3`/)
  return said
}

test('other bytes than those that were pinned are not laid, whatever the registry says of them', async () => {
  const others = { ...pinned, integrity: integrityOf(Buffer.from('others')) }
  for (claimed of [pinned.integrity, others.integrity])
    assert.match(await refusal(others), /npm cannot fetch \(.*integrity checksum failed/i)
  assert.ok(asked.some((path) => path.endsWith('.tgz')))
})

test('without a registry the start says what to do, and the old folder is as it was', async () => {
  process.env['npm_config_registry'] = 'http://127.0.0.1:1/'
  assert.match(await refusal(pinned), /npm cannot fetch \(.*ECONNREFUSED.*Nothing was changed\. Start again where npm/)
  const dir = scratch()
  mkdirSync(join(dir, 'pg'))
  writeFileSync(join(dir, 'pg', 'PG_VERSION'), '18\n')
  cpSync(dir, `${dir}-before`, { recursive: true })
  const bring = () => bringPglite({ dir, logger: silentLogger, pinned, places: [scratch()] })
  await assert.rejects(beginImport(dir, bring), /npm cannot fetch/)
  assert.deepEqual(readdirSync(dir, { recursive: true }), readdirSync(`${dir}-before`, { recursive: true }))
})

test('without npm it says so', async () => {
  const path = process.env['PATH']
  process.env['PATH'] = root
  try {
    assert.match(await refusal(pinned), /npm cannot fetch \(spawn npm ENOENT\)/)
  } finally {
    process.env['PATH'] = path
  }
})

test('a folder that never was of an earlier version asks no registry', async () => {
  await (await openEmbeddedStorage({ dir: scratch(), logger: silentLogger }))[Symbol.asyncDispose]()
  assert.deepEqual(asked, [])
})
