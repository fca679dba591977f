// The bridge beside what one would write with MQTT.js: how fast what Mosquitto has kept for a
// session comes into an LMDB log, and with how much CPU. The queue is filled while nobody is there,
// so that only broker and consumer run, on a core each; they take turns in short rounds, and the
// median counts. Of MQTT.js that acknowledges after its append only as many messages are measured
// as it takes in ten seconds.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, listens } from '../src/base/port.testing.ts'
import { mosquittoPath as installed, mosquittoVersion } from '../test/engines/mosquitto.ts'
import { canMeasure, canPin, cpuSeconds, median, startNode, startProgram } from './support/measured-process.ts'

export const title = 'Bridge: from the queue of Mosquitto into the log (fsync), QoS 1, 250 bytes; beside MQTT.js'

/** Debian's 2.0.11 does not keep to the Receive Maximum, so that what it is given counts. */
const mosquittoPath = process.env['BENCH_MOSQUITTO'] ?? installed
const rounds = 3
const messages = 200_000
const timeoutMs = 10_000
const kinds = {
  ours: 'the bridge',
  after: 'MQTT.js, acknowledging after',
  before: 'MQTT.js, acknowledging first',
} as const
type Kind = keyof typeof kinds

type Figure = { readonly perSecond: number; readonly cpuPerMillion: number; readonly brokerPerMillion: number }

async function measure(kind: Kind): Promise<Figure> {
  const dir = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'roadstream-bench-bridge-'))
  try {
    const port = await freePort()
    const settings = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      'max_queued_messages 0',
      'max_inflight_messages 0',
    ]
    writeFileSync(join(dir, 'mosquitto.conf'), `${settings.join('\n')}\n`)
    await using broker = startProgram(0, mosquittoPath!, ['-c', join(dir, 'mosquitto.conf')], 'ignore')
    await listens(port)
    await using consumer = startNode(1, 'bridge.consumer.ts', [kind, port, join(dir, 'log'), messages, timeoutMs])
    await consumer.report()
    await using publisher = startNode(1, 'bridge.publisher.ts', [port, messages])
    await publisher.report()
    const brokerBefore = cpuSeconds(broker.pid)
    const { stored, ms, cpuMs } = await consumer.ask('go')
    const brokerCpu = cpuSeconds(broker.pid) - brokerBefore
    return {
      perSecond: (stored! / ms!) * 1000,
      cpuPerMillion: (cpuMs! / stored!) * 1000,
      brokerPerMillion: (brokerCpu / stored!) * 1e6,
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Prints a table to standard output. `BENCH_DIR` chooses the disk the log is on, `BENCH_MOSQUITTO`
 *  another build of the broker than the one that is installed. */
export async function run(): Promise<void> {
  if (!canMeasure || mosquittoPath === undefined) {
    console.log(`  skipped: ${canMeasure ? 'mosquitto is not installed' : 'CPU is read from /proc, which is not here'}`)
    return
  }
  const version = mosquittoVersion(mosquittoPath) ?? 'of an unknown version'
  console.log(
    `  Mosquitto ${version}; ${canPin ? 'broker and consumer on a core each' : 'not pinned'}; medians of ${rounds} rounds by turns`,
  )
  const figures: Record<Kind, Figure[]> = { ours: [], after: [], before: [] }
  const names = Object.keys(kinds) as Kind[]
  for (let round = 0; round < rounds; round++) for (const kind of names) figures[kind].push(await measure(kind))
  for (const kind of names) {
    const of = (field: keyof Figure): number => median(figures[kind].map((figure) => figure[field]))
    console.log(
      `  ${kinds[kind].padEnd(30)} ${Math.round(of('perSecond')).toLocaleString('en').padStart(8)} a second, ` +
        `${of('cpuPerMillion').toFixed(1).padStart(6)} CPU-seconds for a million, Mosquitto's own ${of('brokerPerMillion').toFixed(1)} ` +
        `(rounds: ${figures[kind].map(({ cpuPerMillion }) => cpuPerMillion.toFixed(1)).join(', ')})`,
    )
  }
}
