// Signals of older vocabularies as those of VSS 6.0: names that were moved, and units that changed
// under the same name. Read in the specification at its tags v3.0 to v6.0
// (COVESA/vehicle_signal_specification), of which only what the catalogue of signals knows is here.
// Doors and seats by left and right are not: which of them is the driver's depends on the car.

/** Up to 5.1 floats in kilometres, whole metres from 6.0 on. */
const kilometresBefore6: ReadonlySet<string> = new Set([
  'Vehicle.TraveledDistance',
  'Vehicle.TraveledDistanceSinceStart',
  'Vehicle.TripMeterReading',
])

const seat = 'Vehicle.Cabin.Seat.Row1.DriverSide'
const charging = 'Vehicle.Powertrain.TractionBattery.Charging'
const powertrain = 'Vehicle.Powertrain'

/** The name in 6.0 by an earlier one. */
const moved: ReadonlyMap<string, string> = new Map([
  ['Vehicle.TravelledDistance', 'Vehicle.TraveledDistance'],
  ['Vehicle.Body.Lights.IsHazardOn', 'Vehicle.Body.Lights.Hazard.IsSignaling'],
  [`${seat}.IsOccupied`, `${seat}.OccupancyStatus`],
  [`${charging}.IsChargingCableConnected`, `${charging}.ChargingPort.AnyPosition.IsChargingCableConnected`],
  [`${powertrain}.FuelSystem.Level`, `${powertrain}.FuelSystem.RelativeLevel`],
  [`${powertrain}.CombustionEngine.ECT`, `${powertrain}.CombustionEngine.EngineCoolant.Temperature`],
  [`${powertrain}.CombustionEngine.EngineOilLevel`, `${powertrain}.CombustionEngine.EngineOil.Level`],
])

/** Whether a vocabulary, such as "4.0" or 5.1, is older than 6.0; undefined when it is not in the
 *  form of one. */
export function isBeforeVss6(version: unknown): boolean | undefined {
  const text = typeof version === 'number' ? String(version) : version
  const [, major] = (typeof text === 'string' ? /^v?(\d{1,2})(\.\d{1,2}){0,2}$/.exec(text) : null) ?? []
  return major === undefined ? undefined : Number(major) < 6
}

/** The signals of a sample of an older vocabulary by the names and in the units of 6.0. A path that
 *  is there under its name of 6.0 too keeps its own. Values are not checked. */
export function toVss6(signals: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(signals).map(([path, value]) => {
      const name = moved.get(path)
      const inVss6 = name === undefined || Object.hasOwn(signals, name) ? path : name
      return [inVss6, valueInVss6(inVss6, value)]
    }),
  )
}

function valueInVss6(path: string, value: unknown): unknown {
  if (kilometresBefore6.has(path)) return metresOf(value)
  if (path !== `${seat}.OccupancyStatus` || typeof value !== 'boolean') return value
  return value ? 'OCCUPIED' : 'EMPTY'
}

function metresOf(kilometres: unknown): unknown {
  const isNumber =
    typeof kilometres === 'number' || (typeof kilometres === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(kilometres))
  return isNumber ? Math.round(Number(kilometres) * 1000) : kilometres
}
