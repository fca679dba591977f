// The report of the car's unit: the signals of a sample in VSS names and units. Place, speed and
// longitudinal peak every second, the rest when it changed enough or is due; what a sensor cannot
// know is null, and nothing is made up in its place.
import { latOfY, lonOfX, type Plane } from '../city/plane.ts'
import type { SignalValue } from '../model/message.ts'
import type { Car } from './car.ts'
import type { Weather } from './climate.ts'
import { tyreKpa } from './condition.ts'
import { reserveShare } from './energy.ts'
import { readEveryS } from './unit.ts'

export type Signals = Record<string, SignalValue>

/** The surroundings the sample is taken in. */
export type Surroundings = { readonly plane: Plane; readonly weather: Weather }

const fixed = 'THREE_D'
const round1 = (value: number): number => Math.round(value * 10) / 10
const round2 = (value: number): number => Math.round(value * 100) / 100
/** Litres and kWh: counters of cars count thousandths. */
const round3 = (value: number): number => Math.round(value * 1000) / 1000
const round6 = (value: number): number => Math.round(value * 1e6) / 1e6
/** Whole, and never the −0 that JSON would write as 0 but tests would tell apart. */
const whole = (value: number): number => Math.round(value) || 0

/** Everything there is to say: with the ignition just on, or as the unit's first words. */
export function snapshot(car: Car, around: Surroundings): Signals {
  const { told } = car
  const signals: Signals = {}
  if (!told.introduced) introduce(car, signals)
  Object.assign(told, { moving: null, fixType: '', reservePercent: -1, rainPercent: -1, accuracyM: -9 })
  signals['Vehicle.LowVoltageSystemState'] = car.phase === 'parked' ? 'OFF' : 'ON'
  everySecond(car, around, signals)
  everyFewSeconds(car, signals)
  everyHalfMinute(car, signals)
  everyMinute(car, around, signals)
  signals['Vehicle.Body.Lights.Hazard.IsSignaling'] = car.mishaps.hazardLights
  signals['Vehicle.Diagnostics.DTCCount'] = car.mishaps.code === null ? 0 : 1
  signals['Vehicle.Diagnostics.DTCList'] = car.mishaps.code === null ? [] : [car.mishaps.code]
  signals['Vehicle.IsBrokenDown'] = car.mishaps.brokenDown
  signals['Vehicle.Cabin.Seat.Row1.DriverSide.Airbag.IsDeployed'] = car.mishaps.airbag
  signals['Vehicle.Cabin.Seat.Row1.DriverSide.IsBelted'] = car.phase !== 'parked'
  return signals
}

function introduce(car: Car, signals: Signals): void {
  const { model } = car
  car.told.introduced = true
  signals['Vehicle.VehicleIdentification.Brand'] = model.brand
  signals['Vehicle.VehicleIdentification.Model'] = model.name
  signals['Vehicle.VehicleIdentification.Year'] = 2016 + (car.index % 10)
  signals['Vehicle.Powertrain.Type'] = model.powertrain
  if (model.tankL > 0) signals['Vehicle.EmissionsCO2'] = model.co2GramPerKm
  if (model.batteryKwh > 0)
    signals['Vehicle.Powertrain.TractionBattery.StateOfHealth'] = round1(car.energy.healthPercent)
}

/** A second with the ignition on. */
export function driving(car: Car, around: Surroundings): Signals {
  const { told } = car
  const signals: Signals = {}
  const seconds = ++told.seconds + car.index
  everySecond(car, around, signals)
  if (seconds % readEveryS(car.unit, car.index) === 0) everyFewSeconds(car, signals)
  if (seconds % 30 === 0) everyHalfMinute(car, signals)
  if (seconds % 60 === 0) everyMinute(car, around, signals)
  onChange(car, around, signals)
  return signals
}

/** The last words of a trip. */
export function ignitionOff(car: Car, around: Surroundings): Signals {
  const signals: Signals = { 'Vehicle.LowVoltageSystemState': 'OFF' }
  everySecond(car, around, signals)
  everyHalfMinute(car, signals)
  if (car.model.tankL > 0)
    signals['Vehicle.Powertrain.FuelSystem.ConsumptionSinceStart'] = round3(
      Math.max(car.energy.burntL - car.trip.startBurntL, 0),
    )
  onChange(car, around, signals)
  return signals
}

/** Once a minute from a parked car. */
export function parked(car: Car, around: Surroundings): Signals {
  const signals: Signals = {}
  signals['Vehicle.LowVoltageBattery.CurrentVoltage'] = round2(car.condition.lowVolts)
  signals['Vehicle.Exterior.AirTemperature'] = round1(around.weather.temperatureC)
  if (car.energy.chargingKw > 0 || car.told.charging) charging(car, signals)
  return signals
}

function charging(car: Car, signals: Signals): void {
  const { energy, told } = car
  const active = energy.chargingKw > 0
  const battery = 'Vehicle.Powertrain.TractionBattery'
  if (active !== told.charging) {
    signals[`${battery}.Charging.IsCharging`] = active
    signals[`${battery}.Charging.ChargingPort.AnyPosition.IsChargingCableConnected`] = active
  }
  told.charging = active
  signals[`${battery}.StateOfCharge.Current`] = round1((100 * energy.batteryKwh) / energy.capacityKwh)
  if (!active) return
  signals[`${battery}.Charging.AveragePower`] = round1(energy.chargingKw)
  signals[`${battery}.Charging.TimeToComplete`] = whole(
    Math.max((0.85 * energy.capacityKwh - energy.batteryKwh) / energy.chargingKw, 0) * 3600,
  )
}

function everySecond(car: Car, { plane }: Surroundings, signals: Signals): void {
  const { motion, fix, told, mishaps, noise } = car
  const { shock } = mishaps
  signals['Vehicle.CurrentLocation.Latitude'] = fix.valid ? round6(latOfY(plane, motion.y + fix.northM)) : null
  signals['Vehicle.CurrentLocation.Longitude'] = fix.valid ? round6(lonOfX(plane, motion.x + fix.eastM)) : null
  signals['Vehicle.CurrentLocation.Heading'] = fix.valid ? headingDegrees(motion.heading) : null
  if (Math.abs(fix.accuracyM - told.accuracyM) > 1 && fix.valid)
    signals['Vehicle.CurrentLocation.HorizontalAccuracy'] = told.accuracyM = round1(fix.accuracyM)
  signals['Vehicle.Speed'] = round1(motion.speed * 3.6)

  const rough = 0.05 + motion.speed * 0.006
  const peak = motion.acceleration * 1.06 + rough * noise.normal()
  signals['Vehicle.Acceleration.Longitudinal'] = round2(
    Math.abs(shock.longitudinal) > Math.abs(peak) ? shock.longitudinal : peak,
  )
  const lateral = round1(
    Math.abs(shock.lateral) > Math.abs(motion.lateral) ? shock.lateral : motion.lateral + rough * noise.normal(),
  )
  if (Math.abs(lateral - told.lateral) >= 0.5) signals['Vehicle.Acceleration.Lateral'] = told.lateral = lateral
  const vertical = round1(shock.vertical > 0 ? shock.vertical : 2 * rough * noise.normal())
  if (Math.abs(vertical - told.vertical) >= 0.8) signals['Vehicle.Acceleration.Vertical'] = told.vertical = vertical
  const yaw = round1((motion.yawRate * 180) / Math.PI)
  if (Math.abs(yaw - told.yaw) >= 3) signals['Vehicle.AngularVelocity.Yaw'] = told.yaw = yaw
}

const headingDegrees = (radians: number): number => whole((radians * 180) / Math.PI + 360) % 360

function everyFewSeconds(car: Car, signals: Signals): void {
  const { energy, model, motion } = car
  if (model.tankL > 0) {
    const perHundred = motion.speed > 1.5 ? round1((energy.fuelRateLh / (motion.speed * 3.6)) * 100) : null
    signals['Vehicle.Powertrain.FuelSystem.InstantConsumption'] = perHundred
    signals['Vehicle.Powertrain.CombustionEngine.Speed'] = whole(energy.engineRpm)
  }
  if (model.batteryKwh > 0) signals['Vehicle.Powertrain.TractionBattery.CurrentPower'] = whole(-energy.batteryKw * 1000)
}

function everyHalfMinute(car: Car, signals: Signals): void {
  const { energy, model, motion, condition } = car
  signals['Vehicle.TraveledDistance'] = whole(motion.odometerM)
  if (model.tankL > 0) {
    signals['Vehicle.Powertrain.FuelSystem.AbsoluteLevel'] = round3(energy.fuelL)
    signals['Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature'] = round1(condition.coolantC)
  }
  if (model.batteryKwh > 0) {
    signals['Vehicle.Powertrain.TractionBattery.StateOfCharge.Current'] = round1(
      (100 * energy.batteryKwh) / energy.capacityKwh,
    )
    signals['Vehicle.Powertrain.TractionBattery.Temperature.Average'] = round1(condition.batteryC)
  }
  if (model.powertrain === 'ELECTRIC') {
    signals['Vehicle.Powertrain.TractionBattery.Range'] = whole(energy.batteryKwh * 6000)
    signals['Vehicle.Powertrain.TractionBattery.AccumulatedConsumedEnergy'] = round3(energy.consumedKwh)
  }
}

function everyMinute(car: Car, { weather }: Surroundings, signals: Signals): void {
  const { condition, noise } = car
  const outsideC = weather.temperatureC
  signals['Vehicle.Chassis.Axle.Row1.Wheel.Left.Tire.Pressure'] = tyreKpa(condition, 0, outsideC)
  signals['Vehicle.Chassis.Axle.Row1.Wheel.Right.Tire.Pressure'] = tyreKpa(condition, 1, outsideC)
  signals['Vehicle.Chassis.Axle.Row2.Wheel.Left.Tire.Pressure'] = tyreKpa(condition, 2, outsideC)
  signals['Vehicle.Chassis.Axle.Row2.Wheel.Right.Tire.Pressure'] = tyreKpa(condition, 3, outsideC)
  signals['Vehicle.LowVoltageBattery.CurrentVoltage'] = round2(condition.lowVolts)
  signals['Vehicle.Exterior.AirTemperature'] = round1(outsideC + 0.3 * noise.normal())
  signals['Vehicle.Exterior.Humidity'] = whole(weather.humidityPercent)
  signals['Vehicle.Exterior.LightIntensity'] = whole(weather.lightPercent)
}

function onChange(car: Car, { weather }: Surroundings, signals: Signals): void {
  const { told, motion, mishaps, fix, energy, model } = car
  const moving = motion.speed > 0
  if (moving !== told.moving) signals['Vehicle.IsMoving'] = told.moving = moving
  const fixType = fix.valid ? fixed : 'NONE'
  if (fixType !== told.fixType) signals['Vehicle.CurrentLocation.GNSSReceiver.FixType'] = told.fixType = fixType
  const reservePercent = Math.floor(100 * reserveShare(energy, model))
  if (reservePercent !== told.reservePercent && model.tankL > 0)
    signals['Vehicle.Powertrain.FuelSystem.RelativeLevel'] = reservePercent
  told.reservePercent = reservePercent
  if (weather.rainPercent !== told.rainPercent)
    signals['Vehicle.Body.Raindetection.Intensity'] = told.rainPercent = weather.rainPercent
  pedals(car, signals)
  if (mishaps.hazardLights !== told.hazardLights)
    signals['Vehicle.Body.Lights.Hazard.IsSignaling'] = told.hazardLights = mishaps.hazardLights
  if (mishaps.airbag !== told.airbag)
    signals['Vehicle.Cabin.Seat.Row1.DriverSide.Airbag.IsDeployed'] = told.airbag = mishaps.airbag
  if (mishaps.brokenDown !== told.brokenDown) signals['Vehicle.IsBrokenDown'] = told.brokenDown = mishaps.brokenDown
  if (mishaps.code !== told.code) {
    told.code = mishaps.code
    signals['Vehicle.Diagnostics.DTCCount'] = mishaps.code === null ? 0 : 1
    signals['Vehicle.Diagnostics.DTCList'] = mishaps.code === null ? [] : [mishaps.code]
  }
}

function pedals(car: Car, signals: Signals): void {
  const { told, motion, mishaps, driver } = car
  const { acceleration } = motion
  const pedal = whole(
    Math.min(100, Math.max(0, 12 + (70 * acceleration) / driver.accelMs2) * (motion.speed > 0 ? 1 : 0)),
  )
  if (Math.abs(pedal - told.pedalPercent) >= 25)
    signals['Vehicle.Chassis.Accelerator.PedalPosition'] = told.pedalPercent = pedal
  const brake = whole(Math.min(100, acceleration < -0.4 ? 12 * -acceleration : motion.speed === 0 ? 15 : 0))
  if (Math.abs(brake - told.brakePercent) >= 12)
    signals['Vehicle.Chassis.Brake.PedalPosition'] = told.brakePercent = brake
  const emergency = mishaps.brakingMs2 > 6
  if (emergency !== told.emergencyBraking) {
    told.emergencyBraking = emergency
    signals['Vehicle.Chassis.Brake.IsDriverEmergencyBrakingDetected'] = emergency
    signals['Vehicle.ADAS.ABS.IsEngaged'] = emergency
  }
}
