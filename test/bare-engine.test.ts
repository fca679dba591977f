// The jobs and the engine core run in a JavaScript engine that has nothing but the language: no
// Buffer, no TextDecoder, no `node:`. They are bundled as one script, run in a context without
// Node's globals, and must say what they say in Node.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createContext, runInContext } from 'node:vm'
import { build } from 'vite'
import { loadCity } from '../src/city/city.ts'
import { driveJobs } from '../src/engine/job-driver.ts'
import { nodeText } from '../src/engine/node-text.ts'
import type { StoredRecord } from '../src/eventlog/event-log.ts'
import { messageAt } from '../src/model/message-check.ts'
import { encodeMessage } from '../src/model/message-codec.ts'
import { vehicleKey } from '../src/model/vehicle-id.ts'
import { usualRates } from '../src/sim/incidents.ts'
import { simulateOffline } from '../src/sim/offline.ts'
import { bareJobs, runBare } from './support/bare-engine.testing.ts'

async function bundle(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      target: 'es2024',
      lib: {
        entry: new URL('support/bare-engine.testing.ts', import.meta.url).pathname,
        formats: ['iife'],
        name: 'bare',
      },
    },
  })
  const [{ output }] = built as unknown as [{ readonly output: readonly [{ readonly code: string }] }]
  return output[0].code
}

/** Some minutes of a few simulated cars, each record late by up to a minute, some twice, and one
 *  that is refused. */
async function simulated(): Promise<StoredRecord[]> {
  const startAt = 1_767_877_200_000
  const options = {
    city: await loadCity(),
    cars: 6,
    seed: 7,
    startAt,
    durationMs: 12 * 60_000,
    rates: { ...usualRates, crash: 4 },
  }
  const records: StoredRecord[] = []
  for (const { stream: topic, ref, message, sentAt } of simulateOffline({ ...options, onTruth: () => {} })) {
    const offset = records.length
    const appendedAt = sentAt + ((offset * 7919) % 60_000)
    const at = messageAt(message)
    records.push({
      topic,
      key: vehicleKey(ref),
      value: encodeMessage(message),
      at,
      partition: 0,
      offset,
      appendedAt,
      receivedAt: appendedAt,
    })
  }
  const first = records[0]!
  const refused = {
    ...first,
    topic: 'dead-letter',
    value: Buffer.from('{"boot":"ü'),
    headers: { stream: 'telemetry', reason: 'not-json' },
  }
  return [...records, ...records.filter((_, index) => index % 9 === 0), refused].sort(
    (a, b) => a.appendedAt - b.appendedAt,
  )
}

test('the jobs and the engine core say the same in a bare JavaScript engine, byte for byte', async () => {
  const records = await simulated()
  const batches = Array.from({ length: Math.ceil(records.length / 100) }, (_, index) =>
    records.slice(index * 100, index * 100 + 100),
  )
  const endAt = records.at(-1)!.appendedAt + 3 * 3_600_000
  const context = createContext({ batches, text: nodeText, endAt })
  const globals = runInContext(
    '[typeof Buffer, typeof TextDecoder, typeof process, typeof structuredClone, typeof performance]',
    context,
  )
  assert.deepEqual(
    [...(globals as string[])],
    Array.from({ length: 5 }, () => 'undefined'),
  )
  const code = await bundle()
  const lines = [...(runInContext(`${code}; bare.runBare(batches, text, endAt)`, context) as string[])]
  assert.deepEqual(lines, runBare(batches, nodeText, endAt))
  for (const topic of ['twin', 'trip', 'track', 'alert', 'ledger', 'spell', 'band'])
    assert.ok(
      lines.some((line) => line.startsWith(`${topic}\t`)),
      `there is no output of topic ${topic}`,
    )

  // Twins are patches, of which the last one is not all.
  const driver = driveJobs(bareJobs)
  for (const batch of batches) driver.feed(batch)
  driver.pass(endAt)
  const last = new Map<string, string>()
  for (const line of lines) {
    const [topic, id, , value] = line.split('\t') as [string, string, string, string]
    if (value === '') last.delete(`${topic} ${id}`)
    else if (topic !== 'twin') last.set(`${topic} ${id}`, value)
  }
  const driven: [string, string][] = []
  for (const [id, row] of driver.results()) if (!id.startsWith('twin ')) driven.push([id, JSON.stringify(row)])
  assert.deepEqual(last, new Map(driven))
})
