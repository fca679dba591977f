// Examples of what publishers send, which lie beside this checkout and are no part of it: their
// messages, and what is right of them in our signals.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../../shared/dialects/', import.meta.url))

/** Why tests of the examples cannot run; false where they can. */
export const noDialects = existsSync(folder) ? false : 'the example messages of publishers are not beside this checkout'

/** By example the mapping that reads it. That of Home Assistant goes the other way. */
export const mappingOfDialect = {
  'ovms-v3': 'ovms',
  teslamate: 'teslamate',
  evcc: 'evcc',
  openwb: 'openwb',
  'openwb-unknown': 'openwb',
  'wican-autopid': 'wican',
  'owntracks-android': 'owntracks',
  'traccar-forward-json': 'traccar',
  'traccar-forward-url': 'traccar-url',
  'osmand-app': 'osmand',
  'traccar-client-form': 'traccar-client',
  'smartcar-webhook': 'smartcar',
  'sparkplug-b': 'sparkplug-b',
  'fleetwise-edge': 'fleetwise',
  'tesla-fleet-telemetry-kafka': 'tesla-fleet-telemetry',
  'kuksa-v2': 'kuksa',
  ditto: 'ditto',
  'teltonika-codec8': 'teltonika',
} as const

export type DialectName = keyof typeof mappingOfDialect

export const dialectNames = Object.keys(mappingOfDialect) as DialectName[]

type Right = {
  readonly vehicle: string
  readonly at: number | null
  readonly clock: string
  readonly figures: Readonly<Record<string, string | number | boolean | null>>
}

export type DialectMessage = {
  /** As a mapping is told of it. */
  readonly address: string
  readonly payload: Buffer
  readonly contentType?: string
}

export type Dialect = { readonly right: Right; readonly messages: readonly DialectMessage[] }

type Written = {
  readonly right: Readonly<Record<string, string | number | boolean | null>>
  readonly messages: readonly {
    readonly topic?: string
    readonly method?: string
    readonly path?: string
    readonly contentType?: string
    readonly payload?: string
    readonly hex?: string
  }[]
}

/** Facts that a connection, or a setting of the publisher, says beside the messages. */
const besides: Readonly<Partial<Record<DialectName, { readonly address: string; readonly vehicle: string }>>> = {
  'kuksa-v2': { address: 'kuksa/car', vehicle: 'car' },
  'teltonika-codec8': { address: 'TELTONIKA /861230000000007', vehicle: '861230000000007' },
}

export function readDialect(name: DialectName): Dialect {
  const { right, messages } = JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as Written
  const { vehicle, at, clock, ...figures } = right
  const [word = ''] = String(clock).split(/[^a-z]/, 1)
  return {
    right: {
      vehicle: besides[name]?.vehicle ?? String(vehicle),
      at: at === null ? null : Date.parse(String(at)),
      clock: word === 'receipt' ? 'received' : word,
      figures,
    },
    messages: messages.map(({ topic, method, path, contentType, payload, hex }) => ({
      address: topic ?? besides[name]?.address ?? `${method} ${path}`,
      payload: hex === undefined ? Buffer.from(payload ?? '') : Buffer.from(hex, 'hex'),
      ...(contentType !== undefined && { contentType }),
    })),
  }
}

const battery = 'Vehicle.Powertrain.TractionBattery'

/** Each figure in our signals, in their units. */
const figures: Readonly<
  Record<
    string,
    { readonly paths: readonly string[]; readonly factor?: number; readonly words?: Readonly<Record<string, unknown>> }
  >
> = {
  speedKmh: { paths: ['Vehicle.Speed'] },
  latitude: { paths: ['Vehicle.CurrentLocation.Latitude'] },
  longitude: { paths: ['Vehicle.CurrentLocation.Longitude'] },
  heightM: { paths: ['Vehicle.CurrentLocation.Altitude'] },
  heading: { paths: ['Vehicle.CurrentLocation.Heading'] },
  odometerKm: { paths: ['Vehicle.TraveledDistance'], factor: 1000 },
  batteryPercent: { paths: [`${battery}.StateOfCharge.Current`, `${battery}.StateOfCharge.Displayed`] },
  fuelPercent: { paths: ['Vehicle.Powertrain.FuelSystem.RelativeLevel'] },
  powerOutOfBatteryKw: { paths: [`${battery}.CurrentPower`], factor: -1000 },
  powerAsToldW: { paths: [`${battery}.CurrentPower`] },
  chargePowerKw: { paths: [`${battery}.Charging.AveragePower`] },
  rangeKm: { paths: [`${battery}.Range`], factor: 1000 },
  charging: { paths: [`${battery}.Charging.IsCharging`] },
  doorFrontLeft: { paths: ['Vehicle.Cabin.Door.Row1.DriverSide.IsOpen'], words: { closed: false, open: true } },
  door: { paths: ['Vehicle.Cabin.Door.Row1.DriverSide.IsOpen'], words: { closed: false, open: true } },
  externalVoltageV: { paths: ['Vehicle.LowVoltageBattery.CurrentVoltage'] },
  coolantC: { paths: ['Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature'] },
}

/** Batteries of other things than the car: no signal may have their figure. */
const ofOthers = new Set(['phoneBatteryPercent', 'trackerBatteryPercent'])

export type SignalTold = { readonly path: string; readonly value: unknown }

/** `told`: of the newest value of each signal, in any order of signals. */
export function assertFigures({ figures: right }: Right, told: readonly SignalTold[]): void {
  for (const [name, expected] of Object.entries(right)) {
    if (ofOthers.has(name)) {
      for (const { path, value } of told) assert.notEqual(value, expected, `${path} is ${name}`)
      continue
    }
    const figure = figures[name]
    assert.ok(figure !== undefined, `${name} is a figure of the examples that this table does not know`)
    const value = told.findLast(({ path, value }) => figure.paths.includes(path) && value !== undefined)?.value ?? null
    if (expected === null) assert.equal(value, null, name)
    else if (typeof expected === 'string')
      assert.equal(value, figure.words === undefined ? expected : figure.words[expected], name)
    else if (typeof expected !== 'number') assert.equal(value, expected, name)
    else {
      const own = typeof value === 'number' ? value / (figure.factor ?? 1) : Number.NaN
      assert.ok(
        Math.abs(own - expected) < 1e-3 * Math.max(1, Math.abs(expected) / 1000),
        `${name}: ${JSON.stringify(value)}, not ${expected}`,
      )
    }
  }
}
