// Values the car last said, so that it says a value again only when it changed or is due.

export type CarTold = {
  /** Seconds with the ignition on: what the slower rates count. */
  seconds: number
  /** The unit has introduced itself: maker, model, year, powertrain. */
  introduced: boolean
  lateral: number
  vertical: number
  yaw: number
  accuracyM: number
  pedalPercent: number
  brakePercent: number
  steeringDegrees: number
  gear: number
  moving: boolean | null
  fixType: string
  reservePercent: number
  rainPercent: number
  hazardLights: boolean
  emergencyBraking: boolean
  code: string | null
  brokenDown: boolean
  airbag: boolean
  charging: boolean
}

export const nothingTold = (): CarTold => ({
  seconds: 0,
  introduced: false,
  lateral: 0,
  vertical: 0,
  yaw: 0,
  accuracyM: 0,
  pedalPercent: 0,
  brakePercent: 0,
  steeringDegrees: 0,
  gear: 0,
  moving: null,
  fixType: '',
  reservePercent: -1,
  rainPercent: -1,
  hazardLights: false,
  emergencyBraking: false,
  code: null,
  brokenDown: false,
  airbag: false,
  charging: false,
})
