// The grown-up set: Kafka and PostgreSQL as servers of their own, and two gateways, two processes
// of jobs and the API with the writers, each in a process and a data folder of its own; cars come
// by a balancer. Whatever goes to a server of these goes by a link.
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { silentLogger } from '../../src/base/logger.ts'
import { openDerivedLog, openLogs } from '../../src/compose/adapters.ts'
import { openSecrets } from '../../src/config/secrets.ts'
import { derivedTopics, sessionsTopic, uplinkTopics } from '../../src/eventlog/topics.ts'
import { freePort } from '../../src/base/port.testing.ts'
import { settingsOn, startKafka, type Kafka, type KafkaNode } from '../engines/kafka.ts'
import { openBalancer } from './balancer.ts'
import { untilFollowed, type BothLogs } from './followed.ts'
import { openKafkaMoves, type KafkaMoves } from '../engines/kafka-moves.ts'
import type { System } from './ordeal.ts'
import { configOf, openForeignServer } from './postgres-system.ts'
import { startRoles, type Member } from './roles-under-faults.ts'
import { temporaryFolder } from './running-system.ts'
import {
  faultsOfLink,
  faultsOfPart,
  killedWhileStands,
  strikesOnAny,
  strikesOnLink,
  strikesOnPart,
  together,
  treeOf,
  type Part,
  type Strike,
  type Strikes,
} from './strikes.ts'

export type BrokerCount = 1 | 3

const roleOf = {
  writers: 'api',
  'jobs-1': 'jobs',
  'jobs-2': 'jobs',
  'gateway-1': 'gateway',
  'gateway-2': 'gateway',
} as const
/** The API first, whose folder is that of who looks at the system. */
const memberNames = Object.keys(roleOf) as readonly (keyof typeof roleOf)[]
const prefix = 'roadstream.'
const partitions = 4

/** By the faults that have their leaders moved, which topics. */
const movedTopics = {
  uplink: uplinkTopics.map(({ name }) => prefix + name),
  sessions: [prefix + sessionsTopic.name],
  derived: [...derivedTopics, 'changelog'].map((name) => `${prefix}derived.${name}`),
  transactions: ['__transaction_state'],
  groups: ['__consumer_offsets'],
} as const
const whileKafkaStands = 'kafka-stands-gateways-killed'
const allMoved = Object.values(movedTopics).flat()

/** With one broker all parts and links; with three, what is different then. */
export const faultsOf = (brokers: BrokerCount): readonly string[] =>
  brokers === 1
    ? [
        ...['kafka', 'postgres', ...memberNames, 'all'].flatMap(faultsOfPart),
        whileKafkaStands,
        ...['kafka-link', 'postgres-link'].flatMap(faultsOfLink),
      ]
    : [
        ...faultsOfPart('broker'),
        ...Object.keys(movedTopics).map((name) => `${name}-leaders-moved`),
        'replicas-moved',
        ...['broker-link', 'kafka-link'].flatMap(faultsOfLink),
      ]

export async function openGrownUp(brokers: BrokerCount, random: () => number): Promise<System> {
  await using opening = new AsyncDisposableStack()
  const folder = opening.use(temporaryFolder())
  const kafka = opening.use(await startKafka({ nodes: brokers, linked: true }))
  const tables = opening.use(await openForeignServer())
  const settings = {
    ...settingsOn(kafka.nodes.map(({ link }) => ({ host: '127.0.0.1', port: link!.port }))),
    ...tables.settings,
    ROADSTREAM_KAFKA_PREFIX: prefix,
    ROADSTREAM_LOG_PARTITIONS: String(partitions),
    ROADSTREAM_JOBS_SESSION: '6s',
  }
  // Cars come to either gateway by one password.
  const secrets = join(folder.path, 'writers', 'secrets')
  openSecrets(join(folder.path, 'writers')).fleetKey('demo')
  const mqttPorts: number[] = []
  const members: Member[] = []
  for (const name of memberNames) {
    const dataDir = join(folder.path, name)
    mkdirSync(dataDir, { recursive: true })
    if (name !== 'writers') cpSync(secrets, join(dataDir, 'secrets'), { recursive: true })
    const role = roleOf[name]
    const mqttPort = await freePort()
    if (role === 'gateway') mqttPorts.push(mqttPort)
    members.push({
      name,
      role,
      settings: { ...settings, ROADSTREAM_DATA: dataDir, ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}` },
    })
  }
  const roles = opening.use(await startRoles(members, partitions))
  const balancer = opening.use(await openBalancer(mqttPorts, random))
  // Who looks goes past the links, which may be spoiled.
  const seenFrom = (name: string) =>
    configOf({
      ...settings,
      ...settingsOn(kafka.brokers),
      ROADSTREAM_DATA: join(folder.path, name),
    })
  const logs = opening.use(await openBothLogs(seenFrom('looks')))
  const moves = opening.use(openKafkaMoves(kafka.brokers))
  const opened = opening.move()
  return {
    config: seenFrom('writers'),
    mqttPort: balancer.port,
    strikes:
      brokers === 1
        ? strikesOnOne(kafka, { ...roles.parts, postgres: tables.server }, tables.links)
        : strikesOnThree(kafka, moves),
    followed: () =>
      untilFollowed({ ...roles, openLogs: async () => ({ ...logs, [Symbol.asyncDispose]: async () => {} }) }),
    said: roles.said,
    stop: roles.stop,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

async function openBothLogs(config: ReturnType<typeof configOf>): Promise<BothLogs> {
  await using opening = new AsyncDisposableStack()
  const uplink = opening.use(await openLogs(config, 'uplink', silentLogger))
  const derived = opening.use(await openDerivedLog(config, silentLogger))
  const opened = opening.move()
  return { uplink: uplink.log, derived: derived.log, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const brokerPart = (node: KafkaNode): Part => ({
  pids: () => treeOf(node.pid()),
  kill: () => node.stop('SIGKILL'),
  start: () => node.start(),
})
const linksOf = ({ nodes }: Kafka) => nodes.map(({ link }) => link!)

function strikesOnOne(
  kafka: Kafka,
  others: Readonly<Record<string, Part>>,
  postgresLinks: Parameters<typeof strikesOnLink>[1],
): Strikes {
  const parts: typeof others & { readonly kafka: Part } = { ...others, kafka: brokerPart(kafka.nodes[0]!) }
  const all = { ...parts, all: together(Object.values(parts)) }
  const gateways = together([parts['gateway-1']!, parts['gateway-2']!])
  return Object.assign(
    { [whileKafkaStands]: killedWhileStands(gateways, parts.kafka) },
    ...Object.entries(all).map(([name, part]) => strikesOnPart(name, part)),
    strikesOnLink('kafka-link', linksOf(kafka)),
    strikesOnLink('postgres-link', postgresLinks),
  ) as Strikes
}

function strikesOnThree(kafka: Kafka, moves: KafkaMoves): Strikes {
  const moving =
    (move: () => Promise<void>): Strike =>
    async () => {
      await move()
      return performance.now()
    }
  const leadersMoved = Object.entries(movedTopics).map(
    ([name, topics]) => [`${name}-leaders-moved`, moving(() => moves.moveLeaders(topics))] as const,
  )
  return {
    ...strikesOnAny(kafka.nodes.map((node) => strikesOnPart('broker', brokerPart(node)))),
    ...Object.fromEntries(leadersMoved),
    'replicas-moved': moving(() => moves.moveReplicas(allMoved)),
    ...strikesOnAny(linksOf(kafka).map((link) => strikesOnLink('broker-link', [link]))),
    ...strikesOnLink('kafka-link', linksOf(kafka)),
  }
}
