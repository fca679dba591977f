// The receiver of a parked car wanders: places away from the middle of where it stands, while
// something says that it does. The middle is the median, so that a lone place far off does not move
// it, and most places are near it: those of a car that is carried, by a ferry or a tow truck, are
// not.
import { doubt, type Doubts } from './doubts.ts'
import * as rules from './plausibility-rules.ts'
import { ignition, type Reading } from './reading.ts'
import { distanceM } from './way.ts'

/** Ten seconds of a car. */
type Step = {
  readonly number: number
  place: Reading | undefined
  moves: boolean
  stands: boolean
  odometerMinM: number
  odometerMaxM: number
}

/** Doubts the places of parked cars that are away from where they stand. */
export function doubtDrift(readings: readonly Reading[], doubts: Doubts): void {
  const steps = stepsOf(readings, doubts)
  let place = 0
  let middle: Reading | undefined
  for (const [index, reading] of readings.entries()) {
    const number = stepOf(reading)
    if (steps[place]?.number !== number || index === 0) {
      while (steps[place]!.number < number) place += 1
      middle = middleOf(steps, place)
    }
    if (middle === undefined || doubts.place[index] !== 0 || Number.isNaN(reading.lat)) continue
    if (distanceM(middle, reading) > rules.driftM) doubt(doubts.place, index, 'drift')
  }
}

const stepOf = ({ at }: Reading): number => Math.floor(at / rules.driftStepMs)

function stepsOf(readings: readonly Reading[], doubts: Doubts): Step[] {
  const steps: Step[] = []
  for (const [index, reading] of readings.entries()) {
    const number = stepOf(reading)
    let step = steps.at(-1)
    if (step?.number !== number) {
      step = { number, place: undefined, moves: false, stands: false, odometerMinM: Infinity, odometerMaxM: -Infinity }
      steps.push(step)
    }
    const { lat, speedKmh, odometerM } = reading
    if (!Number.isNaN(lat) && doubts.place[index] === 0) step.place ??= reading
    if (Math.abs(speedKmh) >= rules.movingKmh && doubts.speed[index] === 0) step.moves = true
    if (Math.abs(speedKmh) < rules.movingKmh || reading.ignition === ignition.off) step.stands = true
    if (odometerM >= 0 && doubts.odometer[index] === 0) {
      step.odometerMinM = Math.min(step.odometerMinM, odometerM)
      step.odometerMaxM = Math.max(step.odometerMaxM, odometerM)
    }
  }
  return steps
}

/** Where the car stands around a step; undefined where it is not known to stand, or is carried. */
function middleOf(steps: readonly Step[], place: number): Reading | undefined {
  const number = steps[place]!.number
  if (steps[place]!.moves) return undefined
  const goesOn = (step: Step | undefined, beside: Step): boolean =>
    step !== undefined &&
    !step.moves &&
    Math.abs(step.number - number) <= rules.driftSteps &&
    Math.abs(step.number - beside.number) <= rules.heldMs / rules.driftStepMs
  let from = place
  let to = place
  while (goesOn(steps[from - 1], steps[from]!)) from -= 1
  while (goesOn(steps[to + 1], steps[to]!)) to += 1
  if (steps[to]!.number - steps[from]!.number < rules.driftSteps) return undefined
  const around = steps.slice(from, to + 1)
  const grownM =
    Math.max(...around.map((step) => step.odometerMaxM)) - Math.min(...around.map((step) => step.odometerMinM))
  const standing = around.filter((step) => step.stands).length
  const places = around.flatMap((step) => step.place ?? [])
  if (grownM > 0 || standing * 4 < around.length || places.length < 3) return undefined
  const middle = {
    ...places[0]!,
    lat: medianOf(places.map(({ lat }) => lat)),
    lon: medianOf(places.map(({ lon }) => lon)),
  }
  const near = places.filter((each) => distanceM(middle, each) <= rules.driftM).length
  return near * 2 > places.length ? middle : undefined
}

const medianOf = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!
