// The properties of a message on its way to one client: what its publisher said, and what belongs to this delivery alone.
import type { Delivery } from './delivery-queue.ts'
import type { Properties } from '../codec/properties.ts'

/** `now` by the clock of expiries. */
export function deliveryProperties({ message, subscriptionIds }: Delivery, topicAlias: number | undefined, now: number): Properties {
  const { properties, expiresAt } = message
  if (topicAlias === undefined && subscriptionIds === undefined && expiresAt === 0) return properties
  const own: Properties = { ...properties }
  if (topicAlias !== undefined) own.topicAlias = topicAlias
  if (subscriptionIds !== undefined) own.subscriptionIds = subscriptionIds
  if (expiresAt !== 0) own.messageExpiryS = Math.max(0, Math.ceil((expiresAt - now) / 1000)) // [MQTT-3.3.2-6]
  return own
}
