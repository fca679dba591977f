// `roadstream doctor` as an operator calls it: on a folder that is not there yet, beside a system
// that runs, after it was stopped, and with engines that are broken.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Finding } from '../src/base/finding.ts'
import { freePort } from '../src/base/port.testing.ts'
import { noKafka, settingsOn, startKafka } from './engines/kafka.ts'
import { noPostgres, startPostgres } from './engines/postgres.ts'
import { runCommand, startSystem, temporaryFolder } from './support/running-system.ts'
import { noSmallDisk, openSmallDisk } from './support/small-disk.ts'

type Report = { readonly version: string; readonly state: string; readonly findings: readonly Finding[] }
type Settings = Readonly<Record<string, string>>

async function doctor(
  settings: Settings,
): Promise<Report & { readonly code: number | null; of(name: string): Finding }> {
  const { code, stdout, stderr } = await runCommand(['doctor', '--json'], settings)
  assert.equal(stderr, '')
  const report = JSON.parse(stdout) as Report
  const { findings } = report
  for (const { name, state, says, remedy } of findings) {
    assert.ok(name !== '' && says !== '', stdout)
    assert.ok(remedy !== undefined || state === 'ok' || says.includes(': ') || state === 'problem', stdout)
  }
  return {
    ...report,
    code,
    of(name) {
      const found = findings.find((each) => each.name === name)
      assert.ok(found, `nothing of ${name} in ${stdout}`)
      return found
    },
  }
}

/** Names and contents of all files of a folder that keep still. */
function digestOf(dir: string): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort()) {
    hash.update(`${name}\n`)
    if (statSync(join(dir, name)).isFile()) hash.update(readFileSync(join(dir, name)))
  }
  return hash.digest('hex')
}

test('before the first start nothing is wrong, and nothing is made', async () => {
  using folder = temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const report = await doctor({ ROADSTREAM_DATA: dataDir })
  assert.deepEqual(
    report.findings.filter(({ state }) => state === 'problem'),
    [],
  )
  assert.match(report.of('data folder').says, /is not there yet; the first start makes it/)
  assert.match(report.of('event log').says, /the first start makes it/)
  assert.match(report.of('database').says, /the next start makes it/)
  assert.deepEqual(readdirSync(folder.path), [])
  assert.ok(report.code === 0 || report.code === 1)
})

test('beside a system that runs, and after it has stopped, it says what there is and changes nothing', async () => {
  using folder = temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const [mqttPort, httpPort] = [await freePort(), await freePort()]
  const settings = {
    ROADSTREAM_DATA: dataDir,
    ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}`,
    ROADSTREAM_HTTP: `127.0.0.1:${httpPort}`,
  }
  {
    await using system = await startSystem({ dataDir, mqttPort, httpPort })
    const report = await doctor(settings)
    assert.match(report.of('running system').says, new RegExp(`process ${system.process.pid}\\)`))
    assert.match(report.of('database').says, /PostgreSQL 18[\d.]*, runs/)
    assert.match(report.of('tables').says, /schema \d+, as this version knows it/)
    assert.match(report.of('time to commit').says, /median [\d.]+ ms/)
    if (process.platform === 'linux')
      assert.match(report.of('ports').says, /ROADSTREAM_MQTT .*ROADSTREAM_HTTP .*: held by the system that runs/)
    assert.equal((await fetch(`${system.dashboardUrl}/readyz`)).status, 200)
    assert.equal(await system.stop(), 0)
  }
  const before = digestOf(dataDir)
  const report = await doctor(settings)
  assert.equal(digestOf(dataDir), before)
  assert.match(report.of('event log').says, /format \d+, 8 partitions, .*; all \d+ pages looked at/)
  assert.match(report.of('database').says, /the next start runs it/)
  assert.match(report.of('ports').says, /: free$/)
  assert.match(report.of('time to fsync').says, /median [\d.]+ ms, p99 [\d.]+ ms of 50 writes/)
  assert.deepEqual(
    report.findings.filter(({ state }) => state === 'problem'),
    [],
  )
})

test('for people there is a line for each finding, the remedy below it, and a word at the end', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'file')
  writeFileSync(file, '')
  const { code, stdout, stderr } = await runCommand(['doctor'], { ROADSTREAM_DATA: file })
  assert.deepEqual([code, stderr], [2, ''])
  assert.match(stdout, /^PROBLEM  data folder: \S+ is no folder\n {9}→ name a folder in ROADSTREAM_DATA/)
  assert.match(stdout, /\n\nSomething is wrong\.\n$/)
})

test('called wrongly it says how it is called', async () => {
  using folder = temporaryFolder()
  const settings = { ROADSTREAM_DATA: folder.path }
  const wrong = await runCommand(['doctor', '--yaml'], settings)
  assert.deepEqual([wrong.code, wrong.stdout], [64, ''])
  assert.match(wrong.stderr, /roadstream doctor \[--json\]/)
  const help = await runCommand(['doctor', '--help'], settings)
  assert.deepEqual([help.code, help.stderr], [0, ''])
})

test('ports of others and settings that fit nothing are problems', async () => {
  using folder = temporaryFolder()
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  try {
    const report = await doctor({ ROADSTREAM_DATA: folder.path, ROADSTREAM_MQTT: `127.0.0.1:${port}` })
    assert.match(report.of('ports').says, /ROADSTREAM_MQTT is .*, where another program listens: end that program or/)
    assert.deepEqual([report.code, report.state], [2, 'problem'])
  } finally {
    other.close()
  }
})

test('a full disk is told as full, and nothing as damaged', { skip: noSmallDisk }, async () => {
  using disk = openSmallDisk(100)
  disk.fill()
  const report = await doctor({ ROADSTREAM_DATA: join(disk.path, 'data') })
  assert.equal(report.of('disk').state, 'problem')
  assert.match(report.of('disk').says, /^full, so that nothing can be kept/)
  assert.equal(report.of('time to fsync').state, 'problem')
  assert.match(report.of('file system').says, /in memory \(tmpfs\)/)
  assert.ok(!JSON.stringify(report).includes('damaged'))
})

test(
  'a server of your own is looked at without its password in any line; stopped, or hanging, it is told as such',
  { skip: noPostgres, timeout: 120_000 },
  async () => {
    using folder = temporaryFolder()
    await using postgres = await startPostgres()
    const settings = { ROADSTREAM_DATA: folder.path, ROADSTREAM_POSTGRES: postgres.url('postgres') }
    const password = postgres.server('postgres').password ?? ''
    const running = await doctor(settings)
    assert.match(
      running.of('database').says,
      /: PostgreSQL \d+.*, user owner, UTF8, collation C, without TLS; rights suffice/,
    )
    // The tests' servers are quick, and not durable.
    assert.match(running.of('durability of the database').says, /^fsync and full_page_writes are off: a power cut/)
    assert.match(running.of('tables').says, /none yet; the first start makes them/)
    for (const name of ['connections of the database', 'time to commit', 'clock of the database', 'PostGIS'])
      assert.equal(running.of(name).state, 'ok', name)
    postgres.signal('SIGSTOP')
    const hanging = await doctor(settings)
    postgres.signal('SIGCONT')
    assert.match(hanging.of('database').says, /does not answer for 10 s or more: it hangs .*firewalls/)
    await postgres.stop('SIGINT')
    const stopped = await doctor(settings)
    assert.match(
      stopped.of('database').says,
      /\(ROADSTREAM_POSTGRES\) does not answer \(.*ECONNREFUSED.*\): start it, or/,
    )
    for (const report of [running, hanging, stopped]) {
      assert.equal(report.code, 2)
      assert.ok(!JSON.stringify(report).includes(password))
    }
  },
)

test('Kafka is told as it is, and away', { skip: noKafka }, async () => {
  using folder = temporaryFolder()
  await using kafka = await startKafka({ nodes: 1 })
  const settings = {
    ROADSTREAM_DATA: join(folder.path, 'data'),
    ...settingsOn(kafka.brokers),
  }
  const report = await doctor(settings)
  assert.match(report.of('Kafka').says, /^1 broker/)
  assert.match(report.of('topics in Kafka').says, /roadstream\.telemetry.*the next start makes them/)
  await kafka.nodes[0]!.stop('SIGKILL')
  const away = await doctor(settings)
  assert.equal(away.code, 2)
  assert.match(
    away.of('Kafka').says,
    /does not answer \(nothing listens there, ECONNREFUSED\): is it running, is ROADSTREAM_KAFKA right/,
  )
})
