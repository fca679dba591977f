// Trials of bridges from MQTT to Kafka: how fast they carry and for how much CPU, and whether all
// of it comes when they are killed, or when Kafka is away.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openMosquitto, mosquittoPath, type Mosquitto } from '../../test/engines/mosquitto.ts'
import type { Kafka } from '../../test/engines/kafka.ts'
import { saidOf, startBridge, type BridgeKind, type Carrying, type RunningBridge } from './bridge-kinds.ts'
import type { BridgeTopics, TopicFigures } from './bridge-topics.ts'
import { cpuSeconds, pause, startNode, type MeasuredProcess } from './measured-process.ts'

export type Bench = { readonly kafka: Kafka; readonly topics: BridgeTopics; readonly folder: string }

/** Debian's 2.0.11 does not keep to the Receive Maximum: another build is run by its path. */
export const benchMosquitto = process.env['BENCH_MOSQUITTO'] ?? mosquittoPath
/** As many on the way as 2.0.11 would send of itself; queues without an end. */
const mosquittoSettings = () => ['allow_anonymous true', 'max_queued_messages 0', 'max_inflight_messages 1000']

const warmMessages = 100_000
const rateMessages = 200_000
const rateTimeoutMs = 120_000
const lookMs = 20
/** After which nothing more is waited for. */
const quietMs = 15_000

/** A bridge that has been heard, and what it carries to. */
type Trial = {
  readonly kind: BridgeKind
  readonly carrying: Carrying
  readonly topic: string
  readonly bridge: RunningBridge
}

let trials = 0

async function begin(bench: Bench, kind: BridgeKind, { port }: Mosquitto): Promise<Trial> {
  trials += 1
  const name = `${kind.name}-${trials}`
  const carrying = { mqttPort: port, broker: bench.kafka.brokers[0]!, name, folder: join(bench.folder, name) }
  mkdirSync(carrying.folder)
  const topic = kind.topicOf(name)
  if (!kind.isMakingTopic) bench.topics.make(topic)
  return { kind, topic, carrying, bridge: startBridge(kind, carrying) }
}

const startPublisher = ({ port }: Mosquitto): MeasuredProcess =>
  startNode(undefined, 'bridges-on-kafka.publisher.ts', [port])

/** Probes are published until one has come. Gives how many records there are then. */
async function untilHeard({ topics }: Bench, trial: Trial, publisher: MeasuredProcess): Promise<number> {
  const { topic, kind, carrying } = trial
  const endsAt = performance.now() + 60_000
  let count = 0
  while (count === 0) {
    if (performance.now() > endsAt)
      throw new Error(`${kind.name} carries nothing for a minute. It said:\n${saidOf(carrying)}`)
    await publisher.ask('probe')
    await pause(300)
    count = await topics.count(topic)
  }
  // Of several that were published meanwhile all come.
  await pause(1000)
  return topics.count(topic)
}

export type RateFigures = {
  readonly perSecond: number
  readonly cpuPerMillion: number
  /** The most that was ever resident, in MB. */
  readonly peakMb: number
  readonly recordsABatch: number
  readonly figures: TopicFigures
}

/** How fast a queue of Mosquitto comes into Kafka by a bridge that is warm: it stands still while
 *  the queue is filled, so that broker, bridge and Kafka alone run meanwhile. */
export async function measureRate(bench: Bench, kind: BridgeKind): Promise<RateFigures> {
  await using mosquitto = await openMosquitto(mosquittoSettings, benchMosquitto)
  await using publisher = startPublisher(mosquitto)
  const trial = await begin(bench, kind, mosquitto)
  await using bridge = trial.bridge
  const probes = await untilHeard(bench, trial, publisher)
  await carryQueue(bench, trial, publisher, { before: probes, messages: warmMessages })
  const cpuBefore = cpuSeconds(bridge.pid)
  const before = probes + warmMessages
  const { carried, ms } = await carryQueue(bench, trial, publisher, { before, messages: rateMessages })
  const cpu = cpuSeconds(bridge.pid) - cpuBefore
  const peakMb = peakBytes(bridge.pid) / 1e6
  const figures = await bench.topics.read(trial.topic, warmMessages + rateMessages)
  return {
    perSecond: (carried / ms) * 1000,
    cpuPerMillion: (cpu / carried) * 1e6,
    peakMb,
    recordsABatch: figures.records / figures.batches,
    figures,
  }
}

async function carryQueue(
  { topics }: Bench,
  { topic, bridge }: Trial,
  publisher: MeasuredProcess,
  { before, messages }: { readonly before: number; readonly messages: number },
): Promise<{ readonly carried: number; readonly ms: number }> {
  bridge.signal('SIGSTOP')
  await publisher.ask(`flood ${messages}`)
  const from = performance.now()
  bridge.signal('SIGCONT')
  for (;;) {
    const carried = (await topics.count(topic)) - before
    const ms = performance.now() - from
    if (carried >= messages || ms > rateTimeoutMs) return { carried, ms }
    await pause(lookMs)
  }
}

const peakBytes = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024

export type SafetyFigures = TopicFigures & {
  readonly messages: number
  /** Missing when all was quiet, before the bridge was killed and started once more on its
   *  session. */
  readonly missingBefore: number
  /** How often it ended by itself. */
  readonly ends: number
}

/** Kills it so many times while cars speak, and starts it again at once. */
export async function measureKills(
  bench: Bench,
  kind: BridgeKind,
  { kills, perSecond, random }: { readonly kills: number; readonly perSecond: number; readonly random: () => number },
): Promise<SafetyFigures & { readonly carrying: Carrying }> {
  await using mosquitto = await openMosquitto(mosquittoSettings, benchMosquitto)
  await using publisher = startPublisher(mosquitto)
  const trial = await begin(bench, kind, mosquitto)
  await using bridge = trial.bridge
  await untilHeard(bench, trial, publisher)
  await publisher.ask(`steady ${perSecond}`)
  for (let kill = 0; kill < kills; kill += 1) {
    await pause(3000 + random() * 4000)
    await bridge.killAndStart()
  }
  await pause(5000)
  const { messages } = await publisher.ask('halt')
  return { ...(await settle(bench, trial, messages!)), carrying: trial.carrying }
}

/** Kills Kafka under all of them, side by side, and starts it again after so long. */
export async function measureAway(
  bench: Bench,
  kinds: readonly BridgeKind[],
  { awayMs, perSecond }: { readonly awayMs: number; readonly perSecond: number },
): Promise<ReadonlyMap<BridgeKind, SafetyFigures>> {
  await using mosquitto = await openMosquitto(mosquittoSettings, benchMosquitto)
  await using publisher = startPublisher(mosquitto)
  await using stack = new AsyncDisposableStack()
  const begun: Trial[] = []
  for (const kind of kinds) {
    const trial = await begin(bench, kind, mosquitto)
    stack.use(trial.bridge)
    begun.push(trial)
    await untilHeard(bench, trial, publisher)
  }
  const [node] = bench.kafka.nodes
  await publisher.ask(`steady ${perSecond}`)
  await pause(5000)
  await node!.stop('SIGKILL')
  await pause(awayMs)
  await node!.start()
  await pause(20_000)
  const { messages } = await publisher.ask('halt')
  const settled = await Promise.all(
    begun.map(async (trial) => [trial.kind, await settle(bench, trial, messages!)] as const),
  )
  return new Map(settled)
}

/** Waits until nothing comes any more, starts the bridge once more, and waits again. */
async function settle(bench: Bench, { topic, bridge }: Trial, messages: number): Promise<SafetyFigures> {
  await untilQuiet(bench, topic)
  const { missing } = await bench.topics.read(topic, messages)
  const { ends } = bridge
  await bridge.killAndStart()
  await untilQuiet(bench, topic)
  return { ...(await bench.topics.read(topic, messages)), messages, missingBefore: missing, ends }
}

async function untilQuiet({ topics }: Bench, topic: string): Promise<void> {
  let count = await topics.count(topic)
  for (let since = performance.now(); performance.now() - since < quietMs;) {
    await pause(500)
    const now = await topics.count(topic)
    if (now !== count) since = performance.now()
    count = now
  }
}
