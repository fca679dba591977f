// A process that takes in what publishers send and translates it until it is killed; says a line
// before and after each commit. Run as: translator-under-kill.main.ts <dir>
import { writeSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { foreignTopic, uplinkTopics } from '../../src/eventlog/topics.ts'
import { openLmdbLog } from '../../src/eventlog/lmdb/lmdb-log.ts'
import type { StateStore } from '../../src/eventlog/state-store.ts'
import { arrived, optionsFor, speedOf } from '../../src/translate/translator.testing.ts'
import { openTranslator } from '../../src/translate/translator.ts'

const { log, state } = openLmdbLog({ dir: process.argv[2]!, partitions: 3, topics: uplinkTopics })

/** Each message is told by a number of its own, so that what became of it can be counted. */
async function publishForEver(): Promise<void> {
  let number = 0
  for (let partition = 0; partition < log.partitions; partition += 1)
    number += (await log.bounds(foreignTopic, partition)).end
  for (;;) {
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

const translator = await openTranslator(optionsFor({ log, state: told }))
await Promise.all([publishForEver(), translator.run()])
