// Sensors that say all the time what no driving is: of another unit, such as thousandths of g,
// tilted, or shaken. Their readings are no pulse.
import { fiftiethsMax, fiftiethsOfBlockMax } from './crash-rules.ts'
import { blockOf, greatestIn, secondOf, unheard, type MotionOf } from './motion.ts'
import { cellMs, cellOf } from './readings.ts'

/** Whether a sensor was so before an instant: it had more readings than are kept in the five
 *  seconds before. Where the unit had not been heard so long, as after a start, the five seconds
 *  after tell. A sensor that gets stuck in a pulse was quiet before. */
export function isRestless(motionOf: MotionOf, at: number): boolean {
  if (isFull(motionOf, at - cellMs)) return true
  const second = secondOf(at)
  for (let before = second - 10; before < second - 5; before += 1)
    if (greatestIn(motionOf, before) !== unheard) return false
  return isFull(motionOf, at + cellMs)
}

/** Whether the five seconds of an instant have as many readings as are kept, or come after so many
 *  in their ten minutes. */
function isFull(motionOf: MotionOf, at: number): boolean {
  const readings = motionOf(blockOf(at))?.readings
  if (readings === undefined || readings.size === 0) return false
  const cell = cellOf(at)
  if ((readings.get(cell)?.length ?? 0) >= fiftiethsMax) return true
  let count = 0
  for (const [other, { length }] of readings) {
    if (other > cell) return false
    count += length
  }
  return count >= fiftiethsOfBlockMax
}
