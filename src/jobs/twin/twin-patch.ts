/** The twin after a patch, as its stores keep it: each signal of the patch replaces the one before; the rest is the patch's. */
export function addTwinPatch(before: object, patch: object): object {
  const known = before as { readonly signals: object }
  const next = patch as { readonly signals: object }
  const signals = Object.entries({ ...known.signals, ...next.signals }).sort(([a], [b]) => (a < b ? -1 : 1))
  return { ...next, signals: Object.fromEntries(signals) }
}
