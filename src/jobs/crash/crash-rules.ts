// The rules of a crash that hold for every car, each with where its number comes from; what an
// operator may set is in thresholds.ts. The recordings named are those of the tests: 88 h of cars
// in traffic, of which none crashed.

// --- what counts as a pulse

/** Readings no further apart belong to one pulse: at 5 Hz two neighbours. */
export const runGapMs = 200

/** A reading beyond `readingMs2` for longer is of a sensor that is stuck or tilted: from 100 km/h a
 *  stop at 2 g takes 1.4 s. */
export const runMs = 2_000

/** Equal readings for so long are a stuck sensor: a barrier test is over in 150 ms (NHTSA 10146),
 *  and a sensor at the end of its range leaves it as soon. */
export const stuckMs = 500
/** A sensor that is stuck says so again within this, at the lowest rate that a pulse is looked
 *  for. */
export const stuckGapMs = 2_000

/** Acceleration is integrated at 50 Hz and more: a reading stands for no longer than this. */
export const integrateMs = 20
/** Readings further apart than this are not at 50 Hz (with the jitter of a unit's clock), and no
 *  integral is taken over them. */
export const integrateGapMs = 30

/** A change of velocity within this is one by acceleration (49 CFR 563.5). Fewer readings than
 *  three may be glitches: two adjacent ones to the end of a ±16 g range come to 23 km/h at 50 Hz,
 *  so that two readings count only from `severeKmh` on. */
export const triggerMs = 150
export const readingsMin = 3
/** More than this is not in m/s²: recorders have to measure 100 km/h either way (49 CFR 563.8,
 *  table III), and a wall from 200 km/h is less. */
export const deltaVMaxKmh = 250

/** A speed that is lost must have been told a second time, in so many seconds before, and about so
 *  high: one alone may be a glitch. */
export const supportS = 5
export const supportKmh = 26
/** A speed that is back so soon was never lost. */
export const backS = 3
/** Places from so long before to so long after that lie closer together than a quarter of the way
 *  told until then show a frozen speed. Below so many metres they show nothing: a receiver may be
 *  as far behind. */
export const frozenSpeedMs = 40_000
export const frozenAfterMs = 10_000
export const frozenShare = 0.25
export const frozenSpeedWayM = 50

// --- what speaks for a crash beside the pulse

/** The car was faster than this in the ten seconds before: a door slammed at the kerb, a car wash
 *  or a tow hook is no crash. */
export const beforeKmh = 10
export const beforeS = 10

/** A car below this speed stands. A lone reading is only believed when standing begins within ten
 *  seconds. A pulse may be followed by rolling out: from 130 km/h at 0.05 g, a free-wheeling car on
 *  a level road, that takes 74 s. */
export const stillKmh = 3
export const rollOutShortS = 10
export const rollOutS = 75
/** A value measured no later than this after it stood long enough shows that the car still
 *  stood. */
export const stillSeenS = 60
/** Who stands for so long waits for no light: cycles of more than 150 s are not used (Highway
 *  Capacity Manual, 6th edition, TRB 2016). */
export const longStillS = 180
/** A receiver at rest wanders so far; further, the car moved. */
export const receiverWanderM = 100
/** Who is told to stand for so long after a loss of speed, and is further from where he was by
 *  then, lost no speed. */
export const wentOnS = 40

/** A unit that talked until the pulse, twice or more in twenty seconds, and whose silence begins
 *  within half a minute after it. */
export const talkedS = 20
export const silentFromS = 30

/** Hazard lights switched on so soon after, by the driver or by the car. */
export const hazardMs = 60_000
/** The belt that was closed is open so soon after. */
export const unbeltedMs = 120_000

// --- what speaks against one

/** The car drives on: from ten seconds after the pulse on it is faster by this than it was since,
 *  which no car that rolls out is; or after the time of rolling out it is this fast. Each told in
 *  so many seconds, so that a glitch does not speak against a crash. */
export const gainKmh = 10
export const drivingKmh = 20
export const drivingSeenS = 3
/** Later than this it is another drive. */
export const drivingUntilS = 1_800

// --- what is one crash, and what is told of it

/** Pulses so close together are one crash: a car that is hit, turns and is hit again. */
export const sameCrashMs = 60_000

/** An airbag stays deployed and its unit goes on saying so. That is one crash until the airbag is
 *  said to be whole, or nothing was said of it for so long. */
export const airbagSilenceMs = 5 * 3_600_000

/** Where the car was first known to be in this time after the crash is where it stands, failing
 *  that where it was last known before. */
export const placeAfterMs = 30_000
export const placeBeforeMs = 60_000

/** Readings are kept by fiftieths of a second, the earliest: of five seconds a pulse with what
 *  follows it at once, of ten minutes eight such pulses. A sensor that has more is stuck. */
export const fiftiethMs = 20
export const fiftiethsMax = 32
export const fiftiethsOfBlockMax = 256

/** Airbags remembered of one vehicle, the newest, each from its first to its last instant: so that
 *  one that is told again, a month later, is known. In the 11 h of what may still change there are
 *  at most 670, a minute apart; of the time before, one for each crash. */
export const airbagsMax = 1024
