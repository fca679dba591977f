// A will as it goes out: the message for those who subscribed to its topic, and the record it is on an uplink topic.
import type { NewRecord } from '../../eventlog/event-log.ts'
import { parseUplinkTopic } from '../../model/topic.ts'
import { vehicleKey } from '../../model/vehicle-id.ts'
import type { Principal } from '../admission/admission.ts'
import type { Broker } from '../broker.ts'
import type { Will } from '../../mqtt/packet.ts'
import { forwardedProperties, type RoutedMessage } from '../routing/routed-message.ts'
import { parseTopicName } from '../../mqtt/topic-filter.ts'
import { uplinkRecord } from '../../ingest/uplink.ts'

export const noWill = { message: undefined, record: undefined }

/** What subscribers get and, on an uplink topic, what the log gets: a will is there a record like any other, and a dead letter goes to nobody. */
export function willMessage(
  broker: Broker,
  clientId: string,
  principal: Principal,
  will: Will,
): { readonly message: RoutedMessage | undefined; readonly record: NewRecord | undefined } {
  const levels = parseTopicName(will.topic)
  if (levels === undefined) return noWill
  const expiryS = will.properties.messageExpiryS
  const { willDelayS: _delay, ...properties } = forwardedProperties(will.properties)
  const message: RoutedMessage = {
    topic: will.topic,
    levels,
    payload: will.payload,
    qos: will.qos,
    retain: will.retain && broker.admission.mayRetain(principal, will.topic),
    properties,
    expiresAt: expiryS === undefined ? 0 : broker.clock.now() + expiryS * 1000,
    publisher: clientId,
    holders: 0,
  }
  const uplink = parseUplinkTopic(will.topic)
  if (!uplink.ok) return { message, record: undefined }
  const { record, refusal } = uplinkRecord(uplink.value.stream, vehicleKey(uplink.value), will.payload, broker.logClock.now())
  if (refusal === undefined) return { message, record }
  broker.metrics.countRefused(refusal)
  return { message: undefined, record }
}
