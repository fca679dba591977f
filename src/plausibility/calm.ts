// Whether a minute gives any cause to look at what is around it. Nearly every minute gives none,
// and then nothing in it is doubted and it says nothing against its neighbours: so judging costs
// its ten minutes of context only where something is odd.
import { doubtOfOdometer, doubtOfPlace, doubtOfSpeed } from './alone.ts'
import { speedsAgree } from './jumps.ts'
import { hasThousandths, odometersAgree, odometerSentinels } from './odometer.ts'
import * as rules from './plausibility-rules.ts'
import { fix, type Reading } from './reading.ts'
import { distanceM, placesAgree } from './way.ts'

// Stretches that begin two minutes apart share the readings of a minute, so that two values that
// follow each other are in one of them. Three of them cover what a frozen value is seen by, which
// is 240 s, and four what drift is seen by, 320 s: what is doubted there shows in one of them by a
// third, or a fourth.

/** A frozen value is at odds with the rest by 50 m at least: a place that stays the same on a way
 *  of 100 m, and places whose path is less than a quarter of a way of 200 m, are so much short of
 *  half the way. */
const missingWayM = rules.frozenWayM / 2 / 3
/** Drift is further than `driftM` from the middle; within a stretch all places are within twice
 *  this. */
const wanderM = rules.driftM / 4 / 2

/** The growth of a standing car's odometer that may be, told a little late; a stuck speed shows by
 *  200 m, of which a third is more. */
const lateM = 25

/** An odometer in another unit falls so far behind the speeds, or the places, while it hardly
 *  grows: what `isThousandth` sees, halved, as it may have grown once on the way. */
const stalledWayM = rules.odometerStepM / 2
const hardlyM = 25

/** Whether nothing is doubted of any reading of which all such stretches within `contextMs` are
 *  calm. Give the readings of a minute and those of the `witnessMs` before it, in order of time. */
export function isCalm(readings: readonly Reading[]): boolean {
  const glance = new Glance()
  for (let index = 0; index < readings.length; index += 1) if (glance.isOdd(readings[index]!)) return false
  return !glance.isStalled || !hasThousandths(readings)
}

/** One pass over readings, each beside the ones before it. Jobs ask this of every minute, so it
 *  makes no objects. */
class Glance {
  #placed: Reading | undefined
  #sped: Reading | undefined
  #counted: Reading | undefined
  /** The way by the speeds so far, and up to the last place. */
  #wayM = 0
  #placedWayM = 0
  /** The same, also between speeds as far apart as they speak for each other. */
  #roughM = 0
  /** The way through all places so far. */
  #pathM = 0
  /** The metres that places are short of half the way between them. */
  #missingM = 0
  /** Since when the car stands, and its first and last place while it does. */
  #standsFrom = Infinity
  #stoodFirst: Reading | undefined
  #stoodLast: Reading | undefined
  #wanders = false
  /** Where the odometer last had grown, and how far that was, by speeds and by places. */
  #grownM = NaN
  #grownWayM = 0
  #grownPathM = 0
  isStalled = false
  /** The odometer when the speed was first told as 0, and whether it is since then. */
  #isZero = false
  #zeroM = NaN

  isOdd(reading: Reading): boolean {
    return (
      reading.fix === fix.none ||
      this.#isOddSpeed(reading) ||
      this.#isOddPlace(reading) ||
      this.#isOddOdometer(reading) ||
      this.#isStuck(reading) ||
      this.#stands(reading)
    )
  }

  #isOddSpeed(reading: Reading): boolean {
    const { speedKmh } = reading
    if (Number.isNaN(speedKmh)) return false
    if (
      doubtOfSpeed(reading) !== undefined ||
      speedKmh === rules.speedSentinelKmh ||
      speedKmh === rules.speedUnknownKmh
    )
      return true
    const before = this.#sped
    this.#sped = reading
    if (before === undefined) return false
    const ms = reading.at - before.at
    const drivenM = ((Math.abs(before.speedKmh) + Math.abs(speedKmh)) / 7200) * ms
    if (ms <= rules.speedGapMs) this.#wayM += drivenM
    if (ms <= rules.witnessMs) this.#roughM += drivenM
    return !speedsAgree(before, reading)
  }

  #isOddPlace(reading: Reading): boolean {
    if (Number.isNaN(reading.lat)) return false
    if (doubtOfPlace(reading) !== undefined) return true
    const before = this.#placed
    const drivenM = this.#wayM - this.#placedWayM
    this.#placed = reading
    this.#placedWayM = this.#wayM
    if (before === undefined) return false
    const farM = distanceM(before, reading)
    this.#pathM += farM
    if (reading.at - before.at <= rules.heldMs) this.#missingM += Math.max(0, drivenM / 2 - farM)
    return this.#missingM >= missingWayM || !placesAgree(before, reading, farM)
  }

  #isOddOdometer(reading: Reading): boolean {
    const { odometerM } = reading
    if (Number.isNaN(odometerM)) return false
    if (doubtOfOdometer(reading) !== undefined || odometerSentinels.has(odometerM)) return true
    const before = this.#counted
    this.#counted = reading
    if (before !== undefined && !odometersAgree(before, reading)) return true
    if (!(odometerM - this.#grownM <= hardlyM)) {
      this.#grownM = odometerM
      this.#grownWayM = this.#roughM
      this.#grownPathM = this.#pathM
    } else
      this.isStalled ||= this.#roughM - this.#grownWayM >= stalledWayM || this.#pathM - this.#grownPathM >= stalledWayM
    return false
  }

  /** Whether the odometer goes on while the speed is 0. */
  #isStuck({ speedKmh, odometerM }: Reading): boolean {
    if (!Number.isNaN(speedKmh)) {
      this.#isZero = speedKmh === 0
      if (!this.#isZero) this.#zeroM = NaN
    }
    if (!this.#isZero || Number.isNaN(odometerM)) return false
    if (Number.isNaN(this.#zeroM)) this.#zeroM = odometerM
    return odometerM - this.#zeroM > lateM
  }

  /** Whether the places of a car that stands for a while leave each other, or are too few to
   *  say. */
  #stands(reading: Reading): boolean {
    if (Math.abs(reading.speedKmh) >= rules.movingKmh) {
      this.#standsFrom = Infinity
      this.#stoodFirst = this.#stoodLast = undefined
      this.#wanders = false
      return false
    }
    if (this.#standsFrom === Infinity) this.#standsFrom = reading.at
    if (!Number.isNaN(reading.lat)) {
      this.#stoodFirst ??= reading
      const last = this.#stoodLast
      this.#wanders ||=
        distanceM(this.#stoodFirst, reading) > wanderM || (last !== undefined && reading.at - last.at >= rules.heldMs)
      this.#stoodLast = reading
    }
    if (reading.at - this.#standsFrom < rules.heldMs) return false
    return this.#wanders || (this.#stoodFirst !== undefined && this.#stoodFirst === this.#stoodLast)
  }
}
