// Settings -> Config. The only reader of the environment. A setting is named ROADSTREAM_… in the environment, or by the
// same name in the settings file (JSON; ROADSTREAM_SETTINGS names it); the environment wins. All that is wrong is shown
// together, each with the setting and the remedy. Config is plain data: nothing here opens anything.
import { resolve } from 'node:path'
import { accepted, refused, type Result } from './base/errors.ts'
import {
  address,
  bytes,
  gatewayThreads,
  oneOf,
  optionalAddress,
  span,
  text,
  whole,
  type Address,
  type Given,
  type Setting,
} from './setting.ts'
import { addressUrl, parseOrigins, parseProxies, parseWebUrl, transportConfig, type TransportConfig } from './transport-config.ts'
import { crashSettings, crashThresholds } from './crash-config.ts'
import type { Thresholds } from './jobs/crash/thresholds.ts'
import { readSettingsFile } from './settings-file.ts'
import { ownSignals } from './signals-config.ts'
import type { VehicleEntry } from './model/vehicles.ts'
import type { VssSignal } from './model/vss.ts'
import { knownVehicles } from './vehicles-config.ts'
import { publishersConfig, publisherSettings, type PublishersConfig } from './publishers-config.ts'
import { bridgeConfig, bridgeSettings, brokerUrlText, type BridgeConfig } from './bridge-config.ts'

export type Config = {
  /** Holds the event log, job state, tables and secrets; made when missing. */
  readonly dataDir: string
  /** Plain MQTT; undefined: none. */
  readonly mqtt: Address | undefined
  readonly transports: TransportConfig
  /** How many threads are one gateway. */
  readonly gatewayThreads: number
  /** Undefined: cars connect to our own gateway. */
  readonly bridge: BridgeConfig | undefined
  /** Whether Home Assistant is told of vehicles, by the broker of the bridge. */
  readonly homeAssistant: boolean
  /** Undefined: only our own messages are taken. */
  readonly publishers: PublishersConfig | undefined
  readonly http: Address
  /** Names by which browsers may call the API besides its own address. */
  readonly httpNames: readonly string[]
  /** Where browsers reach the dashboard when that is not its own address, such as `https://fleet.example`. */
  readonly httpUrl: string | undefined
  /** Addresses and networks of the proxies before it that say who the client is. */
  readonly httpProxies: readonly string[]
  /** Where a role that runs alone serves /metrics and /healthz. */
  readonly metrics: Address
  readonly tenant: string
  readonly log: {
    readonly partitions: number
    readonly bytesMax: number
    readonly retentionMs: number
    /** Of one topic. */
    readonly retentionBytes: number
    /** Whether the machine's clock is believed at this start where it is not plausible. */
    readonly clockJump: 'ask' | 'accept'
  }
  /** How fast cars may send: one alone, and all of a tenant together. */
  readonly rates: {
    readonly connectionMessagesPerS: number
    readonly connectionBytesPerS: number
    readonly tenantMessagesPerS: number
    readonly tenantBytesPerS: number
  }
  readonly messages: { readonly retentionMs: number }
  /** How far ahead of its receipt an instant of a car may be without being marked. */
  readonly clockAheadMs: number
  /** From where on something counts as part of a crash. */
  readonly crash: Thresholds
  /** Signals beside those of VSS, of the overlays. */
  readonly signals: readonly VssSignal[]
  /** What is known of vehicles, by id or pattern. */
  readonly vehicles: readonly VehicleEntry[]
  readonly drainTimeoutMs: number
  readonly logLevel: string
  readonly demo: { readonly cars: number; readonly seed: number }
  /** What may be a slip, and is no reason not to start; each a line for the log. */
  readonly warnings: readonly string[]
}

/** Where cars connect: to the broker we bridge from, or to us, without TLS where that is possible. */
export function carsUrl({ bridge, mqtt, transports: { mqtts, ws, wss } }: Config): string {
  if (bridge !== undefined) return brokerUrlText(bridge.url)
  for (const [kind, address] of [
    ['tcp', mqtt],
    ['tls', mqtts],
    ['wss', wss],
    ['ws', ws],
  ] as const)
    if (address !== undefined) return addressUrl(kind, address)
  throw new Error('There is an address, or the settings were refused.')
}

const settings = {
  dataDir: text('ROADSTREAM_DATA', 'data', 'folder of everything that is kept', /\S/, 'give a folder'),
  mqtt: optionalAddress('ROADSTREAM_MQTT', '127.0.0.1:1883', 'where cars connect without TLS, or none'),
  mqtts: optionalAddress('ROADSTREAM_MQTTS', '', 'where cars connect with TLS, such as 0.0.0.0:8883'),
  gatewayThreads: gatewayThreads('ROADSTREAM_GATEWAY_THREADS', 'threads of the gateway; auto is one for every four processors'),
  ws: optionalAddress('ROADSTREAM_MQTT_WS', '', 'where clients connect by WebSocket, path /mqtt'),
  wss: optionalAddress('ROADSTREAM_MQTT_WSS', '', 'the same with TLS'),
  wsOrigins: {
    ...text(
      'ROADSTREAM_MQTT_WS_ORIGINS',
      '',
      'origins of the pages that may connect by WebSocket, comma-separated; without it all may',
      /^/,
      '',
    ),
    parse: parseOrigins,
  },
  tlsCert: text('ROADSTREAM_TLS_CERT', '', 'file with the certificate of the gateway and those that signed it (PEM)', /^/, 'give a file'),
  tlsKey: text('ROADSTREAM_TLS_KEY', '', 'file with its private key (PEM)', /^/, 'give a file'),
  tlsClientCa: text('ROADSTREAM_TLS_CLIENT_CA', '', 'file with the authorities that sign certificates of cars (PEM)', /^/, 'give a file'),
  tlsClientCrl: text(
    'ROADSTREAM_TLS_CLIENT_CRL',
    '',
    'file with the certificates those authorities have revoked (PEM)',
    /^/,
    'give a file',
  ),
  tlsClients: text(
    'ROADSTREAM_TLS_CLIENTS',
    '',
    'whether a car needs a certificate when there is a client CA: required, as without this setting, or optional',
    /^(required|optional|)$/,
    'give required or optional',
  ),
  proxyFrom: {
    ...text(
      'ROADSTREAM_PROXY_FROM',
      '',
      'proxies that send a PROXY header (version 2) before MQTT, comma-separated; then nobody else may connect',
      /^/,
      '',
    ),
    parse: parseProxies,
  },
  ...bridgeSettings,
  ...publisherSettings,
  homeAssistant: oneOf(
    'ROADSTREAM_HOMEASSISTANT',
    ['off', 'on'],
    'on: tells Home Assistant of vehicles, by the broker of ROADSTREAM_BRIDGE',
  ),
  http: address('ROADSTREAM_HTTP', '127.0.0.1:8080', 'where people and programs connect'),
  httpNames: text(
    'ROADSTREAM_HTTP_NAMES',
    '',
    'host names of the dashboard, comma-separated, when it is reached by other names than its address',
    /^[A-Za-z0-9.,:-]*$/,
    'give host names separated by commas',
  ),
  httpUrl: {
    ...text(
      'ROADSTREAM_HTTP_URL',
      '',
      'where browsers reach the dashboard when a proxy stands before it, such as https://fleet.example',
      /^/,
      '',
    ),
    parse: parseWebUrl,
  },
  httpProxies: {
    ...text('ROADSTREAM_HTTP_PROXY_FROM', '', 'proxies whose X-Forwarded-For is believed, comma-separated', /^/, ''),
    parse: parseProxies,
  },
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
  clockJump: oneOf(
    'ROADSTREAM_CLOCK_JUMP',
    ['ask', 'accept'],
    "accept: start once and believe the machine's clock, after a warning that it is ahead of or behind the event log",
  ),
  clockAheadMs: span(
    'ROADSTREAM_CLOCK_AHEAD',
    '2m',
    "how far ahead of its receipt an instant of a car's clock may be; beyond it the instant is marked and never now",
    1000,
  ),
  carMessages: whole('ROADSTREAM_CAR_RATE', '1000', 'messages a second of one car; above it the car is slowed down', 1, 1_000_000),
  carBytes: bytes('ROADSTREAM_CAR_BYTES', '1 MB', 'bytes a second of one car', 10_000),
  tenantMessages: whole('ROADSTREAM_TENANT_RATE', '100000', 'messages a second of all cars of a tenant', 1, 100_000_000),
  tenantBytes: bytes('ROADSTREAM_TENANT_BYTES', '125 MB', 'bytes a second of all cars of a tenant', 100_000),
  messagesMs: span('ROADSTREAM_MESSAGES_RETENTION', '24h', 'how long raw messages can be looked up', 60_000),
  signals: text(
    'ROADSTREAM_SIGNALS',
    '',
    'files of VSS overlays with signals of your own, comma-separated: JSON as `vspec export json` writes it',
    /^/,
    'give files',
  ),
  vehicles: text(
    'ROADSTREAM_VEHICLES',
    '',
    'file with the kind, model and version of vehicles (JSON, docs/vehicles.md)',
    /^/,
    'give a file',
  ),
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

const allSettings = (): readonly Setting<unknown>[] => [...Object.values(settings), ...Object.values(crashSettings)]

/** What each setting is, for `roadstream help settings`. */
export const settingsHelp = (): string =>
  allSettings()
    .map(({ name, fallback, about }) => `  ${name.padEnd(30)} ${about} (${fallback === '' ? 'none' : fallback})`)
    .join('\n')

/** Reads the settings. A refusal's detail has one line for each setting that is wrong. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Result<Config, 'settings'> {
  const problems: string[] = []
  const file = readSettingsFile(env['ROADSTREAM_SETTINGS'], problems)
  const names = new Set(allSettings().map(({ name }) => name))
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
  /** Where it is wrong, what goes with it is not at fault. */
  const given = <Value>(setting: Setting<Value | undefined>): Given<Value> => {
    const before = problems.length
    const value = take(setting)
    return { value, isSet: value !== undefined || problems.length > before }
  }
  const mqtt = take(settings.mqtt)
  const { value: bridgeUrl, isSet: isBridged } = given(settings.bridge)
  const warnings: string[] = []
  const signals = ownSignals(settings.signals.name, take(settings.signals), problems)
  const config: Config = {
    dataDir: resolve(take(settings.dataDir)),
    mqtt,
    gatewayThreads: take(settings.gatewayThreads),
    transports: transportConfig(
      {
        mqtt,
        mqtts: take(settings.mqtts),
        ws: take(settings.ws),
        wss: take(settings.wss),
        origins: take(settings.wsOrigins),
        certFile: take(settings.tlsCert),
        keyFile: take(settings.tlsKey),
        clientCaFile: take(settings.tlsClientCa),
        crlFile: take(settings.tlsClientCrl),
        clientCertificate: take(settings.tlsClients),
        proxyFrom: take(settings.proxyFrom),
        isBridged,
      },
      problems,
    ),
    bridge: bridgeConfig(
      {
        url: bridgeUrl,
        isBridged,
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
    homeAssistant: take(settings.homeAssistant) === 'on',
    publishers: publishersConfig(
      {
        mappings: take(settings.mappings),
        senders: take(settings.senders),
        signals,
        isBridged,
        http: given(settings.publishersHttp),
        secrets: take(settings.publishersSecrets),
        teltonika: given(settings.teltonika),
        teltonikaFrom: take(settings.teltonikaFrom),
        asksForRebirths: take(settings.sparkplugRebirth) === 'on',
      },
      problems,
      warnings,
    ),
    http: take(settings.http),
    httpNames: (take(settings.httpNames) ?? '').split(',').filter((name) => name !== ''),
    httpUrl: take(settings.httpUrl),
    httpProxies: take(settings.httpProxies) ?? [],
    metrics: take(settings.metrics),
    tenant: take(settings.tenant),
    log: {
      partitions: take(settings.partitions),
      bytesMax: take(settings.bytesMax),
      retentionMs: take(settings.retentionMs),
      retentionBytes: take(settings.retentionBytes),
      clockJump: take(settings.clockJump),
    },
    rates: {
      connectionMessagesPerS: take(settings.carMessages),
      connectionBytesPerS: take(settings.carBytes),
      tenantMessagesPerS: take(settings.tenantMessages),
      tenantBytesPerS: take(settings.tenantBytes),
    },
    messages: { retentionMs: take(settings.messagesMs) },
    clockAheadMs: take(settings.clockAheadMs),
    crash: crashThresholds(take, problems),
    signals,
    vehicles: knownVehicles(settings.vehicles.name, take(settings.vehicles), problems),
    drainTimeoutMs: take(settings.drainTimeoutMs),
    logLevel: take(settings.logLevel),
    demo: { cars: take(settings.cars), seed: take(settings.seed) },
    warnings,
  }
  if (config.homeAssistant && !isBridged)
    problems.push(
      `${settings.homeAssistant.name} is on, and ${settings.bridge.name} names no broker: name there the one that Home Assistant reads`,
    )
  // A topic that outgrows the log would fill it before its oldest records may go, and a full log takes nothing from cars.
  if (config.log.retentionBytes > config.log.bytesMax / 2)
    problems.push(`${settings.retentionBytes.name} is more than half of ${settings.bytesMax.name}: give a smaller topic or a larger log`)
  return problems.length === 0 ? accepted(config) : refused('settings', problems.join('\n'))
}
