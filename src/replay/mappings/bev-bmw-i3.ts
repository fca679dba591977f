// Trips of a BMW i3 (60 Ah), IEEE DataPort "Battery and heating data in real driving cycles", TU Munich. A file is a trip;
// it counts seconds, and `Overview.csv` beside it says when the trip began. The battery current is negative while driving,
// and VSS counts power into the battery as positive, so their signs agree. `Throttle [%]` reaches 135: that part is invalid.
import type { Mapping } from '../mapping.ts'

export const bevBmwI3: Mapping = {
  name: 'bev-bmw-i3',
  about: 'Trips of an electric car with its battery (TU Munich, IEEE DataPort); a file is a trip',
  delimiter: ';',
  time: {
    kind: 'seconds',
    column: 'Time [s]',
    startAt: Date.UTC(2019, 5, 25),
    startTable: { file: 'Overview.csv', keyColumn: 'Trip', timeColumn: 'Date', zone: 'Europe/Berlin' },
  },
  segments: { by: 'file', of: 'trip' },
  constants: {
    'Vehicle.Powertrain.Type': 'ELECTRIC',
    'Vehicle.VehicleIdentification.Brand': 'BMW',
    'Vehicle.VehicleIdentification.Model': 'i3',
  },
  signals: [
    { signal: 'Vehicle.Speed', column: 'Velocity [km/h]', unit: 'km/h' },
    { signal: 'Vehicle.CurrentLocation.Altitude', column: 'Elevation [m]', unit: 'm' },
    { signal: 'Vehicle.Acceleration.Longitudinal', column: 'Longitudinal Acceleration [m/s^2]', unit: 'm/s^2' },
    { signal: 'Vehicle.Chassis.Accelerator.PedalPosition', column: 'Throttle [%]', unit: 'percent' },
    { signal: 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Current', column: 'SoC [%]', unit: 'percent' },
    { signal: 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Displayed', column: 'displayed SoC [%]', unit: 'percent' },
    {
      signal: 'Vehicle.Powertrain.TractionBattery.CurrentPower',
      column: 'Battery Voltage [V]',
      times: 'Battery Current [A]',
      unit: 'W',
    },
    { signal: 'Vehicle.Powertrain.TractionBattery.Temperature.Average', column: 'Battery Temperature [°C]', unit: 'Celsius' },
    { signal: 'Vehicle.Exterior.AirTemperature', column: 'Ambient Temperature [°C]', unit: 'Celsius' },
  ],
}
