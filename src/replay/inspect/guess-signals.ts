// Signals by the names of columns, their units and their ranges. Only what a name can mean one way
// is taken: an axis of an accelerometer, or the sign of a power, is left to who knows the unit.
import type { SignalRule } from '../../mapping/mapping.ts'
import { conversion, type Unit } from '../../mapping/units.ts'
import { readName } from './guess-units.ts'
import type { ColumnProfile } from './profile.ts'

type Known = {
  readonly signal: string
  /** Of the words of a name, best first. */
  readonly names: readonly RegExp[]
  readonly not?: RegExp
  /** The signal's own unit, and the one that is taken where a name tells none; without it a column
   *  without a unit is not taken. */
  readonly unit: Unit
  readonly assumed?: Unit
  /** The range its numbers can have, in the signal's unit: another range is another thing. */
  readonly range: readonly [min: number, max: number]
}

const engine = 'Vehicle.Powertrain.CombustionEngine'
const battery = 'Vehicle.Powertrain.TractionBattery'
const location = 'Vehicle.CurrentLocation'

const known: readonly Known[] = [
  { signal: `${location}.Latitude`, names: [/\blat(itude)?\b/], unit: 'degrees', assumed: 'degrees', range: [-90, 90] },
  {
    signal: `${location}.Longitude`,
    names: [/\b(lon|long|lng|longt?itude)\b/],
    not: /term/,
    unit: 'degrees',
    assumed: 'degrees',
    range: [-180, 180],
  },
  {
    signal: `${location}.Altitude`,
    names: [/\b(alt|altitude|elevation|ele)\b/],
    unit: 'm',
    assumed: 'm',
    range: [-500, 9000],
  },
  {
    signal: `${location}.Heading`,
    names: [/\bheading raw\b/, /\b(heading|bearing|course|cog)\b/],
    not: /gyro/,
    unit: 'degrees',
    assumed: 'degrees',
    range: [0, 360],
  },
  {
    signal: 'Vehicle.Speed',
    names: [/\b(vehicle speed|speed obd|obd speed|velocity|vss\d?)\b/, /^speed$/, /^cyc$/, /\bspeed\b/],
    not: /engine|wind|limit|average|avg|source|motor|shaft|difference|fan|target|gps vs/,
    unit: 'km/h',
    assumed: 'km/h',
    range: [-1, 500],
  },
  {
    signal: 'Vehicle.TraveledDistance',
    names: [/\b(odometer|odo|mileage)\b/],
    unit: 'm',
    assumed: 'km',
    range: [0, 4e9],
  },
  {
    signal: `${engine}.Speed`,
    names: [/^(engine )?rpm$/, /\bengine (rpm|speed)\b/, /^engine$/],
    not: /throttle/,
    unit: 'rpm',
    assumed: 'rpm',
    range: [0, 20_000],
  },
  {
    signal: `${engine}.EngineCoolant.Temperature`,
    names: [/\bcoolant( temp| temperature)?\b/, /^(clt|ect)$/],
    not: /requested/,
    unit: 'Celsius',
    assumed: 'Celsius',
    range: [-50, 200],
  },
  {
    signal: 'Vehicle.Exterior.AirTemperature',
    names: [/\b(ambient|ambiant|outside)\b.*\btemp/, /^oat$/],
    unit: 'Celsius',
    assumed: 'Celsius',
    range: [-60, 70],
  },
  {
    signal: 'Vehicle.Powertrain.FuelSystem.RelativeLevel',
    names: [/\bfuel (tank|level)\b/],
    not: /rail/,
    unit: 'percent',
    assumed: 'percent',
    range: [0, 100],
  },
  { signal: 'Vehicle.OBD.FuelRate', names: [/\bfuel (flow )?rate\b/], not: /rail/, unit: 'l/h', range: [0, 400] },
  {
    signal: 'Vehicle.LowVoltageBattery.CurrentVoltage',
    names: [/\bcontrol module voltage\b/, /\bvoltage control module\b/, /\bbatt(ery)?( v| voltage)?$/],
    unit: 'V',
    assumed: 'V',
    range: [5, 32],
  },
  {
    signal: `${battery}.StateOfCharge.Current`,
    names: [/^usable battery level$/, /^(so ?c|state of charge|battery level)$/],
    unit: 'percent',
    assumed: 'percent',
    range: [0, 100],
  },
  {
    signal: `${battery}.StateOfCharge.Displayed`,
    names: [/^displayed (so ?c|state of charge)$/],
    unit: 'percent',
    assumed: 'percent',
    range: [0, 100],
  },
  { signal: `${battery}.Temperature.Average`, names: [/^battery temp(erature)?$/], unit: 'Celsius', range: [-50, 100] },
  {
    signal: 'Vehicle.Acceleration.Longitudinal',
    names: [/\blongitudinal acceleration\b/],
    unit: 'm/s^2',
    range: [-50, 50],
  },
  {
    signal: 'Vehicle.Chassis.Accelerator.PedalPosition',
    names: [/\baccelerator pedal pos(ition)?\b/],
    unit: 'percent',
    assumed: 'percent',
    range: [0, 100],
  },
]

export type GuessedSignal = {
  readonly signal: string
  readonly rule: SignalRule & { readonly unit: Unit }
  readonly isUnitTold: boolean
}

/** A column is taken for one signal at most, and a signal from one column. */
export function guessSignals(columns: readonly ColumnProfile[], taken: ReadonlySet<string>): readonly GuessedSignal[] {
  const used = new Set(taken)
  return known.flatMap((signal) => {
    for (const pattern of signal.names) {
      const found = columns.find((column) => !used.has(column.name) && fits(column, signal, pattern))
      if (found === undefined) continue
      used.add(found.name)
      const { unit } = readName(found.name)
      const isUnitTold = unit !== undefined && conversion(unit, signal.unit) !== undefined
      const ruleUnit = isUnitTold ? unit : signal.assumed
      if (ruleUnit === undefined) continue
      return [
        {
          signal: signal.signal,
          isUnitTold,
          rule: { field: found.name, unit: ruleUnit, ...unknownTexts(found), ...suffixOf(found) },
        },
      ]
    }
    return []
  })
}

function fits(column: ColumnProfile, { not, unit, assumed, range }: Known, pattern: RegExp): boolean {
  const name = readName(column.name)
  if (!pattern.test(name.words) || not?.test(name.words) === true) return false
  if (suffixOf(column).suffix !== undefined) return true
  const scale =
    conversion(name.unit ?? assumed ?? unit, unit) ?? (assumed === undefined ? undefined : conversion(assumed, unit))
  if (scale === undefined || column.numbers === 0 || column.numbers < column.filled * 0.2) return false
  const [min, max] = [column.min * scale.factor + scale.offset, column.max * scale.factor + scale.offset]
  return min >= range[0] && max <= range[1]
}

/** Short texts among numbers are what a writer says for "no reading". */
function unknownTexts({ numbers, words }: ColumnProfile): { readonly unknown?: readonly string[] } {
  const texts = [...words.keys()].filter(
    (text) => text.length <= 12 && /^(-+|n\/?a|nan|none|null|nil|unknown|no data|\?+|∞)$/i.test(text),
  )
  return numbers === 0 || texts.length === 0 ? {} : { unknown: texts }
}

/** One text behind all numbers of a column, such as Pint's units. */
function suffixOf({ numbers, words }: ColumnProfile): { readonly suffix?: string } {
  const suffixes = new Set(
    [...words.keys()].flatMap((text) => /^[+-]?[\d.]+ (\p{L}[\p{L}_ /]*)$/u.exec(text)?.[1] ?? []),
  )
  const [suffix, ...more] = suffixes
  return numbers > 0 || suffix === undefined || more.length > 0 ? {} : { suffix }
}
