// Every limit of a vehicle's connection and buffer, by name. A limit that is wrong is refused when
// the vehicle opens.

export type VehicleLimits = {
  /** Messages kept until acknowledged, in flight included. */
  readonly messagesMax: number
  /** Payload bytes of those messages. */
  readonly bytesMax: number
  /** QoS 1 messages sent and not yet acknowledged; the server's Receive Maximum lowers it. */
  readonly inFlightMax: number
  /** MQTT keep-alive: silence after which the link is tried. The server may impose its own. */
  readonly keepAliveSeconds: number
  /** TCP connect to CONNACK, and PINGREQ to any answer. */
  readonly answerTimeoutMs: number
  /** Full jitter: the n-th wait is drawn evenly from 0 to min(max, min * 2^n). */
  readonly reconnectMinMs: number
  readonly reconnectMaxMs: number
  /** The n-th wait after another client signed in with our id is from half to the whole of
   *  min(takenOverMax, takenOverMin * 2^n). */
  readonly takenOverMinMs: number
  readonly takenOverMaxMs: number
  /** How long the server keeps what is addressed to an absent vehicle. MQTT Session Expiry
   *  Interval. */
  readonly sessionExpirySeconds: number
  /** Largest packet accepted from the server. */
  readonly downlinkBytesMax: number
  /** With a folder: a power cut loses at most this much of what was sent; a killed process loses
   *  nothing. */
  readonly syncMs: number
}

export const defaultVehicleLimits: VehicleLimits = {
  messagesMax: 10_000,
  bytesMax: 8 * 1024 * 1024,
  inFlightMax: 32,
  keepAliveSeconds: 60,
  answerTimeoutMs: 10_000,
  reconnectMinMs: 1000,
  reconnectMaxMs: 60_000,
  takenOverMinMs: 5000,
  takenOverMaxMs: 3_600_000,
  sessionExpirySeconds: 3600,
  downlinkBytesMax: 256 * 1024,
  syncMs: 1000,
}

const bounds: { readonly [Name in keyof VehicleLimits]: readonly [least: number, most: number] } = {
  messagesMax: [1, 10_000_000],
  bytesMax: [1024, 4 * 1024 ** 3],
  inFlightMax: [1, 65_534],
  keepAliveSeconds: [1, 65_535],
  answerTimeoutMs: [100, 600_000],
  reconnectMinMs: [1, 3_600_000],
  reconnectMaxMs: [1, 86_400_000],
  takenOverMinMs: [1, 3_600_000],
  takenOverMaxMs: [1, 86_400_000],
  sessionExpirySeconds: [0, 0xffff_ffff],
  downlinkBytesMax: [1024, 256 * 1024 * 1024],
  syncMs: [0, 3_600_000],
}

const isLimit = (name: string): name is keyof VehicleLimits => Object.hasOwn(bounds, name)
const limitNames = Object.keys(bounds).filter(isLimit)

/** The defaults with `given` over them. Throws a RangeError that names every limit out of its
 *  bounds. */
export function vehicleLimits(given: Partial<VehicleLimits> = {}): VehicleLimits {
  const limits = { ...defaultVehicleLimits, ...given }
  const wrong = limitNames.filter((name) => {
    const [least, most] = bounds[name]
    return !Number.isSafeInteger(limits[name]) || limits[name] < least || limits[name] > most
  })
  if (wrong.length > 0)
    throw new RangeError(
      wrong
        .map(
          (name) =>
            `limits.${name} is a whole number from ${bounds[name][0]} to ${bounds[name][1]}, not ${limits[name]}`,
        )
        .join('; '),
    )
  for (const [least, most] of [
    ['reconnectMinMs', 'reconnectMaxMs'],
    ['takenOverMinMs', 'takenOverMaxMs'],
  ] as const)
    if (limits[least] > limits[most])
      throw new RangeError(`limits.${least} (${limits[least]}) is more than limits.${most} (${limits[most]})`)
  return limits
}
