// A process that takes in what publishers send and translates it until it is killed; says a line
// before and after each commit. Its log is in the data folder, or on Kafka by the setting. Run as:
// translator-under-kill.main.ts <dir> <number of the first message>
import { writeSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLogger } from '../../src/base/logger.ts'
import { openLogs, openTranslatorState } from '../../src/compose/adapters.ts'
import type { StateStore } from '../../src/eventlog/state-store.ts'
import { arrived, optionsFor, speedOf } from '../../src/translate/translator.testing.ts'
import { openTranslator } from '../../src/translate/translator.ts'
import { translatorConfig } from './translated.ts'

const [, , dir = '', first = '0'] = process.argv
const config = translatorConfig(dir)
const uplink = await openLogs(config, 'uplink', silentLogger)
const { log } = uplink
const { signal } = new AbortController()
const { state, isSplit } = await openTranslatorState(config, uplink, { logger: silentLogger, signal })

/** Each message is told by a number of its own, so that what became of it can be counted. */
async function publishForEver(): Promise<void> {
  for (let number = Number(first); ;) {
    const now = log.now()
    await log.append([
      speedOf('u1', now, number++),
      speedOf('u2', now - 5_000, number++, { receivedAt: now }),
      speedOf('u2', now, number++, { id: 'WVW9' }),
      arrived(`parts/ovms/N${number++}`, '1', now),
    ])
    await wait(2)
  }
}

const told: StateStore = {
  ...state,
  async commit(...commit) {
    writeSync(1, 'begin\n')
    await state.commit(...commit)
    writeSync(1, 'commit\n')
  },
}

const translator = await openTranslator(optionsFor({ log, state: told }, { isSplit }))
await Promise.all([publishForEver(), translator.run()])
