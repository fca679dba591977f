// From where on something counts as part of a crash. Cars and units differ, so an operator may set
// these; each has where its usual value comes from. The recordings named are those of the tests: 88
// h of cars in traffic, of which none crashed.

/** m/s². */
export const g = 9.80665

export type Thresholds = Readonly<Record<keyof typeof usualThresholds, number>>

export const usualThresholds = {
  /** A deceleration in the plane of the road from which on a reading is kept. The trigger threshold
   *  of event data recorders is 8 km/h within 150 ms (49 CFR 563.5), which is a mean of 1.5 g; the
   *  tyres of most cars give about 1 g, semi-slicks 1.35 g (100 km/h to 0 in 29.1 m, Rimac Nevera,
   *  2023), and in 28 recorded drives (nds-drives) the greatest is 0.65 g. */
  readingMs2: 1.5 * g,

  /** A reading beyond this is no driving: 4 g is the threshold of WreckWatch, about what a Formula
   *  One car turns with (White et al., Mobile Networks and Applications 16, 285–303, 2011).
   *  Accelerations that potholes and kerbs reach in a telematics unit have no public source that
   *  was found. */
  pulseMs2: 4 * g,

  /** A change of velocity that makes readings a pulse: the trigger of 49 CFR 563.5. So much speed
   *  lost within a second beside one reading of `pulseMs2` makes that a possible crash. */
  triggerKmh: 8,

  /** Severe: the barrier crash in which dummies without belts have to be protected is from 32 to 40
   *  km/h (49 CFR 571.208 S16.1 b), and this is below it. Readings that tyres give do not count
   *  towards it. */
  severeKmh: 25,

  /** Speed lost within a second: 12 m/s², beyond the tyres of most cars. Semi-slicks give 13.2
   *  (1.35 g, above), so a sports car that stops as hard as it can and then stands is taken for a
   *  crash. The most that a recording shows is 37, of a reader that asks for the speed in turns
   *  (obd-carobd; 35 in bev-bmw-i3, 17 in nds-drives and cmap-trips); a crash test from 57 km/h
   *  loses all of it. */
  lossKmh: 43,

  /** Speed lost within a second that counts beside a reading of `readingMs2`: 7 m/s², a full brake.
   *  A wheel that locks shows as much, but no such reading; a pulse that falls between two seconds
   *  of a report at 1 Hz shows at least half of 57 in one of them. */
  lossBesideReadingKmh: 26,

  /** The car stands for so long after it. */
  stillS: 30,

  /** The unit is silent for so long after it. Units die in a crash with the battery's cable. How
   *  long their own batteries last has no public source that was found; a minute is a guess. */
  silentS: 60,

  /** Turning faster than this, in degrees a second, is skidding. The greatest rate in 28 recorded
   *  drives is 56 (nds-drives), and yaw sensors of stability control measure to at least ±100 (±111
   *  typically, workshop manual of the Hyundai Grandeur TG, 2011). */
  rotationDegS: 100,
}
