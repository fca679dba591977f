// The rules of a trip, each with where its number comes from.

/** A gap longer than this ends a trip. On the 171 trips of the Chicago household survey (NREL's processing of CMAP's 2007 drives) 300 s
 *  finds 99 % of both ends within 30 s; 240 s and 360 s find 93 % and 91 %. */
export const silenceMs = 300_000

/** A car that goes on reporting that it stands, and never says a word of its ignition, is parked after so long, to the minute; its trip
 *  ended when it came to rest. Longer than the longest wait at a level crossing, shorter than lunch. */
export const standingMs = 30 * 60_000

/** Below this a car stands: GPS speed at rest is up to 0.8 km/h in recordings. */
export const movingKmh = 1

/** A trip is at least this long; the shortest in the survey is 38 m. Less is moving the car out of the way, or noise. */
export const tripDistanceM = 30

/** Up to this gap between two speeds the car is taken to have changed evenly from one to the other (trapezoid); beyond it the
 *  straight line between the positions counts where both are known: in recorded gaps of 40 to 76 s it is the better of the two. */
export const speedGapMs = 15_000

/** A position this old still says where a speed was measured. */
export const placeAgeMs = 5_000

/** A car that sends positions but no speed has moved when it is so far from where it last was: beyond what GPS noise reaches. */
export const anchorM = 30

/** The way of such a car goes through places this far apart. In the simulated city, whose receivers wander as real ones do, 3 m find
 *  the way of 98.6 % of 690 trips within 0.5 % at a position a second (the worst 1.3 % off), 5 m that of 97 %, 10 m that of
 *  84 %: corners are cut. */
export const legM = 3

/** From anchor to anchor the way is at most this many times the straight line, which is more than bends make, and bounds what wandering at
 *  rest adds. */
export const bendMost = 2

/** A speed stands for the interval around it (midpoint rule). Inside a trip that is the trapezoid rule; at its ends half an
 *  interval is added, which matters where a recording was cut at speed. An interval is taken to be at most this long. */
export const edgeMs = 1_000

/** A car's open trip and the minutes driven since are said again after so long. */
export const sayEveryMs = 60_000

/** Between two samples of one trip, at most 300 s apart: 600 kW. */
export const netKwhMax = 50

/** Between two readings of the battery's power, or of the fuel's rate, no longer than this its integral is taken. On the 23 recorded trips of a
 *  BMW i3 (TU Munich), readings every 2 s give the energy of 1 Hz within 0.8 % (median; 90 % of the trips within 1.9 %), those
 *  every 5 s within 2.9 % (9.3 %, the worst 19 %) and every 15 s within 9 % (30 %). */
export const readingGapMs = 2_000

/** A figure from readings is told where they cover this share of the trip; otherwise it is not known. */
export const coveredShare = 0.9
