// A translator in a process of its own that is killed, and what must hold of its log afterwards:
// each message of a publisher was translated once, none is missing, and numbers have no gap.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { readConfig, type Config } from '../../src/config/config.ts'
import type { EventLog } from '../../src/eventlog/event-log.ts'
import { readWhole } from '../../src/eventlog/read-whole.testing.ts'
import { foreignTopic } from '../../src/eventlog/topics.ts'
import type { Sample } from '../../src/model/message.ts'
import { said } from '../../src/translate/translator.testing.ts'

export const translatorPartitions = 3
/** Of the numbers of messages that one process sends. */
const numbersEach = 100_000
const child = fileURLToPath(new URL('translator-under-kill.main.ts', import.meta.url))

/** The data folder, and Kafka as the environment says. */
export function translatorConfig(dir: string, env: NodeJS.ProcessEnv = process.env): Config {
  const kafka = Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('ROADSTREAM_KAFKA')))
  const config = readConfig({
    ROADSTREAM_DATA: dir,
    ROADSTREAM_LOG_PARTITIONS: String(translatorPartitions),
    ...kafka,
  })
  assert.ok(config.ok)
  return config.value
}

/** Kills it before or after a commit, or in it: after so many lines. `life` counts the processes
 *  before it. */
export async function translateAndKill(
  dir: string,
  life: number,
  lines: number,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const args = [child, dir, String(life * numbersEach)]
  const running = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env })
  const ended = once(running, 'exit')
  let seen = 0
  for await (const _ of createInterface({ input: running.stdout })) {
    seen += 1
    if (seen >= lines) running.kill('SIGKILL')
  }
  assert.deepEqual(await ended, [null, 'SIGKILL'])
}

/** The numbers of the messages that a sample was made of, or that a message tells. */
export const numbersOf = ({ signals }: Sample): number[] =>
  Object.entries(signals).map(([path, value]) =>
    path === 'Vehicle.Speed' ? Number(value) : Number(path.slice('Vehicle.N'.length)),
  )

const textOf = (value: Uint8Array): string => Buffer.from(value).toString()
const ascending = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b)

/** Numbers that publishers sent, and those that were translated or refused, both ascending. */
export async function translated(log: EventLog) {
  const sent = (await readWhole(log, foreignTopic)).map(({ value, headers }) => {
    const address = headers!['address']!
    return address.startsWith('parts/') ? Number(address.split('/N')[1]) : (JSON.parse(textOf(value)).speed as number)
  })
  const messages = await said({ log })
  const letters = (await readWhole(log, 'dead-letter')).map(
    ({ value }) => JSON.parse(textOf(value)) as { samples: Sample[] },
  )
  const told = [...messages, ...letters].flatMap(({ samples }) => samples.flatMap(numbersOf))
  return { sent: ascending(sent), told: ascending(told), messages, letters: letters.length }
}

/** Fails unless all that was sent was told once, and messages of a boot and stream are numbered
 *  without a gap. */
export function checkTranslated({ sent, told, messages, letters }: Awaited<ReturnType<typeof translated>>): void {
  assert.ok(sent.length > 400, `${sent.length} messages`)
  assert.ok(letters > 0 && letters < sent.length / 3, `${letters} dead letters`)
  assert.deepEqual(told, sent)
  const byLine = Map.groupBy(messages, ({ boot, topic }) => `${boot} ${topic}`)
  assert.equal(byLine.size, 3)
  for (const [line, own] of byLine)
    assert.deepEqual(
      ascending(own.map(({ seq }) => seq)),
      own.map((_, seq) => seq),
      line,
    )
}
