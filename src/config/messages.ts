// The settings of the raw messages that are kept for people to look up.
import { span } from './setting.ts'

export const messagesSettings = {
  retentionMs: span('ROADSTREAM_MESSAGES_RETENTION', '24h', 'how long raw messages can be looked up', 60_000),
}
