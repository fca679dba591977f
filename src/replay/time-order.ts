// Whether the samples of each car come in the order of their time. The server takes what lies far
// behind the newest of a car into no trip, though it acknowledges and stores it, so a recording in
// another order loses trips that nothing else tells of.
import { duration } from './progress.ts'

export type CarOrder = {
  readonly vehicle: string
  /** Samples that lie before the one before them, in the order they are played. */
  back: number
  /** By how much at most. */
  backMaxMs: number
  /** Samples further behind the newest before them than the server takes into trips. */
  late: number
}

export type TimeOrder = {
  add(vehicle: string, at: number): void
  /** Of the cars that are not in order, as they came. */
  disorders(): readonly CarOrder[]
}

/** `latenessMs`: how far behind a car's newest instant a sample still counts. */
export function openTimeOrder(latenessMs: number): TimeOrder {
  const cars = new Map<string, CarOrder & { lastAt: number; newestAt: number }>()
  return {
    add(vehicle, at) {
      let car = cars.get(vehicle)
      if (car === undefined)
        cars.set(vehicle, (car = { vehicle, back: 0, backMaxMs: 0, late: 0, lastAt: at, newestAt: at }))
      if (at < car.lastAt) {
        car.back++
        car.backMaxMs = Math.max(car.backMaxMs, car.lastAt - at)
      }
      if (at < car.newestAt - latenessMs) car.late++
      car.lastAt = at
      car.newestAt = Math.max(car.newestAt, at)
    },
    disorders: () =>
      [...cars.values()]
        .filter(({ back }) => back > 0)
        .map(({ vehicle, back, backMaxMs, late }) => ({ vehicle, back, backMaxMs, late })),
  }
}

const carsMax = 5

/** A text for each car that is not in order, for the first few, with the remedy. */
export function orderDoubts(disorders: readonly CarOrder[], latenessMs: number): readonly string[] {
  const remedy = 'Sort the rows of each car by time, those of all its files and segments together'
  const bound = duration(latenessMs)
  const texts = disorders.slice(0, carsMax).map(({ vehicle, back, backMaxMs, late }) => {
    const lie = `${back} ${back === 1 ? 'sample' : 'samples'} of ${vehicle} ${back === 1 ? 'lies' : 'lie'} before the one before, by up to ${duration(backMaxMs)}`
    if (late === 0) return `${lie}; none is more than ${bound} behind, which would change no trip. ${remedy}`
    return `${lie}. ${late} ${late === 1 ? 'is' : 'are'} more than ${bound} behind the newest before and ${late === 1 ? 'changes' : 'change'} no trip. ${remedy}`
  })
  const more = disorders.length - carsMax
  return more > 0
    ? [...texts, `${more} more ${more === 1 ? 'car is' : 'cars are'} not in the order of time, which --json lists`]
    : texts
}
