// Every bound of what Home Assistant is told, by name.
export const homeAssistantLimits = {
  /** Told at most so often of a vehicle. */
  vehicleEveryMs: 5_000,
  /** Vehicles told of in one round, and how often there is one. */
  roundVehicles: 50,
  roundMs: 1_000,
  /** Vehicles that are told of; those that come later are counted. */
  vehicles: 10_000,
  batchRecords: 1_000,
  batchBytes: 4 * 1024 * 1024,
} as const

export type HomeAssistantLimits = { readonly [Name in keyof typeof homeAssistantLimits]: number }
