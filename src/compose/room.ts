// How much is stored, of the logs and tables that the settings name.
import { steadyClock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Config } from '../config/config.ts'
import { logSettings } from '../config/log.ts'
import { messagesSettings } from '../config/messages.ts'
import { retentionSettings } from '../config/retention.ts'
import type { StoreRetention } from '../model/room-report.ts'
import type { RoomSources } from '../room/found-stores.ts'
import { openRoom, type RoomWatch } from '../room/room.ts'
import type { Storage } from '../storage/storage.ts'
import { tablesDirOf, topicsOfLog, type OpenedLog } from './adapters.ts'

type Stored = {
  readonly uplink: OpenedLog
  readonly derived: OpenedLog
  readonly storage: Storage
  readonly logger: Logger
}

export function openRoomOf(config: Config, { uplink, derived, storage, logger }: Stored): RoomWatch {
  const { bytesMax } = config.log
  const sources: RoomSources = {
    logs: [
      { ...topicsOfLog(config, 'uplink'), part: 'log', size: uplink.size, bytesMax },
      { ...topicsOfLog(config, 'derived'), part: 'derived', size: derived.size, bytesMax },
    ],
    topicSettings: [logSettings.retentionMs.name, logSettings.retentionBytes.name],
    tables: {
      dir: tablesDirOf(config),
      isElsewhere: config.postgres !== undefined,
      size: () => storage.size(),
      retention: tableRetention(config),
    },
  }
  const carsHeard = (since: number): Promise<number> => storage.twins.countHeard(since)
  return openRoom({ sources, carsHeard, time: uplink.log, steady: steadyClock, logger })
}

function tableRetention({ retention, messages }: Config): Readonly<Record<string, StoreRetention>> {
  const keptFor = (keptMs: number, setting: string): StoreRetention => ({ keptMs, bytesMax: null, settings: [setting] })
  const ofMessages = keptFor(messages.retentionMs, messagesSettings.retentionMs.name)
  const ofModels = Object.entries(retentionSettings).flatMap(([table, { name }]) => {
    const keptMs = retention[table as keyof typeof retention]
    return keptMs === undefined ? [] : [[table, keptFor(keptMs, name)] as const]
  })
  return { ...Object.fromEntries(ofModels), messages: ofMessages, message_index: ofMessages }
}
