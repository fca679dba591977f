// The translator through kills: after `kill -9` at random commits each message of a publisher was
// translated once, none is missing, and numbers of messages have no gap.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { join } from 'node:path'
import { uplinkTopics } from '../src/eventlog/topics.ts'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { salvageLog } from '../src/eventlog/lmdb/salvage.ts'
import { passTime } from '../src/engine/runner.testing.ts'
import { said, speedOf, translateToEnd } from '../src/translate/translator.testing.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { temporaryFolder } from './support/running-system.ts'
import { checkTranslated, numbersOf, translateAndKill, translated, translatorPartitions } from './support/translated.ts'

const kills = 6
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))

test(`killed ${kills} times, the translator has said everything once`, { timeout: 120_000 }, async (context) => {
  context.diagnostic(`SEED=${seed}`)
  const random = seeded(seed)
  using folder = temporaryFolder()
  for (let kill = 0; kill < kills; kill += 1)
    await translateAndKill(folder.path, kill, 20 + Math.floor(random() * 100), {})
  const clock = { at: Date.now(), now: () => clock.at }
  await using opened = openLmdbLog({
    dir: join(folder.path, 'log'),
    partitions: translatorPartitions,
    topics: uplinkTopics,
    clock,
    steady: clock,
    clockJump: 'accept',
  })
  await passTime(opened.log, clock, 60_000)
  await translateToEnd(opened)
  const outcome = await translated(opened.log)
  context.diagnostic(`${outcome.sent.length} messages, ${outcome.letters} of them of a vehicle that is not known`)
  checkTranslated(outcome)
})

test('over a log that was salvaged the translator goes on where it was, and says nothing again', async () => {
  using folder = temporaryFolder()
  const [from, to] = [join(folder.path, 'log'), join(folder.path, 'salvaged')]
  const open = (dir: string) => openLmdbLog({ dir, partitions: 3, topics: uplinkTopics })
  const now = Date.now()
  {
    await using before = open(from)
    await before.log.append([0, 1, 2].map((number) => speedOf('u1', now + number, number)))
    await translateToEnd(before)
  }
  const { isWhole } = (await salvageLog(from, to, { partitions: 3, bytesMax: 1e9, now: Date.now })).state
  assert.ok(isWhole)
  await using after = open(to)
  await after.log.append([speedOf('u1', now + 3, 3)])
  await translateToEnd(after)
  const messages = await said(after)
  assert.deepEqual(
    messages.map(({ seq, samples }) => [seq, ...samples.flatMap(numbersOf)]),
    [0, 1, 2, 3].map((number) => [number, number]),
  )
  assert.equal(new Set(messages.map(({ boot }) => boot)).size, 1)
})
