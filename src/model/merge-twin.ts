// How patches become a twin, in one place for jobs and stores: patches of a vehicle come in the
// order of its partition, and the later one stands. Which value is newest is for the job to decide,
// which knows the samples, boots and receipts of them all: an instant says too little, as a value
// stamped a day ahead would hold for a day whatever the car measures meanwhile. Merging is
// associative, so patches that follow each other may be merged first.
import { listedSignals, type Twin, type TwinPatch, type TwinValue } from './twin.ts'

/** The patch on top of what was known. Neither is changed. A receipt never goes back: jobs that
 *  derive anew from old records say what was heard long ago, and the car has been heard since. */
export function mergeTwin(known: TwinPatch | undefined, patch: TwinPatch): TwinPatch {
  if (known === undefined) return patch
  const { gone: goneNow = [], ...said } = patch
  const signals: Record<string, TwinValue> = { ...known.signals, ...patch.signals }
  for (const path of goneNow) delete signals[path]
  const gone = [...new Set([...(known.gone ?? []), ...goneNow])].filter((path) => signals[path] === undefined)
  return {
    ...said,
    receivedAt: later(known.receivedAt, patch.receivedAt),
    signals,
    ...(gone.length > 0 && { gone }),
  }
}

/** The twin after all patches that became this one. */
export function wholeTwin(patch: TwinPatch): Twin {
  const { gone: _gone, ...twin } = patch
  return twin
}

/** The twin as lists give it. */
export function listedTwin(twin: Twin): Twin {
  const signals: Record<string, TwinValue> = {}
  for (const path of listedSignals) {
    const value = twin.signals[path]
    if (value !== undefined) signals[path] = value
  }
  return { ...twin, signals }
}

/** Patches of a time before receipts were kept have none. */
const later = (a: number | null | undefined, b: number | null | undefined): number | null =>
  typeof a !== 'number' || (typeof b === 'number' && b > a) ? (b ?? null) : a

/** The speed now, which the filters look at. Null: not known, not a number the car vouched for,
 *  doubted, or measured at an instant that cannot be. */
export function twinSpeedKmh({ signals }: Twin): number | null {
  const { value, clockDoubt, doubt }: Partial<TwinValue> = signals['Vehicle.Speed'] ?? {}
  return typeof value === 'number' && clockDoubt === undefined && doubt === undefined ? value : null
}

/** A coordinate of the last known place. Null: never told, no number, or doubted. */
export function twinCoordinate({ signals }: Twin, axis: 'Latitude' | 'Longitude'): number | null {
  const { value, doubt }: Partial<TwinValue> = signals[`Vehicle.CurrentLocation.${axis}`] ?? {}
  return typeof value === 'number' && doubt === undefined ? value : null
}

/** The last known place. Null where one of the coordinates is not known. */
export function twinPlace(twin: Twin): { readonly lat: number; readonly lon: number } | null {
  const [lat, lon] = [twinCoordinate(twin, 'Latitude'), twinCoordinate(twin, 'Longitude')]
  return lat === null || lon === null ? null : { lat, lon }
}

export function twinPowertrain({ signals }: Twin): string | null {
  const value = signals['Vehicle.Powertrain.Type']?.value
  return typeof value === 'string' ? value : null
}
