// PUBACK, PUBREC, PUBREL and PUBCOMP: one of them, or all of a batch, whose packets many clients
// sent.
import { varintBytes, writeVarint } from './byte-writer.ts'
import { packetType, type ProtocolVersion } from './packet.ts'

/** Bytes `writeAcknowledgement` writes. */
export function acknowledgementBytes(version: ProtocolVersion, reason: number, explanation?: Buffer): number {
  if (version === 4 || reason === 0) return 4
  return explanation === undefined ? 5 : 4 + varintBytes(3 + explanation.length) + explanation.length
}

/** A PUBACK, PUBREC, PUBREL or PUBCOMP, as it stands on the wire. */
export type WrittenAcknowledgement = {
  /** The whole first byte. [MQTT-2.1.3-1] PUBREL has flags 2. */
  readonly ackFirst: number
  readonly packetId: number
  readonly reason: number
  /** The properties behind their length, for a reason other than 0 (explanation.ts). */
  readonly explanation: Buffer | undefined
}

/** Writes the acknowledgement at index `at` and gives the index after it. */
export function writeAcknowledgement(
  bytes: Buffer,
  at: number,
  version: ProtocolVersion,
  acknowledgement: WrittenAcknowledgement,
): number {
  const { ackFirst, packetId, reason, explanation } = acknowledgement
  const withReason = version === 5 && reason !== 0
  bytes[at] = ackFirst
  if (withReason && explanation !== undefined) {
    const body = writeVarint(bytes, 3 + explanation.length, at + 1)
    bytes[body] = packetId >>> 8
    bytes[body + 1] = packetId & 0xff
    bytes[body + 2] = reason
    bytes.set(explanation, body + 3)
    return body + 3 + explanation.length
  }
  bytes[at + 1] = withReason ? 3 : 2
  bytes[at + 2] = packetId >>> 8
  bytes[at + 3] = packetId & 0xff
  if (!withReason) return at + 4
  bytes[at + 4] = reason
  return at + 5
}

/** A client, as far as the acknowledgements of a batch go. */
export interface AcknowledgedClient {
  readonly version: ProtocolVersion
  readonly isOpen: boolean
  /** Used while a batch is acknowledged: how many bytes of it are this client's, and where the next
   *  ones go; 0 and -1 otherwise. */
  ackBytes: number
  ackAt: number
  /** Writes the acknowledgements of one batch. */
  writeAcknowledgements(bytes: Buffer): void
  /** One more exchange has ended: a PUBACK, a PUBCOMP, or a PUBREC that refuses. */
  exchangeCompleted(): void
}

/** A packet of a batch; its `ackFirst` is 0 where nothing is acknowledged. */
export type AcknowledgedPacket = WrittenAcknowledgement & {
  /** Undefined for the server's own, such as a will. */
  readonly owner: AcknowledgedClient | undefined
}

const pubrecFirst = packetType.pubrec << 4
const pubcompFirst = packetType.pubcomp << 4
const endsExchange = ({ ackFirst, reason }: WrittenAcknowledgement): boolean =>
  ackFirst === pubcompFirst ? reason < 0x80 : ackFirst !== pubrecFirst || reason >= 0x80

const needsAck = ({ owner, ackFirst }: AcknowledgedPacket): boolean =>
  ackFirst !== 0 && owner !== undefined && owner.isOpen

/** Writes a batch's acknowledgements into one piece of memory, each client's side by side and in
 *  the order of its PUBLISHes, and gives each client its own at once; `sent` counts them. False
 *  when there are none. */
export function acknowledge(
  packets: readonly AcknowledgedPacket[],
  sent: { countSent(packet: number, code: number): void },
): boolean {
  let total = 0
  for (const packet of packets) {
    const { owner } = packet
    if (owner === undefined || !needsAck(packet)) continue
    const count = acknowledgementBytes(owner.version, packet.reason, packet.explanation)
    owner.ackBytes += count
    total += count
  }
  if (total === 0) return false
  const bytes = Buffer.allocUnsafe(total)
  const owners: AcknowledgedClient[] = []
  let next = 0
  for (const packet of packets) {
    const { owner } = packet
    if (owner === undefined || !needsAck(packet)) continue
    if (owner.ackAt < 0) {
      owner.ackAt = next
      next += owner.ackBytes
      owners.push(owner)
    }
    owner.ackAt = writeAcknowledgement(bytes, owner.ackAt, owner.version, packet)
    sent.countSent(packet.ackFirst >> 4, owner.version === 4 ? 0 : packet.reason)
    if (endsExchange(packet)) owner.exchangeCompleted()
  }
  for (const owner of owners) {
    const own = bytes.subarray(owner.ackAt - owner.ackBytes, owner.ackAt)
    owner.ackAt = -1
    owner.ackBytes = 0
    owner.writeAcknowledgements(own)
  }
  return true
}
