/** How far behind the newest event time of its own vehicle a sample may come and still change trips
 *  and alerts. It is by vehicle, so that a car that was out of coverage for a week loses nothing
 *  when it sends its week in order. */
export const latenessMs = 6 * 3_600_000
