// The rules of a trip, each with where its number comes from. "Labelled trips" are the 171 of the
// Chicago household survey (NREL's processing of CMAP's 2007 drives), recorded at 1 Hz.

// Which speeds are none, and between which the way is known, values that cannot be true are told by
// as well.
export { movingKmh, speedGapMs } from '../../plausibility/plausibility-rules.ts'

/** A gap longer than this ends a trip, unless the car was driven in it. Of the labelled trips 300 s
 *  find 99 % of both ends within 30 s; 240 s and 360 s find 93 % and 91 %. */
export const silenceMs = 300_000

/** A silence up to this may be a hole in coverage that the car drove through. A longer one is two
 *  trips, whatever came between: what a car did for more than an hour nobody knows, and ferries and
 *  trains carry it as far as a drive would. */
export const joinMs = 3_600_000

/** The rules that the kind of a vehicle changes: what is said of each kind, and its source, stands
 *  in ../kind-rules.ts. */
export type KindTripRules = {
  /** Whether it has an ignition of its own, whose words count. */
  readonly hasIgnition: boolean
  /** Such a vehicle was driven in a silence when it came along so fast. */
  readonly silentPaceKmh: number
  /** The litres an hour its engine may burn: `burnLhMost`. */
  readonly burnLhMost: number
}

/** A silent car was driven when it came along at walking pace at least: that is the least a gap of
 *  300 s can have been driven in, and more than a garage, a car park or a turning position makes of
 *  an hour. 1.4 m/s, the comfortable gait of adults (Bohannon 1997). */
export const walkingKmh = 5

/** No car goes faster on a road for long: an odometer that says so is not believed. */
export const odometerKmhMax = 250

/** Whether a silence was driven is told by what is read within so long of it, and how far by
 *  places. */
export const joinReadingMs = 15_000

/** How far it was is told by the odometers before and after, which are so far apart at most beside
 *  it: what was driven in that time is measured by speeds, which may be two per cent off the
 *  odometer. */
export const bridgeReadingMs = 600_000

/** An odometer that tells less than this share of what the speeds make of a gap does not count, or
 *  counts kilometres where metres are meant: a car that was 1 % as long on its way as it seems
 *  would have stood for 297 s of a gap of 300 s. A judgement. */
export const odometerShareLeast = 0.01

/** A car that goes on reporting that it stands, and never says a word of its ignition, is parked
 *  after so long; its trip ended when it came to rest. Longer than the longest wait at a level
 *  crossing, shorter than lunch. A receiver that wanders is taken to be back in that time: where it
 *  is for longer the car is. */
export const standingMs = 30 * 60_000

/** A car that stood when it was first heard, and went on within so long, may have stood at a
 *  light. */
export const lightMs = 180_000

/** Standing before the first and after the last motion belongs to the trip up to so long in all;
 *  longer standing is cut where motion begins and ends. A car waits up to 300 s before it is driven
 *  off or switched off, the silence that ends a trip; the labelled trips have up to 149 s of
 *  standing at an end of their own, and with 300 s more added at either end or both 99 % are found
 *  with this sum. */
export const endStandingMs = 450_000

/** Standing before a trip counts back to the first gap longer than this, or to where the ignition
 *  was said to be off: that is parking. In the labelled trips leads with gaps of 24 s or more are
 *  no part of the trip, but tails with such gaps are. */
export const leadGapMs = 15_000

/** A car this fast is driven, whatever its ignition input says: unwired ones say OFF always, and a
 *  dip of the supply says so for a second. Slower it may roll, or its receiver wander (up to 3.5
 *  km/h at rest in recordings). */
export const drivenKmh = 10

/** OFF between two speeds of a driven car no further away than this is a flicker. */
export const flickerMs = 15_000

/** Who comes along so fast was not switched off on the way: the mean of the WLTC's low phase, town
 *  traffic with its stops (UN GTR 15: 3,095 m in 589 s). */
export const townKmh = 18.9

/** A trip is at least this long; the shortest labelled one is 38 m. Less is moving the car out of
 *  the way, or noise. */
export const tripDistanceM = 30

/** A position this old still says where a speed was measured. */
export const placeAgeMs = 5_000

/** A car of which places tell, and no speed of a driven one, may have moved when it is so far from
 *  where it last was: beyond what receivers in the open wander. */
export const anchorM = 30

/** Where it was is where it was so long ago at most: a parked receiver wanders further, but not as
 *  fast. */
export const anchorAgeMs = 60_000

/** By places alone who goes at walking pace is seen to move after so long; until then it may
 *  stand. */
export const placesTellMs = (anchorM / walkingKmh) * 3600

/** Places so near to where a car stood may be the same place: trackers of parked cars jump 20 to
 *  100 m (White Label Tracking, What is GPS drift). */
export const nearM = 100

/** A receiver comes back from no further: places of parked cars are reported up to 300 m off, and
 *  where the car stands is itself known to 50 m. Who went less far by places alone and came back is
 *  taken not to have gone: a judgement, as nothing tells the two apart. Traccar takes what is below
 *  500 m for no trip (`report.trip.minimalTripDistance`), or, by its newer rule, what is within 200
 *  m (`report.trip.minDistance`). */
export const wanderM = 350

/** While it comes to rest, two marks of it are so far apart: more than a receiver at rest wanders
 *  in the 5 s between them. */
export const creepM = 10

/** The way of such a car goes through places this far apart. In the simulated city, whose receivers
 *  wander as real ones do, 3 m find the way of 98.6 % of 690 trips within 0.5 % at a position a
 *  second (the worst 1.3 % off), 5 m that of 97 %, 10 m that of 84 %: corners are cut. */
export const bendM = 3

/** From anchor to anchor the way is at most this many times the straight line, which is more than
 *  bends make, and bounds what wandering at rest adds. */
export const bendMost = 2

/** A speed stands for the interval around it (midpoint rule). Inside a trip that is the trapezoid
 *  rule; at its ends half an interval is added, which matters where a recording was cut at speed.
 *  An interval is taken to be at most this long. */
export const edgeMs = 1_000

/** A car's open trip and the minutes driven since are said again after so long. */
export const sayEveryMs = 60_000

/** The most that the counter of a battery may rise and fall by between two readings: a step of the
 *  counter, and what the strongest cars take (600 kW, which no reading of power is believed beyond)
 *  or a heavy one gives back down the steepest roads (100 kW: 2.5 t at 120 km/h down 12 %). More is
 *  another counter. */
export const kwhStep = 1
export const drawKwMost = 600
export const recoverKwMost = 100

/** The most that the counter of an engine may rise by: a step (SAE J1939, SPN 250: 0.5 L a bit),
 *  and what a truck of 350 kW burns at full load (190 g/kWh of 0.84 kg/L make 79 L/h). The level of
 *  a tank cannot fall faster either. */
export const litreStep = 0.5
export const burnLhMost = 80

/** A difference of tank levels below this is not known: twice the step of a level by SAE J1979 (PID
 *  2F, 100/255 %) of a tank of 60 L. */
export const tankStepL = 0.5

/** Levels at rest whose median counts, at either end. */
export const tankLevels = 15

/** Steps of the state of charge: 1 % by SAE J1979 and in most displays. */
export const chargeStep = 1

/** The most that the state of charge may change by in an hour beside a step: 10 C, a battery in six
 *  minutes. The strongest cars draw 600 kW of 60 kWh, and none is charged faster. */
export const chargePercentMost = 1000

/** Between two readings of the battery's power, or of the fuel's rate, no longer than this its
 *  integral is taken. On the 23 recorded trips of a BMW i3 (TU Munich), readings every 2 s give the
 *  energy of 1 Hz within 0.8 % (median; 90 % of the trips within 1.9 %), those every 5 s within 2.9
 *  % (9.3 %, the worst 19 %) and every 15 s within 9 % (30 %). */
export const readingGapMs = 2_000

/** A figure from readings is told where they cover this share of the trip; otherwise it is not
 *  known. */
export const coveredShare = 0.9

/** A state of charge read over this share of the trip shows which way the energy went. */
export const witnessShare = 0.5
