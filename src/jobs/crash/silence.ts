// Whether a unit fell silent after an instant. A unit that dies in a crash says so by nothing else.
import { silentFromS, talkedS } from './crash-rules.ts'
import type { Known } from './known.ts'
import { greatestIn, secondOf, speedless, unheard } from './motion.ts'

/** The source that fell silent: the unit, or the speed alone while the unit goes on. */
export type Voice = 'unit' | 'speed'

/** The instant from which on the silence is known if nothing more is heard of it; undefined where
 *  there is none, because the voice went on, or hardly was one before. `silentS`: how long it must
 *  be. */
export function silentBy(
  { motionOf, thresholds }: Known,
  at: number,
  voice: Voice,
  silentS = thresholds.silentS,
): number | undefined {
  const end = voice === 'unit' ? unheard : speedless
  const isTold = (second: number): boolean => greatestIn(motionOf, second) < end
  const from = secondOf(at)
  let talked = 0
  for (let second = from - talkedS + 1; second <= from; second += 1) if (isTold(second)) talked += 1
  if (talked < 2) return undefined
  let last = from
  for (let second = from + 1; second <= last + silentS; second += 1) {
    if (!isTold(second)) continue
    if (second > from + silentFromS) return undefined
    last = second
  }
  return (last + silentS + 1) * 1000
}
