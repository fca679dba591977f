// Messages to Home Assistant about a vehicle, by MQTT discovery of devices ("MQTT Discovery" and
// "Device tracker" of its documentation): one kept message that says which figures there are, one
// with the figures, one with the place. Invariant: what is not known is null, which its templates
// make `None`, or the place is left out; never 0.
import type { KnownVehicle, Quantity } from './known-vehicle.ts'

export type HomeAssistantMessage = { readonly topic: string; readonly payload: string }

/** Whether we are there to tell anything: kept, `online`, and `offline` by the broker when we are
 *  gone. */
export const presence = { topic: 'roadstream/ha/availability', online: 'online', offline: 'offline' } as const

/** A speed that is older is no speed of now. Home Assistant forgets one that it was told so long
 *  ago, by its own clock. */
const speedKeptMs = 600_000
/** Where the vehicle tells no accuracy: without one Home Assistant takes 0 m, and the place for
 *  certain. */
const accuracyUnknownM = 100

type Sensor = {
  readonly name: Exclude<Quantity, 'latitude' | 'longitude' | 'accuracy'>
  readonly config: Readonly<Record<string, string | number>>
  /** Of the unit of VSS. */
  readonly factor?: number
}

const sensors: readonly Sensor[] = [
  {
    name: 'speed',
    config: { dev_cla: 'speed', unit_of_meas: 'km/h', stat_cla: 'measurement', exp_aft: speedKeptMs / 1000 },
  },
  {
    name: 'odometer',
    config: { dev_cla: 'distance', unit_of_meas: 'km', stat_cla: 'total_increasing' },
    factor: 1 / 1000,
  },
  { name: 'battery', config: { dev_cla: 'battery', unit_of_meas: '%', stat_cla: 'measurement' } },
  { name: 'fuel', config: { name: 'Fuel', unit_of_meas: '%', stat_cla: 'measurement' } },
]

/** Names of Home Assistant have letters, digits, `_` and `-` alone. A name written otherwise stays
 *  one of its own: `a.b` is not `a_b`. */
const nameOf = (vehicle: string): string => vehicle.replaceAll('_', '_5f').replaceAll('.', '_2e')
const topicOf = (vehicle: string, what: 'state' | 'place'): string => `roadstream/ha/${vehicle}/${what}`
export const configTopic = (vehicle: string): string => `homeassistant/device/roadstream_${nameOf(vehicle)}/config`

const hasPlace = ({ latitude, longitude }: KnownVehicle): boolean => latitude !== undefined && longitude !== undefined

/** All that there is to tell: the figures that the vehicle has ever told, and its place. `now`:
 *  epoch milliseconds by the log's clock. */
export function homeAssistantMessages(
  vehicle: string,
  known: KnownVehicle,
  now: number,
): readonly HomeAssistantMessage[] {
  const own = sensors.filter(({ name }) => known[name] !== undefined)
  return [
    { topic: configTopic(vehicle), payload: JSON.stringify(configOf(vehicle, own, hasPlace(known))) },
    {
      topic: topicOf(vehicle, 'state'),
      payload: JSON.stringify(Object.fromEntries(own.map((each) => [each.name, figureOf(each, known, now)]))),
    },
    ...(hasPlace(known) ? [{ topic: topicOf(vehicle, 'place'), payload: JSON.stringify(placeOf(known)) }] : []),
  ]
}

/** Messages that take a vehicle away that there is not any more: kept messages are removed by empty
 *  ones. */
export const removalOf = (vehicle: string): readonly HomeAssistantMessage[] =>
  [configTopic(vehicle), topicOf(vehicle, 'state'), topicOf(vehicle, 'place')].map((topic) => ({ topic, payload: '' }))

function configOf(vehicle: string, own: readonly Sensor[], isPlaced: boolean) {
  const id = nameOf(vehicle)
  const stat_t = topicOf(vehicle, 'state')
  const components = own.map(({ name, config }) => [
    name,
    { p: 'sensor', unique_id: `${id}_${name}`, stat_t, val_tpl: `{{ value_json.${name} }}`, ...config },
  ])
  const place = { p: 'device_tracker', unique_id: `${id}_place`, json_attr_t: topicOf(vehicle, 'place') }
  return {
    dev: { ids: [`roadstream_${id}`], name: vehicle },
    o: { name: 'Roadstream' },
    avty_t: presence.topic,
    cmps: Object.fromEntries([...components, ...(isPlaced ? [['place', place]] : [])]),
  }
}

/** Until when the speed is told as it is now, epoch milliseconds; undefined where it is told as
 *  unknown already. */
export function speedUntil({ speed }: KnownVehicle, now: number): number | undefined {
  if (speed === undefined || speed.value === null || now - speed.at >= speedKeptMs) return undefined
  return speed.at + speedKeptMs
}

function figureOf({ name, factor = 1 }: Sensor, known: KnownVehicle, now: number): number | null {
  const { value } = known[name]!
  if (value === null || (name === 'speed' && speedUntil(known, now) === undefined)) return null
  // Of 187654.3 km no digit is made up, and none is lost.
  return Number((value * factor).toFixed(3))
}

/** Numbers, and both of them: a text, or one alone, resets the place. */
function placeOf({ latitude, longitude, accuracy }: KnownVehicle): Readonly<Record<string, number>> {
  return {
    latitude: latitude!.value!,
    longitude: longitude!.value!,
    gps_accuracy: Math.ceil(accuracy?.value ?? accuracyUnknownM),
  }
}
