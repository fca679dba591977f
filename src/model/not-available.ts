// Numbers that sensors and buses send where they have no value, and that the signal itself cannot
// have. SAE J1939-71 keeps the greatest raw values of a field of one, two or four bytes for this,
// by its highest byte: up to 0xFA is a measurement, 0xFB means something of its own, 0xFC and 0xFD
// are reserved, 0xFE is an error, 0xFF not available. Car makers do so with all ones of any width.
// Scaled, these look like a measurement. Invariant: what a vehicle can really measure is not in
// here, but for single values of a speed that cars hold for a moment at most.

/** Values that mean "none", and bounds beyond which nothing can be measured. */
export type NotAvailable = { readonly values: readonly number[]; readonly below: number; readonly above: number }

/** No car that is sold has been faster: 496.22 km/h, Yangwang U9 Xtreme, Papenburg 2025, one way.
 *  511.97, 655.35 and 6553.5 are beyond: all ones of 14 bits in steps of 1/32, of 16 bits in steps
 *  of 0.01 and 0.1. */
export const speedMaxKmh = 500

/** All ones of the one byte of OBD-II PID 0x0D (SAE J1979), which counts whole km/h. */
export const speedSentinelKmh = 255

/** No speed, as receivers of satellites tell it: Apple's CLLocation.speed is negative when it is
 *  not valid, in the SDKs of several apps it is −1. Here its number is taken for km/h; from m/s it
 *  comes as −3.6. A car that goes backwards tells other speeds below 0 as well. */
export const speedUnknownKmh = -1

/** 255.99609375 is all ones of the two bytes of SPN 84, in steps of 1/256 km/h (SAE J1939-71). */
const speed: NotAvailable = {
  values: [speedUnknownKmh, 3.6 * speedUnknownKmh, speedSentinelKmh, 255.996_093_75],
  below: -speedMaxKmh,
  above: speedMaxKmh,
}

/** The greatest four bytes that are a measurement by SAE J1939-71: 4.21 million km as metres. */
export const odometerMaxM = 0xfaff_ffff

/** The greatest number with a sign is what converters leave of all ones. All ones of two bytes are
 *  65.5 km, which an odometer does show. */
const odometer: NotAvailable = { values: [0x7fff_ffff], below: -Infinity, above: odometerMaxM }

/** The extremes of the air at the ground are −89.2 and 56.7 °C (archive of weather and climate
 *  extremes of the WMO); the sun on the sensor adds some, by how much is a guess. So −128 (none of
 *  a signed byte), −273 (SPN 171 of raw 0), 87.5, 127, 214 and 215 (none of a byte in other steps)
 *  are no temperature. */
const air: NotAvailable = { values: [], below: -90, above: 85 }

/** One byte in steps of 1 °C from −40 (OBD-II PID 0x05, SPN 110): 214 is error, 215 none. The
 *  bounds are guesses on the safe side: glycol boils at 197 °C. */
const coolant: NotAvailable = { values: [], below: -90, above: 200 }

/** A battery on fire is hotter than any other part: only the codes of a byte, and bounds that are
 *  guesses on the safe side. */
const battery: NotAvailable = { values: [214, 215, 255], below: -90, above: 1500 }

/** The extremes of four bytes with a sign are what converters leave of all ones; no battery of a
 *  vehicle comes near them. */
const power: NotAvailable = { values: [], below: -0x7fff_ffff + 1, above: 0x7fff_ffff - 1 }

const byPath: Readonly<Record<string, NotAvailable>> = {
  'Vehicle.Speed': speed,
  'Vehicle.TraveledDistance': odometer,
  'Vehicle.Exterior.AirTemperature': air,
  'Vehicle.Cabin.HVAC.Station.Row1.Driver.Temperature': air,
  'Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature': coolant,
  'Vehicle.Powertrain.TractionBattery.CurrentPower': power,
  'Vehicle.Powertrain.TractionBattery.Temperature.Average': battery,
}

export const notAvailableOf = (path: string): NotAvailable | undefined => byPath[path]

export const isNotAvailable = (value: number, { values, below, above }: NotAvailable): boolean =>
  value < below || value > above || values.includes(value)
