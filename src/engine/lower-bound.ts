/** The first index at which `value` may stand in a list of numbers in ascending order. */
export function lowerBound(sorted: readonly number[], value: number): number {
  const last = sorted.at(-1)
  // Most of what is looked for comes behind all there is.
  if (last === undefined || last < value) return sorted.length
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
