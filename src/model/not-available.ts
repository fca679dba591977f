// Numbers that sensors and buses send where they have no value, and that the signal itself cannot have. A bus marks "error" and "not available" by the
// greatest raw values of a field (SAE J1939-71, table 1: 0xFE… and 0xFF… of one, two and four bytes; DBC files of car makers do so with all ones of any width), which scaled
// look like a measurement. Invariant: what a vehicle can really measure is not in here, but for single values of a speed that cars hold for a moment at most.

/** Values that mean "none", and bounds beyond which nothing can be measured. */
export type NotAvailable = { readonly values: readonly number[]; readonly below: number; readonly above: number }

/** - −1 and −3.6: no speed, as receivers of satellites say it (Apple's CLLocation.speed is negative when it is not valid, −1 m/s).
 *  - 255: all ones of the one byte of OBD-II PID 0x0D, whose unit is 1 km/h (SAE J1979); 255.99609375 of the two bytes of SPN 84 (1/256 km/h, SAE J1939-71).
 *  - Above 500: no car that is sold has been faster (490.484 km/h, Bugatti Chiron Super Sport 300+, 2019); 511.97, 655.35 and 6553.5 are all ones in steps of 1/32, 0.01 and 0.1. */
const speed: NotAvailable = { values: [-1, -3.6, 255, 255.996_093_75], below: -500, above: 500 }

/** From 0xFE00_0000 on, the four bytes of SAE J1939-71 for error and none, which are 4.26 million km; the greatest number with a sign is one of those that converters leave. All
 *  ones of two bytes are 65.5 km, which an odometer does show. */
const odometer: NotAvailable = { values: [0x7fff_ffff], below: -Infinity, above: 0xfe00_0000 - 1 }

/** The WMO's extremes of the air at the ground are −89.2 and 56.7 °C (archive of weather and climate extremes); the sun on the sensor adds some. So −128 (none of a
 *  signed byte), −273 (SPN 171 of raw 0), 87.5, 127, 214 and 215 (none of a byte in other steps) are no temperature. */
const air: NotAvailable = { values: [], below: -90, above: 85 }

/** One byte in steps of 1 °C from −40 (OBD-II PID 0x05, SPN 110): 214 is error, 215 none. Beyond the bounds nothing is liquid under the pressure of a cooling system. */
const coolant: NotAvailable = { values: [], below: -90, above: 200 }

/** A battery on fire is hotter than any other part: only the codes of a byte, and what no sensor measures. */
const battery: NotAvailable = { values: [214, 215, 255], below: -90, above: 1500 }

const byPath: Readonly<Record<string, NotAvailable>> = {
  'Vehicle.Speed': speed,
  'Vehicle.TraveledDistance': odometer,
  'Vehicle.Exterior.AirTemperature': air,
  'Vehicle.Cabin.HVAC.Station.Row1.Driver.Temperature': air,
  'Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature': coolant,
  'Vehicle.Powertrain.TractionBattery.Temperature.Average': battery,
}

export const notAvailableOf = (path: string): NotAvailable | undefined => byPath[path]

export const isNotAvailable = (value: number, { values, below, above }: NotAvailable): boolean =>
  value < below || value > above || values.includes(value)
