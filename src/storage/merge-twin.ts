// How patches become a twin, in one place for every adapter: by signal, the value measured later stays; of two measured at
// the same instant, the one that came later. Merging is associative, so patches may be merged with each other first.
import type { TwinPatch, TwinValue } from '../model/read-models.ts'

/** The patch on top of what was known. Neither is changed. */
export function mergeTwin(known: TwinPatch | undefined, patch: TwinPatch): TwinPatch {
  if (known === undefined) return patch
  const signals: Record<string, TwinValue> = { ...known.signals }
  for (const [path, value] of Object.entries(patch.signals)) {
    const before = signals[path]
    if (before === undefined || value.at >= before.at) signals[path] = value
  }
  return { ...patch, at: Math.max(known.at, patch.at), signals }
}

/** What the filters look at. Null: not known, or not a number the car vouched for. */
export function twinSpeedKmh({ signals }: TwinPatch): number | null {
  const value = signals['Vehicle.Speed']?.value
  return typeof value === 'number' ? value : null
}

export function twinPowertrain({ signals }: TwinPatch): string | null {
  const value = signals['Vehicle.Powertrain.Type']?.value
  return typeof value === 'string' ? value : null
}
