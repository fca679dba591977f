// Whether the server holds newer data of a car than a recording has: what is so much older then
// changes no trip and no alert, though every message of it is acknowledged and stored.
import { vehicleKey } from '../model/vehicle-id.ts'
import { carsOf, type CarSpan } from './player.ts'
import type { ReplayOptions } from './replay.ts'
import type { SegmentSpan } from './survey.ts'
import { utcText } from './utc-text.ts'

/** The server's way with data that is older than it has. */
export type Held = {
  /** The newest instants of vehicles, `tenant/vehicle`; null of one never heard. Undefined when the
   *  server cannot be asked. */
  readonly newestAt: (keys: readonly string[]) => Promise<readonly (number | null)[] | undefined>
}

/** A text for each car that is played too late, with the remedy; or one that says that nobody could
 *  be asked. */
export async function newerData(
  options: ReplayOptions,
  spans: ReadonlyMap<string, SegmentSpan>,
  now: number,
): Promise<readonly string[]> {
  const { held, latenessMs, tenant } = options
  if (held === undefined) return []
  const cars = [...carsOf(options, spans)]
  const newest = await held.newestAt(cars.map(([vehicle]) => vehicleKey({ tenant, vehicle })))
  if (newest === undefined)
    return ['whether the server has newer data of it is not known: none runs on this data folder']
  return cars.flatMap(([vehicle, span], index) => {
    const newestAt = newest[index] ?? null
    if (newestAt === null) return []
    const { firstAt, lastAt } = playedSpan(span, options, now)
    const takenFrom = newestAt - latenessMs
    if (firstAt >= takenFrom) return []
    const part = lastAt < takenFrom ? 'All of it' : `What is from before ${utcText(takenFrom)}`
    return [
      `the server has data of ${vehicle} up to ${utcText(newestAt)}. ${part} comes too late and changes no trip and no alert, unless it is what was played before: play history first, or as another car (--vehicle)`,
    ]
  })
}

/** As the player shifts it. */
function playedSpan({ firstAt, lastAt }: CarSpan, { toNow, speed }: ReplayOptions, now: number): CarSpan {
  if (toNow !== true) return { firstAt, lastAt }
  const shiftMs = now - (speed !== 'max' && speed <= 1 ? firstAt : lastAt)
  return { firstAt: firstAt + shiftMs, lastAt: lastAt + shiftMs }
}
