// The packets a client sends, decoded. MQTT 3.1.1 is protocol version 4; its packets are the ones
// of MQTT 5 without properties.
import type { Properties } from './properties.ts'

export const packetType = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
  auth: 15,
} as const
export type PacketType = (typeof packetType)[keyof typeof packetType]

export type ProtocolVersion = 4 | 5
export type Qos = 0 | 1 | 2

/** The lower two bits of flags as a QoS; 3 is none, and the caller's to refuse. */
export const isQos = (bits: number): bits is Qos => bits < 3

export type Will = {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: Qos
  readonly retain: boolean
  readonly properties: Properties
}

export type Connect = {
  readonly version: ProtocolVersion
  readonly clientId: string
  readonly cleanStart: boolean
  /** Seconds; 0 means none. */
  readonly keepAliveS: number
  readonly username: string | undefined
  readonly password: Buffer | undefined
  readonly will: Will | undefined
  readonly properties: Properties
}

export type Publish = {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: Qos
  readonly dup: boolean
  readonly retain: boolean
  /** 0 at QoS 0. */
  readonly packetId: number
  readonly properties: Properties
}

/** PUBACK, PUBREC, PUBREL and PUBCOMP. */
export type Acknowledgement = { readonly packetId: number; readonly reason: number }

export type SubscriptionRequest = {
  readonly filter: string
  readonly qos: Qos
  readonly noLocal: boolean
  readonly retainAsPublished: boolean
  /** 0 send retained messages, 1 only for a new subscription, 2 never. */
  readonly retainHandling: 0 | 1 | 2
}

export type Subscribe = {
  readonly packetId: number
  readonly subscriptions: readonly SubscriptionRequest[]
  readonly subscriptionId: number | undefined
}

export type Unsubscribe = { readonly packetId: number; readonly filters: readonly string[] }

export type Disconnect = { readonly reason: number; readonly properties: Properties }
