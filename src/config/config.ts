// Settings -> Config: merges the parts, each of which has a file with its settings, defaults and
// checks. A setting is named ROADSTREAM_… in the environment, or by the same name in the settings
// file (JSON; ROADSTREAM_SETTINGS names it); the environment wins. All that is wrong is shown
// together, each with the setting and the remedy. Config is plain data: nothing here opens
// anything.
import { accepted, refused, type Result } from '../base/errors.ts'
import type { Thresholds } from '../jobs/crash/thresholds.ts'
import type { VehicleEntry } from '../model/vehicles.ts'
import type { VssSignal } from '../model/vss.ts'
import { bridgeConfig, bridgeSettings, type BridgeConfig } from './bridge.ts'
import { crashSettings, crashThresholds } from './crash.ts'
import { demoSettings } from './demo.ts'
import { gatewayConfig, gatewaySettings, type GatewayConfig } from './gateway.ts'
import { homeAssistant, isHomeAssistantTold } from './home-assistant.ts'
import { httpConfig, httpSettings, type HttpConfig } from './http.ts'
import { identityProviderConfig, identityProviderSettings, type IdentityProviderConfig } from './identity-provider.ts'
import { installationConfig, installationSettings, type InstallationConfig } from './installation.ts'
import { jobsSettings } from './jobs.ts'
import { kafkaConfig, kafkaSettings, type KafkaConfig } from './kafka.ts'
import { logConfig, logSettings, type LogConfig } from './log.ts'
import { messagesConfig, messagesSettings, type MessagesConfig } from './messages.ts'
import { postgresConfig, postgresSettings, type PostgresConfig } from './postgres.ts'
import { publishersConfig, publisherSettings, type PublishersConfig } from './publishers.ts'
import { retentionSettings } from './retention.ts'
import type { Setting } from './setting.ts'
import { readSettingsFile } from './settings-file.ts'
import { createSettingsReader } from './settings-reader.ts'
import { ownSignals, signalsSettings } from './signals.ts'
import { transportConfig, transportSettings, type TransportConfig } from './transport.ts'
import { knownVehicles, vehiclesSettings } from './vehicles.ts'

export type Config = InstallationConfig & {
  readonly transports: TransportConfig
  readonly gateway: GatewayConfig
  /** Undefined: cars connect to our own gateway. */
  readonly bridge: BridgeConfig | undefined
  /** Whether Home Assistant is told of vehicles, by the broker of the bridge. */
  readonly homeAssistant: boolean
  /** Undefined: only our own messages are taken. */
  readonly publishers: PublishersConfig | undefined
  readonly http: HttpConfig
  /** Undefined: people sign in here alone. */
  readonly identityProvider: IdentityProviderConfig | undefined
  /** Undefined: the embedded database. */
  readonly postgres: PostgresConfig | undefined
  readonly log: LogConfig
  /** Undefined: the embedded log. */
  readonly kafka: KafkaConfig | undefined
  readonly messages: MessagesConfig
  /** How long rows are kept, milliseconds by read model; undefined: for ever. */
  readonly retention: { readonly [Name in keyof typeof retentionSettings]: number | undefined }
  /** How far ahead of its receipt an instant of a car may be without being marked. */
  readonly clockAheadMs: number
  /** From where on something counts as part of a crash. */
  readonly crash: Thresholds
  /** Signals beside those of VSS, of the overlays. */
  readonly signals: readonly VssSignal[]
  /** The kinds and models of vehicles, by id or pattern. */
  readonly vehicles: readonly VehicleEntry[]
  readonly demo: { readonly cars: number; readonly seed: number }
  /** Likely slips that are no reason not to start, each a line for the log. */
  readonly warnings: readonly string[]
}

/** Every setting, in the order of the help. */
function allSettings(): readonly Setting<unknown>[] {
  const { dataDir, metrics, tenant, ...life } = installationSettings
  const { mqtt, mqtts, ...transports } = transportSettings
  const { threads, ...rates } = gatewaySettings
  const parts = [
    { dataDir, mqtt, mqtts, threads },
    transports,
    bridgeSettings,
    publisherSettings,
    { homeAssistant },
    httpSettings,
    identityProviderSettings,
    postgresSettings,
    { metrics, tenant },
    logSettings,
    kafkaSettings,
    jobsSettings,
    rates,
    messagesSettings,
    retentionSettings,
    signalsSettings,
    vehiclesSettings,
    life,
    demoSettings,
    crashSettings,
  ]
  return parts.flatMap((part): readonly Setting<unknown>[] => Object.values(part))
}

/** The list of settings with their defaults, for `roadstream help settings`. */
export const settingsHelp = (): string =>
  allSettings()
    .map(({ name, fallback, about }) => `  ${name.padEnd(30)} ${about} (${fallback === '' ? 'none' : fallback})`)
    .join('\n')

/** The settings that say which engines hold the log and the tables. */
export const engineSettings: ReadonlySet<string> = new Set(
  [kafkaSettings, postgresSettings].flatMap((part) => Object.values(part).map(({ name }) => name)),
)

/** Settings that a move may change: those of the engines, and into how many partitions it goes. */
export const movableSettings: ReadonlySet<string> = new Set([...engineSettings, logSettings.partitions.name])

/** Reads the settings. A refusal's detail has one line for each setting that is wrong. `engines`:
 *  settings of the engines, in place of all that are given of those, and others of
 *  `movableSettings` in place of their own. */
export function readConfig(env: Texts, engines?: Texts): Result<Config, 'settings'> {
  const problems: string[] = []
  const file = readSettingsFile(env['ROADSTREAM_SETTINGS'], problems)
  noteUnknown(env, file, problems)
  const given = (name: string): string | undefined =>
    engines !== undefined && (engineSettings.has(name) || name in engines) ? engines[name] : (env[name] ?? file[name])
  const reader = createSettingsReader(given, problems)
  const signals = ownSignals(reader)
  const kafka = kafkaConfig(reader)
  const log = logConfig(reader)
  const config: Config = {
    ...installationConfig(reader),
    transports: transportConfig(reader),
    gateway: gatewayConfig(reader, kafka !== undefined),
    bridge: bridgeConfig(reader),
    homeAssistant: isHomeAssistantTold(reader),
    publishers: publishersConfig(reader, signals),
    http: httpConfig(reader),
    identityProvider: identityProviderConfig(reader),
    postgres: postgresConfig(reader),
    log,
    kafka,
    messages: messagesConfig(reader, log, kafka),
    retention: reader.takeAll(retentionSettings),
    ...reader.takeAll(jobsSettings),
    crash: crashThresholds(reader),
    signals,
    vehicles: knownVehicles(reader),
    demo: reader.takeAll(demoSettings),
    warnings: reader.warnings,
  }
  return problems.length === 0 ? accepted(config) : refused('settings', problems.join('\n'))
}

type Texts = Readonly<Record<string, string | undefined>>

function noteUnknown(env: Texts, file: Texts, problems: string[]): void {
  const names = new Set(allSettings().map(({ name }) => name))
  for (const name of Object.keys(file))
    if (!names.has(name))
      problems.push(`${name} in the settings file: there is no such setting; \`roadstream help settings\` lists them`)
  for (const name of Object.keys(env))
    if (name.startsWith('ROADSTREAM_') && name !== 'ROADSTREAM_SETTINGS' && !names.has(name))
      problems.push(`${name}: there is no such setting; \`roadstream help settings\` lists them`)
}
