// Who drives behind whom: for each edge its cars in order, as a list linked through the cars. Every
// car stands in at most one list, and within a list places along the edge never grow towards the
// tail.

export type RoadLanes = {
  /** Puts the car on the edge at `s`, behind all that are further on. */
  readonly enter: (car: number, edge: number, s: number) => void
  /** Takes the car off its edge; nothing happens when it is on none. */
  readonly leave: (car: number) => void
  /** The car `count` places ahead on the same edge, or −1. */
  readonly ahead: (car: number, count: number) => number
  /** The `count`-th car from the tail of the edge, or −1. */
  readonly fromTail: (edge: number, count: number) => number
}

/** `placeOf` gives a car's metres along its edge. */
export function openLanes(carCount: number, edgeCount: number, placeOf: (car: number) => number): RoadLanes {
  const tail = new Int32Array(edgeCount).fill(-1)
  const front = new Int32Array(carCount).fill(-1)
  const back = new Int32Array(carCount).fill(-1)
  const on = new Int32Array(carCount).fill(-1)

  const leave = (car: number): void => {
    const edge = on[car]!
    if (edge === -1) return
    const before = front[car]!
    const behind = back[car]!
    if (before !== -1) back[before] = behind
    if (behind === -1) tail[edge] = before
    else front[behind] = before
    on[car] = front[car] = back[car] = -1
  }
  const walk = (from: number, count: number): number => {
    let car = from
    for (let i = 1; i < count && car !== -1; i++) car = front[car]!
    return car
  }
  return {
    enter: (car, edge, s) => {
      leave(car)
      let behind = -1
      let before = tail[edge]!
      while (before !== -1 && placeOf(before) < s) {
        behind = before
        before = front[before]!
      }
      on[car] = edge
      front[car] = before
      back[car] = behind
      if (before !== -1) back[before] = car
      if (behind === -1) tail[edge] = car
      else front[behind] = car
    },
    leave,
    ahead: (car, count) => walk(front[car]!, count),
    fromTail: (edge, count) => walk(tail[edge]!, count),
  }
}
