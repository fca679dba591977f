// The settings of the event log.
import { logBytesMax } from '../eventlog/log-limits.ts'
import { bytes, oneOf, span, whole, type Setting } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'

export type LogConfig = {
  readonly partitions: number
  readonly bytesMax: number
  readonly retentionMs: number
  /** Of one topic. */
  readonly retentionBytes: number
  /** Whether the machine's clock is believed at this start where it is not plausible. */
  readonly clockJump: 'ask' | 'accept'
}

export const logSettings = {
  partitions: whole('ROADSTREAM_LOG_PARTITIONS', '8', 'partitions of each topic; fixed when the log is made', 1, 256),
  bytesMax: bytes(
    'ROADSTREAM_LOG_MAX',
    `${logBytesMax / 1e9} GB`,
    'the most the event log may take on disk, and as much again what jobs derive',
    100e6,
  ),
  retentionMs: span('ROADSTREAM_LOG_RETENTION', '7d', 'how long the event log keeps records', 60_000),
  retentionBytes: bytes('ROADSTREAM_LOG_TOPIC_MAX', '20 GB', 'how much the event log keeps of one topic', 10e6),
  clockJump: oneOf(
    'ROADSTREAM_CLOCK_JUMP',
    ['ask', 'accept'],
    "accept: start once and believe the machine's clock, after a warning that it is ahead of or behind the event log",
  ),
} satisfies Record<keyof LogConfig, Setting<unknown>>

export function logConfig({ takeAll, isWrong, problems }: SettingsReader): LogConfig {
  const log = takeAll(logSettings)
  const { retentionBytes, bytesMax } = logSettings
  // A topic that outgrows the log would fill it before its oldest records may go, and a full log
  // takes nothing from cars.
  if (!isWrong(retentionBytes) && !isWrong(bytesMax) && log.retentionBytes > log.bytesMax / 2)
    problems.push(`${retentionBytes.name} is more than half of ${bytesMax.name}: give a smaller topic or a larger log`)
  return log
}
