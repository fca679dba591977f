/** The first index at which `value` may stand in a list of numbers in ascending order. */
export function lowerBound(sorted: readonly number[], value: number): number {
  const last = sorted.at(-1)
  // Most of what is looked for comes behind all there is.
  if (last === undefined || last < value) return sorted.length
  return lowerBoundBy(sorted, (each) => each < value)
}

/** The first index of what is not before, in a list in which all that is before comes first. */
export function lowerBoundBy<Each>(sorted: readonly Each[], isBefore: (each: Each) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(sorted[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}
