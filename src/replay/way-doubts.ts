// Doubts from comparing the three ways of a recording: a unit that cannot be right, with the one
// that would fit.
import type { Mapping } from '../mapping/mapping.ts'
import { conversion, unitsLike } from '../mapping/units.ts'
import type { Compared, RecordedWay } from './way.ts'

/** Shorter stretches say nothing of a unit. */
const comparedMinM = 500
/** A speedometer may show 10 % and 4 km/h more than the car drives (UN R39), and a line cuts
 *  corners. */
const offMax = 0.2
/** How near a factor of units must be to be named. */
const fitMax = 0.05

/** A text for each doubt; none where all agree or nothing can be compared. */
export function wayDoubts({ line, odometer, fast, repeated }: RecordedWay, mapping: Mapping): readonly string[] {
  return [
    ...speedDoubt(line, 'the line through the positions', mapping),
    ...(line.otherM >= comparedMinM ? [] : speedDoubt(odometer, 'the odometer', mapping)),
    ...odometerDoubt(odometer, line, mapping),
    ...(fast === 0 ? [] : [`${fast} ${fast === 1 ? 'speed is' : 'speeds are'} over 300 km/h`]),
    ...(repeated === 0
      ? []
      : [
          `${repeated} ${repeated === 1 ? 'sample has' : 'samples have'} the instant of the one before: is the time of the file too coarse?`,
        ]),
  ]
}

const km = (metres: number): string => `${(metres / 1000).toFixed(1)} km`

function speedDoubt({ speedM, otherM }: Compared, other: string, mapping: Mapping): readonly string[] {
  if (otherM < comparedMinM || speedM <= 0) return []
  const ratio = speedM / otherM
  if (Math.abs(ratio - 1) <= offMax) return []
  return [
    `the speed gives ${km(speedM)} where ${other} gives ${km(otherM)}, ${times(ratio)}. ${remedy('Vehicle.Speed', 'km/h', ratio, mapping)}`,
  ]
}

function odometerDoubt({ speedM, otherM }: Compared, line: Compared, mapping: Mapping): readonly string[] {
  // Where the speed is doubted by the positions, it says nothing of the odometer.
  const isSpeedSound = line.otherM < comparedMinM || Math.abs(line.speedM / line.otherM - 1) <= offMax
  if (speedM < comparedMinM || line.otherM < comparedMinM || !isSpeedSound || Math.abs(otherM / speedM - 1) <= offMax)
    return []
  const ratio = otherM / speedM
  return [
    `the odometer gives ${km(otherM)} where speed and positions give ${km(speedM)}, ${times(ratio)}. ${remedy('Vehicle.TraveledDistance', 'm', ratio, mapping)}`,
  ]
}

const times = (ratio: number): string => `${ratio.toPrecision(3)} times as far`

function remedy(path: string, signalUnit: string, ratio: number, mapping: Mapping): string {
  const rule = [mapping.signals[path] ?? []].flat()[0]
  // A unit that a field tells is not the mapping's to mend.
  const stated = typeof rule?.unit === 'string' ? rule.unit : undefined
  const read = stated === undefined ? undefined : conversion(stated, signalUnit)?.factor
  const fits = unitsLike(signalUnit).filter((unit) => {
    const factor = conversion(unit, signalUnit)?.factor
    return (
      unit !== stated && read !== undefined && factor !== undefined && Math.abs(read / factor / ratio - 1) <= fitMax
    )
  })
  const unitText = fits.length === 0 ? 'Check its unit' : `It was read as ${stated}; ${fits.join(' or ')} would fit`
  return `${unitText} (signals["${path}"].unit of the mapping).`
}
