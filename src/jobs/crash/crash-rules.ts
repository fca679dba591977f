// The rules of a crash, each with where its number comes from. The recordings named are those of the tests: 88 h of cars in traffic, of
// which none crashed. g is 9.80665 m/s².

const g = 9.80665

// --- what counts as a pulse

/** A deceleration in the plane of the road from which on a reading is kept. The trigger threshold of event data recorders is
 *  8 km/h within 150 ms (49 CFR 563.5), which is a mean of 1.5 g; the tyres of most cars give about 1 g, semi-slicks 1.35 g (100 km/h to 0 in 29.1 m, Rimac
 *  Nevera, 2023), and in 28 recorded drives (nds-drives) the greatest is 0.65 g. */
export const readingMs2 = 1.5 * g

/** A reading beyond this is no driving: 4 g is the threshold of WreckWatch, about what a Formula One car turns with
 *  (White et al., Mobile Networks and Applications 16, 285–303, 2011). What potholes and kerbs reach in a telematics unit has no public source that was found. */
export const pulseMs2 = 4 * g

/** Readings no further apart belong to one pulse: at 5 Hz two neighbours. */
export const runGapMs = 200

/** What is beyond `readingMs2` for longer is a sensor that is stuck or tilted: from 100 km/h a stop at 2 g takes 1.4 s. */
export const runMs = 2_000

/** Equal readings for so long are a stuck sensor: a barrier test is over in 150 ms (NHTSA 10146), and a sensor at the end of its range
 *  leaves it as soon. */
export const stuckMs = 500
/** A sensor that is stuck says so again within this, at the lowest rate that a pulse is looked for. */
export const stuckGapMs = 2_000

/** Acceleration is integrated at 50 Hz and more. A reading stands for the time to the next, and for no longer than this. */
export const integrateMs = 20
/** Readings further apart than this are not at 50 Hz (with the jitter of a unit's clock), and no integral is taken over them. */
export const integrateGapMs = 30

/** A change of velocity that makes readings a pulse: the trigger of 49 CFR 563.5. So much speed lost within a second beside one reading of
 *  `pulseMs2` makes that a possible crash. Fewer readings than three may be glitches: two adjacent ones to the end of a ±16 g range come
 *  to 23 km/h at 50 Hz, so that two readings count only from `severeKmh` on. */
export const triggerKmh = 8
export const triggerMs = 150
export const readingsMin = 3
/** Severe: the barrier crash in which dummies without belts have to be protected is from 32 to 40 km/h (49 CFR 571.208 S16.1 b), and this is below it. Readings that tyres give do
 *  not count towards it. */
export const severeKmh = 25

/** Speed lost within a second: 12 m/s², beyond the tyres of most cars. Semi-slicks give 13.2 (1.35 g, above), so a sports car that stops as hard as it can and then stands
 *  is taken for a crash. The most that a recording shows is 37, of a reader that asks for the
 *  speed in turns (obd-carobd; 35 in bev-bmw-i3, 17 in nds-drives and cmap-trips); a crash test from 57 km/h loses all of it. */
export const lossKmh = 43
/** Speed lost within a second that counts beside a reading of `readingMs2`: 7 m/s², a full brake. A wheel that locks shows as much, but no
 *  such reading; a pulse that falls between two seconds of a report at 1 Hz shows at least half of 57 in one of them. */
export const lossBesideReadingKmh = 26
/** A speed that is lost must have been told a second time, in so many seconds before, and about so high: one alone may be a glitch. */
export const supportS = 5
export const supportKmh = 26
/** A speed that is back so soon was never lost. */
export const backS = 3
/** Places of so long before that show a car at a quarter of the speed told, or less, show a frozen speed. */
export const frozenMs = 40_000
export const frozenShare = 0.25

// --- what speaks for a crash beside the pulse

/** The car was faster than this in the ten seconds before: a door slammed at the kerb, a car wash or a tow hook is no crash. */
export const beforeKmh = 10
export const beforeS = 10

/** The car stands, below this speed, for half a minute. A lone reading is only believed when that begins within ten seconds. A pulse may be
 *  followed by rolling out: from 130 km/h at 0.05 g, a free-wheeling car on a level road, that takes 74 s. */
export const stillKmh = 3
export const stillS = 30
export const rollOutShortS = 10
export const rollOutS = 75
/** What is measured no later than this after the half minute shows that the car still stood. */
export const stillSeenS = 60
/** A receiver at rest wanders so far; further, the car moved. */
export const wanderM = 100

/** A unit that talked until the pulse, twice or more in twenty seconds, and falls silent for a minute within half a minute after it. Units die
 *  in a crash with the battery's cable. How long their own batteries last has no public source that was found; a minute is a guess. */
export const talkedS = 20
export const silentFromS = 30
export const silentS = 60

/** Turning faster than this is skidding. The greatest rate in 28 recorded drives is 56 °/s (nds-drives), and yaw sensors of stability control
 *  measure to at least ±100 °/s (±111 typically, workshop manual of the Hyundai Grandeur TG, 2011). */
export const rotationDegS = 100

/** Hazard lights switched on so soon after, by the driver or by the car. */
export const hazardMs = 60_000
/** The belt that was closed is open so soon after. */
export const unbeltedMs = 120_000

// --- what speaks against one

/** The car drives on: from ten seconds after the pulse on it is faster by this than it was since, which no car that rolls out is; or after
 *  the time of rolling out it is this fast. Each told in so many seconds, so that a glitch does not speak against a crash. */
export const gainKmh = 10
export const drivingKmh = 20
export const drivingSeenS = 3
/** Later than this it is another drive. */
export const drivingUntilS = 1_800

// --- what is one crash, and what is told of it

/** Pulses so close together are one crash: a car that is hit, turns and is hit again. */
export const sameCrashMs = 60_000

/** An airbag stays deployed and its unit goes on saying so. That is one crash until the airbag is said to be whole, or nothing was said
 *  of it for so long. */
export const airbagSilenceMs = 5 * 3_600_000

/** Where the car was first known to be in this time after the crash is where it stands, failing that where it was last known before. */
export const placeAfterMs = 30_000
export const placeBeforeMs = 60_000

/** Readings kept, the earliest, one of each fiftieth of a second: of five seconds a pulse with what follows it at once, of ten minutes eight
 *  such pulses. A sensor that has more is stuck. */
export const readingBinMs = 20
export const readingsMax = 32
export const readingsOfBlockMax = 256

/** Airbags remembered of one vehicle, the newest, each from its first to its last instant: so that one that is told again, a month
 *  later, is known. In the 11 h of what may still change there are at most 670, a minute apart; of the time before, one for each crash. */
export const airbagsMax = 1024
