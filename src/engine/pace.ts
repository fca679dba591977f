// When a vehicle's figures are said: once in a period, each vehicle at a phase of its own, so that
// ten thousand cars that were switched on together do not all speak in the same batch.

/** The first instant after `at` that is `vehicle`'s turn in periods of `periodMs`. */
export function nextTick(at: number, periodMs: number, vehicle: string): number {
  const phase = fnv1a(vehicle) % periodMs
  return (Math.floor((at - phase) / periodMs) + 1) * periodMs + phase
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
