// 28 drives with GPS, OBD and inertial unit, DrivePlotR (MIT). What one must know about its columns:
//   - `gps_heading` is unwrapped (-1480 to 3704); `gps_heading_raw` is the heading.
//   - the unit's y axis points right (`accel_y` is positive in right turns), VSS's to the left, as in ISO 8855.
//   - `accel_z` holds gravity, about 1 g at rest; VSS's vertical acceleration is the car's own.
//   - `gyro_z` is positive in left turns, as VSS's yaw.
//   - `distance_miles` is worked out from the speed, and is no odometer: it is left for checking results against.
import type { Mapping } from '../mapping.ts'

export const ndsDrives: Mapping = {
  name: 'nds-drives',
  about: 'Drives with GPS, OBD and accelerometer (DrivePlotR nds_data, MIT); each drive is a segment',
  delimiter: ',',
  time: { kind: 'utc', column: 'time_utc' },
  segments: { by: 'column', column: 'drive', of: 'trip' },
  signals: [
    { signal: 'Vehicle.CurrentLocation.Latitude', column: 'gps_lat', unit: 'degrees' },
    { signal: 'Vehicle.CurrentLocation.Longitude', column: 'gps_long', unit: 'degrees' },
    { signal: 'Vehicle.CurrentLocation.Altitude', column: 'gps_elevation', unit: 'm' },
    { signal: 'Vehicle.CurrentLocation.Heading', column: 'gps_heading_raw', unit: 'degrees' },
    { signal: 'Vehicle.CurrentLocation.GNSSReceiver.FixType', column: 'gps_fix', texts: { '1': 'NONE', '2': 'TWO_D', '3': 'THREE_D' } },
    { signal: 'Vehicle.Speed', column: 'speed_mph', unit: 'mph' },
    { signal: 'Vehicle.Acceleration.Longitudinal', column: 'accel_x', unit: 'g' },
    { signal: 'Vehicle.Acceleration.Lateral', column: 'accel_y', unit: 'g', sign: -1 },
    { signal: 'Vehicle.Acceleration.Vertical', column: 'accel_z', unit: 'g', minus: 1 },
    { signal: 'Vehicle.AngularVelocity.Yaw', column: 'gyro_z', unit: 'degrees/s' },
    { signal: 'Vehicle.Powertrain.CombustionEngine.Speed', column: 'engine_rpm', unit: 'rpm' },
  ],
}
