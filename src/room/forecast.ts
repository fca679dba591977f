// When a disk is full, if each store on it goes on growing as it does until it grows no more.

export type StoreGrowth = { readonly bytesPerDay: number; readonly bytesToCome: number }

/** Days until `freeBytes` are used up; Infinity: never. */
export function daysUntilFull(freeBytes: number, stores: readonly StoreGrowth[]): number {
  if (freeBytes <= 0) return 0
  const restsAt = (store: StoreGrowth): number => store.bytesToCome / store.bytesPerDay
  const growing = stores
    .filter(({ bytesPerDay, bytesToCome }) => bytesPerDay > 0 && bytesToCome > 0)
    .sort((one, other) => restsAt(one) - restsAt(other))
  let restingBytes = 0
  for (const [index, store] of growing.entries()) {
    // Until this one rests, what is added by a day is a line.
    const perDay = growing.slice(index).reduce((sum, { bytesPerDay }) => sum + bytesPerDay, 0)
    const days = (freeBytes - restingBytes) / perDay
    if (days <= restsAt(store)) return days
    restingBytes += store.bytesToCome
  }
  return Infinity
}
