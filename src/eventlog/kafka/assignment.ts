// Which member of the group runs which partitions: as many each, to within one, and of those that
// run somewhere as few as possible go elsewhere. A function of what the members say, so whoever of
// them leads comes to the same.

export type Claims = {
  /** Partitions whose jobs it runs. */
  readonly running: readonly number[]
  /** Partitions of whose state it has a copy that is not old. */
  readonly warm: readonly number[]
}

/** The partitions 0 to `partitions` - 1, by the names of members, each in ascending order. Where
 *  several say that they run one, it is the first by name. */
export function shareOut(
  members: ReadonlyMap<string, Claims>,
  partitions: number,
): ReadonlyMap<string, readonly number[]> {
  const names = [...members.keys()].sort()
  const free = new Set(Array(partitions).keys())
  const claimed = new Map<string, number[]>()
  for (const name of names)
    claimed.set(
      name,
      [...members.get(name)!.running].sort((a, b) => a - b).filter((partition) => free.delete(partition)),
    )
  const quotas = quotasOf(names, claimed, partitions)
  const shares = new Map<string, number[]>()
  for (const name of names) {
    const own = claimed.get(name)!
    shares.set(name, own.slice(0, quotas.get(name)))
    for (const partition of own.slice(quotas.get(name))) free.add(partition)
  }
  const hasRoom = (name: string): boolean => shares.get(name)!.length < quotas.get(name)!
  const byWarmth = (isWarm: boolean): void => {
    for (const partition of [...free].sort((a, b) => a - b)) {
      const fit = names.filter((name) => hasRoom(name) && (!isWarm || members.get(name)!.warm.includes(partition)))
      const taker = fit.sort((a, b) => shares.get(a)!.length - shares.get(b)!.length)[0]
      if (taker === undefined) continue
      shares.get(taker)!.push(partition)
      free.delete(partition)
    }
  }
  byWarmth(true)
  byWarmth(false)
  for (const own of shares.values()) own.sort((a, b) => a - b)
  return shares
}

/** How many each has; one more than others have those that run most. */
function quotasOf(
  names: readonly string[],
  claimed: ReadonlyMap<string, readonly number[]>,
  partitions: number,
): ReadonlyMap<string, number> {
  const least = Math.floor(partitions / names.length)
  const larger = partitions - least * names.length
  const byClaim = names.toSorted((a, b) => claimed.get(b)!.length - claimed.get(a)!.length)
  return new Map(byClaim.map((name, index) => [name, least + (index < larger ? 1 : 0)]))
}
