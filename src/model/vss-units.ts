// The units of VSS: spec/units.yaml of COVESA's vehicle_signal_specification at v6.0, and what its
// main branch has added until June 2026 (ns, hPa, mm/h).

/** By the name that signals give. */
export const vssUnits: ReadonlySet<string> = new Set(
  `mm cm m km inch km/h m/s m/s^2 cm/s^2 mm/h ml l cm^3 Celsius Fahrenheit degrees degrees/s rad/s W kW PS kWh g kg lbs V A Ah ns us ms s min h day weeks months years
   unix-time iso8601 mbar Pa hPa kPa psi stars g/s g/km kWh/100km Wh/km ml/100km l/100km l/h mpg-us mpg-uk mpge mpg km/l N kN Nm rpm Hz cpm bpm ratio percent nm/km dBm
   dB Ohm lx`.split(/\s+/),
)
