// A process that is killed at random moments, while it starts too: what it was told is stored is
// there, each output once and none that no state knows.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { noKafka, startKafka } from '../../../test/engines/kafka.ts'
import { checkCounts } from './counting.testing.ts'
import { formOn } from './kafka.testing.ts'
import { memoryLocal, openTestState } from './kafka-state.testing.ts'

const fixture = fileURLToPath(new URL('kafka-crash.testing.ts', import.meta.url))
const rounds = 12

/** Runs the fixture and kills it some time after `lines` lines; counts what it said is stored. */
async function runAndKill(
  args: readonly string[],
  lines: number,
  afterMs: number,
  stored: Map<string, number>,
): Promise<void> {
  const child = spawn(process.execPath, [fixture, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let read = 0
  if (lines === 0) setTimeout(() => child.kill('SIGKILL'), afterMs)
  for await (const line of createInterface({ input: child.stdout })) {
    if (++read === lines) setTimeout(() => child.kill('SIGKILL'), afterMs)
    const [what, task] = line.split(' ')
    if (what === 'commit' && task !== undefined) stored.set(task, (stored.get(task) ?? 0) + 1)
  }
}

if (noKafka !== false) test('a process killed while it commits to Kafka', { skip: noKafka })
else {
  const kafka = await startKafka({ nodes: 1 })
  after(() => kafka[Symbol.asyncDispose]())

  test(
    'a process killed at random moments: all of a commit or nothing of it, and what was told is there',
    { timeout: 300_000 },
    async () => {
      const form = formOn(kafka)
      const [{ host, port }] = kafka.brokers as [{ host: string; port: number }]
      const stored = new Map<string, number>()
      for (let round = 0; round < rounds; round += 1) {
        const lines = round % 4 === 3 ? 0 : 1 + Math.floor(Math.random() * 30)
        const afterMs = Math.random() * (lines === 0 ? 3_000 : 40)
        await runAndKill([`${host}:${port}`, form.prefix], lines, afterMs, stored)
      }
      await using local = memoryLocal()
      await using opened = await openTestState(kafka, local.state, { form })
      assert.equal(stored.size, 3)
      let more = 0
      for (const [task, told] of stored) {
        const counted = opened.state.positions(task)['event/0'] ?? 0
        assert.ok(counted >= told, `${task}: ${told} were stored, and ${counted} are there`)
        more += counted - told
        await checkCounts(opened.log, opened.state, counted, task)
      }
      // At most the commit under way, of each task and kill.
      assert.ok(more <= rounds * stored.size)
    },
  )
}
