// The COVESA VSS 6.0 signals this platform knows by name, with type, unit and range as the 6.0
// release states them. A signal that is not here is carried and kept, but neither checked nor
// interpreted.

import type { ModelRange } from './vehicle-kind.ts'

type Scalar = 'string' | 'boolean' | WholeDatatype | 'float' | 'double'
export type WholeDatatype = 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32' | 'uint64' | 'int64'

/** The datatypes of VSS; one with a point in it names a struct. */
export type VssDatatype = Scalar | `${Scalar}[]` | `${string}.${string}`

export type VssSignal = {
  readonly path: string
  readonly type: 'attribute' | 'sensor' | 'actuator'
  readonly datatype: VssDatatype
  /** VSS unit name; absent for a plain number, text or boolean. */
  readonly unit?: string
  readonly min?: number
  readonly max?: number
  /** The only values there are; numbers as JSON writes them. */
  readonly allowed?: readonly string[]
  readonly description?: string
  /** The heading it stands under on a vehicle's page. */
  readonly group: string
  /** The models whose vehicles alone it is taken of; absent where it is of all. */
  readonly models?: readonly ModelRange[]
}

// One signal a line, as a table is read.
// prettier-ignore
export const vssSignals: readonly VssSignal[] = [
  { path: 'Vehicle.VehicleIdentification.VIN', type: 'attribute', datatype: 'string', group: 'Identity' },
  { path: 'Vehicle.VehicleIdentification.Brand', type: 'attribute', datatype: 'string', group: 'Identity' },
  { path: 'Vehicle.VehicleIdentification.Model', type: 'attribute', datatype: 'string', group: 'Identity' },
  { path: 'Vehicle.VehicleIdentification.Year', type: 'attribute', datatype: 'uint16', group: 'Identity' },
  {
    path: 'Vehicle.Powertrain.Type',
    type: 'attribute',
    datatype: 'string',
    allowed: ['COMBUSTION', 'HYBRID', 'ELECTRIC'],
    group: 'Identity',
  },
  { path: 'Vehicle.CurrentLocation.Latitude', type: 'sensor', datatype: 'double', unit: 'degrees', min: -90, max: 90, group: 'Position' },
  {
    path: 'Vehicle.CurrentLocation.Longitude',
    type: 'sensor',
    datatype: 'double',
    unit: 'degrees',
    min: -180,
    max: 180,
    group: 'Position',
  },
  { path: 'Vehicle.CurrentLocation.Altitude', type: 'sensor', datatype: 'double', unit: 'm', group: 'Position' },
  { path: 'Vehicle.CurrentLocation.Heading', type: 'sensor', datatype: 'double', unit: 'degrees', min: 0, max: 360, group: 'Position' },
  { path: 'Vehicle.CurrentLocation.HorizontalAccuracy', type: 'sensor', datatype: 'double', unit: 'm', group: 'Position' },
  { path: 'Vehicle.CurrentLocation.Timestamp', type: 'sensor', datatype: 'string', unit: 'iso8601', group: 'Position' },
  {
    path: 'Vehicle.CurrentLocation.GNSSReceiver.FixType',
    type: 'sensor',
    datatype: 'string',
    allowed: [
      'NONE',
      'TWO_D',
      'TWO_D_SATELLITE_BASED_AUGMENTATION',
      'TWO_D_GROUND_BASED_AUGMENTATION',
      'TWO_D_SATELLITE_AND_GROUND_BASED_AUGMENTATION',
      'THREE_D',
      'THREE_D_SATELLITE_BASED_AUGMENTATION',
      'THREE_D_GROUND_BASED_AUGMENTATION',
      'THREE_D_SATELLITE_AND_GROUND_BASED_AUGMENTATION',
    ],
    group: 'Position',
  },
  { path: 'Vehicle.Speed', type: 'sensor', datatype: 'float', unit: 'km/h', group: 'Motion' },
  { path: 'Vehicle.IsMoving', type: 'sensor', datatype: 'boolean', group: 'Motion' },
  { path: 'Vehicle.TraveledDistance', type: 'sensor', datatype: 'uint32', unit: 'm', group: 'Motion' },
  {
    path: 'Vehicle.LowVoltageSystemState',
    type: 'sensor',
    datatype: 'string',
    allowed: ['UNDEFINED', 'LOCK', 'OFF', 'ACC', 'ON', 'START'],
    group: 'Motion',
  },
  { path: 'Vehicle.Acceleration.Longitudinal', type: 'sensor', datatype: 'float', unit: 'm/s^2', group: 'Motion' },
  { path: 'Vehicle.Acceleration.Lateral', type: 'sensor', datatype: 'float', unit: 'm/s^2', group: 'Motion' },
  { path: 'Vehicle.Acceleration.Vertical', type: 'sensor', datatype: 'float', unit: 'm/s^2', group: 'Motion' },
  { path: 'Vehicle.AngularVelocity.Yaw', type: 'sensor', datatype: 'float', unit: 'degrees/s', group: 'Motion' },
  { path: 'Vehicle.AngularVelocity.Roll', type: 'sensor', datatype: 'float', unit: 'degrees/s', group: 'Motion' },
  {
    path: 'Vehicle.Chassis.Accelerator.PedalPosition',
    type: 'sensor',
    datatype: 'uint8',
    unit: 'percent',
    min: 0,
    max: 100,
    group: 'Controls',
  },
  { path: 'Vehicle.Chassis.Brake.PedalPosition', type: 'sensor', datatype: 'uint8', unit: 'percent', min: 0, max: 100, group: 'Controls' },
  { path: 'Vehicle.Chassis.Brake.IsDriverEmergencyBrakingDetected', type: 'sensor', datatype: 'boolean', group: 'Controls' },
  { path: 'Vehicle.Chassis.SteeringWheel.Angle', type: 'sensor', datatype: 'int16', unit: 'degrees', group: 'Controls' },
  { path: 'Vehicle.Powertrain.Transmission.CurrentGear', type: 'sensor', datatype: 'int8', group: 'Controls' },
  {
    path: 'Vehicle.Powertrain.FuelSystem.RelativeLevel',
    type: 'sensor',
    datatype: 'uint8',
    unit: 'percent',
    min: 0,
    max: 100,
    group: 'Fuel/ICE',
  },
  { path: 'Vehicle.Powertrain.FuelSystem.AbsoluteLevel', type: 'sensor', datatype: 'float', unit: 'l', group: 'Fuel/ICE' },
  {
    path: 'Vehicle.Powertrain.FuelSystem.InstantConsumption',
    type: 'sensor',
    datatype: 'float',
    unit: 'l/100km',
    min: 0,
    group: 'Fuel/ICE',
  },
  { path: 'Vehicle.Powertrain.FuelSystem.ConsumptionSinceStart', type: 'sensor', datatype: 'float', unit: 'l', group: 'Fuel/ICE' },
  { path: 'Vehicle.Powertrain.CombustionEngine.Speed', type: 'sensor', datatype: 'float', unit: 'rpm', group: 'Fuel/ICE' },
  {
    path: 'Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature',
    type: 'sensor',
    datatype: 'float',
    unit: 'Celsius',
    group: 'Fuel/ICE',
  },
  {
    path: 'Vehicle.Powertrain.CombustionEngine.EngineOil.Level',
    type: 'sensor',
    datatype: 'string',
    allowed: ['CRITICALLY_LOW', 'LOW', 'NORMAL', 'HIGH', 'CRITICALLY_HIGH'],
    group: 'Fuel/ICE',
  },
  { path: 'Vehicle.EmissionsCO2', type: 'attribute', datatype: 'int16', unit: 'g/km', group: 'Fuel/ICE' },
  {
    path: 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Current',
    type: 'sensor',
    datatype: 'float',
    unit: 'percent',
    min: 0,
    max: 100,
    group: 'EV',
  },
  {
    path: 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Displayed',
    type: 'sensor',
    datatype: 'float',
    unit: 'percent',
    min: 0,
    max: 100,
    group: 'EV',
  },
  {
    path: 'Vehicle.Powertrain.TractionBattery.StateOfHealth',
    type: 'sensor',
    datatype: 'float',
    unit: 'percent',
    min: 0,
    max: 100,
    group: 'EV',
  },
  { path: 'Vehicle.Powertrain.TractionBattery.CurrentPower', type: 'sensor', datatype: 'float', unit: 'W', group: 'EV' },
  { path: 'Vehicle.Powertrain.TractionBattery.Temperature.Average', type: 'sensor', datatype: 'float', unit: 'Celsius', group: 'EV' },
  { path: 'Vehicle.Powertrain.TractionBattery.Range', type: 'sensor', datatype: 'uint32', unit: 'm', group: 'EV' },
  { path: 'Vehicle.Powertrain.TractionBattery.AccumulatedConsumedEnergy', type: 'sensor', datatype: 'float', unit: 'kWh', group: 'EV' },
  { path: 'Vehicle.Powertrain.TractionBattery.Charging.IsCharging', type: 'sensor', datatype: 'boolean', group: 'EV' },
  {
    path: 'Vehicle.Powertrain.TractionBattery.Charging.ChargingPort.AnyPosition.IsChargingCableConnected',
    type: 'sensor',
    datatype: 'boolean',
    group: 'EV',
  },
  { path: 'Vehicle.Powertrain.TractionBattery.Charging.AveragePower', type: 'sensor', datatype: 'float', unit: 'kW', group: 'EV' },
  {
    path: 'Vehicle.Powertrain.TractionBattery.Charging.ChargeLimit',
    type: 'actuator',
    datatype: 'uint8',
    unit: 'percent',
    min: 0,
    max: 100,
    group: 'EV',
  },
  {
    path: 'Vehicle.Powertrain.TractionBattery.Charging.StartStopCharging',
    type: 'actuator',
    datatype: 'string',
    allowed: ['START', 'STOP'],
    group: 'EV',
  },
  { path: 'Vehicle.Powertrain.TractionBattery.Charging.TimeToComplete', type: 'sensor', datatype: 'uint32', unit: 's', group: 'EV' },
  { path: 'Vehicle.Powertrain.TractionBattery.Charging.EvseId', type: 'sensor', datatype: 'string', group: 'EV' },
  {
    path: 'Vehicle.Powertrain.TractionBattery.BatteryConditioning.RequestedMode',
    type: 'actuator',
    datatype: 'string',
    allowed: ['INACTIVE', 'FAST_CHARGING_PREPARATION', 'DRIVING_PREPARATION'],
    group: 'EV',
  },
  {
    path: 'Vehicle.ADAS.ActiveAutonomyLevel',
    type: 'sensor',
    datatype: 'string',
    allowed: [
      'SAE_0',
      'SAE_1',
      'SAE_2_DISENGAGING',
      'SAE_2',
      'SAE_3_DISENGAGING',
      'SAE_3',
      'SAE_4_DISENGAGING',
      'SAE_4',
      'SAE_5_DISENGAGING',
      'SAE_5',
    ],
    group: 'ADAS',
  },
  { path: 'Vehicle.ADAS.LaneDepartureDetection.IsWarning', type: 'sensor', datatype: 'boolean', group: 'ADAS' },
  { path: 'Vehicle.ADAS.ObstacleDetection.Front.Center.IsWarning', type: 'sensor', datatype: 'boolean', group: 'ADAS' },
  { path: 'Vehicle.ADAS.ObstacleDetection.Front.Center.TimeGap', type: 'sensor', datatype: 'uint32', unit: 'ms', group: 'ADAS' },
  { path: 'Vehicle.ADAS.EBA.IsEngaged', type: 'sensor', datatype: 'boolean', group: 'ADAS' },
  { path: 'Vehicle.ADAS.ABS.IsEngaged', type: 'sensor', datatype: 'boolean', group: 'ADAS' },
  { path: 'Vehicle.ADAS.ESC.IsEngaged', type: 'sensor', datatype: 'boolean', group: 'ADAS' },
  {
    path: 'Vehicle.ADAS.ESC.RoadFriction.MostProbable',
    type: 'sensor',
    datatype: 'float',
    unit: 'percent',
    min: 0,
    max: 100,
    group: 'ADAS',
  },
  { path: 'Vehicle.ADAS.DMS.IsWarning', type: 'sensor', datatype: 'boolean', group: 'ADAS' },
  { path: 'Vehicle.Driver.FatigueLevel', type: 'sensor', datatype: 'float', unit: 'percent', min: 0, max: 100, group: 'Driver' },
  { path: 'Vehicle.Driver.DistractionLevel', type: 'sensor', datatype: 'float', unit: 'percent', min: 0, max: 100, group: 'Driver' },
  { path: 'Vehicle.Cabin.Seat.Row1.DriverSide.Airbag.IsDeployed', type: 'sensor', datatype: 'boolean', group: 'Crash' },
  { path: 'Vehicle.Cabin.Seat.Row1.PassengerSide.Airbag.IsDeployed', type: 'sensor', datatype: 'boolean', group: 'Crash' },
  { path: 'Vehicle.Cabin.Seat.Row1.DriverSide.IsBelted', type: 'sensor', datatype: 'boolean', group: 'Crash' },
  {
    path: 'Vehicle.Cabin.Seat.Row1.DriverSide.OccupancyStatus',
    type: 'sensor',
    datatype: 'string',
    allowed: ['UNKNOWN', 'OCCUPIED', 'EMPTY'],
    group: 'Crash',
  },
  { path: 'Vehicle.IsBrokenDown', type: 'sensor', datatype: 'boolean', group: 'Crash' },
  { path: 'Vehicle.Diagnostics.DTCCount', type: 'sensor', datatype: 'uint8', group: 'Diagnostics' },
  { path: 'Vehicle.Diagnostics.DTCList', type: 'sensor', datatype: 'string[]', group: 'Diagnostics' },
  { path: 'Vehicle.Service.IsServiceDue', type: 'sensor', datatype: 'boolean', group: 'Diagnostics' },
  { path: 'Vehicle.Service.DistanceToService', type: 'sensor', datatype: 'float', unit: 'km', group: 'Diagnostics' },
  { path: 'Vehicle.Chassis.Axle.Row1.Wheel.Left.Tire.Pressure', type: 'sensor', datatype: 'uint16', unit: 'kPa', group: 'Diagnostics' },
  { path: 'Vehicle.Chassis.Axle.Row1.Wheel.Right.Tire.Pressure', type: 'sensor', datatype: 'uint16', unit: 'kPa', group: 'Diagnostics' },
  { path: 'Vehicle.Chassis.Axle.Row2.Wheel.Left.Tire.Pressure', type: 'sensor', datatype: 'uint16', unit: 'kPa', group: 'Diagnostics' },
  { path: 'Vehicle.Chassis.Axle.Row2.Wheel.Right.Tire.Pressure', type: 'sensor', datatype: 'uint16', unit: 'kPa', group: 'Diagnostics' },
  { path: 'Vehicle.LowVoltageBattery.CurrentVoltage', type: 'sensor', datatype: 'float', unit: 'V', group: 'Diagnostics' },
  { path: 'Vehicle.Exterior.AirTemperature', type: 'sensor', datatype: 'float', unit: 'Celsius', group: 'Environment' },
  { path: 'Vehicle.Exterior.Humidity', type: 'sensor', datatype: 'float', unit: 'percent', min: 0, max: 100, group: 'Environment' },
  { path: 'Vehicle.Exterior.LightIntensity', type: 'sensor', datatype: 'float', unit: 'percent', min: 0, max: 100, group: 'Environment' },
  { path: 'Vehicle.Body.Raindetection.Intensity', type: 'sensor', datatype: 'uint8', unit: 'percent', max: 100, group: 'Environment' },
  { path: 'Vehicle.Cabin.Door.Row1.DriverSide.IsLocked', type: 'actuator', datatype: 'boolean', group: 'Body/command' },
  { path: 'Vehicle.Cabin.Door.Row1.DriverSide.IsOpen', type: 'actuator', datatype: 'boolean', group: 'Body/command' },
  { path: 'Vehicle.Body.Trunk.Rear.IsLocked', type: 'actuator', datatype: 'boolean', group: 'Body/command' },
  {
    path: 'Vehicle.Cabin.HVAC.Station.Row1.Driver.Temperature',
    type: 'actuator',
    datatype: 'float',
    unit: 'Celsius',
    group: 'Body/command',
  },
  { path: 'Vehicle.Cabin.HVAC.IsAirConditioningActive', type: 'actuator', datatype: 'boolean', group: 'Body/command' },
  { path: 'Vehicle.Body.Lights.Hazard.IsSignaling', type: 'actuator', datatype: 'boolean', group: 'Body/command' },
  { path: 'Vehicle.Body.Horn.IsActive', type: 'actuator', datatype: 'boolean', group: 'Body/command' },
  {
    path: 'Vehicle.Cabin.Infotainment.Navigation.DestinationSet.Latitude',
    type: 'actuator',
    datatype: 'double',
    unit: 'degrees',
    min: -90,
    max: 90,
    group: 'Body/command',
  },
  {
    path: 'Vehicle.Cabin.Infotainment.Navigation.DestinationSet.Longitude',
    type: 'actuator',
    datatype: 'double',
    unit: 'degrees',
    min: -180,
    max: 180,
    group: 'Body/command',
  },
  { path: 'Vehicle.Connectivity.IsConnectivityAvailable', type: 'sensor', datatype: 'boolean', group: 'Platform' },
]

const byPath: ReadonlyMap<string, VssSignal> = new Map(vssSignals.map((signal) => [signal.path, signal]))

/** The catalogue entry of a VSS path, or undefined when the catalogue does not know it. */
export const findSignal = (path: string): VssSignal | undefined => byPath.get(path)

export const pathCharsMax = 200

/** But for its length. */
export const signalPathPattern = /^Vehicle(\.[A-Za-z0-9_]{1,60}){1,16}$/

/** Whether a text has the form of a signal's path: `Vehicle`, and up to 16 names. */
export const isSignalPath = (path: string): boolean => path.length <= pathCharsMax && signalPathPattern.test(path)

/** Signals that jobs read though the catalogue does not have them, and the units in which they
 *  do. */
export const unitsBeyond: ReadonlyMap<string, string> = new Map([
  ['Vehicle.OBD.FuelRate', 'l/h'],
  ['Vehicle.AngularVelocity.Pitch', 'degrees/s'],
  ['Vehicle.Powertrain.TractionBattery.GrossCapacity', 'kWh'],
  ['Vehicle.Powertrain.TractionBattery.NetCapacity', 'kWh'],
])

/** The airbag of any seat: since VSS 1.0 each has one under its own branch, of whatever rows and
 *  places a car has (`Row1.Pos1` up to 3.1, `Row1.DriverSide`, `Row2.Middle` from 4.0 on). Below
 *  `pathCharsMax`, as every path. */
export const isSeatAirbag = (path: string): boolean =>
  path.endsWith('.Airbag.IsDeployed') &&
  /^Vehicle\.Cabin\.Seat(\.[A-Za-z0-9_]{1,50}){1,3}\.Airbag\.IsDeployed$/.test(path)
