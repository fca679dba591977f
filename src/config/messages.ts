// The settings of the raw messages that are kept for people to look up.
import type { KafkaConfig } from './kafka.ts'
import { logSettings, type LogConfig } from './log.ts'
import { oneOf, span, type Setting } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'

export type MessagesConfig = {
  readonly retentionMs: number
  /** `log`: they are read from the event log, by an index; `documents`: each is kept as a row
   *  besides. */
  readonly store: 'log' | 'documents'
}

export const messagesSettings = {
  retentionMs: span('ROADSTREAM_MESSAGES_RETENTION', '24h', 'how long raw messages can be looked up', 60_000),
  store: oneOf(
    'ROADSTREAM_MESSAGES',
    ['auto', 'log', 'documents'],
    'log: raw messages are looked up in the event log, and stored nowhere else; documents: in rows of their own, which may be kept for longer; auto: log where the event log is embedded and keeps them for as long',
  ),
} satisfies Record<keyof MessagesConfig, Setting<unknown>>

export function messagesConfig(
  { takeAll, isWrong, problems }: SettingsReader,
  log: LogConfig,
  kafka: KafkaConfig | undefined,
): MessagesConfig {
  const { retentionMs, store } = takeAll(messagesSettings)
  const isInLog = retentionMs <= log.retentionMs
  const { retentionMs: retention, store: choice } = messagesSettings
  if (store === 'log' && !isInLog && !isWrong(retention) && !isWrong(logSettings.retentionMs))
    problems.push(
      `${retention.name} is longer than ${logSettings.retentionMs.name}, and raw messages are looked up in the event log: give one as long as the other, or ${choice.name}=documents`,
    )
  const usual = kafka === undefined && isInLog ? 'log' : 'documents'
  return { retentionMs, store: store === 'auto' ? usual : store }
}
