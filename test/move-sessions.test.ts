// Sessions with all that waits for them, and the memory of the translator, moved to Kafka and back:
// what went on there goes on here, and everything is delivered and said once.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Outage } from '../src/base/errors.ts'
import { silentLogger } from '../src/base/logger.ts'
import { freePort } from '../src/base/port.testing.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { openLogs, openStorage, openTranslatorState, type OpenedLogs } from '../src/compose/adapters.ts'
import { openGatewayRole } from '../src/compose/gateway.ts'
import { readConfig, type Config } from '../src/config/config.ts'
import type { EventLog } from '../src/eventlog/event-log.ts'
import { readWhole } from '../src/eventlog/read-whole.testing.ts'
import { publishPacket, telemetry } from '../src/gateway/gateway.testing.ts'
import { openTranslator } from '../src/translate/translator.ts'
import { arrived, optionsFor, said, translateToEnd } from '../src/translate/translator.testing.ts'
import { noKafka, settingsOn, startKafka } from './engines/kafka.ts'
import { comeBack, leave, openGatewayOn, publishOnce, release, subscribe, take } from './support/moved-clients.ts'
import { moveThroughKills, soonKills, tryMove, writeEngineFiles } from './support/moving.ts'
import { temporaryFolder } from './support/running-system.ts'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const uplinkTopic = 'v1/acme/car/up/telemetry'
const packetId = 9
const { signal } = new AbortController()

function configOf(env: Readonly<Record<string, string>>): Config {
  const config = readConfig(env)
  assert.ok(config.ok)
  return config.value
}

/** Makes what a first start makes, and a move wants. */
async function madeOnce(config: Config): Promise<void> {
  await using storage = await openStorage(config, silentLogger)
  await using derived = await openLogs(config, 'derived', silentLogger)
  assert.ok(storage && derived)
}

/** Says a part of what the publisher has; the window of the one before is closed by it. */
const part = (log: EventLog, number: number) => log.append([arrived(`parts/ovms/N${number}`, `${number}`, log.now())])

/** Each part a message of its own, with the numbers of its translator. */
const told = async (log: EventLog) =>
  (await said({ log }))
    .filter(({ key }) => key === 'demo/leaf')
    .map(({ boot, seq, samples }) => [boot, seq, ...samples.flatMap(({ signals }) => Object.values(signals))])

/** Generations are made once: that of before goes along. */
const goesOn = { random: () => assert.fail('the translator has lost its memory') }

/** Stores what it says with its state, and ends before it is in the log. */
async function translateIntoOutbox(config: Config, uplink: OpenedLogs): Promise<void> {
  const append = async () => {
    throw new Outage('LOG_FULL', 'ended before', { retryable: false })
  }
  const log = { ...uplink.log, append, partitionsOf: (topic: string) => uplink.log.partitionsOf(topic) }
  await using split = await openTranslatorState(config, { log, state: uplink.state }, { logger: silentLogger, signal })
  await assert.rejects(translateToEnd({ log: uplink.log, state: split.state }, { ...goesOn, isSplit: split.isSplit }), {
    message: 'ended before',
  })
}

test(
  'sessions and the memory of the translator go to Kafka and back: all is delivered and said once',
  { skip: noKafka, timeout: 290_000 },
  async (t) => {
    t.diagnostic(`SEED=${seed}`)
    const random = seeded(seed)
    const moments = () => soonKills(2, 3_000, random)
    using folder = temporaryFolder()
    using otherFolder = temporaryFolder()
    await using kafka = await startKafka({ nodes: 1 })
    const base = { ROADSTREAM_DATA: folder.path, ROADSTREAM_LOG_PARTITIONS: '2' }
    const engines = {
      ...settingsOn(kafka.brokers),
    }
    const { there, back } = writeEngineFiles(folder.path, engines)

    await madeOnce(configOf(base))
    {
      await using before = await openGatewayOn(configOf(base))
      const { port, uplink } = before
      const [a, b] = [await comeBack(port, 'a'), await comeBack(port, 'b')]
      for (const { client } of [a, b]) await subscribe(client, 'notice/#')
      a.client.send(publishPacket(5, uplinkTopic, telemetry(1), { qos: 2, packetId }))
      await a.client.expect('pubrec')
      for (const { client } of [a, b]) await leave(client)
      await publishOnce(port, 'notice/1', 'one', { qos: 1 })
      await publishOnce(port, 'notice/2', 'two', { qos: 2 })
      await publishOnce(port, 'state/1', 'kept', { qos: 1, retain: true })
      assert.equal([...uplink.state.range('gateway/1', 'p/')].length, 2, 'both are stored once for two')
      await part(uplink.log, 1)
      await translateToEnd(uplink)
      assert.deepEqual(await told(uplink.log), [])
    }

    const moved = await moveThroughKills(there, base, moments())
    t.diagnostic(`there: ${moved.kills} kills\n${moved.said}`)
    assert.match(moved.said, /sessions and senders +\d+ entries +the same [0-9a-f]{16}/)
    const onKafka = configOf({ ...base, ...engines })
    {
      await using away = await openGatewayOn(onKafka)
      const { port, uplink } = away
      const a = await comeBack(port, 'a')
      assert.equal(a.sessionPresent, true)
      assert.deepEqual(await take(a.client, 2), ['one', 'two'])
      a.client.send(publishPacket(5, uplinkTopic, telemetry(1), { qos: 2, packetId, dup: true }))
      await a.client.expect('pubrec')
      await release(a.client, packetId)
      await publishOnce(port, 'notice/3', 'three', { qos: 2 })
      assert.deepEqual(await take(a.client, 1), ['three'])
      await leave(a.client)
      await using other = await openGatewayOn(configOf({ ...base, ...engines, ROADSTREAM_DATA: otherFolder.path }))
      const c = await comeBack(other.port, 'c')
      await subscribe(c.client, 'notice/#')
      await leave(c.client)
      await publishOnce(other.port, 'notice/4', 'four', { qos: 1 })
      await part(uplink.log, 2)
      await translateIntoOutbox(onKafka, uplink)
      assert.deepEqual(await told(uplink.log), [], 'it is in the outbox')
    }

    const used = await tryMove(there, base)
    assert.equal(used.code, 1)
    const returned = await moveThroughKills(back, { ...base, ...engines }, moments())
    t.diagnostic(`back: ${returned.kills} kills\n${returned.said}`)
    {
      await using again = await openGatewayOn(configOf(base))
      const { port, uplink } = again
      await publishOnce(port, 'notice/5', 'five', { qos: 1 })
      for (const [clientId, texts] of [
        ['a', ['five']],
        ['b', ['one', 'two', 'three', 'five']],
        ['c', ['four', 'five']],
      ] as const) {
        const { client, sessionPresent } = await comeBack(port, clientId)
        await using _ = client
        assert.equal(sessionPresent, true)
        assert.deepEqual(await take(client, texts.length), texts)
      }
      const { client } = await comeBack(port, 'd')
      await using _ = client
      await subscribe(client, 'state/#')
      assert.deepEqual(await take(client, 1), ['kept'])
      assert.equal((await readWhole(uplink.log, 'telemetry')).filter(({ key }) => key === 'acme/car').length, 1)

      const stop = new AbortController()
      await part(uplink.log, 3)
      const translator = await openTranslator(optionsFor(uplink, { ...goesOn, signal: stop.signal }))
      const ran = translator.run()
      // The last window closes by time alone.
      while ((await told(uplink.log)).length < 3) await wait(50)
      stop.abort()
      await ran
      const all = await told(uplink.log)
      const [boot] = all[0]!
      assert.deepEqual(
        all,
        [1, 2, 3].map((number) => [boot, number - 1, number]),
      )
    }

    // Kafka by hand: what is embedded stays unused, and that is said.
    rmSync(join(folder.path, 'engines.json'))
    const warnings: string[] = []
    const warn = (...given: unknown[]) => void warnings.push(String(given.at(-1)))
    const logger = Object.assign(Object.create(silentLogger) as typeof silentLogger, { warn })
    const mqtt = { ROADSTREAM_MQTT: `127.0.0.1:${await freePort()}` }
    const role = await openGatewayRole(configOf({ ...base, ...engines, ...mqtt }), logger)
    await role[Symbol.asyncDispose]()
    assert.match(
      warnings.join('\n'),
      /has sessions and retained messages of the embedded event log, which are not used/,
    )
  },
)
