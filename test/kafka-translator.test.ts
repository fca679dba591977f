// The translator whose log is on Kafka, through kills and the loss of its folder: what it said is
// in topics that gateways write to, where no transaction may be, and is there once all the same.
import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLogger } from '../src/base/logger.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { openLogs, openTranslatorState } from '../src/compose/adapters.ts'
import { foreignRecord } from '../src/eventlog/foreign-record.ts'
import { openTranslator } from '../src/translate/translator.ts'
import { optionsFor, said } from '../src/translate/translator.testing.ts'
import { noKafka, settingsOn, startKafka } from './engines/kafka.ts'
import { startProcess, temporaryFolder } from './support/running-system.ts'
import { checkTranslated, translateAndKill, translated, translatorConfig } from './support/translated.ts'

const kills = 5
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))

test(
  `with Kafka: killed ${kills} times, its folder lost once, the translator has said everything once`,
  { skip: noKafka, timeout: 290_000 },
  async (context) => {
    context.diagnostic(`SEED=${seed}`)
    const random = seeded(seed)
    using folder = temporaryFolder()
    await using kafka = await startKafka({ nodes: 1 })
    const env = settingsOn(kafka.brokers)
    const dir = join(folder.path, 'data')
    for (let kill = 0; kill < kills; kill += 1) {
      mkdirSync(dir, { recursive: true })
      await translateAndKill(dir, kill, 5 + Math.floor(random() * 30), env)
      if (kill === 2) rmSync(dir, { recursive: true })
    }
    const config = translatorConfig(dir, env)
    await using uplink = await openLogs(config, 'uplink', silentLogger)
    const stop = new AbortController()
    const { signal } = stop
    await using split = await openTranslatorState(config, uplink, { logger: silentLogger, signal })
    const { state, isSplit } = split
    const translator = await openTranslator(optionsFor({ log: uplink.log, state }, { isSplit, signal }))
    const ran = translator.run()
    // Brokers stamp records, so time cannot be made to pass: the last window closes by itself.
    let outcome = await translated(uplink.log)
    while (outcome.told.length < outcome.sent.length) {
      await wait(100)
      outcome = await translated(uplink.log)
    }
    stop.abort()
    await ran
    context.diagnostic(`${outcome.sent.length} messages, ${outcome.letters} of them of a vehicle that is not known`)
    checkTranslated(outcome)
  },
)

test('with Kafka: the jobs translate by a mapping of the settings', { skip: noKafka, timeout: 120_000 }, async () => {
  using folder = temporaryFolder()
  await using kafka = await startKafka({ nodes: 1 })
  const senders = join(folder.path, 'senders.json')
  writeFileSync(senders, JSON.stringify({ owntracks: { 'ana/phone': 'leaf' } }))
  const [dataDir, ownDir] = [join(folder.path, 'data'), join(folder.path, 'own')]
  for (const dir of [dataDir, ownDir]) mkdirSync(dir)
  await using uplink = await openLogs(translatorConfig(ownDir, settingsOn(kafka.brokers)), 'uplink', silentLogger)
  await using _jobs = await startProcess(['jobs'], 'running on', {
    settings: {
      ...settingsOn(kafka.brokers),
      ROADSTREAM_DATA: dataDir,
      ROADSTREAM_LOG_PARTITIONS: String(uplink.log.partitions),
      ROADSTREAM_METRICS: '127.0.0.1:0',
      ROADSTREAM_MAPPINGS: 'owntracks',
      ROADSTREAM_SENDERS: senders,
      // Who would bring such messages, which are stored here by hand.
      ROADSTREAM_BRIDGE: 'mqtt://127.0.0.1:1',
    },
  })
  const receivedAt = uplink.log.now()
  const payload = JSON.stringify({
    _type: 'location',
    lat: -34.9,
    lon: -56.2,
    tst: Math.floor(receivedAt / 1000),
    vel: 40,
  })
  const arrived = { mapping: 'owntracks', sender: 'ana%2Fphone', address: 'owntracks/ana/phone', retained: false }
  await uplink.log.append([foreignRecord({ ...arrived, payload: Buffer.from(payload), receivedAt }).record])
  let messages = await said(uplink)
  while (messages.length === 0) {
    await uplink.log.appended(['telemetry'], new AbortController().signal, 1_000)
    messages = await said(uplink)
  }
  assert.deepEqual(
    messages.map(({ key, seq, samples: [sample] }) => [key, seq, sample?.signals['Vehicle.Speed']]),
    [['demo/leaf', 0, 40]],
  )
})
