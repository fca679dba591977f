// The setting by which Home Assistant is told of vehicles.
import { bridgeSettings } from './bridge.ts'
import { onOff } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'

export const homeAssistant = onOff(
  'ROADSTREAM_HOMEASSISTANT',
  'on: tells Home Assistant of vehicles, by the broker of ROADSTREAM_BRIDGE',
)

/** Whether Home Assistant is told of vehicles. */
export function isHomeAssistantTold({ take, isSet, problems }: SettingsReader): boolean {
  const isOn = take(homeAssistant)
  if (isOn && !isSet(bridgeSettings.url))
    problems.push(
      `${homeAssistant.name} is on, and ${bridgeSettings.url.name} names no broker: name there the one that Home Assistant reads`,
    )
  return isOn
}
