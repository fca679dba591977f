// Joins pieces of a street that continue each other. Streets come cut at every crossing; a name
// needs a line longer than itself, and a map draws one long line faster than twenty short ones. No
// point is lost or moved.

export type Line = readonly (readonly [lon: number, lat: number])[]

const key = (point: readonly [number, number] | undefined): string =>
  point === undefined ? '' : `${point[0]},${point[1]}`

/** Chains lines whose ends meet, each end used once. Closed rings stay closed. */
export function joinLines(lines: readonly Line[]): readonly Line[] {
  const byEnd = new Map<string, Set<number>>()
  const left = new Set<number>()
  const add = (end: string, index: number): void => {
    const at = byEnd.get(end)
    if (at === undefined) byEnd.set(end, new Set([index]))
    else at.add(index)
  }
  lines.forEach((line, index) => {
    if (line.length < 2) return
    left.add(index)
    add(key(line[0]), index)
    add(key(line.at(-1)), index)
  })

  const take = (end: string): Line | undefined => {
    for (const index of byEnd.get(end) ?? []) {
      const line = lines[index]
      if (line === undefined || !left.delete(index)) continue
      byEnd.get(key(line[0]))?.delete(index)
      byEnd.get(key(line.at(-1)))?.delete(index)
      return line
    }
    return undefined
  }

  const joined: Line[] = []
  for (const index of left) {
    const first = lines[index]
    if (first === undefined) continue
    left.delete(index)
    byEnd.get(key(first[0]))?.delete(index)
    byEnd.get(key(first.at(-1)))?.delete(index)
    joined.push(grow(grow(first, take).toReversed(), take).toReversed())
  }
  return joined
}

/** Extends a line at its last point for as long as another line begins or ends there. */
function grow(line: Line, take: (end: string) => Line | undefined): Line {
  const points = [...line]
  for (;;) {
    const end = key(points.at(-1))
    if (points.length > 2 && end === key(points[0])) return points
    const next = take(end)
    if (next === undefined) return points
    const forward = key(next[0]) === end ? next : next.toReversed()
    for (const point of forward.slice(1)) points.push(point)
  }
}
