// Apache Kafka on free ports of 127.0.0.1, one node or several, each broker and controller, in a
// folder of its own; the jars are those that test/engines/install.sh has Maven bring.
import { createPrivateKey, randomUUID } from 'node:crypto'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import { freePort } from '../../src/base/port.testing.ts'
import { jarsOf, noServer } from './jars.ts'

export const kafkaVersion = '4.4.0'
export const kafkaJars = jarsOf('kafka', kafkaVersion)
const home = fileURLToPath(new URL('kafka/', import.meta.url))

/** Why it cannot run here; false when it can. */
export const noKafka = noServer('Kafka', join(kafkaJars, `kafka_2.13-${kafkaVersion}.jar`), 'java')

export const kafkaUser = { name: 'writer', password: 'writer-secret' } as const

type Address = { readonly host: string; readonly port: number }
type Pem = { readonly cert: string; readonly key: string }

export type KafkaNode = {
  readonly plain: Address
  /** With TLS and a user, by SCRAM or PLAIN; the name is `localhost`. */
  readonly signed: Address
  /** The same with a certificate that has expired, where one was given. */
  readonly expired: Address
  /** A way to it that can be spoiled, where the cluster has such: whoever comes by it is told to
   *  come to each broker by such a way. */
  readonly link: FaultProxy | undefined
  /** The number of its process. */
  pid(): number
  /** Resolves once it has started; rejects with what it said when it ends before. */
  start(): Promise<void>
  /** SIGKILL ends it as a crash does, SIGTERM lets it hand over its partitions. Resolves when it is
   *  gone. */
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** SIGSTOP and SIGCONT: it answers nothing meanwhile. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
}

export type Kafka = AsyncDisposable & {
  readonly nodes: readonly KafkaNode[]
  /** Plain addresses of all nodes. */
  readonly brokers: readonly Address[]
  /** Runs a tool of Kafka's (a class of org.apache.kafka.tools, such as `TopicCommand`) on it;
   *  gives what it printed. */
  tool(name: string, ...args: readonly string[]): string
  /** From the next start of a node on it shows this certificate where it has TLS and a user. */
  certify(tls: Pem): void
  /** Sets what a topic is configured by, as `name=value,name=value`. */
  configure(topic: string, config: string): void
}

/** The settings of a system on so many brokers, of which one may be away where there are three. */
export const settingsOn = (brokers: readonly Address[]) => ({
  ROADSTREAM_KAFKA: brokers.map(({ host, port }) => `${host}:${port}`).join(','),
  ROADSTREAM_KAFKA_REPLICATION: String(brokers.length),
  ROADSTREAM_KAFKA_MIN_IN_SYNC: String(minInSync(brokers.length)),
})

const minInSync = (replicas: number): number => Math.max(1, replicas - 1)

export type KafkaOptions = {
  readonly nodes: 1 | 3
  /** As of server.properties. */
  readonly settings?: readonly string[]
  /** Whether each broker has a `link`. */
  readonly linked?: boolean
  readonly tls?: Pem
  readonly expiredTls?: Pem
  /** Folders for what the first node stores, in place of one of its own. */
  readonly disks?: readonly string[]
}

/** A soon start and little memory rather than speed later. */
const quickJava = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xms64m']
/** A server must not outlive a test that is killed. */
export const guarded = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig=KILL'] : []
const classPath = ['-cp', join(kafkaJars, '*')]
const logging = `-Dlog4j2.configurationFile=${join(home, 'log4j2.properties')}`

/** Starts an empty cluster, in which topics are made only by who asks for it. */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  if (noKafka !== false) throw new Error(noKafka)
  const { nodes: count, settings = [], linked = false, tls, expiredTls, disks } = options
  const folder = mkdtempSync(join(tmpdir(), 'roadstream-kafka-'))
  const keys = {
    tls: tls && writePem(folder, 'server.pem', tls),
    expired: expiredTls && writePem(folder, 'expired.pem', expiredTls),
  }
  const ports: NodePorts[] = []
  for (let id = 1; id <= count; id += 1)
    ports.push({
      id,
      plain: await freePort(),
      signed: await freePort(),
      expired: await freePort(),
      controller: await freePort(),
      linked: linked ? await openLink() : undefined,
    })
  const voters = ports.map(({ id, controller }) => `${id}@127.0.0.1:${controller}`).join(',')
  // A leading "-" would make an option of it.
  const clusterId = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url').replace(/^-/, 'A')
  const nodes = ports.map((own) => {
    const dir = join(folder, `${own.id}`)
    mkdirSync(dir)
    const properties = [
      ...nodeSettings(own, count, voters, own.id === 1 && disks !== undefined ? disks : [join(dir, 'data')]),
      ...listenerSettings(own, keys),
      ...settings,
    ]
    writeFileSync(join(dir, 'server.properties'), `${properties.join('\n')}\n`)
    return createNode(own, dir, count === 1 ? '512m' : '256m')
  })
  for (const { id } of ports) format(join(folder, `${id}`, 'server.properties'), clusterId)
  const brokers = nodes.map(({ plain }) => plain)
  const it: Kafka = {
    nodes,
    brokers,
    tool: (name, ...args) => {
      const servers = brokers.map(({ host, port }) => `${host}:${port}`).join(',')
      return java([...classPath, `org.apache.kafka.tools.${name}`, '--bootstrap-server', servers, ...args])
    },
    certify: (pem) => void writePem(folder, 'server.pem', pem),
    configure: (topic, config) => {
      it.tool(
        'ConfigCommand',
        ...'--alter --entity-type topics --entity-name'.split(' '),
        topic,
        '--add-config',
        config,
      )
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(
        nodes.map(async (node) => {
          node.signal('SIGCONT')
          await node.stop('SIGKILL')
          await node.link?.[Symbol.asyncDispose]()
        }),
      )
      rmSync(folder, { recursive: true, force: true })
    },
  }
  try {
    await Promise.all(nodes.map((node) => node.start()))
  } catch (error) {
    await it[Symbol.asyncDispose]()
    throw error
  }
  return it
}

type NodePorts = {
  readonly id: number
  readonly plain: number
  readonly signed: number
  readonly expired: number
  readonly controller: number
  /** Where the broker listens for those who come by its link. */
  readonly linked: { readonly port: number; readonly link: FaultProxy } | undefined
}

async function openLink(): Promise<NodePorts['linked']> {
  const port = await freePort()
  return { port, link: await openFaultProxy({ host: '127.0.0.1', port }) }
}

function nodeSettings({ id }: NodePorts, count: number, voters: string, disks: readonly string[]): string[] {
  const replication = Math.min(count, 3)
  return [
    'process.roles=broker,controller',
    `node.id=${id}`,
    `controller.quorum.voters=${voters}`,
    `log.dirs=${disks.join(',')}`,
    'auto.create.topics.enable=false',
    `offsets.topic.replication.factor=${replication}`,
    'offsets.topic.num.partitions=3',
    `transaction.state.log.replication.factor=${replication}`,
    `transaction.state.log.min.isr=${minInSync(replication)}`,
    'transaction.state.log.num.partitions=3',
    'group.initial.rebalance.delay.ms=0',
    'log.cleaner.dedupe.buffer.size=16777216',
    'log.index.size.max.bytes=65536',
    // A topic that is deleted goes at once.
    'file.delete.delay.ms=100',
  ]
}

function listenerSettings(
  { plain, signed, expired, controller, linked }: NodePorts,
  keys: { readonly tls: string | undefined; readonly expired: string | undefined },
): string[] {
  const withTls = [['SIGNED', signed, keys.tls] as const, ['EXPIRED', expired, keys.expired] as const].flatMap(
    ([name, port, pem]) => (pem === undefined ? [] : [{ name, port, pem }]),
  )
  const all = withTls.map(({ name, port }) => `,${name}://localhost:${port}`).join('')
  const [listens, leads, speaks] =
    linked === undefined
      ? ['', '', '']
      : [`,LINKED://127.0.0.1:${linked.port}`, `,LINKED://127.0.0.1:${linked.link.port}`, ',LINKED:PLAINTEXT']
  const module = 'org.apache.kafka.common.security'
  const login = `${module}.plain.PlainLoginModule required user_${kafkaUser.name}="${kafkaUser.password}";`
  return [
    `listeners=PLAINTEXT://127.0.0.1:${plain}${all}${listens},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${plain}${all}${leads}`,
    `listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${speaks}${withTls.map(({ name }) => `,${name}:SASL_SSL`).join('')}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    ...withTls.flatMap(({ name, pem }) => {
      const listener = `listener.name.${name.toLowerCase()}`
      return [
        `${listener}.plain.sasl.jaas.config=${login}`,
        ...['256', '512'].map(
          (bits) => `${listener}.scram-sha-${bits}.sasl.jaas.config=${module}.scram.ScramLoginModule required;`,
        ),
        `${listener}.ssl.keystore.type=PEM`,
        `${listener}.ssl.keystore.location=${pem}`,
      ]
    }),
  ]
}

/** Kafka reads keys as PKCS #8 alone. */
function writePem(folder: string, name: string, { cert, key }: Pem): string {
  const path = join(folder, name)
  writeFileSync(path, `${createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' }).toString()}${cert}`)
  return path
}

function format(properties: string, clusterId: string): void {
  const users = ['256', '512'].flatMap((bits) => [
    '--add-scram',
    `SCRAM-SHA-${bits}=[name=${kafkaUser.name},password=${kafkaUser.password}]`,
  ])
  java([...classPath, logging, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties, ...users])
}

function java(args: readonly string[]): string {
  const ran = spawnSync('java', [...quickJava, '-Xmx128m', ...args], { encoding: 'utf8', timeout: 120_000 })
  if (ran.status !== 0) throw new Error(`java ${args.at(2)} failed:\n${ran.stdout}\n${ran.stderr}`)
  return ran.stdout
}

function createNode(ports: NodePorts, dir: string, heap: string): KafkaNode {
  let server: ChildProcess | undefined
  return {
    plain: { host: '127.0.0.1', port: ports.plain },
    signed: { host: 'localhost', port: ports.signed },
    expired: { host: 'localhost', port: ports.expired },
    link: ports.linked?.link,
    pid: () => server?.pid ?? 0,
    async start() {
      const args = [...quickJava, `-Xmx${heap}`, logging, ...classPath, 'kafka.Kafka', join(dir, 'server.properties')]
      const [program = '', ...rest] = [...guarded, 'java', ...args]
      const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
      server = child
      const ready = Promise.withResolvers<void>()
      let said = ''
      const hear = (text: string): void => {
        said = `${said}${text}`.slice(-8000)
        if (said.includes('Kafka Server started')) ready.resolve()
      }
      child.stdout.setEncoding('utf8').on('data', hear)
      child.stderr.setEncoding('utf8').on('data', hear)
      child.once('error', ready.reject)
      child.once('exit', () => ready.reject(new Error(`Kafka ended before it had started:\n${said}`)))
      await ready.promise
    },
    async stop(signal) {
      if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
      const gone = once(server, 'exit')
      server.kill(signal)
      await gone
    },
    signal: (signal) => void server?.kill(signal),
  }
}
