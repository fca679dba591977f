// Payloads that are not text, as the trees that JSON would have been: one pure function for all
// forms. Invariants: nothing is thrown for any bytes; depth, length and number of values are
// bounded, and time grows with the bytes; what is not whole is refused, never taken in part.
import { accepted, refused, type Result } from '../../base/errors.ts'
import { decodeProtobuf } from './protobuf/decode-message.ts'
import type { ProtoMessage } from './protobuf/descriptor.ts'
import { fleetwiseLastKnownState, fleetwiseVehicleData } from './protobuf/fleetwise.ts'
import { kuksaSubscribeResponse } from './protobuf/kuksa.ts'
import { sparkplugPayload } from './protobuf/sparkplug-payload.ts'
import { teslaPayload } from './protobuf/tesla.ts'
import { decodePacket, packetBytes } from './teltonika/packet.ts'
import { BinaryFault, type BinaryReason, type Branch } from './tree.ts'
import { unpack, type Packing } from './unpack.ts'

/** `sparkplug-b` is a payload alone, with types and aliases as they came; `sparkplug/session.ts`
 *  gives them their names. */
export type BinaryForm = keyof typeof messages | 'teltonika'

export type Decoded = {
  readonly tree: Branch
  /** Fields that the form's table does not know: the publisher is newer than it. */
  readonly unknownFields: number
}

/** Of a payload as it comes, and of one that is unpacked: four times what our own gateway takes of
 *  a message. */
const payloadBytesMax = 1_048_576

const messages = {
  fleetwise: fleetwiseVehicleData,
  'fleetwise-last-known-state': fleetwiseLastKnownState,
  'kuksa-v2': kuksaSubscribeResponse,
  'sparkplug-b': sparkplugPayload,
  'tesla-fleet-telemetry': teslaPayload,
} as const satisfies Readonly<Record<string, ProtoMessage>>

export const binaryForms: readonly BinaryForm[] = [...(Object.keys(messages) as (keyof typeof messages)[]), 'teltonika']

/** `bytes`: one payload, or one packet of a connection. The tree shares no memory with them. */
export function decodeBinary(
  form: BinaryForm,
  bytes: Uint8Array,
  packing: Packing = 'none',
): Result<Decoded, BinaryReason> {
  return attempt(() => {
    if (bytes.byteLength > payloadBytesMax)
      throw new BinaryFault('too-long', `${bytes.byteLength} bytes; ${payloadBytesMax} are read`)
    const unpacked = unpack(packing, bytes, payloadBytesMax)
    if (form === 'teltonika') return { tree: decodePacket(unpacked), unknownFields: 0 }
    return decodeProtobuf(messages[form], unpacked)
  })
}

/** How many bytes of a connection of a Teltonika tracker are its next packet, when `head` is what
 *  has come of it; undefined while too few have come to say. A connection of which this is refused
 *  is to be closed: where the next packet begins cannot be known. */
export const teltonikaPacketBytes = (head: Uint8Array): Result<number | undefined, BinaryReason> =>
  attempt(() => packetBytes(head))

function attempt<Value>(decode: () => Value): Result<Value, BinaryReason> {
  try {
    return accepted(decode())
  } catch (error) {
    if (error instanceof BinaryFault) return refused(error.reason, error.message)
    throw error
  }
}
