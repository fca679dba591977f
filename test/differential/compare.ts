// Differences that the specification allows two servers, and the comparison of all the rest. Every
// difference that is let pass is here, each with its statement; what remains must be the same, step
// by step and client by client:
//
//   answers     CONNACK with session present and code, SUBACK and UNSUBACK with their codes, acknowledgements by class, DISCONNECT with its code, the end
//   deliveries  topic, payload, QoS, RETAIN, DUP, subscription identifiers, all properties; for each topic in order
//   PUBRELs     of the messages of a resumed session
import type { IPublishPacket, Packet } from 'mqtt-packet'
import type { Seen } from './scripted-client.ts'
import type { Step } from './run-script.ts'

export type Difference = {
  readonly step: number
  readonly client: number | 'groups'
  readonly ours: string[]
  readonly theirs: string[]
}

/** The first difference, or undefined. */
export function firstDifference(ours: readonly Step[], theirs: readonly Step[]): Difference | undefined {
  for (const [step, ourStep] of ours.entries()) {
    const theirStep = theirs[step]!
    for (const [client, seen] of ourStep.entries()) {
      const pair = { ours: canonical(seen, client), theirs: canonical(theirStep[client]!, client) }
      if (!isSame(pair.ours, pair.theirs)) return { step, client, ...pair }
    }
    // A message to a group goes to one member, and which one is the server's choice. [MQTT-4.8.2-4]
    const groups = { ours: sharedDeliveries(ourStep), theirs: sharedDeliveries(theirStep) }
    if (!isSame(groups.ours, groups.theirs)) return { step, client: 'groups', ...groups }
  }
  return undefined
}

const isSame = (one: readonly string[], other: readonly string[]): boolean => one.join('\n') === other.join('\n')
const isShared = (packet: IPublishPacket): boolean => packet.topic.startsWith('s/')

/** When the session of a member ends, its unacknowledged messages of QoS 1 may go to another member
 *  or to nobody; at QoS 2 they go to nobody. [MQTT-4.8.2-5], 4.8.2 */
function sharedDeliveries(step: Step): string[] {
  const all = step.flat()
  const mayPassOn = all.some(({ what }) => what === 'end')
  return all
    .flatMap((seen) =>
      seen.what === 'delivery' && isShared(seen.packet) && !(mayPassOn && seen.packet.qos === 1) ? [seen.packet] : [],
    )
    .map((packet) => deliveryText(packet))
    .sort()
}

/** The packets one client saw in one step, in a form in which what may differ does not. */
function canonical(seen: readonly Seen[], client: number): string[] {
  const deliveries: IPublishPacket[] = []
  const releases = new Set<string>()
  const answers: string[] = []
  let isResumed = false
  for (const each of seen) {
    if (each.what === 'delivery') {
      if (!isShared(each.packet) && !isOwnWill(each.packet, client)) deliveries.push(each.packet)
    } else if (each.what === 'answer' && each.packet.cmd === 'connack' && each.packet.sessionPresent) {
      isResumed = true
      answers.push(answerText(each.packet))
    } else if (each.what === 'pubrel') releases.add(`pubrel ${each.text ?? 'of what it never sent'}`)
    else if (each.what === 'end') answers.push('the end')
    else if (each.what === 'silence') answers.push(`no answer to ${each.packetIds.join(', ')}`)
    else if (!isTakeoverNotice(each.packet)) answers.push(answerText(each.packet))
  }
  // Answers to PUBLISHes sent together may come in any order between QoS 1 and QoS 2, and between
  // them and deliveries. [MQTT-4.6.0-2, -3] are for each kind.
  return [
    ...answers.sort(),
    ...orderedByTopic(oneOfEach(deliveries)).map((packet) => deliveryText(packet, isResumed)),
    ...[...releases].sort(),
  ]
}

/** A client that is taken over has a session that ends and a will that goes out: whether the will
 *  still reaches that session is not said. */
const isOwnWill = ({ payload }: IPublishPacket, client: number): boolean => payload.toString().startsWith(`w${client} `)

/** Mosquitto 2.0 closes without the DISCONNECT of [MQTT-3.1.4-3] where the session goes on; the end
 *  is compared. */
const isTakeoverNotice = (packet: Packet): boolean => packet.cmd === 'disconnect' && packet.reasonCode === 0x8e

/** Filters that overlap: a server sends one copy with the highest QoS and all identifiers, or one
 *  for each subscription. [MQTT-3.3.4-2], 3.3.4 of MQTT 5. Copies of a message are made one; so a
 *  QoS 2 message that is delivered twice to one subscription goes unseen here (the conformance
 *  tests see it). */
function oneOfEach(deliveries: readonly IPublishPacket[]): IPublishPacket[] {
  const byMessage = new Map<string, IPublishPacket>()
  for (const packet of deliveries) {
    const key = JSON.stringify([packet.topic, packet.payload.toString()])
    const earlier = byMessage.get(key)
    byMessage.set(key, earlier === undefined ? packet : merged(earlier, packet))
  }
  return [...byMessage.values()]
}

function merged(one: IPublishPacket, other: IPublishPacket): IPublishPacket {
  const ids = [...new Set([...identifiers(one), ...identifiers(other)])]
  return {
    ...one,
    qos: one.qos > other.qos ? one.qos : other.qos,
    retain: one.retain || other.retain,
    dup: one.dup || other.dup,
    ...(ids.length > 0 && { properties: { ...one.properties, subscriptionIdentifier: ids } }),
  }
}

/** Order holds for each topic and QoS it was published at, not between them. [MQTT-4.6.0-6] */
function orderedByTopic(deliveries: readonly IPublishPacket[]): IPublishPacket[] {
  const keyOf = ({ topic, payload }: IPublishPacket): string =>
    `${topic} ${payload.toString().split('/')[1]?.[0] ?? ''}`
  return [...deliveries].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : keyOf(one) > keyOf(other) ? 1 : 0))
}

/** An identifier that two filters share comes twice in one copy, by MQTT 5 section 3.3.4, and once
 *  in each of two. */
const identifiers = ({ properties }: IPublishPacket): number[] => [
  ...new Set([properties?.subscriptionIdentifier ?? []].flat()),
]

/** `isResumed`: of a session that was away. Copies for subscriptions at QoS 0 were not kept for it,
 *  nor what those subscriptions add to a single copy. */
function deliveryText(packet: IPublishPacket, isResumed = false): string {
  const { topic, qos, retain, dup, payload } = packet
  // The alias is the connection's own business; the expiry is what is left of it [MQTT-3.3.2-6],
  // and seconds pass.
  const { topicAlias: _alias, subscriptionIdentifier: _ids, messageExpiryInterval, ...rest } = packet.properties ?? {}
  const properties = {
    ...rest,
    ...(messageExpiryInterval !== undefined && { expires: messageExpiryInterval > 90_000 }),
  }
  const whole = payload.toString()
  const text = whole.length > 40 ? `${whole.slice(0, 8)}… of ${whole.length}` : whole
  const ids = identifiers(packet).sort((one, other) => one - other)
  const bySubscription = isResumed ? '' : `${retain ? ' retain' : ''} ids [${ids.join(' ')}]`
  return `${topic} "${text}" qos ${qos}${dup ? ' dup' : ''}${bySubscription} ${canonicalJson(properties)}`
}

const canonicalJson = (properties: object): string =>
  JSON.stringify(Object.entries(properties).sort(([one], [other]) => (one < other ? -1 : 1)))

function answerText(packet: Packet): string {
  // Other properties of CONNACK are the server's own limits.
  if (packet.cmd === 'connack')
    return `connack ${packet.returnCode ?? packet.reasonCode ?? 0}${packet.sessionPresent ? ' session present' : ''}`
  if (packet.cmd === 'suback' || packet.cmd === 'unsuback')
    return `${packet.cmd} ${JSON.stringify(packet.granted ?? [])}`
  if (packet.cmd === 'disconnect') return `disconnect ${packet.reasonCode ?? 0}`
  // 0x10, nobody subscribed, is optional (section 3.4.2.1).
  const isRefused =
    (packet.cmd === 'puback' || packet.cmd === 'pubrec' || packet.cmd === 'pubcomp') && (packet.reasonCode ?? 0) >= 0x80
  return `${packet.cmd} ${isRefused ? 'refused' : 'ok'}`
}
