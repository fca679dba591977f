/** So long before a certificate or a revocation list ends somebody is told. Milliseconds. */
export const endsSoonMs = 14 * 86_400_000

/** The day of an instant by UTC, as in 2026-11-29. */
export const dayText = (at: number): string => new Date(at).toISOString().slice(0, 10)
