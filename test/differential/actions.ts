// A script for the differential test: what a handful of clients do, one action after the other.
// Everything in it is valid MQTT, and drawn from one seed. Topics and client ids are relative; the
// runner puts a prefix of its run before them.
import type { ISubscription, QoS, UserProperties } from 'mqtt-packet'

export type Version = 4 | 5

export type MessageProperties = {
  readonly payloadFormatIndicator?: boolean
  readonly messageExpiryInterval?: number
  readonly contentType?: string
  readonly responseTopic?: string
  readonly correlationData?: Buffer
  readonly userProperties?: UserProperties
}

export type Message = {
  readonly topic: string
  readonly qos: QoS
  readonly retain: boolean
  /** Unique in the script and with its QoS after a slash; or empty: an empty retained message
   *  removes the one before. */
  readonly text: string
  /** By MQTT 5: sent under this alias, without its name where the alias already stands for the
   *  topic. */
  readonly alias: number | undefined
  /** At QoS 2 by 3.1.1: PUBLISH comes again, with DUP, before PUBREL. */
  readonly isSentTwice: boolean
  /** Used by MQTT 5. */
  readonly properties: MessageProperties
}

export type Will = Omit<Message, 'alias' | 'isSentTwice'> & { readonly delayS: number }

export type Action =
  /** Connecting while connected takes over. */
  | {
      readonly do: 'connect'
      readonly client: number
      readonly version: Version
      readonly clean: boolean
      /** MQTT 5. The one of 3.1.1 is for ever, or nothing when it is clean. */
      readonly expiryS: number
      readonly will: Will | undefined
      readonly aliasMax: number
      readonly packetBytesMax: number | undefined
    }
  /** `abandon` is a DISCONNECT that asks for the will, `drop` an end without a word. */
  | { readonly do: 'disconnect' | 'abandon' | 'drop'; readonly client: number; readonly expiryS: number | undefined }
  | {
      readonly do: 'subscribe'
      readonly client: number
      readonly filters: readonly (ISubscription & { readonly group?: string })[]
      readonly id: number | undefined
    }
  | { readonly do: 'unsubscribe'; readonly client: number; readonly filters: readonly string[] }
  /** All at once, without waiting for acknowledgements in between. */
  | { readonly do: 'publish'; readonly client: number; readonly messages: readonly Message[] }
  /** A QoS 2 PUBLISH whose PUBREL waits for `release`, to a topic nobody reads: when such a message
   *  is passed on is the server's choice. */
  | { readonly do: 'open' | 'release'; readonly client: number }
  /** From now on deliveries are not acknowledged; `halfway` takes QoS 2 up to PUBREC; `acknowledge`
   *  catches up and goes on as usual. */
  | { readonly do: 'hold' | 'halfway' | 'acknowledge'; readonly client: number }

export const clientCount = 6
const topics = ['t/a', 't/b', 't/a/b', 't/a/c', 't/b/a', 't/a/b/c', 't//b', 't']
const filters = [...topics, 't/#', 't/+', 't/a/#', 't/+/b', 't/a/+', '+/a', 't/+/+', 't//#', '+', 't/b/#']
const sharedFilters = ['s/x/y', 's/x/+', 's/#', 's/+/y'] as const
const sharedTopics = ['s/x/y', 's/x/z', 's/q/y'] as const

/** Larger than any client takes that sets a limit, and far smaller than any limit of the
 *  servers. */
const longText = 'x'.repeat(1500)
export const smallPacketBytes = 700

/** `random` gives numbers from 0 to below 1. */
export function generateScript(random: () => number, count: number): Action[] {
  const below = (bound: number): number => Math.floor(random() * bound)
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)]!
  const chance = (share: number): boolean => random() < share
  let texts = 0
  const mixed = clientCount - 2
  const versionOf = (client: number): Version => (client === mixed ? pick([4, 5]) : client % 2 === 0 ? 5 : 4)
  // Options of a subscription that is replaced: [MQTT-3.8.4-3] has the new ones, Mosquitto 2.0
  // keeps the old; so a client has one choice for a filter.
  const options = new Map<string, { readonly nl: boolean; readonly rap: boolean }>()
  const optionsOf = (client: number, filter: string) => {
    const key = `${client} ${filter}`
    const chosen = options.get(key) ?? { nl: client !== mixed && chance(0.15), rap: client !== mixed && chance(0.3) }
    options.set(key, chosen)
    return chosen
  }
  const qos = (): QoS => pick([0, 1, 2] as const)

  const properties = (): MessageProperties => {
    if (chance(0.5)) return {}
    return {
      ...(chance(0.3) && { payloadFormatIndicator: true }),
      ...(chance(0.4) && { messageExpiryInterval: 100_000 + below(1000) }),
      ...(chance(0.3) && { contentType: pick(['text/plain', 'x', '']) }),
      ...(chance(0.3) && { responseTopic: 'reply/here', correlationData: Buffer.from([0, 1, 255, below(256)]) }),
      ...(chance(0.5) && {
        userProperties: pick<UserProperties>([{ a: '1' }, { a: ['1', '2'], b: '' }, { ключ: 'значение' }]),
      }),
    }
  }
  const body = (who = '', level = qos(), mayRetain = true) => {
    const retain = mayRetain && chance(0.25)
    const text = retain && chance(0.3) ? '' : `${who}m${++texts}/${level}${chance(0.05) ? longText : ''}`
    return { qos: level, retain, text, properties: properties() }
  }
  const message = (topic: string, level = qos(), mayRetain = true): Message => ({
    topic,
    ...body('', level, mayRetain),
    alias: chance(0.3) ? 1 + below(3) : undefined,
    isSentTwice: chance(0.15),
  })
  const connect = (client: number): Action => ({
    do: 'connect',
    client,
    version: versionOf(client),
    clean: chance(0.35),
    expiryS: chance(0.3) ? 0 : 100_000,
    will: chance(0.4) ? { topic: pick(topics), ...body(`w${client} `), delayS: chance(0.7) ? 0 : 50_000 } : undefined,
    aliasMax: chance(0.5) ? 0 : 2,
    packetBytesMax: chance(0.85) ? undefined : smallPacketBytes,
  })
  const subscribe = (client: number): Action => {
    const isShared = chance(0.2)
    const filter = () => {
      if (isShared)
        return { topic: pick(sharedFilters), group: pick(['g', 'h']), qos: 2 as const, nl: false, rap: false, rh: 0 }
      const topic = pick(filters)
      const chosen = optionsOf(client, topic)
      // A client that wants no message of its own gets its own retained ones from Mosquitto 2.0.
      // [MQTT-3.8.3-3] makes no exception for them.
      return { topic, qos: qos(), ...chosen, rh: chosen.nl ? 2 : pick([0, 0, 0, 1, 2]) }
    }
    const id = isShared || chance(0.5) ? undefined : 1 + below(300_000)
    return { do: 'subscribe', client, filters: Array.from({ length: 1 + below(3) }, filter), id }
  }
  const publish = (client: number): Action => {
    if (chance(0.2)) return { do: 'publish', client, messages: [message(pick(sharedTopics), qos(), false)] }
    if (chance(0.7)) return { do: 'publish', client, messages: [message(pick(topics))] }
    // A server may pass a QoS 2 message on at PUBLISH or at PUBREL (figure 4.3), so what is
    // retained last is certain within one QoS only.
    const level = chance(0.5) ? qos() : undefined
    const burst = () => message(pick(topics), level ?? qos(), level !== undefined)
    return { do: 'publish', client, messages: Array.from({ length: 2 + below(4) }, burst) }
  }
  const next = (): Action => {
    const client = below(clientCount)
    const what = random()
    if (what < 0.14) return connect(client)
    if (what < 0.24)
      return {
        do: pick(['disconnect', 'abandon', 'drop', 'drop']),
        client,
        expiryS: pick([undefined, undefined, 0, 90_000]),
      }
    if (what < 0.4) return subscribe(client)
    if (what < 0.46)
      return { do: 'unsubscribe', client, filters: Array.from({ length: 1 + below(2) }, () => pick(filters)) }
    if (what < 0.84) return publish(client)
    if (what < 0.9) return { do: pick(['open', 'release']), client }
    return { do: pick(['hold', 'halfway', 'acknowledge', 'acknowledge']), client }
  }
  const first = Array.from({ length: clientCount }, (_, client) => connect(client))
  return [...first, ...Array.from({ length: count - clientCount }, next)]
}
