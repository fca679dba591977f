// Records of Teltonika trackers in codec 8, 8 Extended and 16 ("Teltonika Data Sending Protocols"
// of the maker's wiki): what stands between the codec's number and the checksum. Invariant: all
// records are read whole and both of their counts agree, or none is told.
import { BinaryFault, exact, type Branch, type Tree } from '../tree.ts'

type Codec = {
  readonly name: string
  /** Bytes of an element's number, also of the one that caused the record, and of a count of
   *  elements. */
  readonly idBytes: 1 | 2
  readonly countBytes: 1 | 2
  /** Why the record was made, a byte after the number of its cause. */
  readonly hasGeneration: boolean
  /** Elements of any length after those of 1, 2, 4 and 8 bytes. */
  readonly hasVariable: boolean
}

const codecs: ReadonlyMap<number, Codec> = new Map([
  [0x08, { name: '8', idBytes: 1, countBytes: 1, hasGeneration: false, hasVariable: false }],
  [0x8e, { name: '8E', idBytes: 2, countBytes: 2, hasGeneration: false, hasVariable: true }],
  [0x10, { name: '16', idBytes: 2, countBytes: 1, hasGeneration: true, hasVariable: false }],
])

const degrees = 1e7

/** `data` begins with the codec and ends with the second count. */
export function decodeRecords(data: Uint8Array): Branch {
  const reader = new Reader(data)
  const id = reader.unsigned(1)
  const codec = codecs.get(id)
  if (codec === undefined)
    throw new BinaryFault(
      'unknown-codec',
      `codec 0x${id.toString(16).padStart(2, '0')}; 8, 8E and 16 carry records. Set one of them in the tracker.`,
    )
  const count = reader.unsigned(1)
  const records: Tree[] = []
  for (let index = 0; index < count; index++) records.push(readRecord(reader, codec))
  const again = reader.unsigned(1)
  if (again !== count) throw new BinaryFault('wrong-count', `${count} records at the beginning and ${again} at the end`)
  if (reader.left > 0) throw new BinaryFault('wrong-count', `${reader.left} bytes more than its ${count} records have`)
  return { codec: codec.name, records }
}

function readRecord(reader: Reader, codec: Codec): Branch {
  const timestamp = exact(reader.unsigned64())
  const priority = reader.unsigned(1)
  // Longitude comes first, and both are signed: west and south are below zero.
  const longitude = reader.signed(4) / degrees
  const latitude = reader.signed(4) / degrees
  const altitude = reader.signed(2)
  const angle = reader.unsigned(2)
  const satellites = reader.unsigned(1)
  const speed = reader.unsigned(2)
  const eventIo = reader.unsigned(codec.idBytes)
  const generation = codec.hasGeneration ? { generation: reader.unsigned(1) } : {}
  return {
    timestamp,
    priority,
    longitude,
    latitude,
    altitude,
    angle,
    satellites,
    speed,
    eventIo,
    ...generation,
    io: readElements(reader, codec),
  }
}

function readElements(reader: Reader, { idBytes, countBytes, hasVariable }: Codec): Branch {
  const stated = reader.unsigned(countBytes)
  const io: { [id: string]: Tree } = {}
  let read = 0
  for (const width of [1, 2, 4, 8] as const) {
    for (let left = reader.unsigned(countBytes); left > 0; left--, read++) {
      const id = reader.unsigned(idBytes)
      io[id] = width === 8 ? wide(reader.unsigned64()) : { bytes: width, ...reader.both(width) }
    }
  }
  for (let left = hasVariable ? reader.unsigned(countBytes) : 0; left > 0; left--, read++) {
    const id = reader.unsigned(idBytes)
    io[id] = anyLength(reader.bytes(reader.unsigned(2)))
  }
  if (read !== stated)
    throw new BinaryFault('wrong-count', `${stated} elements are announced in a record, and it has ${read}`)
  return io
}

/** Sign and meaning of an element are the tracker's: both readings of its width are given, so that
 *  nobody has to know it. */
const wide = (value: bigint): Branch => ({ bytes: 8, unsigned: exact(value), signed: exact(BigInt.asIntN(64, value)) })

/** `text` where all of it is printable ASCII, as a VIN is. */
function anyLength(value: Uint8Array): Branch {
  const isText = value.byteLength > 0 && value.every((byte) => byte >= 0x20 && byte < 0x7f)
  const { byteLength } = value
  return {
    bytes: byteLength,
    hex: Buffer.from(value).toString('hex'),
    ...(isText ? { text: Buffer.from(value).toString('latin1') } : {}),
  }
}

/** The checksum of the whole was right: bytes that lack within it are a count that is wrong. */
class Reader {
  #at = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.byteLength - this.#at
  }

  unsigned(width: 1 | 2 | 4): number {
    const at = this.#take(width)
    if (width === 1) return this.#view.getUint8(at)
    return width === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at)
  }

  signed(width: 1 | 2 | 4): number {
    const at = this.#take(width)
    if (width === 1) return this.#view.getInt8(at)
    return width === 2 ? this.#view.getInt16(at) : this.#view.getInt32(at)
  }

  both(width: 1 | 2 | 4): { readonly unsigned: number; readonly signed: number } {
    const unsigned = this.unsigned(width)
    const turn = 2 ** (8 * width)
    return { unsigned, signed: unsigned < turn / 2 ? unsigned : unsigned - turn }
  }

  unsigned64(): bigint {
    return this.#view.getBigUint64(this.#take(8))
  }

  bytes(count: number): Uint8Array {
    const at = this.#take(count)
    return this.#bytes.subarray(at, at + count)
  }

  #take(count: number): number {
    const at = this.#at
    if (count > this.left)
      throw new BinaryFault('wrong-count', `byte ${at} of the data: more is announced than the frame has`)
    this.#at = at + count
    return at
  }
}
