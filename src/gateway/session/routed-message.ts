// A message on its way to subscribers: one object, shared by all of them. Its payload is its own
// copy, never a view of a socket's chunk.
import { noProperties, type Properties } from '../../mqtt/properties.ts'
import type { Qos } from '../../mqtt/packet.ts'

export type RoutedMessage = {
  readonly topic: string
  readonly levels: readonly string[]
  readonly payload: Buffer
  readonly qos: Qos
  readonly retain: boolean
  /** Properties that subscribers are given unchanged: content type, response topic, correlation
   *  data, user properties … [MQTT-3.3.2-17, …] */
  readonly properties: Properties
  /** Epoch milliseconds; 0 means never. */
  readonly expiresAt: number
  /** The client id it came from, for No Local; undefined when the server itself speaks. */
  readonly publisher: string | undefined
  /** Sessions that have it on its way: it counts once for all of them. */
  holders: number
}

/** By the steady clock. A message is not sent any more then, unless that has begun.
 *  [MQTT-3.3.2-5] */
export const isExpired = ({ expiresAt }: RoutedMessage, now: number): boolean => expiresAt !== 0 && expiresAt <= now

/** Bytes it takes in memory, about: a client may put its bytes into the properties as well as into
 *  the payload. */
export function messageBytes({ topic, payload, properties }: RoutedMessage): number {
  let bytes = topic.length + payload.length
  if (properties === noProperties) return bytes
  const { contentType, responseTopic, correlationData, userProperties } = properties
  bytes += (contentType?.length ?? 0) + (responseTopic?.length ?? 0) + (correlationData?.length ?? 0)
  for (const [name, value] of userProperties ?? []) bytes += name.length + value.length + pairOverheadBytes
  return bytes
}

/** Of two strings and the array that holds them. */
const pairOverheadBytes = 64

/** The properties a server forwards. Alias and subscription identifiers belong to one connection,
 *  the expiry is told anew. */
export function forwardedProperties(properties: Properties): Properties {
  if (properties === noProperties) return noProperties
  const { topicAlias: _alias, subscriptionIds: _ids, messageExpiryS: _expiry, correlationData, ...kept } = properties
  return correlationData === undefined ? kept : { ...kept, correlationData: Buffer.from(correlationData) }
}
