// The translator whose log is on Kafka, through kills and the loss of its folder: what it said is
// in topics that gateways write to, where no transaction may be, and is there once all the same.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLogger } from '../src/base/logger.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { openLogs, openTranslatorState } from '../src/compose/adapters.ts'
import { openTranslator } from '../src/translate/translator.ts'
import { optionsFor } from '../src/translate/translator.testing.ts'
import { noKafka, startKafka } from './engines/kafka.ts'
import { temporaryFolder } from './support/running-system.ts'
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
    const [broker] = kafka.brokers
    const env = {
      ROADSTREAM_KAFKA: `${broker!.host}:${broker!.port}`,
      ROADSTREAM_KAFKA_REPLICATION: '1',
      ROADSTREAM_KAFKA_MIN_IN_SYNC: '1',
    }
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
