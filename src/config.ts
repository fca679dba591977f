// Settings -> Config. The only reader of the environment. A setting is named ROADSTREAM_… in the environment, or by the
// same name in the settings file (JSON; ROADSTREAM_SETTINGS names it); the environment wins. All that is wrong is shown
// together, each with the setting and the remedy. Config is plain data: nothing here opens anything.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { accepted, refused, type Result } from './base/errors.ts'
import { bridgeConfig, brokerUrlText, parseBrokerUrl, type BridgeConfig, type BrokerUrl } from './bridge-config.ts'

export type Address = { readonly host: string; readonly port: number }

export type Config = {
  /** Holds the event log, job state, tables and secrets; made when missing. */
  readonly dataDir: string
  readonly mqtt: Address
  /** Undefined: cars connect to our own gateway. */
  readonly bridge: BridgeConfig | undefined
  readonly http: Address
  /** Names by which browsers may call the API besides its own address. */
  readonly httpNames: readonly string[]
  /** Where a role that runs alone serves /metrics and /healthz. */
  readonly metrics: Address
  readonly tenant: string
  readonly log: {
    readonly partitions: number
    readonly bytesMax: number
    readonly retentionMs: number
    /** Of one topic. */
    readonly retentionBytes: number
  }
  /** How fast cars may send: one alone, and all of a tenant together. */
  readonly rates: {
    readonly connectionMessagesPerS: number
    readonly connectionBytesPerS: number
    readonly tenantMessagesPerS: number
    readonly tenantBytesPerS: number
  }
  readonly messages: { readonly retentionMs: number }
  readonly drainTimeoutMs: number
  readonly logLevel: string
  readonly demo: { readonly cars: number; readonly seed: number }
}

/** The address as a car writes it. */
const mqttUrl = ({ host, port }: Address): string => `mqtt://${host.includes(':') ? `[${host}]` : host}:${port}`

/** Where cars connect: to us, or to the broker we bridge from. */
export const carsUrl = ({ bridge, mqtt }: Config): string => (bridge === undefined ? mqttUrl(mqtt) : brokerUrlText(bridge.url))

type Setting<Value> = {
  readonly name: string
  readonly fallback: string
  readonly about: string
  /** What is given may be, or hold, a secret: a problem with it does not repeat it. */
  readonly isSecret?: true
  parse(text: string): Result<Value>
}

const text = (name: string, fallback: string, about: string, pattern: RegExp, remedy: string): Setting<string> => ({
  name,
  fallback,
  about,
  parse: (given) => (pattern.test(given) ? accepted(given) : refused('setting', remedy)),
})

const whole = (name: string, fallback: string, about: string, min: number, max: number): Setting<number> => ({
  name,
  fallback,
  about,
  parse: (given) => {
    const value = Number(given)
    return /^\d+$/.test(given) && value >= min && value <= max
      ? accepted(value)
      : refused('setting', `give a whole number from ${min} to ${max}`)
  },
})

const address = (name: string, fallback: string, about: string): Setting<Address> => ({
  name,
  fallback,
  about,
  parse: (given) => {
    const match = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(given)
    const port = Number(match?.[2])
    if (match?.[1] === undefined || port > 65_535)
      return refused('setting', 'give host:port, such as 127.0.0.1:8080 or [::1]:8080 (port 0 takes a free one)')
    return accepted({ host: match[1].replace(/^\[|\]$/g, ''), port })
  },
})

const sizes: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 }
const bytes = (name: string, fallback: string, about: string, min: number): Setting<number> => ({
  name,
  fallback,
  about,
  parse: (given) => {
    const match = /^(\d+(?:\.\d+)?) ?(MB|GB|TB)$/.exec(given)
    const value = Math.floor(Number(match?.[1]) * (sizes[match?.[2] ?? ''] ?? Number.NaN))
    return value >= min ? accepted(value) : refused('setting', `give a size of at least ${min / 1e6} MB, such as 500 MB, 20 GB or 1 TB`)
  },
})

const spans: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
/** Ten years: more is a slip of the hand. */
const spanMaxMs = 3_650 * 86_400_000
const span = (name: string, fallback: string, about: string, minMs: number, maxMs = spanMaxMs): Setting<number> => ({
  name,
  fallback,
  about,
  parse: (given) => {
    const match = /^(\d+)([smhd])$/.exec(given)
    const value = Number(match?.[1]) * (spans[match?.[2] ?? ''] ?? Number.NaN)
    return value >= minMs && value <= maxMs
      ? accepted(value)
      : refused('setting', `give a time from ${minMs / 1000}s to ${maxMs / 1000}s, such as 30s, 10m, 24h or 7d`)
  },
})

const brokerUrl = (name: string, about: string): Setting<BrokerUrl | undefined> => ({
  name,
  fallback: '',
  about,
  isSecret: true,
  parse: (given) => (given === '' ? accepted(undefined) : parseBrokerUrl(given)),
})

const settings = {
  dataDir: text('ROADSTREAM_DATA', 'data', 'folder of everything that is kept', /\S/, 'give a folder'),
  mqtt: address('ROADSTREAM_MQTT', '127.0.0.1:1883', 'where cars connect'),
  bridge: brokerUrl(
    'ROADSTREAM_BRIDGE',
    'another broker whose cars we serve, mqtt(s)://host:port, instead of listening for cars ourselves',
  ),
  bridgeUser: text('ROADSTREAM_BRIDGE_USER', '', 'user name at that broker', /^/, 'give a name'),
  bridgePassword: { ...text('ROADSTREAM_BRIDGE_PASSWORD', '', 'password of that user', /^/, 'give a password'), isSecret: true },
  bridgeGroup: text(
    'ROADSTREAM_BRIDGE_GROUP',
    'roadstream',
    'share group at that broker; empty for brokers without shared subscriptions',
    /^[^/+#\s]{0,128}$/,
    'give a name without "/", "+", "#" and blanks',
  ),
  bridgeClientId: text(
    'ROADSTREAM_BRIDGE_CLIENT_ID',
    '',
    'client id at that broker, fixed for each instance; derived from the fleet key when empty',
    /^[A-Za-z0-9._:-]{0,120}$/,
    'give up to 120 letters, digits, ".", "_", ":" or "-"',
  ),
  bridgeConnections: whole(
    'ROADSTREAM_BRIDGE_CONNECTIONS',
    '1',
    "parallel subscribers; with more than one a car's messages may change places",
    1,
    16,
  ),
  bridgeCa: text(
    'ROADSTREAM_BRIDGE_CA',
    '',
    'file with the certificate authority of that broker (PEM), when it is not a public one',
    /^/,
    'give a file',
  ),
  bridgeCert: text('ROADSTREAM_BRIDGE_CERT', '', 'file with our certificate for that broker (PEM)', /^/, 'give a file'),
  bridgeKey: text('ROADSTREAM_BRIDGE_KEY', '', 'file with its private key (PEM)', /^/, 'give a file'),
  bridgeServername: text(
    'ROADSTREAM_BRIDGE_SERVERNAME',
    '',
    "name in that broker's certificate, when it is not the host",
    /^[A-Za-z0-9.-]*$/,
    'give a host name',
  ),
  http: address('ROADSTREAM_HTTP', '127.0.0.1:8080', 'where people and programs connect'),
  httpNames: text(
    'ROADSTREAM_HTTP_NAMES',
    '',
    'host names of the dashboard, comma-separated, when it is reached by other names than its address',
    /^[A-Za-z0-9.,:-]*$/,
    'give host names separated by commas',
  ),
  metrics: address('ROADSTREAM_METRICS', '127.0.0.1:9464', 'where a role that runs alone serves /metrics and /healthz'),
  tenant: text(
    'ROADSTREAM_TENANT',
    'demo',
    'the tenant whose cars may connect',
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'give 1 to 63 letters, digits, ".", "_" or "-"',
  ),
  partitions: whole('ROADSTREAM_LOG_PARTITIONS', '8', 'partitions of each topic; fixed when the log is made', 1, 256),
  bytesMax: bytes('ROADSTREAM_LOG_MAX', '64 GB', 'the most the event log may take on disk, and as much again what jobs derive', 100e6),
  retentionMs: span('ROADSTREAM_LOG_RETENTION', '7d', 'how long the event log keeps records', 60_000),
  retentionBytes: bytes('ROADSTREAM_LOG_TOPIC_MAX', '20 GB', 'how much the event log keeps of one topic', 10e6),
  carMessages: whole('ROADSTREAM_CAR_RATE', '1000', 'messages a second of one car; above it the car is slowed down', 1, 1_000_000),
  carBytes: bytes('ROADSTREAM_CAR_BYTES', '1 MB', 'bytes a second of one car', 10_000),
  tenantMessages: whole('ROADSTREAM_TENANT_RATE', '100000', 'messages a second of all cars of a tenant', 1, 100_000_000),
  tenantBytes: bytes('ROADSTREAM_TENANT_BYTES', '125 MB', 'bytes a second of all cars of a tenant', 100_000),
  messagesMs: span('ROADSTREAM_MESSAGES_RETENTION', '24h', 'how long raw messages can be looked up', 60_000),
  drainTimeoutMs: span('ROADSTREAM_DRAIN', '10s', 'how long a part may take to stop', 1000, 3_600_000),
  logLevel: text(
    'ROADSTREAM_LOG_LEVEL',
    'warn',
    'fatal, error, warn, info, debug or trace',
    /^(fatal|error|warn|info|debug|trace)$/,
    'give fatal, error, warn, info, debug or trace',
  ),
  cars: whole('ROADSTREAM_DEMO_CARS', '300', 'simulated cars of `start --demo`', 1, 20_000),
  seed: whole('ROADSTREAM_DEMO_SEED', '1', 'seed of the simulated cars', 0, 2 ** 31 - 1),
} satisfies Record<string, Setting<unknown>>

/** What each setting is, for `roadstream help settings`. */
export const settingsHelp = (): string =>
  Object.values(settings)
    .map(({ name, fallback, about }) => `  ${name.padEnd(30)} ${about} (${fallback === '' ? 'none' : fallback})`)
    .join('\n')

/** Reads the settings. A refusal's detail has one line for each setting that is wrong. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Result<Config, 'settings'> {
  const problems: string[] = []
  const file = readSettingsFile(env['ROADSTREAM_SETTINGS'], problems)
  const names = new Set<string>(Object.values(settings).map(({ name }) => name))
  for (const name of Object.keys(file))
    if (!names.has(name)) problems.push(`${name} in the settings file: there is no such setting; \`roadstream help settings\` lists them`)
  for (const name of Object.keys(env))
    if (name.startsWith('ROADSTREAM_') && name !== 'ROADSTREAM_SETTINGS' && !names.has(name))
      problems.push(`${name}: there is no such setting; \`roadstream help settings\` lists them`)

  const take = <Value>(setting: Setting<Value>): Value => {
    const given = env[setting.name] ?? file[setting.name] ?? setting.fallback
    const parsed = setting.parse(given)
    if (parsed.ok) return parsed.value
    problems.push(setting.isSecret ? `${setting.name}: ${parsed.detail}` : `${setting.name} is "${given}": ${parsed.detail}`)
    return undefined as Value // never seen: any problem refuses the whole
  }
  const config: Config = {
    dataDir: resolve(take(settings.dataDir)),
    mqtt: take(settings.mqtt),
    bridge: bridgeConfig(
      {
        url: take(settings.bridge),
        user: take(settings.bridgeUser),
        password: take(settings.bridgePassword),
        group: take(settings.bridgeGroup),
        clientId: take(settings.bridgeClientId),
        connections: take(settings.bridgeConnections),
        caFile: take(settings.bridgeCa),
        certFile: take(settings.bridgeCert),
        keyFile: take(settings.bridgeKey),
        servername: take(settings.bridgeServername),
      },
      problems,
    ),
    http: take(settings.http),
    httpNames: (take(settings.httpNames) ?? '').split(',').filter((name) => name !== ''),
    metrics: take(settings.metrics),
    tenant: take(settings.tenant),
    log: {
      partitions: take(settings.partitions),
      bytesMax: take(settings.bytesMax),
      retentionMs: take(settings.retentionMs),
      retentionBytes: take(settings.retentionBytes),
    },
    rates: {
      connectionMessagesPerS: take(settings.carMessages),
      connectionBytesPerS: take(settings.carBytes),
      tenantMessagesPerS: take(settings.tenantMessages),
      tenantBytesPerS: take(settings.tenantBytes),
    },
    messages: { retentionMs: take(settings.messagesMs) },
    drainTimeoutMs: take(settings.drainTimeoutMs),
    logLevel: take(settings.logLevel),
    demo: { cars: take(settings.cars), seed: take(settings.seed) },
  }
  // A topic that outgrows the log would fill it before its oldest records may go, and a full log takes nothing from cars.
  if (config.log.retentionBytes > config.log.bytesMax / 2)
    problems.push(`${settings.retentionBytes.name} is more than half of ${settings.bytesMax.name}: give a smaller topic or a larger log`)
  return problems.length === 0 ? accepted(config) : refused('settings', problems.join('\n'))
}

function readSettingsFile(path: string | undefined, problems: string[]): Readonly<Record<string, string>> {
  if (path === undefined) return {}
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'))
    const entries = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? Object.entries(parsed) : undefined
    if (entries === undefined) throw new Error('it is not a JSON object')
    for (const [name, value] of entries)
      if (typeof value !== 'string') problems.push(`${name} in the settings file: give the value as text in quotes`)
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  } catch (error) {
    problems.push(
      `ROADSTREAM_SETTINGS names ${path}, which cannot be read as settings: ${error instanceof Error ? error.message : String(error)}`,
    )
    return {}
  }
}
