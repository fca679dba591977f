// Packets that a Teltonika tracker sends over TCP ("Teltonika Data Sending Protocols" of the
// maker's wiki): once its IMEI, then frames of records, each answered with the number of records
// that are stored.
//
//   login   00 0F · 15 digits
//   frame   00 00 00 00 · length (4) · codec (1) · count (1) · records · count (1) · CRC-16/IBM (4)
//
// Invariant: a frame is told only when its checksum, its lengths and its counts all agree; nothing
// is told of a part of it.
import { BinaryFault, type Branch } from '../tree.ts'
import { decodeRecords } from './records.ts'

const imeiDigits = 15
const headBytes = 8
const checksumBytes = 4
/** Trackers send up to 1,280 bytes; a length beyond this is none, and nobody waits for so many. */
const dataBytesMax = 65_536

/** How many bytes the packet has that begins so; undefined while too few of it are there to say.
 *  Throws a `BinaryFault` for what begins no packet, after which nothing of the connection can be
 *  understood. */
export function packetBytes(head: Uint8Array): number | undefined {
  if (head.byteLength < 2) return undefined
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const first = view.getUint16(0)
  if (first === imeiDigits) return 2 + imeiDigits
  if (first !== 0)
    throw new BinaryFault('malformed', `a packet that begins with 0x${first.toString(16)}: neither an IMEI nor a frame`)
  if (head.byteLength < headBytes) return undefined
  if (view.getUint32(0) !== 0) throw new BinaryFault('malformed', 'a frame that does not begin with four zero bytes')
  const length = view.getUint32(4)
  if (length > dataBytesMax) throw new BinaryFault('too-long', `a frame of ${length} bytes; ${dataBytesMax} are read`)
  return headBytes + length + checksumBytes
}

/** One whole packet: `{ imei }` of a login, or `{ codec, records }`. */
export function decodePacket(bytes: Uint8Array): Branch {
  const length = packetBytes(bytes)
  if (length === undefined || bytes.byteLength < length)
    throw new BinaryFault('cut', `${bytes.byteLength} bytes of a packet of ${length ?? `at least ${headBytes}`}`)
  if (bytes.byteLength > length)
    throw new BinaryFault('malformed', `${bytes.byteLength - length} bytes after the end of the packet`)
  if (bytes[1] === imeiDigits) return { imei: imeiOf(bytes.subarray(2)) }
  const data = bytes.subarray(headBytes, length - checksumBytes)
  const stated = new DataView(bytes.buffer, bytes.byteOffset, length).getUint32(length - checksumBytes)
  const actual = crc16(data)
  if (stated !== actual)
    throw new BinaryFault(
      'wrong-checksum',
      `the frame says 0x${stated.toString(16)}, its bytes give 0x${actual.toString(16)}. Answer 0: the tracker sends it again.`,
    )
  return decodeRecords(data)
}

function imeiOf(digits: Uint8Array): string {
  const imei = Buffer.from(digits).toString('latin1')
  if (!/^\d+$/.test(imei)) throw new BinaryFault('malformed', 'an IMEI that is not of digits alone')
  return imei
}

/** CRC-16/IBM, also named ARC: polynomial 0x8005, mirrored, beginning with 0. */
function crc16(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] ?? 0)
  return crc
}

const crcTable = Uint16Array.from({ length: 256 }, (_none, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xa001 : value >>> 1
  return value
})
