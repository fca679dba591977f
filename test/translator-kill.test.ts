// The translator through kills: after `kill -9` at random commits each message of a publisher was
// translated once, none is missing, and numbers of messages have no gap.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { foreignTopic, uplinkTopics } from '../src/eventlog/topics.ts'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { salvageLog } from '../src/eventlog/lmdb/salvage.ts'
import { readWhole } from '../src/eventlog/read-whole.testing.ts'
import { passTime } from '../src/engine/runner.testing.ts'
import type { Sample } from '../src/model/message.ts'
import { said, speedOf, translateToEnd } from '../src/translate/translator.testing.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { temporaryFolder } from './support/running-system.ts'

const kills = 6
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const child = fileURLToPath(new URL('support/translator-under-kill.main.ts', import.meta.url))

/** Kills it before or after a commit, or in it. */
async function runAndKill(dir: string, lines: number): Promise<void> {
  const running = spawn(process.execPath, [child, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(running, 'exit')
  let seen = 0
  for await (const _ of createInterface({ input: running.stdout })) {
    seen += 1
    if (seen >= lines) running.kill('SIGKILL')
  }
  assert.deepEqual(await ended, [null, 'SIGKILL'])
}

test(`killed ${kills} times, the translator has said everything once`, { timeout: 120_000 }, async (context) => {
  context.diagnostic(`SEED=${seed}`)
  const random = seeded(seed)
  using folder = temporaryFolder()
  for (let kill = 0; kill < kills; kill += 1) await runAndKill(folder.path, 20 + Math.floor(random() * 100))
  const clock = { at: Date.now(), now: () => clock.at }
  await using opened = openLmdbLog({
    dir: folder.path,
    partitions: 3,
    topics: uplinkTopics,
    clock,
    steady: clock,
    clockJump: 'accept',
  })
  await passTime(opened.log, clock, 60_000)
  await translateToEnd(opened)
  const messages = await said(opened)
  const letters = (await readWhole(opened.log, 'dead-letter')).map(
    ({ value }) => JSON.parse(Buffer.from(value).toString()) as { samples: Sample[] },
  )
  const numbers = [...messages, ...letters].flatMap(({ samples }) => samples.flatMap(numbersOf)).sort((a, b) => a - b)
  const sent = (await readWhole(opened.log, foreignTopic)).length
  context.diagnostic(`${sent} messages, ${letters.length} of them of a vehicle that is not known`)
  assert.ok(sent > 400 && letters.length === sent / 4, `${sent} ${letters.length}`)
  assert.deepEqual(
    numbers,
    Array.from({ length: sent }, (_, number) => number),
  )
  const byLine = Map.groupBy(messages, ({ boot, topic }) => `${boot} ${topic}`)
  assert.deepEqual(byLine.size, 3)
  for (const [line, own] of byLine)
    assert.deepEqual(
      own.map(({ seq }) => seq).sort((a, b) => a - b),
      own.map((_, seq) => seq),
      line,
    )
})

/** The numbers of the messages that a sample was made of. */
const numbersOf = ({ signals }: Sample): number[] =>
  Object.entries(signals).map(([path, value]) =>
    path === 'Vehicle.Speed' ? Number(value) : Number(path.slice('Vehicle.N'.length)),
  )

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
