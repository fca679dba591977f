// Limits of the machine as findings, and the ports of a system that runs.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { lockFolder } from '../base/folder-lock.ts'
import { readConfig, type Config } from '../config/config.ts'
import { folderFinding } from './data-folder.ts'
import { diskExamination, filesLeftFinding, kindFinding, roomFinding, syncTimeFinding } from './disk.ts'
import { portsExamination } from './ports.ts'
import { filesFinding, memoryFinding } from './process-limits.ts'
import { findRunningSystem, listensOn } from './running-system.ts'

const root = mkdtempSync(join(tmpdir(), 'roadstream-doctor-'))
after(() => rmSync(root, { recursive: true, force: true }))

function config(settings: Readonly<Record<string, string>>): Config {
  const read = readConfig({ ROADSTREAM_DATA: join(root, 'data'), ...settings })
  assert.ok(read.ok, read.ok ? '' : read.detail)
  return read.value
}

test('room, files, speed and memory turn from ok to a warning to a problem', () => {
  const room = (freeBytes: number) => roomFinding({ freeBytes, totalBytes: 100e9 }, 50e9).state
  assert.deepEqual([room(50e9), room(1e9), room(10e6), room(0)], ['ok', 'warning', 'problem', 'problem'])
  const files = (free: number) => filesLeftFinding(free, 1e6).state
  assert.deepEqual([files(1e5), files(1000), files(0)], ['ok', 'warning', 'problem'])
  assert.equal(filesLeftFinding(0, 0).state, 'ok')
  const speed = (medianMs: number, p99Ms: number) => syncTimeFinding('/data', { medianMs, p99Ms }).state
  assert.deepEqual([speed(1, 5), speed(30, 40), speed(1, 900)], ['ok', 'warning', 'warning'])
  const memory = (freeBytes: number, isRunning: boolean) =>
    memoryFinding({ totalBytes: 4e9, freeBytes }, isRunning).state
  assert.deepEqual([memory(2e9, false), memory(5e8, false), memory(5e8, true)], ['ok', 'warning', 'ok'])
  const open = (room: number) => filesFinding(room, 50_000).state
  assert.deepEqual([open(60_000), open(800), open(Infinity)], ['ok', 'warning', 'unknown'])
})

test('file systems where what is kept is not kept are named', () => {
  assert.match(kindFinding(0x01021994).says, /in memory \(tmpfs\)/)
  assert.equal(kindFinding(0x6969).state, 'problem')
  assert.match(kindFinding(0x794c7630).says, /goes when the container is removed/)
  assert.equal(kindFinding(0xef53).state, 'ok')
})

test('a data folder that is no folder, or that this user may not use, is a problem with its remedy', () => {
  const file = join(root, 'file')
  writeFileSync(file, '')
  for (const path of [file, join(file, 'data'), join(file, 'far', 'below')])
    assert.equal(folderFinding(path).says, `${file} is no folder`)
  assert.equal(folderFinding(join(root, 'not-yet', 'data')).state, 'ok')
  assert.equal(folderFinding(root).state, 'ok')
})

test(
  'a folder within it of another user is named with its owner',
  { skip: process.getuid?.() === 0 && 'root may use every folder' },
  () => {
    const part = join(root, 'owned', 'log')
    mkdirSync(part, { recursive: true })
    chmodSync(part, 0o000)
    try {
      const finding = folderFinding(join(root, 'owned'))
      assert.match(finding.says, /owned\/log may not be read and written by this user \(EACCES; .*mode 0\)/)
      assert.match(finding.remedy ?? '', /chown -R.*ROADSTREAM_DATA/)
    } finally {
      chmodSync(part, 0o700)
    }
  },
)

test('the time to fsync is that of the folder, and nothing is left in it', async () => {
  const found = await diskExamination(config({ ROADSTREAM_DATA: root })).look()
  const speed = found.find(({ name }) => name === 'time to fsync')
  assert.match(speed?.says ?? '', new RegExp(`^in ${root}: median \\d+\\.\\d+ ms, p99 \\d+\\.\\d+ ms of 50 writes`))
})

test('a system is seen to run by its locks alone', async () => {
  const dataDir = join(root, 'held')
  assert.deepEqual(await findRunningSystem(dataDir, []), { pids: [], isRunning: false })
  {
    await using _ = await lockFolder(join(dataDir, 'derived'))
    assert.deepEqual(await findRunningSystem(dataDir, [7]), { pids: [7], isRunning: true })
  }
  assert.equal((await findRunningSystem(dataDir, [])).isRunning, false)
})

test(
  'ports held by the system that runs are well, those of others are problems',
  { skip: process.platform !== 'linux' && 'the system does not tell who listens' },
  async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    try {
      assert.equal(listensOn(port, [process.pid]), true)
      assert.equal(listensOn(port, []), false)
      const wanted = config({ ROADSTREAM_MQTT: `127.0.0.1:${port}`, ROADSTREAM_HTTP: '127.0.0.1:0' })
      const states = async (pids: readonly number[]) =>
        (await portsExamination(wanted, { pids, isRunning: true }).look()).map(({ state }) => state)
      assert.deepEqual(await states([process.pid]), ['ok', 'ok'])
      assert.deepEqual(await states([]), ['problem'])
    } finally {
      server.close()
    }
  },
)
