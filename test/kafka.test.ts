// The gateway with Kafka as its log, as processes: signed in by SCRAM over TLS, the broker and the
// gateway killed under cars that drive; and what other clients of Kafka make of what is in it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../src/base/port.testing.ts'
import { partitionOf } from '../src/eventlog/partition.ts'
import { makeTestCertificates } from '../src/gateway/transport/certificates.testing.ts'
import { parseMessage } from '../src/model/message-codec.ts'
import { kafkaJars, kafkaUser, noKafka, startKafka } from './engines/kafka.ts'
import { noPython, pythonSettings } from './engines/python.ts'
import { openDrivingFleet } from './support/driving-fleet.ts'
import { startProcess, temporaryFolder } from './support/running-system.ts'

const partitions = 4
const cars = 12

const noReader: string | false = noKafka || noPython('confluent-kafka 2.16', 'import confluent_kafka')

type Read = {
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly headers: readonly (readonly [string, string])[]
  readonly appendedAt: number
  readonly value: { readonly boot: string; readonly seq: number }
}

test(
  'with Kafka: what cars are told is stored is in the topic through kills of broker and gateway, as documented',
  { skip: noReader, timeout: 240_000 },
  async () => {
    using folder = temporaryFolder()
    using certificates = makeTestCertificates()
    await using kafka = await startKafka({ nodes: 1, tls: certificates.server() })
    const [node] = kafka.nodes
    const passwordFile = join(folder.path, 'password')
    writeFileSync(passwordFile, `${kafkaUser.password}\n`)
    const mqttPort = await freePort()
    const brokers = `localhost:${node!.signed.port}`
    const dataDir = join(folder.path, 'data')
    mkdirSync(dataDir)
    const settings = {
      ROADSTREAM_DATA: dataDir,
      ROADSTREAM_LOG_PARTITIONS: String(partitions),
      ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}`,
      ROADSTREAM_METRICS: '127.0.0.1:0',
      ROADSTREAM_KAFKA: brokers,
      ROADSTREAM_KAFKA_TLS: 'on',
      ROADSTREAM_KAFKA_CA: certificates.caFile,
      ROADSTREAM_KAFKA_SASL: 'SCRAM-SHA-512',
      ROADSTREAM_KAFKA_USER: kafkaUser.name,
      ROADSTREAM_KAFKA_PASSWORD_FILE: passwordFile,
      ROADSTREAM_KAFKA_REPLICATION: '1',
      ROADSTREAM_KAFKA_MIN_IN_SYNC: '1',
    }
    let gateway = await startProcess(['gateway'], 'running on', { settings })
    await using fleet = openDrivingFleet(dataDir, mqttPort, cars)
    fleet.drive()
    const more = async (messages: number): Promise<void> => {
      const acknowledged = () => fleet.cars.reduce((sum, { stats }) => sum + stats.acknowledged, 0)
      const wanted = acknowledged() + messages
      while (acknowledged() < wanted) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await more(500)
    await node!.stop('SIGKILL')
    await node!.start()
    await more(500)
    await gateway.kill()
    gateway = await startProcess(['gateway'], 'running on', { settings })
    await more(500)
    fleet.park()
    await fleet.flush()
    await gateway.kill()

    const args = [brokers, 'roadstream.telemetry', certificates.caFile, kafkaUser.name, kafkaUser.password]
    const reader = spawnSync('python3', [fileURLToPath(new URL('kafka/read_topic.py', import.meta.url)), ...args], {
      env: pythonSettings(),
      encoding: 'utf8',
      maxBuffer: 1e9,
    })
    assert.equal(reader.status, 0, reader.stderr)
    const records = reader.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Read)
    const byKey = Map.groupBy(records, ({ key }) => key)
    for (const [index, { boot, stats }] of fleet.cars.entries()) {
      const own = byKey.get(`demo/car-${index}`) ?? []
      const seqs = own.map(({ value }) => value.seq)
      const first = [...new Set(seqs)]
      assert.deepEqual(
        first,
        Array.from({ length: stats.sent }, (_, seq) => seq),
      )
      for (const { key, partition, headers, value, appendedAt } of own) {
        assert.equal(partition, partitionOf(key, partitions))
        assert.equal(value.boot, boot)
        assert.ok(parseMessage(Buffer.from(JSON.stringify(value))).ok)
        const [[atName, at] = [], [receivedName, received] = []] = headers
        assert.deepEqual([atName, receivedName], ['at', 'receivedAt'])
        assert.ok(Math.abs(Number(at) - appendedAt) < 200_000 && Number(received) <= appendedAt + 1_000)
      }
    }
  },
)

test("a key's partition is that of Kafka's Java client, for 10,000 vehicles", { skip: noKafka }, () => {
  const keys = Array.from({ length: 10_000 }, (_, index) =>
    index % 3 === 0 ? `acme/ñandú-${index}` : index % 3 === 1 ? `flota/${index.toString(36)}` : `\u{1f697}${index}`,
  )
  for (const count of [8, 100]) {
    const program = fileURLToPath(new URL('kafka/Partitions.java', import.meta.url))
    const ran = spawnSync('java', ['-cp', join(kafkaJars, '*'), program, String(count)], {
      input: keys.join('\n'),
      encoding: 'utf8',
      env: { ...process.env, JAVA_TOOL_OPTIONS: '-Dfile.encoding=UTF-8' },
    })
    assert.equal(ran.status, 0, ran.stderr)
    assert.deepEqual(
      ran.stdout.trim().split('\n').map(Number),
      keys.map((key) => partitionOf(key, count)),
    )
  }
})
