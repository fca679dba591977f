// A will as it goes out: the message for those who subscribed to its topic, and the record it is on
// an uplink topic.
import type { NewRecord } from '../eventlog/event-log.ts'
import { parseUplinkTopic } from '../model/topic.ts'
import { vehicleKey } from '../model/vehicle-id.ts'
import type { Clock } from '../base/clock.ts'
import type { Admission, Principal } from './admission/admission.ts'
import type { GatewayMetrics } from './gateway-metrics.ts'
import type { Will } from '../mqtt/packet.ts'
import { forwardedProperties, type RoutedMessage } from './session/routed-message.ts'
import { parseTopicName } from '../mqtt/topic-filter.ts'
import { uplinkRecord } from '../ingest/uplink.ts'

export const noWill = { message: undefined, record: undefined }

/** Whose will it is. */
type Testator = { readonly clientId: string; readonly principal: Principal }

export type WillPorts = {
  readonly admission: Pick<Admission, 'mayRetain'>
  readonly metrics: Pick<GatewayMetrics, 'countRefused'>
  /** Clock of expiries. */
  readonly clock: Clock
  readonly logClock: Clock
}

type SentWill = { readonly message: RoutedMessage | undefined; readonly record: NewRecord | undefined }

/** The message for subscribers and, on an uplink topic, the record for the log: a will is there a
 *  record like any other, and a dead letter goes to nobody. */
export function willMessage(ports: WillPorts, { clientId, principal }: Testator, will: Will): SentWill {
  const levels = parseTopicName(will.topic)
  if (levels === undefined) return noWill
  const expiryS = will.properties.messageExpiryS
  const { willDelayS: _delay, ...properties } = forwardedProperties(will.properties)
  const message: RoutedMessage = {
    topic: will.topic,
    levels,
    payload: will.payload,
    qos: will.qos,
    retain: will.retain && ports.admission.mayRetain(principal, will.topic),
    properties,
    expiresAt: expiryS === undefined ? 0 : ports.clock.now() + expiryS * 1000,
    publisher: clientId,
    holders: 0,
  }
  const uplink = parseUplinkTopic(will.topic)
  if (!uplink.ok) return { message, record: undefined }
  const { record, refusal } = uplinkRecord(
    uplink.value.stream,
    vehicleKey(uplink.value),
    will.payload,
    ports.logClock.now(),
  )
  if (refusal === undefined) return { message, record }
  ports.metrics.countRefused(refusal)
  return { message: undefined, record }
}
