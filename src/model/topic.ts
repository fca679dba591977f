// The MQTT topics of the design: v1/{tenant}/{vehicle}/up/{stream}, …/down/{channel},
// v1/{tenant}/~{group}/down/{channel}.
import { accepted, refused, type Result } from '../base/errors.ts'
import { parseVehicleKey, vehicleKey, type VehicleRef } from './vehicle-id.ts'

export const uplinkStreams = ['telemetry', 'event', 'critical', 'snapshot', 'result', 'session'] as const
export type UplinkStream = (typeof uplinkStreams)[number]

export const downlinkChannels = ['command', 'config', 'notice'] as const
export type DownlinkChannel = (typeof downlinkChannels)[number]

const isUplinkStream = (text: string): text is UplinkStream => (uplinkStreams as readonly string[]).includes(text)

export const uplinkTopic = (ref: VehicleRef, stream: UplinkStream): string => `v1/${vehicleKey(ref)}/up/${stream}`

export const downlinkTopic = (ref: VehicleRef, channel: DownlinkChannel): string =>
  `v1/${vehicleKey(ref)}/down/${channel}`

/** Parses a topic a car publishes to. Reasons: `topic` (not of the form), `vehicle-id` (a part is
 *  not a name). */
export function parseUplinkTopic(
  topic: string,
): Result<VehicleRef & { readonly stream: UplinkStream }, 'topic' | 'vehicle-id'> {
  const [version, tenant, vehicle, direction, stream, ...rest] = topic.split('/')
  if (version !== 'v1' || direction !== 'up' || stream === undefined || rest.length > 0 || !isUplinkStream(stream))
    return refused('topic', `Cars publish to v1/{tenant}/{vehicle}/up/{${uplinkStreams.join('|')}}.`)
  const ref = parseVehicleKey(`${tenant}/${vehicle}`)
  return ref.ok ? accepted({ ...ref.value, stream }) : ref
}
