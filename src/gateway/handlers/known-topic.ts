// A topic a connection has published to, with everything that is decided once for it. A car uses a
// handful, so the bytes of the next PUBLISH's topic are compared with these before anything is
// decoded.
import { parseUplinkTopic, type UplinkStream } from '../../model/topic.ts'
import { vehicleKey } from '../../model/vehicle-id.ts'
import type { Admission, Principal } from '../admission/admission.ts'
import { isText } from '../../mqtt/cursor.ts'
import { parseTopicName } from '../../mqtt/topic-filter.ts'

export type KnownTopic = {
  readonly bytes: Buffer
  readonly topic: string
  readonly levels: readonly string[]
  readonly isAllowed: boolean
  readonly isRetainable: boolean
  /** Undefined for a topic that is not an uplink. */
  readonly stream: UplinkStream | undefined
  /** The key of its records, `tenant/vehicle`. */
  readonly key: string
  /** Whether anyone subscribed to it, as of the `treeVersion` of the router. */
  isWanted: boolean
  treeVersion: number
}

export const knownTopicsMax = 8

/** The entry for a topic name, or undefined when it is not one. [MQTT-3.3.2-1] UTF-8,
 *  [MQTT-3.3.2-2] no wildcards. */
export function describeTopic(name: Buffer, admission: Admission, principal: Principal): KnownTopic | undefined {
  if (!isText(name)) return undefined
  const topic = name.toString('utf8')
  const levels = parseTopicName(topic)
  if (levels === undefined) return undefined
  const uplink = parseUplinkTopic(topic)
  return {
    bytes: Buffer.from(name),
    topic,
    levels,
    isAllowed: admission.mayPublish(principal, topic),
    isRetainable: admission.mayRetain(principal, topic),
    stream: uplink.ok ? uplink.value.stream : undefined,
    key: uplink.ok ? vehicleKey(uplink.value) : '',
    isWanted: false,
    treeVersion: -1,
  }
}

/** The known topic with exactly these bytes. */
export function findTopic(
  topics: readonly KnownTopic[],
  bytes: Buffer,
  start: number,
  end: number,
): KnownTopic | undefined {
  for (const known of topics) {
    const name = known.bytes
    if (name.length !== end - start) continue
    // From the end: the topics of one car differ in their last level.
    let index = name.length - 1
    while (index >= 0 && name[index] === bytes[start + index]) index--
    if (index < 0) return known
  }
  return undefined
}
