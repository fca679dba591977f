// The bounds of what is plausible, each with where its number comes from. `nds-drives` are the 28
// recorded drives of DrivePlotR (MIT): 23,187 rows at 1 Hz with place and speed. Values that need
// no other sample to be doubted are bounded where messages are read.
export { odometerMaxM, speedMaxKmh, speedSentinelKmh, speedUnknownKmh } from '../model/not-available.ts'

/** No car gains or loses speed faster, but in a crash: the quickest of a series takes 1.66 s to 60
 *  mph (Rimac Nevera R, 2025), which is 58 km/h in a second, and stops from 100 km/h in 29.1 m
 *  (Nevera, 2023), which is 48. The most in `nds-drives` is 17.9. */
export const changeMaxKmhPerS = 60

/** An instant that was not told by whoever measured is later than the measurement by up to so much:
 *  what is sent over a mobile network waits for seconds, what a server asks for as long as between
 *  two of its questions. Two such instants may be as much nearer to each other, or further apart. A
 *  guess. */
export const clockSlackMs = 30_000

/** Resolution and filters of a speed, on top of that; a guess. */
export const speedSlackKmh = 20

/** How far a speed may be from those told before and after: by 1 g, which is about what the tyres
 *  of most cars give on a dry road. The most in `nds-drives` is 0.65 g; semi-slicks give 1.35 g
 *  (the stop in 29.1 m above), and then the way is taken for shorter than it was. */
export const gripMs2 = 9.80665

/** A place is trusted to this distance, and an accuracy that is worse says that it is not: in the
 *  eCall message `positionCanBeTrusted` is false where the place is not within ±150 m with a
 *  confidence of 95 % (EN 15722). Between two samples of `nds-drives` a second apart the places
 *  differ by at most 36 m more than the speeds say. */
export const placeSlackM = 150

/** A value off and back is doubted when it was off for at most so long; the faults that the tests
 *  throw in last 1 to 30 s, as no public statistic of them was found. A value that stays longer is
 *  believed. */
export const islandMs = 60_000

/** Readings this far before and after speak for or against one; so a place told once a minute has
 *  two on both sides. */
export const witnessMs = 120_000

/** Runs of readings that agree, on each side, that are heard as witnesses. */
export const witnessRuns = 4

/** Odometers tell whole kilometres at the coarsest. */
export const odometerStepM = 1_000

/** A unit that starts anew may tell what it had stored a little before; how much is a guess. */
export const odometerBackM = 100

/** Frozen values are looked at over so long, before and after. */
export const frozenMs = 120_000

/** Two readings of a frozen value are at most so far apart. */
export const heldMs = 60_000

/** Up to this gap between two speeds the car is taken to have changed evenly from one to the other
 *  (trapezoid). Beyond it the straight line between the positions of a trip counts where both are
 *  known: in recorded gaps of 40 to 76 s it is the better of the two. Where they are not, a car
 *  that said it stands stands until it says otherwise. */
export const speedGapMs = 15_000

/** A place that stays the same while the speed covers this much is at odds with it. The most in
 *  `nds-drives` is 4 m. */
export const frozenWayM = 100

/** A doubted place is at least so far behind: a car that stood when its place froze is still
 *  there. */
export const frozenBehindM = 30

/** A speed from here on is at odds with a place that stays within the distance below. */
export const frozenSpeedKmh = 10
export const stillM = 50

/** A speed of 0 is at odds with an odometer that goes on where it was told so often: with a message
 *  a minute a car may stand at each of some. */
export const stuckReadings = 8

/** Below this a car stands: GPS speed at rest is up to 0.8 km/h in recordings. */
export const movingKmh = 1

/** A parked car's places are looked at in steps of `driftStepMs`, so many before and after; it has
 *  stood for at least `driftSteps`. */
export const driftStepMs = 10_000
export const driftSteps = 15

/** A parked car's place further than this from the middle of its places is drift. In `nds-drives`,
 *  cars that stand for 20 s or longer are told at most 33 m from there. */
export const driftM = 50

/** The doubts of a reading depend on readings at most this far before and after it, and on nothing
 *  else: 240 s for what is frozen, 180 s more for jumps, 160 s more for drift, rounded up. */
export const contextMs = 600_000
