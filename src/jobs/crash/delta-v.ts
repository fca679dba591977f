// Acceleration integrated to a change of velocity. A reading stands for the time between the
// middles of the gaps to its neighbours, so that what rings to both sides cancels at any rate that
// shows the ringing: of 50 Hz and more, and more than twice that of the ringing.
import { integrateGapMs, integrateMs } from './crash-rules.ts'
import { sizeOf, type Fiftieth } from './readings.ts'

/** The change of velocity in a fiftieth of a second, in m/s. */
export type Step = { readonly at: number; readonly x: number; readonly y: number; readonly mostOfOne: number }

/** km/h. */
export type DeltaV = {
  readonly kmh: number
  /** At most twice what it is without its greatest reading: one reading alone, which may be a
   *  glitch, makes none. */
  readonly soundKmh: number
}

/** Null where no two readings are as close as at 50 Hz. */
export function stepsOf(run: readonly Fiftieth[]): Step[] | null {
  const readings = run.flat()
  const gaps = readings.map(({ at }, index) => (readings[index + 1]?.at ?? Infinity) - at)
  if (gaps.every((gapMs) => gapMs > integrateGapMs)) return null
  let next = 0
  return run.map((fiftieth) => {
    const from = next
    next += fiftieth.length
    return stepOf(fiftieth, (index) => lastsMs(gaps[from + index - 1] ?? Infinity, gaps[from + index]!) / 1000)
  })
}

function stepOf(fiftieth: Fiftieth, secondsOf: (index: number) => number): Step {
  let [x, y, mostOfOne] = [0, 0, 0]
  for (const [index, reading] of fiftieth.entries()) {
    const seconds = secondsOf(index)
    x += reading.x * seconds
    y += reading.y * seconds
    mostOfOne = Math.max(mostOfOne, sizeOf(reading) * seconds)
  }
  return { at: fiftieth[0]!.at, x, y, mostOfOne }
}

/** How long a reading stands for, by the gaps before and after it. Of one beside a hole, a gap of
 *  three times the other, by the other. */
function lastsMs(before: number, after: number): number {
  const [less, more] = before < after ? [before, after] : [after, before]
  return Math.min(more > 3 * less ? less : (less + more) / 2, integrateMs)
}

/** The greatest within so many milliseconds. */
export function deltaV(steps: readonly Step[], windowMs: number): DeltaV {
  let [greatest, sound] = [0, 0]
  for (const [from, first] of steps.entries()) {
    let [x, y, mostOfOne] = [0, 0, 0]
    for (let index = from; index < steps.length; index += 1) {
      const step = steps[index]!
      if (step.at - first.at >= windowMs) break
      x += step.x
      y += step.y
      mostOfOne = Math.max(mostOfOne, step.mostOfOne)
      const change = Math.hypot(x, y)
      greatest = Math.max(greatest, change)
      sound = Math.max(sound, Math.min(change, 2 * (change - mostOfOne)))
    }
  }
  return { kmh: greatest * 3.6, soundKmh: sound * 3.6 }
}
