// telemetry.vehicle_data.Payload of Tesla fleet-telemetry (protos/vehicle_data.proto, read at
// 4767414, after 0.9.4). By these names the tree is the one that its records have as JSON
// (transmit_decoded_records), so that one mapping reads both. A field that the car does not know
// has the value { invalid: true }; one that is absent is unchanged.
import { message, timestamp, words, type ProtoMessage } from './descriptor.ts'
import { teslaFields } from './tesla-fields.ts'

const value = 'one of value'

const location = message({ latitude: [1, 'double'], longitude: [2, 'double'] })
const timeOfDay = message({ hour: [1, 'int32'], minute: [2, 'int32'], second: [3, 'int32'] })

const doors = message({
  DriverFront: [1, 'bool'],
  DriverRear: [2, 'bool'],
  PassengerFront: [3, 'bool'],
  PassengerRear: [4, 'bool'],
  TrunkFront: [5, 'bool'],
  TrunkRear: [6, 'bool'],
})

const tires = message({
  frontLeft: [1, 'bool'],
  frontRight: [2, 'bool'],
  rearLeft: [3, 'bool'],
  rearRight: [4, 'bool'],
  semiMiddleAxleLeft2: [5, 'bool'],
  semiMiddleAxleRight2: [6, 'bool'],
  semiRearAxleLeft: [7, 'bool'],
  semiRearAxleRight: [8, 'bool'],
  semiRearAxleLeft2: [9, 'bool'],
  semiRearAxleRight2: [10, 'bool'],
})

const typedValue = message({
  stringValue: [1, 'string', value],
  intValue: [2, 'int32', value],
  longValue: [3, 'int64', value],
  floatValue: [4, 'float', value],
  doubleValue: [5, 'double', value],
  booleanValue: [6, 'bool', value],
  locationValue: [7, () => location, value],
  chargingValue: [8, words('ChargeState', 'Unknown Disconnected NoPower Starting Charging Complete Stopped'), value],
  shiftStateValue: [9, words('ShiftState', 'Unknown Invalid P R N D SNA'), value],
  invalid: [10, 'bool', value],
  laneAssistLevelValue: [11, words('LaneAssistLevel', 'Unknown None Warning Assist'), value],
  scheduledChargingModeValue: [12, words('ScheduledChargingMode', 'Unknown Off StartAt DepartBy'), value],
  sentryModeStateValue: [13, words('SentryModeState', 'Unknown Off Idle Armed Aware Panic Quiet'), value],
  speedAssistLevelValue: [14, words('SpeedAssistLevel', 'Unknown None Display Chime'), value],
  bmsStateValue: [
    15,
    words('BMSState', 'Unknown Standby Drive Support Charge FEIM ClearFault Fault Weld Test SNA'),
    value,
  ],
  buckleStatusValue: [16, words('BuckleStatus', 'Unknown Unlatched Latched Faulted'), value],
  carTypeValue: [17, words('CarType', 'Unknown ModelS ModelX Model3 ModelY SemiTruck Cybertruck'), value],
  chargePortValue: [18, words('ChargePort', 'Unknown US EU GB CCS'), value],
  chargePortLatchValue: [19, words('ChargePortLatch', 'Unknown SNA Disengaged Engaged Blocking'), value],
  doorValue: [21, () => doors, value],
  driveInverterStateValue: [22, words('DriveInverterState', 'Unknown Unavailable Standby Fault Abort Enable'), value],
  hvilStatusValue: [23, words('HvilStatus', 'Unknown Fault OK'), value],
  windowStateValue: [24, words('WindowState', 'Unknown Closed PartiallyOpen Opened'), value],
  seatFoldPositionValue: [25, words('SeatFoldPosition', 'Unknown SNA Faulted NotConfigured Folded Unfolded'), value],
  tractorAirStatusValue: [
    26,
    words(
      'TractorAirStatus',
      'Unknown NotAvailable Error Charged BuildingPressureIntermediate ExhaustingPressureIntermediate Exhausted',
    ),
    value,
  ],
  followDistanceValue: [27, words('FollowDistance', 'Unknown 1 2 3 4 5 6 7'), value],
  forwardCollisionSensitivityValue: [28, words('ForwardCollisionSensitivity', 'Unknown Off Late Average Early'), value],
  guestModeMobileAccessValue: [
    29,
    words(
      'GuestModeMobileAccess',
      `Unknown Init NotAuthenticated Authenticated AbortedDriving AbortedUsingRemoteStart AbortedUsingBLEKeys
       AbortedValetMode AbortedGuestModeOff AbortedDriveAuthTimeExceeded AbortedNoDataReceived
       RequestingFromMothership RequestingFromAuthD AbortedFetchFailed AbortedBadDataReceived ShowingQRCode
       SwipedAway DismissedQRCodeExpired SucceededPairedNewBLEKey`,
    ),
    value,
  ],
  trailerAirStatusValue: [
    30,
    words(
      'TrailerAirStatus',
      'Unknown SNA Invalid BobtailMode Charged BuildingPressureIntermediate ExhaustingPressureIntermediate Exhausted',
    ),
    value,
  ],
  timeValue: [31, () => timeOfDay, value],
  detailedChargeStateValue: [
    32,
    words('DetailedChargeState', 'Unknown Disconnected NoPower Starting Charging Complete Stopped'),
    value,
  ],
  hvacAutoModeValue: [33, words('HvacAutoModeState', 'Unknown On Override'), value],
  cabinOverheatProtectionModeValue: [34, words('CabinOverheatProtectionModeState', 'Unknown Off On FanOnly'), value],
  cabinOverheatProtectionTemperatureLimitValue: [
    35,
    words('ClimateOverheatProtectionTempLimit', 'Unknown High Medium Low'),
    value,
  ],
  defrostModeValue: [36, words('DefrostModeState', 'Unknown Off Normal Max AutoDefog'), value],
  climateKeeperModeValue: [37, words('ClimateKeeperModeState', 'Unknown Off On Dog Party'), value],
  hvacPowerValue: [38, words('HvacPowerState', 'Unknown Off On Precondition OverheatProtect'), value],
  tireLocationValue: [39, () => tires, value],
  fastChargerValue: [
    40,
    words('FastCharger', 'Unknown Supercharger CHAdeMO GB ACSingleWireCAN Combo MCSingleWireCAN Other SNA'),
    value,
  ],
  cableTypeValue: [41, words('CableType', 'Unknown IEC SAE GB_AC GB_DC SNA'), value],
  tonneauTentModeValue: [42, words('TonneauTentModeState', 'Unknown Inactive Moving Failed Active'), value],
  tonneauPositionValue: [43, words('TonneauPositionState', 'Unknown Invalid Closed PartiallyOpen FullyOpen'), value],
  powershareTypeValue: [44, words('PowershareTypeStatus', 'Unknown None Load Home'), value],
  powershareStateValue: [
    45,
    words('PowershareState', 'Unknown Inactive Handshaking Init Enabled EnabledReconnectingSoon Stopped'),
    value,
  ],
  powershareStopReasonValue: [
    46,
    words('PowershareStopReasonStatus', 'Unknown None SOCTooLow Retry Fault User Reconnecting Authentication'),
    value,
  ],
  displayStateValue: [
    47,
    words('DisplayState', 'Unknown Off Dim Accessory On Driving Charging Lock Sentry Dog Entertainment'),
    value,
  ],
  distanceUnitValue: [48, words('DistanceUnit', 'Unknown Miles Kilometers'), value],
  temperatureUnitValue: [49, words('TemperatureUnit', 'Unknown Fahrenheit Celsius'), value],
  pressureUnitValue: [50, words('PressureUnit', 'Unknown Psi Bar'), value],
  chargeUnitPreferenceValue: [51, words('ChargeUnit', 'Unknown Distance Percent'), value],
  turnSignalStateValue: [52, words('TurnSignalState', 'Unknown Off Left Right Both'), value],
  mediaStatusValue: [53, words('MediaStatus', 'Unknown Stopped Playing Paused'), value],
  sunroofInstalledStateValue: [
    54,
    words('SunroofInstalledState', 'Unknown NotInstalled Gen1Installed Gen2Installed'),
    value,
  ],
})

const datum = message({ key: [1, teslaFields], value: [2, () => typedValue] })

export const teslaPayload: ProtoMessage = message({
  data: [1, () => datum, 'list'],
  createdAt: [2, () => timestamp],
  vin: [3, 'string'],
  isResend: [4, 'bool'],
})
