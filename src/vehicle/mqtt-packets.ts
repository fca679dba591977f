// The MQTT 5.0 packets a vehicle speaks. The hot ones (PUBLISH out, PUBACK in) are read and written
// here, the rest by mqtt-packet, one whole frame at a time. Sections in brackets are of the OASIS
// standard, MQTT 5.0.
import mqttPacket, { type Packet } from 'mqtt-packet'

export const packetTypes = { connack: 2, publish: 3, puback: 4, suback: 9, pingresp: 13, disconnect: 14 } as const

export const pingRequest: Uint8Array = Buffer.of(0xc0, 0)
/** DISCONNECT with reason 0x00: the server drops the will [3.14.2.1]. */
export const normalDisconnect: Uint8Array = Buffer.of(0xe0, 0)

export const encodePacket = (packet: Packet): Buffer => mqttPacket.generate(packet, { protocolVersion: 5 })

/** PUBACK without properties [3.4.2.1]; reason 0 may be left out. */
export const encodePuback = (packetId: number, reason: number): Buffer =>
  reason === 0
    ? Buffer.of(0x40, 2, packetId >>> 8, packetId & 0xff)
    : Buffer.of(0x40, 3, packetId >>> 8, packetId & 0xff, reason)

/** Parses one whole frame; undefined when it is malformed. A parser for each: after a bad packet
 *  mqtt-packet's keeps its remains. */
export function parsePacket(frame: Buffer): Packet | undefined {
  let parsed: Packet | undefined
  const parser = mqttPacket.parser({ protocolVersion: 5 })
  parser.on('packet', (packet: Packet) => (parsed = packet))
  parser.on('error', () => (parsed = undefined))
  parser.parse(frame)
  return parsed
}

const varintBytes = (value: number): number => (value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4)

/** Length of a QoS 1 PUBLISH without properties [3.3]: header, topic, packet id, property length 0,
 *  payload. */
export function publishBytes(topicBytes: number, payloadBytes: number): number {
  const remaining = 2 + topicBytes + 2 + 1 + payloadBytes
  return 1 + varintBytes(remaining) + remaining
}

/** Writes a QoS 1 PUBLISH at `at`, and gives where it ends. The topic is ASCII; `payloadBytes` is
 *  the payload's UTF-8 length. */
export function writePublish(
  out: Buffer,
  at: number,
  message: {
    readonly topic: string
    readonly payload: string
    readonly payloadBytes: number
    readonly packetId: number
    readonly again: boolean
  },
): number {
  const { topic, payload, payloadBytes, packetId, again } = message
  let remaining = 2 + topic.length + 2 + 1 + payloadBytes
  out[at++] = again ? 0x3a : 0x32
  do {
    const low = remaining & 0x7f
    remaining >>>= 7
    out[at++] = remaining > 0 ? low | 0x80 : low
  } while (remaining > 0)
  out[at++] = topic.length >>> 8
  out[at++] = topic.length & 0xff
  at += out.write(topic, at, 'latin1')
  out[at++] = packetId >>> 8
  out[at++] = packetId & 0xff
  out[at++] = 0
  return at + out.write(payload, at, 'utf8')
}

/** Where the frame that starts at `at` ends, or `incomplete`, or `malformed` (a length of more than
 *  4 bytes or `bytesMax`). */
export function frameEnd(bytes: Uint8Array, at: number, bytesMax: number): number | 'incomplete' | 'malformed' {
  let remaining = 0
  for (let digit = 0; digit < 4; digit++) {
    const byte = bytes[at + 1 + digit]
    if (byte === undefined) return 'incomplete'
    remaining += (byte & 0x7f) * 128 ** digit
    if (byte < 0x80) {
      const end = at + 2 + digit + remaining
      if (end - at > bytesMax) return 'malformed'
      return end <= bytes.length ? end : 'incomplete'
    }
  }
  return 'malformed'
}
