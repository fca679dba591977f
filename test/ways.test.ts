// The ways of a message that ARCHITECTURE.md lists, held against the files whose code runs.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { connect, type Socket } from 'node:net'
import { basename, relative } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Registry } from 'prom-client'
import { steadyClock, systemClock } from '../src/base/clock.ts'
import { silentLogger } from '../src/base/logger.ts'
import { drive, runToEnd, startAt } from '../src/engine/runner.testing.ts'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { derivedLogTopics, uplinkTopics } from '../src/eventlog/topics.ts'
import { openAdmission } from '../src/gateway/admission/open-admission.ts'
import { openGatewayStore } from '../src/gateway/gateway-store.ts'
import { connectPacket, publishPacket, telemetry } from '../src/gateway/gateway.testing.ts'
import { openGateway } from '../src/gateway/gateway.ts'
import { jobs } from '../src/jobs/jobs.ts'
import { encodeMessage } from '../src/model/message-codec.ts'
import { openEmbeddedStorage } from '../src/storage/postgres/embedded/embedded-storage.ts'
import { scratchFolder } from '../src/storage/postgres/embedded/server.testing.ts'
import { openWriters } from '../src/writers/writers.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const architecture = readFileSync(`${root}ARCHITECTURE.md`, 'utf8')
const sources = globSync('src/**/*.ts', { cwd: root })
const dir = scratchFolder('ways')

const filesNamed = (text: string): string[] => Array.from(text.matchAll(/`([\w./-]+\.ts)`/g), ([, name]) => name!)

/** The text on the way whose first line begins so. */
function wayOf(line: string): string {
  const [, below] = architecture.split(`\n${line}`)
  assert.ok(below !== undefined, `ARCHITECTURE.md has the line ${line}`)
  return below.slice(0, below.search(/\n(From|The API) /))
}

/** The first file of each of its numbers. */
const passedIn = (way: string): string[] =>
  Array.from(way.matchAll(/^\d+\. .*/gm), ([item]) => filesNamed(item)[0] ?? item)

const inspector = new Session()
before(async () => {
  inspector.connect()
  await inspector.post('Profiler.enable')
  await inspector.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
})
after(() => inspector.disconnect())

/** The files of `src` whose functions run meanwhile. */
async function filesRun(run: () => Promise<void>): Promise<readonly string[]> {
  await inspector.post('Profiler.takePreciseCoverage')
  await run()
  const { result } = await inspector.post('Profiler.takePreciseCoverage')
  return result
    .filter(({ functions }) => functions.some(({ ranges }) => ranges.some(({ count }) => count > 0)))
    .flatMap(({ url }) => (url.startsWith('file:') ? [relative(root, fileURLToPath(url))] : []))
    .filter((file) => file.startsWith('src/') && !/\.(testing|test)\.ts$/.test(file))
    .sort()
}

const openLog = (name: string, topics: typeof uplinkTopics) =>
  openLmdbLog({ dir: `${dir}/${name}`, partitions: 2, topics, sweepEveryMs: 0 })

/** Sends the bytes and reads as many. */
async function exchange(socket: Socket, bytes: Buffer, answerBytes: number): Promise<void> {
  socket.write(bytes)
  for (let left = answerBytes; left > 0; left -= (socket.read() as Buffer | null)?.length ?? 0)
    if (socket.readableLength === 0) await new Promise<void>((resolve) => void socket.once('readable', resolve))
}

test('every file that a way names is there', () => {
  const section = architecture.slice(architecture.indexOf('## The way'), architecture.indexOf('## Folders'))
  const names = filesNamed(section)
  assert.ok(names.length > 50, 'the ways were not found')
  assert.deepEqual(
    names.filter((name) => !sources.some((file) => file === name || file.endsWith(`/${name}`))),
    [],
  )
})

test('a PUBLISH passes ten files, none twice, and no file runs that the way does not name', async () => {
  await using uplink = openLog('log', uplinkTopics)
  await using gateway = await openGateway({
    listeners: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
    store: openGatewayStore(uplink),
    admission: openAdmission,
    // The sweep would run as well, now and then.
    limits: { sweepMs: 3_600_000 },
    clock: systemClock,
    steady: steadyClock,
    logger: silentLogger,
    registry: new Registry(),
  })
  const socket = connect(gateway.addresses[0]!.port, '127.0.0.1')
  const [connackBytes, pubackBytes] = [4, 4]
  const publishes = [1, 2, 3, 4, 5, 6].map((seq) => publishPacket(4, 'v1/acme/v1/up/telemetry', telemetry(seq)))
  await exchange(socket, connectPacket(4, 'acme/v1'), connackBytes)
  const runs: (readonly string[])[] = []
  for (const publish of publishes) runs.push(await filesRun(() => exchange(socket, publish, pubackBytes)))
  socket.destroy()
  // The first finds its topic; a timer of the connection's beginning runs with one of the others.
  const ran = runs[1]!.filter((file) => runs.slice(2).every((others) => others.includes(file)))

  const way = wayOf('From the bytes of a socket')
  const passed = passedIn(way)
  assert.equal(new Set(passed).size, 10)
  assert.equal(passed.length, 10)
  assert.deepEqual(
    passed.filter((file) => !ran.includes(file)),
    [],
    'does not run',
  )
  const named = new Set(filesNamed(way).map((name) => basename(name)))
  assert.deepEqual(
    ran.filter((file) => !file.startsWith('src/base/') && !named.has(basename(file))),
    [],
    'is not named',
  )
})

test('the files on the way to a row run', async () => {
  await using uplink = openLog('read', uplinkTopics)
  await using derived = openLog('derived', derivedLogTopics)
  await using storage = await openEmbeddedStorage({ dir: `${dir}/postgres`, logger: silentLogger })
  const ran = await filesRun(async () => {
    await uplink.log.append(
      drive(startAt, 60).map((sample, seq) => ({
        topic: 'telemetry',
        key: 'acme/v1',
        at: sample.at,
        receivedAt: sample.at,
        value: encodeMessage({ boot: '0123456789abcdef', seq, samples: [sample] }),
      })),
    )
    await runToEnd(jobs, uplink.log, derived)
    const written = { trips: Promise.withResolvers<void>(), messages: Promise.withResolvers<void>() }
    await using _ = await openWriters({
      uplink: uplink.log,
      derived: derived.log,
      storage,
      clock: systemClock,
      logger: silentLogger,
      registry: new Registry(),
      // The drive was years ago.
      messages: { retentionMs: 1e12, store: 'documents' },
      lingerMs: 0,
      onWritten: ({ store, rows }) => {
        if (rows > 0 && (store === 'trips' || store === 'messages')) written[store].resolve()
      },
    })
    await Promise.all([written.trips.promise, written.messages.promise])
  })
  for (const line of ['From the log to the row of the message', 'From the log to the row of a trip']) {
    const passed = passedIn(wayOf(line))
    assert.ok(passed.length >= 5)
    assert.deepEqual(
      passed.filter((file) => !ran.includes(file)),
      [],
      `${line}: does not run`,
    )
  }
})
