// Bridges from MQTT to Kafka that are compared: the gateway role of ours, and those of others, as
// they come and as well as they can be told to be. Those of others are brought by pip and Maven
// once, beside what else this user keeps.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { guarded, settingsOn } from '../../test/engines/kafka.ts'
import { keptFolder } from '../../test/engines/jars.ts'

const root = join(import.meta.dirname, '../..')
const peers = join(import.meta.dirname, 'bridge-peers')
const versions = { mqBridge: '1.2.0', camel: '4.14.0' } as const

/** Where a bridge carries from and to. */
export type Carrying = {
  readonly mqttPort: number
  readonly broker: { readonly host: string; readonly port: number }
  /** Its client id at the MQTT broker, which keeps the session by it, and its name in Kafka. */
  readonly name: string
  /** Of what it keeps and prints. */
  readonly folder: string
}

type Program = { readonly program: string; readonly args: readonly string[]; readonly env?: NodeJS.ProcessEnv }

export type BridgeKind = {
  readonly name: string
  readonly what: string
  /** The topic that it carries to. */
  topicOf(name: string): string
  /** Whether the topic is made by it. */
  readonly isMakingTopic: boolean
  programOf(carrying: Carrying): Program
  /** Brings it; gives why it cannot run here. */
  bring(): string | false
}

export const tenant = 'demo'
export const partitions = 4
const filter = `v1/${tenant}/+/up/#`
const textOf = ({ host, port }: Carrying['broker']): string => `${host}:${port}`

/** As settings of a role, the jobs' too. */
export const ownSettings = ({ mqttPort, broker, name, folder }: Carrying): Readonly<Record<string, string>> => ({
  ROADSTREAM_DATA: join(folder, 'data'),
  ROADSTREAM_LOG_PARTITIONS: String(partitions),
  ROADSTREAM_METRICS: '127.0.0.1:0',
  ...settingsOn([broker]),
  ROADSTREAM_KAFKA_PREFIX: `${name}.`,
  ROADSTREAM_BRIDGE: `mqtt://127.0.0.1:${mqttPort}`,
  ROADSTREAM_BRIDGE_CLIENT_ID: name,
  ROADSTREAM_TENANT: tenant,
})

const ours: BridgeKind = {
  name: 'ours',
  what: 'Roadstream: the gateway role with ROADSTREAM_BRIDGE and ROADSTREAM_KAFKA',
  topicOf: (name) => `${name}.telemetry`,
  isMakingTopic: true,
  programOf: (carrying) => {
    mkdirSync(join(carrying.folder, 'data'), { recursive: true })
    return {
      program: process.execPath,
      args: [...process.execArgv, join(root, 'src/main.ts'), 'gateway'],
      // As run.mjs starts it.
      env: {
        UV_THREADPOOL_SIZE: '16',
        NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/roadstream/compiled'),
        ...ownSettings(carrying),
      },
    }
  },
  bring: () => false,
}

const plainTopic = { topicOf: (name: string) => name, isMakingTopic: false } as const

/** `batch_size` beside what is added to the place it listens at. */
function mqBridge(name: string, batchSize: number, tuned: Readonly<Record<string, number>>): BridgeKind {
  const more = Object.entries(tuned).map(([key, value]) => `, ${key} ${value}`)
  return {
    ...plainTopic,
    name,
    what: `mq-bridge ${versions.mqBridge}, batch_size ${batchSize}${more.join('')}`,
    programOf: (carrying) => {
      const from = { topic: filter, client_id: carrying.name, qos: 1, ...tuned }
      const route = {
        batch_size: batchSize,
        input: { mqtt: { url: `tcp://127.0.0.1:${carrying.mqttPort}`, ...from } },
        output: { kafka: { url: textOf(carrying.broker), topic: carrying.name } },
      }
      return {
        program: 'python3',
        args: [join(peers, 'mq_bridge_route.py'), JSON.stringify(route)],
        env: { PYTHONPATH: keptFolder('mq-bridge', versions.mqBridge) },
      }
    },
    bring: bringMqBridge,
  }
}

const camelFolder = keptFolder('camel', versions.camel)
const camel: BridgeKind = {
  ...plainTopic,
  name: 'camel',
  what: `Apache Camel ${versions.camel}, manualAcksEnabled, key by its header`,
  programOf: ({ mqttPort, broker, name }) => ({
    program: 'java',
    args: ['-Xmx512m', '-cp', `${camelFolder}:${camelFolder}/*`, 'Bridge', `127.0.0.1:${mqttPort}`].concat(
      textOf(broker),
      filter,
      name,
      name,
    ),
  }),
  bring: bringCamel,
}

/** Batches of 4,000 are the most that ours appends in one go. */
export const bridgeKinds: readonly BridgeKind[] = [
  ours,
  mqBridge('mq-bridge', 128, {}),
  mqBridge('mq-bridge-500', 500, { queue_capacity: 10_000, keep_alive_seconds: 600 }),
  mqBridge('mq-bridge-4000', 4000, { queue_capacity: 10_000, keep_alive_seconds: 600 }),
  camel,
]

/** Why the programs did not bring what they were to, in their words; false when they did. */
function run(program: string, args: readonly string[]): string | false {
  const ran = spawnSync(program, args, { encoding: 'utf8', timeout: 600_000 })
  return ran.status === 0 ? false : `${program} failed: ${ran.error?.message ?? ran.stderr.trim().slice(-300)}`
}

function bringMqBridge(): string | false {
  const folder = keptFolder('mq-bridge', versions.mqBridge)
  if (existsSync(join(folder, 'mq_bridge'))) return false
  const wanted = `mq-bridge==${versions.mqBridge}`
  const fault = run('python3', [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--only-binary',
    ':all:',
    '--target',
    folder,
    wanted,
  ])
  if (fault !== false) rmSync(folder, { recursive: true, force: true })
  return fault
}

function bringCamel(): string | false {
  if (existsSync(join(camelFolder, 'Bridge.class'))) return false
  return (
    run(
      'mvn',
      ['-q', '-B', '-ntp', '-f', peers, 'dependency:copy-dependencies', '-DincludeScope=runtime'].concat(
        `-DoutputDirectory=${camelFolder}`,
      ),
    ) || run('javac', ['-cp', `${camelFolder}/*`, '-d', camelFolder, join(peers, 'Bridge.java')])
  )
}

export type RunningBridge = AsyncDisposable & {
  /** Of the process that runs now. */
  readonly pid: number
  /** How often it ended by itself and was started again. */
  readonly ends: number
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  /** SIGKILL, and started again at once. */
  killAndStart(): Promise<void>
}

type Started = { readonly process: ChildProcess; readonly gone: Promise<void>; isMeant: boolean }

const saidFile = ({ folder }: Carrying): string => join(folder, 'said.log')

/** The last of what a bridge has printed. */
export const saidOf = (carrying: Carrying): string => readFileSync(saidFile(carrying), 'utf8').slice(-2000)

const againMs = 500

/** Starts a bridge, and starts it again whenever it ends. */
export function startBridge({ programOf }: BridgeKind, carrying: Carrying): RunningBridge {
  const { program, args, env = {} } = programOf(carrying)
  const [first = '', ...rest] = [...guarded, program, ...args]
  const said = openSync(saidFile(carrying), 'a')
  let ends = 0
  let isOver = false
  let own = start()

  function start(): Started {
    const child = spawn(first, rest, {
      stdio: ['ignore', said, said],
      env: { ...process.env, NODE_NO_WARNINGS: '1', ...env },
    })
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    const started: Started = { process: child, gone, isMeant: false }
    void gone.then(() => {
      if (started.isMeant || isOver) return
      ends += 1
      setTimeout(() => void (isOver || (own = start())), againMs)
    })
    return started
  }

  async function kill(): Promise<void> {
    own.isMeant = true
    own.process.kill('SIGKILL')
    if (own.process.exitCode === null && own.process.signalCode === null) await own.gone
  }

  return {
    get pid() {
      return own.process.pid!
    },
    get ends() {
      return ends
    },
    signal: (signal) => void own.process.kill(signal),
    async killAndStart() {
      await kill()
      own = start()
    },
    async [Symbol.asyncDispose]() {
      isOver = true
      await kill()
    },
  }
}
