// Our bridge into Kafka beside those of others, in one run: the same Mosquitto, the same Kafka, the
// same messages of 64 cars. Told is how fast each is and for how much CPU, and whether all comes
// once and in order when it is killed, and when Kafka is away.
import { execFileSync } from 'node:child_process'
import { loadavg } from 'node:os'
import { noKafka, kafkaVersion, startKafka } from '../test/engines/kafka.ts'
import { mosquittoVersion } from '../test/engines/mosquitto.ts'
import { temporaryFolder } from '../test/support/running-system.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { bridgeKinds, partitions, type BridgeKind } from './support/bridge-kinds.ts'
import { tablesOf } from './support/bridge-tables.ts'
import { openBridgeTopics, type TopicFigures } from './support/bridge-topics.ts'
import { cars } from './support/car-messages.ts'
import {
  benchMosquitto,
  measureAway,
  measureKills,
  measureRate,
  type Bench,
  type RateFigures,
  type SafetyFigures,
} from './support/bridge-trials.ts'
import { canMeasure, median } from './support/measured-process.ts'

export const title = 'Bridges from Mosquitto to Kafka, QoS 1, acks=all: ours beside mq-bridge and Apache Camel'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const killedAtPerSecond = 1000
const awayAtPerSecond = 200
/** Of those that differ by their tuning alone the safety of one is tried. */
const triedAlone = new Set(['mq-bridge-4000'])

export type BridgeRunOptions = {
  readonly rounds?: number
  readonly kills?: number
  /** Seconds. */
  readonly away?: number
  readonly only?: string
}

export async function run({ rounds = 3, kills = 20, away = 150, only = '' }: BridgeRunOptions = {}): Promise<void> {
  if (!canMeasure || noKafka !== false || benchMosquitto === undefined) {
    const why = canMeasure ? noKafka || 'mosquitto is not installed' : 'CPU is read from /proc, which is not here'
    console.log(`  skipped: ${why}`)
    return
  }
  const kinds = presentKinds(only)
  const revision = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' })
  console.log(
    `  at ${revision.trim()}; Mosquitto ${mosquittoVersion(benchMosquitto) ?? 'of an unknown version'}, Kafka ${kafkaVersion} (one node, 512 MB heap, ${partitions} partitions); ${cars} cars; SEED=${seed}`,
  )
  using folder = temporaryFolder()
  await using kafka = await startKafka({ nodes: 1 })
  await using topics = openBridgeTopics(kafka)
  const bench: Bench = { kafka, topics, folder: folder.path }
  if (rounds > 0) await tellRates(bench, kinds, rounds)
  const safe = kinds.filter(({ name }) => !triedAlone.has(name))
  if (kills > 0) await tellKills(bench, safe, kills)
  if (away > 0) await tellAway(bench, safe, away)
}

const load = (): string => `load ${loadavg()[0]!.toFixed(1)}`

function presentKinds(only: string): readonly BridgeKind[] {
  return bridgeKinds
    .filter(({ name }) => name.includes(only))
    .filter(({ name, bring }) => {
      const fault = bring()
      if (fault !== false) console.log(`  ${name} skipped: ${fault}`)
      return fault === false
    })
}

async function tellRates(bench: Bench, kinds: readonly BridgeKind[], rounds: number): Promise<void> {
  console.log(
    `\n  200,000 messages from Mosquitto's queue, the bridge warm; medians of ${rounds} rounds by turns, ${load()}`,
  )
  const found = new Map<BridgeKind, RateFigures[]>(kinds.map((kind) => [kind, []]))
  for (let round = 0; round < rounds; round++)
    for (const [kind, figures] of found) {
      const one = await measureRate(bench, kind)
      figures.push(one)
      console.log(`  ${kind.name.padEnd(16)} ${rateLine([one])}, ${load()}`)
    }
  for (const [{ what }, figures] of found) console.log(`  ${what}\n    ${rateLine(figures)}`)
  console.log(`  after it ${load()}`)
}

function rateLine(rounds: readonly RateFigures[]): string {
  const of = (field: 'perSecond' | 'cpuPerMillion' | 'peakMb' | 'recordsABatch'): number =>
    median(rounds.map((figures) => figures[field]))
  const all = rounds.map(({ cpuPerMillion }) => cpuPerMillion.toFixed(1)).join(', ')
  return [
    `${Math.round(of('perSecond')).toLocaleString('en')} a second`,
    `${of('cpuPerMillion').toFixed(1)} CPU-s a million (rounds: ${all})`,
    `${Math.round(of('peakMb'))} MB at most`,
    `${of('recordsABatch').toFixed(0)} records a batch of Kafka's`,
    orderText(rounds.at(-1)!.figures),
  ].join(', ')
}

/** Of a car: its key, and whether its messages are in the order it said them. */
function orderText({ records, spreadCars, outOfOrder, keyless, missing, doubled }: TopicFigures): string {
  const order = spreadCars === 0 && outOfOrder === 0 ? 'order of each car kept' : 'order not kept'
  const how = spreadCars === 0 ? '' : ` (${spreadCars} of ${cars} cars in several partitions)`
  const behind = outOfOrder === 0 ? '' : `, ${outOfOrder} messages behind later ones of their partition`
  const key =
    keyless === 0 ? 'the key names the car' : keyless === records ? 'no key' : `${keyless} records without key`
  return `${order}${how}${behind}, ${key}; ${missing} lost, ${doubled} doubled`
}

async function tellKills(bench: Bench, kinds: readonly BridgeKind[], kills: number): Promise<void> {
  console.log(
    `\n  ${kills} kills (-9), one each 3 to 7 s, started again at once on its session, at ${killedAtPerSecond} messages/s, ${load()}`,
  )
  for (const kind of kinds) {
    const figures = await measureKills(bench, kind, { kills, perSecond: killedAtPerSecond, random: seeded(seed) })
    console.log(`  ${kind.what}\n    ${safetyLine(figures)}`)
    if (kind.name !== 'ours') continue
    const { stored, missing, duplicate, documents } = await tablesOf(figures.carrying)
    console.log(
      `    its tables: ${stored} messages in the ledger, ${missing} missing, ${duplicate} repeats known by (boot, seq); ${documents} documents, one for each message`,
    )
  }
}

async function tellAway(bench: Bench, kinds: readonly BridgeKind[], away: number): Promise<void> {
  console.log(
    `\n  Kafka killed (-9) and away for ${away} s under all side by side, at ${awayAtPerSecond} messages/s, ${load()}`,
  )
  const found = await measureAway(bench, kinds, { awayMs: away * 1000, perSecond: awayAtPerSecond })
  for (const [{ what }, figures] of found) console.log(`  ${what}\n    ${safetyLine(figures)}`)
}

function safetyLine({ messages, missingBefore, ends, ...figures }: SafetyFigures): string {
  const late =
    missingBefore > figures.missing ? `; ${missingBefore - figures.missing} came only after one more start` : ''
  const ended = ends === 0 ? '' : `; ended by itself ${ends} times`
  return `${messages} messages: ${orderText(figures)}${late}${ended}`
}
