// The points of a track as columns of small whole numbers: a car goes on nearly as it went, so of
// each value only that is kept by which it is off the line through the two before it. Exact to
// milliseconds, 1e-7 degrees and 0.01 km/h, which values of samples are rounded to.
//
//   step = value - (last + (last - the one before)), in units; the first value counts from 0, an
//          instant from its minute, and the second from the first; null where there is no value

/** Columns of equal length, in order of time. */
export type TrackPoints = {
  /** Epoch milliseconds. */
  readonly at: readonly number[]
  /** Degrees, WGS 84. */
  readonly lat: readonly (number | null)[]
  readonly lon: readonly (number | null)[]
  readonly speedKmh: readonly (number | null)[]
}

export type TrackSteps = {
  /** Milliseconds. */
  readonly atSteps: readonly number[]
  /** 1e-7 degrees. */
  readonly latSteps: readonly (number | null)[]
  readonly lonSteps: readonly (number | null)[]
  /** 0.01 km/h. */
  readonly speedSteps: readonly (number | null)[]
}

const perDegree = 1e7
const perKmh = 100

/** `minuteAt` is a whole number, as are the instants. */
export function stepsOfPoints(minuteAt: number, { at, lat, lon, speedKmh }: TrackPoints): TrackSteps {
  const line = openLine()
  return {
    atSteps: at.map((instant) => line.stepTo(instant - minuteAt)),
    latSteps: stepsOf(lat, perDegree),
    lonSteps: stepsOf(lon, perDegree),
    speedSteps: stepsOf(speedKmh, perKmh),
  }
}

/** Each value is the double that it was rounded to: so many units, divided. */
export function pointsOfSteps(minuteAt: number, { atSteps, latSteps, lonSteps, speedSteps }: TrackSteps): TrackPoints {
  const line = openLine()
  return {
    at: atSteps.map((step) => minuteAt + line.valueAt(step)),
    lat: valuesOf(latSteps, perDegree),
    lon: valuesOf(lonSteps, perDegree),
    speedKmh: valuesOf(speedSteps, perKmh),
  }
}

function stepsOf(values: readonly (number | null)[], perUnit: number): (number | null)[] {
  const line = openLine()
  return values.map((value) => (value === null ? null : line.stepTo(Math.round(value * perUnit))))
}

function valuesOf(steps: readonly (number | null)[], perUnit: number): (number | null)[] {
  const line = openLine()
  return steps.map((step) => (step === null ? null : line.valueAt(step) / perUnit))
}

/** The line through the last two whole numbers, and how far the next one is off it. */
function openLine() {
  let [last, way, isFirst] = [0, 0, true]
  const goTo = (whole: number): void => {
    way = isFirst ? 0 : whole - last
    last = whole
    isFirst = false
  }
  return {
    stepTo(whole: number): number {
      const step = whole - (last + way)
      goTo(whole)
      return step
    },
    valueAt(step: number): number {
      const whole = last + way + step
      goTo(whole)
      return whole
    },
  }
}
