// The settings of the installation as a whole, whichever role runs.
import { resolve } from 'node:path'
import { address, span, text, type Address, type Setting } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'

export type InstallationConfig = {
  /** Absolute path. Holds the event log, job state, tables and secrets; made when missing. */
  readonly dataDir: string
  /** Where a role that runs alone serves /metrics and /healthz. */
  readonly metrics: Address
  readonly tenant: string
  /** How long a part may take to stop. */
  readonly drainTimeoutMs: number
  readonly logLevel: string
}

export const installationSettings = {
  dataDir: text('ROADSTREAM_DATA', 'data', 'folder of everything that is kept', /\S/, 'give a folder'),
  metrics: address('ROADSTREAM_METRICS', '127.0.0.1:9464', 'where a role that runs alone serves /metrics and /healthz'),
  tenant: text(
    'ROADSTREAM_TENANT',
    'demo',
    'the tenant whose cars may connect',
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'give 1 to 63 letters, digits, ".", "_" or "-"',
  ),
  drainTimeoutMs: span('ROADSTREAM_DRAIN', '10s', 'how long a part may take to stop', 1000, 3_600_000),
  logLevel: text(
    'ROADSTREAM_LOG_LEVEL',
    'warn',
    'fatal, error, warn, info, debug or trace',
    /^(fatal|error|warn|info|debug|trace)$/,
    'give fatal, error, warn, info, debug or trace',
  ),
} satisfies Record<keyof InstallationConfig, Setting<unknown>>

export function installationConfig({ takeAll }: SettingsReader): InstallationConfig {
  const taken = takeAll(installationSettings)
  return { ...taken, dataDir: resolve(taken.dataDir) }
}
