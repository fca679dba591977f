// OBD log of one petrol car (carOBD; cite IEEE 8891367). It has no clock: `ENGINE_RUN_TINE ()` is polled every fourth row, so
// it repeats and jumps. Over its 25 drives a row takes 0.492 s of that counter (and of the car's minute counter), so the
// log is at 2 Hz, whatever is said of it. A fuel level of exactly 0 is a reading not yet taken. The pedal columns read
// 16 % with the foot off, so they are not VSS's pedal position and are left out.
import type { Mapping } from '../mapping.ts'

export const obdCarobd: Mapping = {
  name: 'obd-carobd',
  about: 'OBD log of one petrol car, 2 rows a second, no dates (carOBD, cite IEEE 8891367); each file of the log is a segment',
  delimiter: ',',
  time: { kind: 'rows', periodMs: 492, startAt: Date.UTC(2020, 0, 1), gapMs: 600_000 },
  segments: { by: 'column', column: 'file', of: 'trip' },
  constants: { 'Vehicle.Powertrain.Type': 'COMBUSTION' },
  signals: [
    { signal: 'Vehicle.Speed', column: 'VEHICLE_SPEED ()', unit: 'km/h' },
    { signal: 'Vehicle.Powertrain.CombustionEngine.Speed', column: 'ENGINE_RPM ()', unit: 'rpm' },
    {
      signal: 'Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature',
      column: 'COOLANT_TEMPERATURE ()',
      unit: 'Celsius',
    },
    { signal: 'Vehicle.Powertrain.FuelSystem.RelativeLevel', column: 'FUEL_TANK ()', unit: 'percent', missing: ['0'] },
    { signal: 'Vehicle.LowVoltageBattery.CurrentVoltage', column: 'CONTROL_MODULE_VOLTAGE ()', unit: 'V' },
  ],
}
