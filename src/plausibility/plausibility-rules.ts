// The bounds of what is plausible, each with where its number comes from. `nds-drives` are the 28 recorded drives of DrivePlotR (MIT):
// 23,187 rows at 1 Hz with place and speed.

/** No car is faster: the fastest of a series measured so far went 496 km/h. */
export const speedMaxKmh = 500

/** No car gains or loses speed faster, but in a crash: the quickest of a series take 1.8 s from 0 to 100 km/h. The most in `nds-drives`
 *  is 17.9 km/h in a second. */
export const changeMaxKmhPerS = 60

/** Resolution and filters of a speed, on top of that. */
export const speedSlackKmh = 20

/** What tyres give on a road, about 1 g: how far a speed may be from those told before and after. */
export const gripMs2 = 9.80665

/** A place is trusted to this distance, and an accuracy that is worse says that it is not: the bound of `positionCanBeTrusted` in the eCall
 *  message (EN 15722, 95 % of all places). Between two samples of `nds-drives` a second apart the places differ by at most 36 m
 *  more than the speeds say. */
export const placeSlackM = 150

/** A value off and back is doubted when it was off for at most so long; the receivers' faults told of last 1 to 30 s. What stays longer is
 *  believed. */
export const islandMs = 60_000

/** Readings this far before and after speak for or against one; so a place told once a minute has two on both sides. */
export const witnessMs = 120_000

/** Runs of readings that agree, on each side, that are heard as witnesses. */
export const witnessRuns = 4

/** An odometer is doubted in the reserved values of a four-byte parameter: 0xFExxxxxx is an error, 0xFFxxxxxx not available (SAE J1939-71).
 *  As metres they are beyond four million kilometres. */
export const odometerMaxM = 0xfe00_0000 - 1

/** Odometers tell whole kilometres at the coarsest. */
export const odometerStepM = 1_000

/** A unit that starts anew may tell what it had stored a little before. */
export const odometerBackM = 100

/** All ones of one byte, the greatest speed of OBD (SAE J1979, parameter 0x0D). It is a sentinel where the speeds around are far from it. */
export const speedSentinelKmh = 255

/** The sign of "not known" of phones and trackers; a car that goes backwards tells other speeds below 0 as well. */
export const speedUnknownKmh = -1

/** Frozen values are looked at over so long, before and after. */
export const frozenMs = 120_000

/** Two readings of a frozen value are at most so far apart. */
export const heldMs = 60_000

/** Between two speeds this close, the way is known. */
export const speedGapMs = 15_000

/** A place that stays the same while the speed covers this much is at odds with it. The most in `nds-drives` is 4 m. */
export const frozenWayM = 100

/** A doubted place is at least so far behind: a car that stood when its place froze is still there. */
export const frozenBehindM = 30

/** A speed from here on is at odds with a place that stays within the distance below. */
export const frozenSpeedKmh = 10
export const stillM = 50

/** Below this a car stands: GPS speed at rest is up to 0.8 km/h in recordings. */
export const movingKmh = 1

/** A parked car's places are looked at in steps of `driftStepMs`, so many before and after; it has stood for at least `driftSteps`. */
export const driftStepMs = 10_000
export const driftSteps = 15

/** A parked car's place further than this from the middle of its places is drift. In `nds-drives`, cars that stand
 *  for 20 s or longer are told at most 33 m from there. */
export const driftM = 50

/** What is doubted of a reading depends on readings at most this far before and after it, and on nothing else: 240 s for what is
 *  frozen, 180 s more for jumps, 160 s more for drift, rounded up. */
export const contextMs = 600_000
