// The rules of a crash, each with where its number comes from.

/** An acceleration in the plane of the road beyond this is no driving: tyres reach about 1 g, potholes and kerbs 2 to 3 g. 4 g is the
 *  threshold of WreckWatch (White et al., Mobile Networks and Applications 16, 2011); airbags fire from about 16 g on. */
export const pulseMs2 = 4 * 9.80665

/** The car was faster than this in the ten seconds before: a door slammed at the kerb, a car wash or a tow hook is no crash. */
export const beforeKmh = 10
export const beforeMs = 10_000

/** And then stands, below this speed, from ten seconds after the pulse (it may roll out) for half a minute. */
export const stillKmh = 3
export const rollOutMs = 10_000
export const stillMs = 30_000
/** What is measured no later than this shows whether the car stood. */
export const stillSeenMs = 100_000

/** Pulses so close together are one crash: a car that is hit, turns and is hit again. */
export const sameCrashMs = 60_000

/** An airbag stays deployed and its unit goes on saying so. That is one crash until the airbag is said to be whole, or nothing was said
 *  of it for so long. */
export const airbagSilenceMs = 5 * 3_600_000

/** Where the car was first known to be in this time after the crash is where it stands, failing that where it was last known before. */
export const placeAfterMs = 30_000
export const placeBeforeMs = 60_000

/** Pulses kept of one vehicle, the newest: a sensor that has more is broken. */
export const pulsesMax = 256

/** Airbags remembered of one vehicle, the newest, each from its first to its last instant: so that one that is told again, a month
 *  later, is known. In the 11 h of what may still change there are at most 670, a minute apart; of the time before, one for each crash. */
export const airbagsMax = 1024
